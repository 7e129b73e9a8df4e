"""The register of parties and keys: the newest trust list is its content, every earlier one is kept."""

from datetime import datetime, timedelta

from sqlmodel import col, select

from label_service.errors import Conflict
from label_service.issuance.log import append_leaves
from label_service.issuance.setup import LIST_DAYS, first_trust_list, listed_key, timestamp
from label_service.issuance.workbench import Workbench
from label_service.label.attestation import AttestingAuditor
from label_service.store.database import reading, transaction
from label_service.store.documents import body, keep
from label_service.store.tables import TrustListRow
from label_service.tlog.leaf import KeyLeaf, Leaf, ReleaseLeaf
from label_service.trust import jws
from label_service.trust.keys import did_key, thumbprint
from label_service.trust.trust_list import LIST_TYP, Accreditation, Auditor, TrustList, sign_trust_list

RENEW_DAYS = 15


class Register:
    """The trust lists of one installation."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._newest = self._load()

    def text(self) -> str:
        """Give the newest signed trust list; it is renewed when half its time is over."""
        now = self._bench.clock()
        text, current = self._newest
        if timestamp(now) > current.issued_at and current.expires_at < timestamp(now + timedelta(days=RENEW_DAYS)):
            self._publish(current)
            text, _ = self._newest
        return text

    def add_auditor(self, name: str, organisation: str, accreditation: Accreditation, public_key: bytes) -> None:
        """Put an auditor with her key on the trust list.

        Raises:
            InvalidKey: an unsafe key.
            Conflict: the key is on the list already.
        """
        current = self.current()
        kid = AttestingAuditor(id=did_key(public_key), name=name).kid
        if any(key.kid == kid for auditor in current.auditors for key in auditor.keys):
            raise Conflict("this auditor's key is on the trust list already")
        key = listed_key(kid, public_key, "attestation", self._bench.clock())
        auditor = Auditor(
            id=did_key(public_key), name=name, organisation=organisation, accreditation=accreditation, keys=(key,)
        )
        self._publish(current.model_copy(update={"auditors": (*current.auditors, auditor)}))

    def current(self) -> TrustList:
        """Give the newest trust list, which is the register of parties and keys."""
        return self._newest[1]

    def _publish(self, content: TrustList) -> None:
        now = self._bench.clock()
        following = content.model_copy(
            update={
                "sequence": content.sequence + 1,
                "issued_at": timestamp(now),
                "expires_at": timestamp(now + timedelta(days=LIST_DAYS)),
            }
        )
        self._store(following, now)

    def _store(self, content: TrustList, now: datetime) -> None:
        text = sign_trust_list(content, self._bench.signers.delegated)
        with transaction(self._bench.engine) as session:
            digest = keep(session, "trust-list", text.encode("ascii"), now)
            session.add(TrustListRow(sequence=content.sequence, digest=digest, created_at=now))
        self._newest = (text, content)

    def _load(self) -> tuple[str, TrustList]:
        """Give the newest stored list; a new installation makes its first and logs its release and keys."""
        with reading(self._bench.engine) as session:
            query = select(TrustListRow).order_by(col(TrustListRow.sequence).desc()).limit(1)
            row = session.exec(query).one_or_none()
            if row:
                text = body(session, row.digest).decode()
                return text, TrustList.from_json(jws.parse(text, typ=LIST_TYP).claims())
        now = self._bench.clock()
        content = first_trust_list(self._bench.identity, self._bench.signers, now)
        self._store(content, now)
        with transaction(self._bench.engine) as session:
            append_leaves(session, first_leaves(content, now), now)
        self._bench.sequencer.catch_up()
        return self._newest


def first_leaves(content: TrustList, now: datetime) -> list[Leaf]:
    """Give the log entries of a new installation: its releases and its keys."""
    leaves: list[Leaf] = [
        ReleaseLeaf(digest=item.digest, name=item.name, release=item.release) for item in content.releases
    ]
    keys = [key for issuer in content.issuers for key in issuer.keys]
    keys += [key for log in content.logs for key in log.keys]
    leaves += [
        KeyLeaf(kid=key.kid, thumbprint=thumbprint(key.jwk.raw), use=key.use, state=key.state, at=timestamp(now))
        for key in keys
    ]
    return leaves
