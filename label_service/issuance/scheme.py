"""The use cases of a scheme on one installation, by what they are about.

Every change is one unit of work: documents, index rows and log leaves are committed together; a label counts as issued
when its leaf is under a signed checkpoint on durable storage, and only then is it given out.
"""

from contextlib import ExitStack

from label_service.issuance.attestations import Attestations
from label_service.issuance.declarations import Declarations
from label_service.issuance.designs import Designs
from label_service.issuance.federation import Federation
from label_service.issuance.inside import Inside
from label_service.issuance.labels import Labels
from label_service.issuance.parts import Parts
from label_service.issuance.profiles import StoredProfiles
from label_service.issuance.register import Register
from label_service.issuance.releases import Releases
from label_service.issuance.sampling import Sampling
from label_service.issuance.scopes import Scopes
from label_service.issuance.setup import Identity
from label_service.issuance.statements import Statements
from label_service.issuance.states import States
from label_service.issuance.suppliers import Suppliers
from label_service.issuance.ticking import Step, tick
from label_service.issuance.together import Together
from label_service.issuance.witnesses import Witnesses
from label_service.issuance.witnessing import Witnessing
from label_service.issuance.words import Words
from label_service.issuance.workbench import Workbench
from label_service.issuance.writing import LabelWriter
from label_service.store.evidence import EvidenceStore


class Scheme:
    """One installation: declarations come in, are attested, become labels; parties and states are kept.

    Attributes:
        ending: what is called first when the scheme is closed; whoever works beside requests ends with it.
    """

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self.ending = ExitStack()
        self.register = Register(bench)
        self.releases = Releases(bench, self.register)
        self.parts = Parts(bench, self.register, self._bundle)
        words, writer = Words(bench, self.register), LabelWriter(bench, self.register, self.parts)
        self.profiles = StoredProfiles(bench)
        self.designs = Designs(bench)
        self.together = Together(bench)
        self.states = States(bench, self.register, words)
        self.sampling = Sampling(bench, self.states)
        self.statements = Statements(bench, self.register, words, self.states, self.sampling)
        inside = Inside(bench, self.register, writer)
        self.scopes = Scopes(bench, self.register)
        self.declarations = Declarations(bench, inside, self.releases, self.parts)
        self.attestations = Attestations(bench, self.register)
        self.labels = Labels(bench, self.register, self.attestations, inside, self.states, writer, self.parts)
        self.witnesses = Witnesses(self.register)
        self.suppliers = Suppliers(self.register)
        self.federation = Federation(bench, self.register)
        self.witnessing = Witnessing(bench, self.register)

    def _bundle(self, label_id: str) -> bytes:
        return self.labels.bundle(label_id)

    @property
    def identity(self) -> Identity:
        """Who this installation is."""
        return self._bench.identity

    @property
    def bench(self) -> Workbench:
        """What all use cases work with, those of `certification` too."""
        return self._bench

    @property
    def evidence(self) -> EvidenceStore:
        """The private files of producers."""
        return self._bench.evidence

    @property
    def version(self) -> int:
        """A number that rises with every change a page could show, made here or logged by another worker."""
        return self._bench.version + self._bench.sequencer.seen_changes

    @property
    def calendar(self) -> dict[str, Step]:
        """What is to be done every few minutes, in this order: what is overdue is suspended before a week is closed."""
        if self.register.is_closed:
            return {"trust list": self.register.text}
        return {
            "overdue values and samples": self.sampling.suspend_overdue,
            "weeks": self.sampling.close_weeks,
            "trust list": self.register.text,
            "status lists": self.states.renew,
        }

    def tick(self) -> list[str]:
        """Do what the calendar asks for, and give the names of the steps that failed; they are tried next time."""
        return tick(self.calendar)

    def close(self) -> None:
        """End the work beside requests, write what was asked for, then close database and checkpoint store."""
        self.ending.close()
        self.declarations.close()
        self.labels.close()
        self._bench.engine.dispose()
        self._bench.sequencer.close()

    def checkpoint_index(self) -> bytes:
        """Give the sizes of all archived checkpoints, oldest first, one a line."""
        return self._bench.sequencer.archive_index()
