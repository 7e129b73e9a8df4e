"""Keeping keys and accreditations: each change by a person with the right, signed into the trust list, and noted."""

from collections.abc import Callable

from label_service.accounts.rights import Actor, Right
from label_service.certification.acts import ActKind, note
from label_service.certification.notices import tell
from label_service.issuance.labels import IssuedLabel
from label_service.issuance.scheme import Scheme
from label_service.store.database import transaction
from label_service.trust.trust_list import Accreditation, KeyUse


class KeyKeeping:
    """The keys of a scheme and of its auditors, as the operator keeps them; errors are those of the register."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._bench = scheme.bench
        self._register = scheme.register

    def rotate(self, actor: Actor, use: KeyUse) -> str:
        """Let the scheme sign with a new key from now on, and give its kid."""
        actor.check_may(Right.MANAGE_KEYS)
        kid = self._register.rotate(use)
        self._note(actor, "key", kid, "rotated")
        return kid

    def retire(self, actor: Actor, kid: str) -> None:
        """Take a key out of use; what it signed until now keeps verifying."""
        self._do(actor, "key", kid, "retired", lambda: self._register.retire(kid))

    def compromise(self, actor: Actor, kid: str, since_index: int | None = None) -> None:
        """Declare a key compromised: what was logged from an index on no longer verifies."""
        self._do(actor, "key", kid, "compromised", lambda: self._register.compromise(kid, since_index))

    def reissue(self, actor: Actor, label_id: str) -> IssuedLabel:
        """Issue a new label for one that a compromised key cut off, and tell its producer to replace the sticker."""
        actor.check_may(Right.MANAGE_KEYS)
        label = self.replace(label_id)
        self._note(actor, "key", label_id, "reissued")
        return label

    def replace(self, label_id: str) -> IssuedLabel:
        """Do so for whoever works at the machine; the statement in the log says that the operator did."""
        label = self._scheme.labels.reissue(label_id)
        words = f"A key of the scheme was compromised: label {label.id} replaces {label_id}; replace its sticker."
        producer, page = label.inventory.producer.id, f"/workshop/labels/{label.id}"
        with transaction(self._bench.engine) as session:
            tell(session, producer, "label", words, page, self._bench.clock())
        return label

    def set_accreditation(self, actor: Actor, auditor_id: str, accreditation: Accreditation) -> None:
        """Replace the accreditation of an auditor by the next one, or a longer one."""
        self._do(
            actor,
            "auditor",
            auditor_id,
            "accredited",
            lambda: self._register.set_accreditation(auditor_id, accreditation),
        )

    def end_accreditation(self, actor: Actor, auditor_id: str, last_day: str) -> None:
        """Let an accreditation end on a day; labels from the day after do not count."""
        self._do(
            actor,
            "auditor",
            auditor_id,
            "accreditation-ended",
            lambda: self._register.end_accreditation(auditor_id, last_day),
        )

    def _do(self, actor: Actor, kind: ActKind, about: str, reason: str, change: Callable[[], None]) -> None:
        actor.check_may(Right.MANAGE_KEYS)
        change()
        self._note(actor, kind, about, reason)

    def _note(self, actor: Actor, kind: ActKind, about: str, reason: str) -> None:
        with transaction(self._bench.engine) as session:
            note(session, actor, kind, about[:256], now=self._bench.clock(), reason=reason)
