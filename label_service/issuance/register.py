"""The register of parties and keys: the newest trust list is its content, every earlier one is kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import RLock

from sqlmodel import col, select

from label_service.document import validate
from label_service.errors import Conflict
from label_service.factors.release import load_release
from label_service.issuance.log import append_leaves
from label_service.issuance.setup import LIST_DAYS, first_trust_list, listed_key, listed_release, timestamp
from label_service.issuance.workbench import Workbench
from label_service.label.attestation import AttestingAuditor
from label_service.store.database import reading, transaction
from label_service.store.documents import body, keep
from label_service.store.tables import TrustListRow
from label_service.tlog.leaf import KeyLeaf, Leaf, ReleaseLeaf
from label_service.trust import jws
from label_service.trust.keys import did_key, thumbprint
from label_service.trust.trust_list import (
    LIST_TYP,
    Accreditation,
    Auditor,
    ListedKey,
    ListedRelease,
    TrustList,
    sign_trust_list,
)

RENEW_DAYS = 15


class Register:
    """The trust lists of one installation."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._newest: tuple[str, TrustList]
        self._editing = RLock()
        self._open()

    def text(self) -> str:
        """Give the newest signed trust list; it is renewed when half its time is over."""
        now = self._bench.clock()
        with self._editing:
            current = self.current()
            if timestamp(now) > current.issued_at and current.expires_at < timestamp(now + timedelta(days=RENEW_DAYS)):
                self._publish(current)
            return self._newest[0]

    def add_auditor(self, name: str, organisation: str, accreditation: Accreditation, public_key: bytes) -> None:
        """Put an auditor with her key on the trust list.

        Raises:
            InvalidKey: an unsafe key.
            InvalidDocument: name or organisation break the format of the list.
            Conflict: the key is on the list already.
        """
        now = self._bench.clock()
        did = did_key(public_key)
        kid = validate(AttestingAuditor, {"id": did, "name": name}).kid
        key = listed_key(kid, public_key, "attestation", now)
        members = {"id": did, "name": name, "organisation": organisation, "accreditation": accreditation}
        auditor = validate(Auditor, {**members, "keys": (key,)})
        with self._editing:
            current = self.current()
            if any(key.jwk == other.jwk for listed in current.auditors for other in listed.keys):
                raise Conflict("this auditor's key is on the trust list already")
            content = current.model_copy(update={"auditors": (*current.auditors, auditor)})
            self._publish(content, [_key_leaf(key, timestamp(now))])

    def current(self) -> TrustList:
        """Give the newest trust list, which is the register of parties and keys."""
        return self._newest[1]

    def _publish(self, content: TrustList, leaves: Sequence[Leaf] = ()) -> None:
        """Sign the next list; what changed is logged in the same unit of work."""
        now = self._bench.clock()
        following = content.model_copy(
            update={
                "sequence": content.sequence + 1,
                "issued_at": timestamp(now),
                "expires_at": timestamp(now + timedelta(days=LIST_DAYS)),
            }
        )
        self._store(following, leaves, now)

    def _store(self, content: TrustList, leaves: Sequence[Leaf], now: datetime) -> None:
        text = sign_trust_list(content, self._bench.signers.delegated)
        with transaction(self._bench.engine) as session:
            digest = keep(session, "trust-list", text.encode("ascii"), now)
            session.add(TrustListRow(sequence=content.sequence, digest=digest, created_at=now))
            append_leaves(session, leaves, now)
        self._newest = (text, content)
        self._bench.sequencer.catch_up()

    def _open(self) -> None:
        """Load the newest list, or make the first; a release this build adds is put on it and logged."""
        stored = self._stored()
        now = self._bench.clock()
        if stored is None:
            first = first_trust_list(self._bench.identity, self._bench.signers, now)
            self._store(first, first_leaves(first, now), now)
            return
        self._newest = stored
        release, listed = load_release(), stored[1].releases
        if release.digest not in {item.digest for item in listed}:
            added = listed_release(release)
            content = stored[1].model_copy(update={"releases": (*listed, added)})
            self._publish(content, [_release_leaf(added)])

    def _stored(self) -> tuple[str, TrustList] | None:
        with reading(self._bench.engine) as session:
            query = select(TrustListRow).order_by(col(TrustListRow.sequence).desc()).limit(1)
            row = session.exec(query).one_or_none()
            if row is None:
                return None
            text = body(session, row.digest).decode()
            return text, TrustList.from_json(jws.parse(text, typ=LIST_TYP).claims())


def first_leaves(content: TrustList, now: datetime) -> list[Leaf]:
    """Give the log entries of a new installation: its releases and its keys."""
    keys = [key for issuer in content.issuers for key in issuer.keys]
    keys += [key for log in content.logs for key in log.keys]
    return [*map(_release_leaf, content.releases), *(_key_leaf(key, timestamp(now)) for key in keys)]


def _release_leaf(item: ListedRelease) -> ReleaseLeaf:
    return ReleaseLeaf(digest=item.digest, name=item.name, release=item.release)


def _key_leaf(key: ListedKey, at: str) -> KeyLeaf:
    return KeyLeaf(kid=key.kid, thumbprint=thumbprint(key.jwk.raw), use=key.use, state=key.state, at=at)
