"""What the auditors of a body owe by the scopes they attested: values to reveal, samples to audit again."""

from dataclasses import dataclass
from fractions import Fraction

from sqlmodel import Session, col, select

from label_service.accounts.rights import Actor, Right
from label_service.errors import NotFound
from label_service.inventory import Inventory
from label_service.inventory.runs import made_masses, run_figures
from label_service.issuance.sampling import OpenSample, OwedReveal
from label_service.issuance.scheme import Scheme
from label_service.issuance.scopes import Scope
from label_service.issuance.submission import Submission, read_submission
from label_service.store.database import reading
from label_service.store.scheme_tables import SampleRow, ScopeRow
from label_service.store.tables import DeclarationRow, LabelRow, StoredDocument

OBSERVED = 200  # newest declarations of a producer that floors are taken from


@dataclass(frozen=True, slots=True)
class Duty:
    """Scopes that a body attested and that were not revoked, and what is due for them."""

    scopes: tuple[Scope, ...]
    reveals: tuple[OwedReveal, ...]
    samples: tuple[OpenSample, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """What a process took in the declarations of a producer so far: kWh for a kilogram worked, scrap of the gross mass.

    `scrap_low` and `scrap_high` are None where the process works nothing that ends in a product.
    """

    count: int
    kwh_low: Fraction
    kwh_high: Fraction
    scrap_low: Fraction | None
    scrap_high: Fraction | None


class Duties:
    """The duties of all verifiers of one installation."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._engine = scheme.bench.engine

    def of(self, actor: Actor) -> Duty:
        """Give what the actor's organisation owes.

        Raises:
            Refused: the actor does not audit.
        """
        actor.check_may(Right.AUDIT)
        kids = self._kids(actor)
        query = select(ScopeRow.digest).where(col(ScopeRow.auditor).in_(kids), col(ScopeRow.is_revoked).is_(False))
        with reading(self._engine) as session:
            digests = session.exec(query.order_by(col(ScopeRow.log_index).desc())).all()
        sampling = self._scheme.sampling
        scopes = tuple(self._scheme.scopes.get(digest) for digest in digests)
        return Duty(scopes, tuple(sampling.owed_by(kids)), tuple(sampling.open_for(kids)))

    def scope(self, actor: Actor, digest: str) -> Scope:
        """Give a scope that the actor's organisation attested.

        Raises:
            NotFound: there is none of hers.
        """
        actor.check_may(Right.AUDIT)
        with reading(self._engine) as session:
            row = session.get(ScopeRow, digest)
        if row is None or row.auditor not in self._kids(actor):
            raise NotFound("your organisation has no such scope")
        return self._scheme.scopes.get(digest)

    def sample(self, actor: Actor, label_id: str) -> tuple[SampleRow, Submission]:
        """Give a label that was drawn from a scope of the actor's organisation, with its declaration.

        Raises:
            NotFound: there is none of hers.
        """
        with reading(self._engine) as session:
            row = session.get(SampleRow, label_id)
            if row is None:
                raise NotFound("this label was not drawn from a scope of your organisation")
            self.scope(actor, row.scope_digest)
            return row, read_submission(session, _declaration_behind(session, label_id))

    def observed(self, producer_id: str, site: str) -> dict[str, Observed]:
        """Give what each process took at a site of a producer so far: what floors of a scope begin with."""
        query = (
            select(StoredDocument.body)
            .join(DeclarationRow, col(DeclarationRow.inventory_digest) == StoredDocument.digest)
            .where(DeclarationRow.producer_id == producer_id, DeclarationRow.state != "refused")
            .order_by(col(DeclarationRow.created_at).desc())
            .limit(OBSERVED)
        )
        energy: dict[str, list[Fraction]] = {}
        scrap: dict[str, list[Fraction]] = {}
        with reading(self._engine) as session:
            for body in session.exec(query):
                _observe(Inventory.from_bytes(body), site, energy, scrap)
        return {process: _observed(values, scrap.get(process, [])) for process, values in energy.items()}

    def _kids(self, actor: Actor) -> set[str]:
        """Give the names of all keys of the organisation, those out of use too."""
        auditors = self._scheme.register.current().auditors
        return {key.kid for item in auditors if item.organisation_id == actor.party_id for key in item.keys}


def _declaration_behind(session: Session, label_id: str) -> str:
    """Give the declaration of a label, also of one that was issued again since because a key was compromised."""
    while True:
        query = select(DeclarationRow.id).where(DeclarationRow.label_id == label_id)
        if found := session.exec(query).first():
            return found
        label_id = session.get_one(LabelRow, label_id).successor or ""


def _observe(
    inventory: Inventory, site: str, energy: dict[str, list[Fraction]], scrap: dict[str, list[Fraction]]
) -> None:
    """Add the figures of one batch: energy of each run as a scope bounds it, scrap of each process."""
    for item in run_figures(inventory):
        if item.run.site == site and item.mass_kg and item.basis is not None:
            energy.setdefault(item.run.process, []).append(item.energy_kwh / item.mass_kg)
    for process, made in made_masses(inventory).items():
        if made.gross_kg:
            scrap.setdefault(process, []).append(1 - made.net_kg / made.gross_kg)


def _observed(energy: list[Fraction], scrap: list[Fraction]) -> Observed:
    return Observed(
        count=len(energy),
        kwh_low=min(energy),
        kwh_high=max(energy),
        scrap_low=min(scrap, default=None),
        scrap_high=max(scrap, default=None),
    )
