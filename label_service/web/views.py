"""What a route hands to a page: documents and plain values, no queries and no clock. One class per page of `pages`."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from label_service.assessment import Assessment
from label_service.factors.release import Release
from label_service.grade import Grade
from label_service.improvement import Improvement
from label_service.inventory import Inventory
from label_service.label.attestation import Frame
from label_service.label.content import ScopePlace
from label_service.plausibility import Finding

__all__ = [
    "Auditor",
    "Card",
    "DataSheetView",
    "DeclarationState",
    "HomeView",
    "Improvement",
    "LabelStatus",
    "LabelView",
    "MethodView",
    "PartView",
]

LabelStatus = Literal["valid", "suspended", "revoked", "expired", "superseded"]
DeclarationState = Literal["draft", "submitted", "assessed", "waiting", "refused", "attested", "labelled"]


@dataclass(frozen=True, slots=True)
class Auditor:
    """Who attested, and why that may be believed: from the attestation and the trust list.

    Attributes:
        level: how she looked: at the files, or at the workshop.
        criteria: the functional-equivalence criteria she checked, in her words.
    """

    name: str
    organisation: str
    standard: str
    body: str
    number: str
    level: Literal["desk", "site_visit"] = "desk"
    criteria: tuple[str, ...] = ()


class PartView(NamedTuple):
    """A part with a label or record of its own; without a page `address` is empty."""

    name: str
    maker: str
    state: Literal["valid", "suspended", "revoked"]
    address: str


@dataclass(frozen=True, slots=True)
class LabelView:
    """One label with its status at a time.

    Attributes:
        origin: public origin of the service, without a slash at the end.
        scheme: name of the issuer.
        status_at: when the service looked, seconds before the page was asked for.
        reason: why it was suspended or revoked, in plain words; empty otherwise.
        notice: what the scheme says about it in public; empty where it says nothing.
        changed_at: when it was suspended or revoked; empty otherwise.
        successor: id of the label that supersedes this one.
        scope: its place in the scope it was issued in; None for a label of its own.
        frame: the attested design that it is a variant of; None where the scope is for none.
        witnesses: how many witnesses have seen the log with this label in it, and how many there are.
        parts: what it is made of that has a label or record of its own.
    """

    label_id: str
    origin: str
    scheme: str
    status: LabelStatus
    status_at: str
    valid_from: str
    valid_until: str
    auditor: Auditor
    log_index: int
    inventory: Inventory
    assessment: Assessment
    release: Release
    reason: str = ""
    notice: str = ""
    changed_at: str = ""
    successor: str = ""
    scope: ScopePlace | None = None
    frame: Frame | None = None
    improvements: tuple[Improvement, ...] = ()
    witnesses: tuple[int, int] = (0, 0)
    parts: tuple[PartView, ...] = ()


@dataclass(frozen=True, slots=True)
class DataSheetView:
    """One declaration without a label: figures where they could be computed, else the problem as it is.

    Attributes:
        problem: an error that kept inventory or assessment from being made, as `as_problem` gives it.
        auditor: who attested a product that has no grade; None when nobody did.
        label_id: a label that was issued for it after all; empty when there is none.
    """

    declaration_id: str
    scheme: str
    name: str
    producer: str
    demo: bool
    state: DeclarationState
    release: Release
    inventory: Inventory | None = None
    assessment: Assessment | None = None
    problem: dict[str, Any] | None = None
    findings: tuple[Finding, ...] = ()
    improvements: tuple[Improvement, ...] = ()
    auditor: Auditor | None = None
    label_id: str = ""


@dataclass(frozen=True, slots=True)
class MethodView:
    """How one assessment came about; `back` is the path of its label page or data sheet."""

    scheme: str
    back: str
    inventory: Inventory
    assessment: Assessment
    release: Release
    auditor: Auditor | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One example or label on the home page; without a grade it leads to a data sheet."""

    name: str
    producer: str
    href: str
    grade: Grade | None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class HomeView:
    """The start page of a service.

    Attributes:
        schemas: names of the published ones, served under /schemas/.
        is_desk_open: whether files can be dropped at /declare.
    """

    scheme: str
    demo: bool
    release: Release
    cards: tuple[Card, ...] = ()
    schemas: tuple[str, ...] = ()
    is_desk_open: bool = False
