"""Verify a bundle: signatures, attestation, log, rows, the score recomputed, status. docs/verify-a-label.md."""

from collections.abc import Sequence
from typing import Any

from label_service import canonical
from label_service.assessment import Assessment, assess
from label_service.document import validate
from label_service.errors import NotCanonical, PartFault, VerificationError
from label_service.factors.rows import ProvenRow, ProvenRows
from label_service.impact.parts import part_of_label
from label_service.inventory import Inventory
from label_service.inventory.parts import Part
from label_service.label.attestation import Attestation, DeclarationAttestation, read_attestation
from label_service.label.bundle import Bundle
from label_service.label.content import LabelContent, check_in_scope, label_content
from label_service.label.credential import label_url, read_label
from label_service.label.record import read_record
from label_service.tlog.leaf import LabelLeaf, leaf_bytes
from label_service.tlog.proof import InclusionProof
from label_service.tlog.week import week_of
from label_service.trust import jws
from label_service.trust.trust_list import Issuer, check_key_counts, find_key
from label_service.verify.attested import check_accredited, check_independent, listed_as
from label_service.verify.contributed import check_contributed
from label_service.verify.difference import first_difference
from label_service.verify.logged import check_logged
from label_service.verify.parts import Chain, Inner, LabelKey, Opened, check_parts, label_part, part_from_record
from label_service.verify.report import Check, Report, Unsure, follow, raise_on_failure, run
from label_service.verify.statuses import check_statuses
from label_service.verify.trust import Roots, Trust, names_issuer
from label_service.verify.witnessed import check_witnessed

_MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def inspect_bundle(
    data: bytes,
    roots: Roots,
    at: str,
    *,
    trust_lists: Sequence[str] = (),
    status: Sequence[str] = (),
    is_recomputed: bool = True,
) -> Report:
    """Check every step of a bundle and report all of them.

    Args:
        data: canonical bytes of the bundle.
        roots: pinned roots.
        at: the time asked for, as a timestamp.
        trust_lists: lists beside the one in the bundle, newer ones of its root or those of others.
        status: newer status lists than those in the bundle.
        is_recomputed: whether rows are proven and the score is recomputed; off only for measuring.
    """
    checks = _BundleChecks(data, roots, at, trust_lists, status)
    report = run(Report(), checks.steps(is_recomputed=is_recomputed))
    report.facts.update(checks.facts)
    if checks.has_parts:
        follow(report, {"parts": checks.parts})
    return report


def verify_bundle(data: bytes, roots: Roots, at: str) -> Report:
    """Check a bundle and stop at the first step that fails.

    Raises:
        VerificationError: a step fails; `where` names it.
    """
    report = inspect_bundle(data, roots, at)
    raise_on_failure(report)
    return report


def inspect_part(
    data: bytes, roots: Roots, at: str, *, trust_lists: Sequence[str] = (), demo: bool
) -> tuple[Part, list[str]]:
    """Judge a bundle as a part of a product of now; give the part, and what cannot be known about it.

    Raises:
        PartFault: a step fails, by a named result.
    """
    checks = _BundleChecks(data, roots, at, trust_lists, ())
    return label_part(checks.as_inner(), "the part", demo=demo)


def weigh_part(data: bytes) -> Part:
    """Give what a bundle or record says of a part, bound to the label or record by digests; no signature is checked.

    Raises:
        VerificationError: the inventory is not the one of the label, or a row is not proven.
        InvalidDocument: neither a bundle nor a record.
    """
    if not data.startswith(b"{"):
        return part_from_record(*read_record(data.decode("ascii", "replace")))
    bundle = _read_bundle(data)
    (token, content), inventory = read_label(bundle.label), _inventory(bundle)
    if content.inventory_digest != inventory.digest:
        raise VerificationError("the inventory of the part is not the one of its label")
    return part_of_label(inventory, _proven_rows(bundle, inventory), token.digest)


def recompute(data: bytes) -> Assessment:
    """Compute the assessment of a bundle again from its inventory and proven rows.

    Raises:
        VerificationError: a row is not proven, or a figure differs; the first is named.
        InvalidDocument: not a bundle.
    """
    bundle = _read_bundle(data)
    return _recompute(bundle, _inventory(bundle))


class _BundleChecks:
    """Holds what earlier steps opened for the later ones; each method is one step and says what it found."""

    def __init__(  # noqa: PLR0917 - made here alone
        self,
        data: bytes,
        roots: Roots,
        at: str,
        trust_lists: Sequence[str],
        status: Sequence[str],
        above: tuple[LabelKey, ...] = (),
        counts_at: str = "",
    ) -> None:
        self._data = data
        self._above = above
        self._counts_at = counts_at
        self._roots = roots
        self._at = at
        self._lists = trust_lists
        self._newer_status = status
        self.facts: dict[str, str] = {}
        self._bundle: Bundle
        self._trust: Trust
        self._label: tuple[jws.Token, LabelContent]
        self._attestation: tuple[jws.Token, Attestation]
        self._proof: InclusionProof
        self._inventory: Inventory
        self.has_parts = False

    def steps(self, *, is_recomputed: bool = True) -> dict[str, Check]:
        """Give the twelve steps of every bundle."""
        return {
            "bundle": self.read,
            "trust list": self.trust_list,
            "label signature": self.label_signature,
            "attestation signature": self.attestation_signature,
            "three parties": self.parties,
            "scope": self.scope,
            "documents": self.documents,
            "log": self.log,
            "witnessed": self.witnessed,
            "factor rows": self.rows if is_recomputed else _left_out,
            "recomputation": self.recomputation if is_recomputed else _left_out,
            "status": self.status,
        }

    def read(self) -> str:
        self._bundle = bundle = _read_bundle(self._data)
        self._label = read_label(bundle.label)
        self._attestation = read_attestation(bundle.attestation)
        self._proof = InclusionProof.parse(bundle.log_proof)
        self._inventory = _inventory(bundle)
        content = self._label[1]
        self.has_parts = bool(self._inventory.parts or bundle.parts)
        if self._key in self._above:
            raise PartFault(f"part_cycle: {content.name} is a part of itself")
        lists = (*self._lists, bundle.trust_list)
        self._trust = Trust(lists, self._roots, self._at, names_issuer(content.issuer.id))
        self.facts = {
            "label": content.label_id,
            "product": content.name,
            "maker": content.producer.name,
            "grade": content.grade,
            "score": str(content.score),
            "kg CO2e per item": f"{content.kgco2e.median} ({content.kgco2e.p05} to {content.kgco2e.p95})",
            "issuer": content.issuer.name,
            "address": label_url(content),
            "auditor": content.auditor.name,
            "valid until": content.valid_until,
        }
        return f"label {content.label_id}, {len(bundle.rows)} rows, {len(self._data)} bytes"

    def trust_list(self) -> str:
        return self._trust.check()

    def _issuer(self) -> Issuer:
        return self._trust.trust_list.issuer(self._label[1].issuer.id)

    def label_signature(self) -> str:
        token, content = self._label
        issuer = self._issuer()
        key = find_key(issuer.keys, token.kid, "label")
        if not token.is_signed_by(key.jwk.raw):
            raise VerificationError("the signature of the label does not hold under the issuer's listed key")
        issuer.check_counts(content.valid_from, self._proof.index)
        check_key_counts(key, content.valid_from, self._proof.index)
        if content.origin != issuer.origin:
            raise VerificationError(f"the label names {content.origin}, its issuer works at {issuer.origin}")
        return f"signed by {issuer.name} ({token.kid})"

    def attestation_signature(self) -> str:
        token, attestation = self._attestation
        auditor, key = self._trust.trust_list.auditor_of(token.kid, self._issuer())
        if not token.is_signed_by(key.jwk.raw):
            raise VerificationError("the signature of the attestation does not hold under the auditor's listed key")
        if attestation.auditor.name != auditor.name:
            raise VerificationError(
                f"the attestation names {attestation.auditor.name!r}, the trust list {auditor.name!r} for its key"
            )
        check_key_counts(key, attestation.valid_from, self._proof.index)
        accreditation = check_accredited(auditor, self._label[1].valid_from)
        return f"attested by {auditor.name}, {accreditation.standard} {accreditation.number}"

    def parties(self) -> str:
        issuer = self._issuer()
        auditor, _ = self._trust.trust_list.auditor_of(self._attestation[0].kid, issuer)
        check_independent(auditor, issuer, self._inventory.producer, self._inventory.partners)
        others = {key.jwk.x for key in (*issuer.keys, *auditor.keys)}
        signed = check_contributed(self._inventory, self._label[1].origin, others)
        own = "".join(f"; {item.content.party.name} signed its own steps" for item in signed)
        return f"producer, auditor and scheme owner are three parties{own}"

    def scope(self) -> str:
        """A label under the attestation of a workshop lies inside it: site, machines, dates, floors, n of N."""
        token, attestation = self._attestation
        content = self._label[1]
        if isinstance(attestation.subject, DeclarationAttestation):
            return "attested by itself, outside of scopes"
        assessment = Assessment.from_json(self._bundle.assessment)
        found = check_in_scope(
            self._inventory,
            assessment,
            attestation,
            content.origin,
            attestation_digest=token.digest,
            at=content.valid_from,
            place=content.scope,
        )
        frame = attestation.subject.frame
        variant = f", a variant of {frame.name}" if frame else ""
        return f"number {found.position} of {found.of} attested at {attestation.subject.site_name}{variant}"

    def documents(self) -> str:
        """The label says exactly what inventory, assessment and attestation say."""
        _, content = self._label
        attestation_token, attestation = self._attestation
        auditor, _ = self._trust.trust_list.auditor_of(attestation_token.kid, self._issuer())
        expected = label_content(
            label_id=content.label_id,
            origin=content.origin,
            issuer=content.issuer,
            inventory=self._inventory,
            assessment=Assessment.from_json(self._bundle.assessment),
            attestation=attestation,
            attestation_digest=attestation_token.digest,
            accreditation=listed_as(auditor, content.auditor.accreditation),
            valid_from=content.valid_from,
            valid_until=content.valid_until,
            status=content.status,
            scope=content.scope,
        )
        if expected != content:
            difference = first_difference(expected.as_json(), content.as_json())
            raise VerificationError(f"the label differs from the documents it rests on at {difference}")
        return f"inventory {content.inventory_digest[:12]}…, assessment {content.assessment_digest[:12]}…"

    def log(self) -> str:
        """The label is in the log its issuer names, under a checkpoint signed by that log."""
        token, content = self._label
        entry = leaf_bytes(label_leaf(content, token.digest))
        return check_logged(self._proof, entry, self._issuer(), self._trust.trust_list)

    def witnessed(self) -> str:
        """As many witnesses as the list asks for have seen the checkpoint, so that nobody is shown another log."""
        return check_witnessed(self._proof.checkpoint.note, self._trust.trust_list, self._at)

    def status(self) -> str:
        tokens = (*self._newer_status, *self._bundle.status)
        return check_statuses(self._label[1], self._trust.trust_list, tokens, self._at, self._counts_at)

    @property
    def _key(self) -> LabelKey:
        content = self._label[1]
        return content.issuer.id, content.label_id

    def parts(self) -> str:
        """What stands behind every part holds, and counted when the product was labelled."""
        content = self._label[1]
        above = (*self._above, self._key)
        chain = Chain(above, content.valid_from, content.demo, self._trust.trust_list, self._inner)
        return check_parts(self._bundle.parts, self._inventory, chain)

    def _inner(self, entry: Any) -> Inner:
        """Open the bundle of a part, which is judged by the lists of the product too."""
        inner = _BundleChecks(
            canonical.encode_checked(entry),
            self._roots,
            self._at,
            (*self._lists, self._bundle.trust_list),
            (*self._newer_status, *self._bundle.status),
            (*self._above, self._key),
            self._label[1].valid_from,
        )
        return inner.as_inner()

    def as_inner(self) -> Inner:
        """Give the bundle as that of a part."""
        return Inner(self.steps() | {"parts": self._parts_if_any}, self._opened)

    def _parts_if_any(self) -> str:
        return self.parts() if self.has_parts else ""

    def _opened(self) -> Opened:
        token, content = self._label
        return token, content, self._inventory, _proven_rows(self._bundle, self._inventory)

    def rows(self) -> str:
        """Every factor row is proven in a release the trust list names."""
        release = self._bundle.release
        admitted = self._trust.trust_list.admitted(self._issuer())
        named = {(item.digest, item.name, item.release, item.size) for item in admitted.releases}
        if (release.digest, release.name, release.release, release.size) not in named:
            raise VerificationError(
                f"the release {release.name} {release.release} of {release.size} rows with digest {release.digest} "
                "is not on the trust list"
            )
        _proven_rows(self._bundle, self._inventory)
        return f"{len(self._bundle.rows)} rows of {release.name} {release.release}"

    def recomputation(self) -> str:
        assessment = _recompute(self._bundle, self._inventory)
        return f"score {assessment.score} and every figure to the digit"


def _left_out() -> str:
    raise Unsure("left out")


def label_leaf(content: LabelContent, label_digest: str) -> LabelLeaf:
    """Give the log entry that a label must have."""
    members = {
        "digest": label_digest,
        "label_id": content.label_id,
        "attestation_digest": content.attestation_digest,
        "inventory_digest": content.inventory_digest,
        "assessment_digest": content.assessment_digest,
        "quantity": content.quantity,
    }
    if content.scope is not None:
        place = {"scope_digest": content.scope.digest, "scope_position": content.scope.position}
        members |= place | {"week": week_of(content.valid_from)}
    return validate(LabelLeaf, members)


def _read_bundle(data: bytes) -> Bundle:
    bundle = Bundle.from_json(canonical.decode(data))
    if bundle.model_fields_set != Bundle.model_fields.keys():
        raise NotCanonical("expected the members of a bundle that have a default to be written out")
    return bundle


def _inventory(bundle: Bundle) -> Inventory:
    return Inventory.from_decoded(bundle.inventory)


def _proven_rows(bundle: Bundle, inventory: Inventory) -> ProvenRows:
    if bundle.release.digest != inventory.release_digest:
        raise VerificationError(
            f"expected rows of the inventory's release {inventory.release_digest}, found {bundle.release.digest}"
        )
    rows = [ProvenRow.from_document(row) for row in bundle.rows]
    return ProvenRows(bundle.release.digest, bundle.release.size, rows)


def _recompute(bundle: Bundle, inventory: Inventory) -> Assessment:
    rows = _proven_rows(bundle, inventory)
    try:
        computed = assess(inventory, rows)
    except _MALFORMED as error:  # rows of a release that nobody vouches for can say anything
        raise VerificationError(f"the rows cannot be computed with: {type(error).__name__}") from error
    difference = first_difference(computed.as_json(), bundle.assessment)
    if difference or computed.to_bytes() != canonical.encode_checked(bundle.assessment):
        raise VerificationError(f"the recomputed assessment differs at {difference}", where="assessment")
    return computed
