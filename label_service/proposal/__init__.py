"""From dropped files and profiles to a declaration: what each fact fills, what disagrees, what is still to be answered.

    open_sources(paths, answers)             -> SourceFile    what each file says, with what was answered about it
    propose(files, profiles, answers, rows)  -> Proposal      what is known, and the questions left
    declare(proposal, profiles, salt)        -> Declaration   every amount tied to the file it came from

Nothing is guessed: a value is read from a file, taken from a profile, or asked. How to use it: docs/declare.md.
"""

from label_service.proposal.agreement import Disagreement, disagreements
from label_service.proposal.declare import declare, evidence_of
from label_service.proposal.opening import field_of, open_source, open_sources
from label_service.proposal.propose import Proposal, Question, propose
from label_service.proposal.values import SourceFile, Value

__all__ = [
    "Disagreement",
    "Proposal",
    "Question",
    "SourceFile",
    "Value",
    "declare",
    "disagreements",
    "evidence_of",
    "field_of",
    "open_source",
    "open_sources",
    "propose",
]
