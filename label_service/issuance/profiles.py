"""Profiles of producers: the newest document of each; a change makes a new one, and the one before can be restored."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from label_service import canonical
from label_service.declaration.profiles import Profiles
from label_service.document import Party
from label_service.errors import Conflict, Refused
from label_service.issuance.workbench import Workbench
from label_service.store.database import reading, transaction
from label_service.store.documents import body, keep
from label_service.store.scheme_tables import ProfileRow

KIND = "profiles"


class StoredProfiles:
    """The profiles of all producers of one installation."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def of(self, producer: Party) -> Profiles:
        """Give the newest profiles of a producer; empty ones before the first change."""
        with reading(self._bench.engine) as session:
            return self._newest(session, producer, session.get(ProfileRow, producer.id))

    def before(self, producer: Party) -> Profiles | None:
        """Give the profiles that the last change replaced; None before the first change."""
        with reading(self._bench.engine) as session:
            row = session.get(ProfileRow, producer.id)
            if row is None or row.previous_digest is None:
                return None
            return _read(session, row.previous_digest, producer)

    def change(self, producer: Party, edit: Callable[[Profiles], Profiles]) -> Profiles:
        """Replace the profiles of a producer by what `edit` makes of the newest, in one unit of work.

        Raises:
            Refused: profiles of another producer, of another mode than this installation, or larger than a document.
            LabelServiceError: what `edit` raises; nothing is changed.
        """
        now = self._bench.clock()
        with transaction(self._bench.engine) as session:
            row = session.get(ProfileRow, producer.id)
            old = self._newest(session, producer, row)
            new = edit(old)
            self._check(new, producer)
            if new != old:
                _replace(session, row, old, new, now)
        return new

    def restore(self, producer: Party) -> Profiles:
        """Undo the last change; what it brought becomes the version before, so that this can be undone as well.

        Raises:
            Conflict: nothing was changed yet.
        """
        with transaction(self._bench.engine) as session:
            row = session.get(ProfileRow, producer.id)
            if row is None or row.previous_digest is None:
                raise Conflict("there is no earlier version of these profiles", hint="nothing was changed yet")
            row.digest, row.previous_digest = row.previous_digest, row.digest
            row.updated_at = self._bench.clock()
            session.add(row)
            return _read(session, row.digest, producer)

    def begin_with(self, profiles: Profiles) -> None:
        """Give a producer profiles to start with, where there are none."""
        with transaction(self._bench.engine) as session:
            if session.get(ProfileRow, profiles.producer.id) is None:
                now = self._bench.clock()
                digest = keep(session, KIND, profiles.to_bytes(), now)
                session.add(ProfileRow(producer_id=profiles.producer.id, digest=digest, updated_at=now))

    def _newest(self, session: Session, producer: Party, row: ProfileRow | None) -> Profiles:
        if row is None:
            return Profiles(type="profiles", version="1", demo=self._bench.identity.is_demo, producer=producer)
        return _read(session, row.digest, producer)

    def _check(self, profiles: Profiles, producer: Party) -> None:
        size = len(profiles.to_bytes())
        if size > canonical.MAX_BYTES:
            raise Refused(
                f"expected profiles of at most {canonical.MAX_BYTES} bytes, found {size}",
                hint="remove products and materials that are no longer made",
            )
        if profiles.producer.id != producer.id:
            raise Refused(
                f"expected profiles of {producer.id}, found those of {profiles.producer.id}",
                hint="sign in for the other producer",
            )
        if profiles.demo != self._bench.identity.is_demo:
            mode = "demo" if self._bench.identity.is_demo else "scheme"
            raise Refused(
                f"this installation runs in {mode} mode", hint=f"set demo to {str(not profiles.demo).lower()}"
            )


def _read(session: Session, digest: str, producer: Party) -> Profiles:
    """Read profiles and name the producer as she is called today."""
    return Profiles.from_bytes(body(session, digest)).model_copy(update={"producer": producer})


def _replace(session: Session, row: ProfileRow | None, old: Profiles, new: Profiles, now: datetime) -> None:
    digest = keep(session, KIND, new.to_bytes(), now)
    if row is None:
        before = keep(session, KIND, old.to_bytes(), now)
        row = ProfileRow(producer_id=new.producer.id, digest=digest, previous_digest=before, updated_at=now)
    else:
        row.digest, row.previous_digest, row.updated_at = digest, row.digest, now
    session.add(row)
