"""The next key of the scheme, step by step: made, published, signing, waited for, the one before retired.

Where a rotation stands is read from the trust list alone, so it survives a reload, another person, another day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from label_service.issuance.keyring import number_of
from label_service.issuance.setup import LIST_DAYS
from label_service.trust.trust_list import KeyUse, ListedKey

StepName = Literal["make", "publish", "switch", "wait", "retire"]


@dataclass(frozen=True, slots=True)
class Rotation:
    """How far the change of a key is.

    Attributes:
        newest: the key that signs now.
        before: active keys that it replaces, newest first; none where no rotation is under way.
        settled_at: when no reader holds a trust list any more that does not name the newest key.
        step: what is to be done next.
    """

    use: KeyUse
    newest: ListedKey
    before: tuple[ListedKey, ...]
    settled_at: datetime
    step: StepName

    @property
    def can_undo(self) -> bool:
        """Whether the newest key can still be taken back, so that the one before signs again."""
        return bool(self.before)


def rotation_of(keys: Sequence[ListedKey], use: KeyUse, now: datetime) -> Rotation:
    """Give how far the rotation of a use is; a scheme always has an active key of each."""
    active = sorted((key for key in keys if key.use == use and key.state == "active"), key=number_of, reverse=True)
    newest, *before = active
    settled_at = datetime.fromisoformat(newest.not_before) + timedelta(days=LIST_DAYS)
    step: StepName = "make" if not before else "wait" if now < settled_at else "retire"
    return Rotation(use, newest, tuple(before), settled_at, step)
