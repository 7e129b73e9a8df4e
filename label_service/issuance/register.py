"""The register of parties and keys: the newest trust list is its content, every earlier one is kept.

Each change is one unit of work: it starts from the newest list, whichever process signed that, and what changed is
logged beside the new list.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session

from label_service.document import validate
from label_service.errors import Conflict
from label_service.issuance import listing
from label_service.issuance.attested import Present
from label_service.issuance.changes import (
    Change,
    Moment,
    accredited,
    auditor_key,
    first_leaves,
    key_leaf,
    list_key_leaf,
    withdrawn,
)
from label_service.issuance.keyring import DELEGATED, ONLINE_USES, SigningKey, keys_of, number_of
from label_service.issuance.lists import Listed
from label_service.issuance.log import append_leaves, next_position
from label_service.issuance.setup import LIST_DAYS, first_trust_list, listed_key, timestamp
from label_service.issuance.workbench import Workbench
from label_service.store.database import reading, transaction
from label_service.trust.keys import did_key
from label_service.trust.trust_list import (
    Accreditation,
    Auditor,
    Delegation,
    KeyUse,
    ListedKey,
    TrustList,
    open_trust_list,
    read_delegation,
    sign_trust_list,
)

RENEW_DAYS = 15


class Register:
    """The trust lists of one installation."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._open()

    def text(self) -> str:
        """Give the newest signed trust list; it is renewed when half its time is over."""
        if self._is_due(self.current(), self._bench.clock()):
            self._edit(lambda content, moment: Change(content) if self._is_due(content, moment.at) else None)
        with reading(self._bench.engine) as session:
            return self._listed(session).text

    def current(self) -> TrustList:
        """Give the newest trust list, which is the register of parties and keys."""
        with reading(self._bench.engine) as session:
            return self.newest(session)

    def newest(self, session: Session) -> TrustList:
        """Give the newest trust list as a unit of work sees it."""
        return self._listed(session).content

    def newest_text(self, session: Session) -> str:
        """Give the newest signed trust list as a unit of work sees it."""
        return self._listed(session).text

    def signing(self, session: Session, use: KeyUse) -> SigningKey:
        """Give the key of the scheme that signs now.

        Raises:
            InvalidKey: none is active, or its file is missing.
        """
        return self._bench.keyring.signing(self.newest(session), self._bench.identity.did, use)

    def ended_at(self, session: Session) -> datetime | None:
        """Give when the scheme closed; what it says since then is of that time."""
        ended = self.newest(session).issuer(self._bench.identity.did).ended
        return datetime.fromisoformat(ended.at) if ended else None

    @property
    def is_closed(self) -> bool:
        """Whether the scheme has handed over: nothing is logged any more."""
        return self.current().issuer(self._bench.identity.did).ended is not None

    def present(self, session: Session, now: datetime, position: int | None = None) -> Present:
        """Give what an attestation is held against inside a unit of work, at an index of the log: its end by itself."""
        content = self.newest(session)
        issuer = content.issuer(self._bench.identity.did)
        return Present(content, issuer, timestamp(now), next_position(session) if position is None else position)

    def delegation(self) -> Delegation:
        """Give the root's word for the key that signs trust lists, as it lies in the key folder."""
        return self._bench.keyring.delegation().content

    def add_auditor(
        self, name: str, organisation: str, organisation_id: str, accreditation: Accreditation, public_key: bytes
    ) -> None:
        """Put an auditor with her key on the trust list.

        Raises:
            InvalidKey: an unsafe key.
            InvalidDocument: name or organisation break the format of the list.
            Conflict: the key is on the list already.
        """
        members = {
            "id": did_key(public_key),
            "name": name,
            "organisation": organisation,
            "organisation_id": organisation_id,
            "accreditation": accreditation,
        }

        def change(content: TrustList, moment: Moment) -> Change:
            key = auditor_key(content, name, public_key, moment.at)
            auditor = validate(Auditor, {**members, "keys": (key,)})
            changed = content.model_copy(update={"auditors": (*content.auditors, auditor)})
            return Change(changed, [key_leaf(key, moment)])

        self._edit(change)

    def add_auditor_key(self, auditor_id: str, public_key: bytes) -> None:
        """Put another key of an auditor on the trust list, so that the loss of one does not stop her.

        Raises:
            NotFound: no such auditor.
            InvalidKey: an unsafe key.
            Conflict: the key is on the list already.
        """

        def change(content: TrustList, moment: Moment) -> Change:
            auditor = listing.auditor(content, auditor_id)
            key = auditor_key(content, auditor.name, public_key, moment.at)
            extended = auditor.model_copy(update={"keys": (*auditor.keys, key)})
            return Change(listing.with_auditor(content, extended), [key_leaf(key, moment)])

        self._edit(change)

    def set_accreditation(self, auditor_id: str, accreditation: Accreditation) -> None:
        """Replace the accreditation of an auditor; the one before stays on the list for what rests on it.

        An accreditation of the same standard, body and number from the same day replaces it: longer, or ended.

        Raises:
            NotFound: no such auditor.
        """
        self._edit(lambda content, moment: accredited(content, auditor_id, accreditation, moment))

    def end_accreditation(self, auditor_id: str, last_day: str) -> None:
        """Let an accreditation end on a day; labels from the day after do not count.

        Raises:
            NotFound: no such auditor.
            Conflict: it begins later.
        """

        def change(content: TrustList, moment: Moment) -> Change:
            auditor = listing.auditor(content, auditor_id)
            if last_day < auditor.accreditation.valid_from:
                raise Conflict(f"the accreditation begins on {auditor.accreditation.valid_from}, after {last_day}")
            ended = validate(Accreditation, auditor.accreditation.as_json() | {"valid_until": last_day})
            return accredited(content, auditor_id, ended, moment)

        self._edit(change)

    def rotate(self, use: KeyUse) -> str:
        """Make the next key of the scheme for a use and give its kid; it signs from now on, older ones keep verifying.

        Raises:
            InvalidKey: the key folder is unsafe.
            Conflict: no key of the scheme has this use.
        """
        if use not in ONLINE_USES:
            raise Conflict(f"the scheme has keys for {', '.join(ONLINE_USES)}, not for {use}")
        made: list[str] = []

        def change(content: TrustList, moment: Moment) -> Change:
            key = self._next_key(content, use, moment.at)
            made.append(key.kid)
            return Change(listing.with_key(content, self._bench.identity.did, key), [key_leaf(key, moment)])

        self._edit(change)
        return made[-1]

    def retire(self, kid: str) -> None:
        """Take a key out of use; what it signed until now keeps verifying.

        Raises:
            NotFound: no such key on the trust list.
            Conflict: it is out of use already, or it is the only one of its use that the scheme signs with.
        """

        def change(content: TrustList, moment: Moment) -> Change:
            key = self._governed(content, kid)
            if key.state != "active":
                raise Conflict(f"the key {kid} is {key.state} already")
            if not self._others(content, key):
                raise Conflict(
                    f"{kid} is the only active {key.use} key", hint=f"run `label-service keys rotate {key.use}` first"
                )
            index = None if key.use == "attestation" else moment.position  # a scope she signed counts for later labels
            return withdrawn(content, key, moment, {"state": "retired", "since": moment.stamp, "since_index": index})

        self._edit(change)

    def compromise(self, kid: str, since_index: int | None = None) -> None:
        """Declare a key compromised: what was logged from an index on no longer verifies, earlier entries keep it.

        Where the scheme signs with it, the next key is made and signs at once.

        Args:
            kid: of the key.
            since_index: first log index that no longer counts; the present end of the log when left out. A later
                declaration may name an earlier one, never a later one.

        Raises:
            NotFound: no such key on the trust list.
            Conflict: an index after the end of the log, or after the one declared before.
        """

        def change(content: TrustList, moment: Moment) -> Change:
            key = self._governed(content, kid)
            index = moment.position if since_index is None else since_index
            latest = moment.position if key.since_index is None or key.state != "compromised" else key.since_index - 1
            if not 0 <= index <= latest:
                raise Conflict(f"expected a log index from 0 to {latest}, found {index}")
            state = {"state": "compromised", "since": moment.stamp, "since_index": index}
            changed, leaves = withdrawn(content, key, moment, state)
            if self._others(content, key):
                return Change(changed, leaves)
            successor = self._next_key(content, key.use, moment.at)
            changed = listing.with_key(changed, self._bench.identity.did, successor)
            return Change(changed, [*leaves, key_leaf(successor, moment)])

        self._edit(change)

    def new_list_key(self) -> tuple[str, bytes]:
        """Make the next key for signing trust lists; it signs once the root has delegated it.

        Returns:
            its file name without ending, and its public key.
        """
        keyring = self._bench.keyring
        name = f"{DELEGATED}-{keyring.last_number(DELEGATED) + 1}"
        return name, keyring.make(name).public_key

    def install_delegation(self, token_text: str) -> Delegation:
        """Take a new delegation of the root into use and publish a list under it.

        Raises:
            InvalidDocument: not a delegation.
            InvalidKey: for a key that is not in the key folder.
            VerificationError: longer than a year, or not signed by the root it names.
            Conflict: not by the root of this installation, or not in force now.
        """
        keyring, before = self._bench.keyring, self._bench.keyring.delegation().content
        delegation = self._tried(token_text)
        keyring.install(token_text)

        def change(content: TrustList, moment: Moment) -> Change:
            leaves = [] if delegation.jwk == before.jwk else [list_key_leaf(delegation, moment)]
            return Change(content.model_copy(update={"delegation": token_text}), leaves)

        self._edit(change)
        return delegation

    def _tried(self, token_text: str) -> Delegation:
        """Sign a list under a delegation, only to see whether a verifier with our root pinned accepts it."""
        _, delegation = read_delegation(token_text)
        now = self._bench.clock()
        members = self._members(now) | {"delegation": token_text}
        signer = self._bench.keyring.delegated_for(delegation)
        trial = sign_trust_list(self.current().model_copy(update=members), signer)
        opened = open_trust_list(trial, self._bench.keyring.roots(), timestamp(now))
        if opened.root is None or not opened.is_fresh:
            raise Conflict("expected a delegation by the root of this installation that is in force now")
        return delegation

    @staticmethod
    def _members(now: datetime) -> dict[str, str]:
        return {"issued_at": timestamp(now), "expires_at": timestamp(now + timedelta(days=LIST_DAYS))}

    def _next_key(self, content: TrustList, use: KeyUse, at: datetime) -> ListedKey:
        identity = self._bench.identity
        number = 1 + max(number_of(key) for key in keys_of(content, identity.did) if key.use == use)
        signer = self._bench.keyring.make(f"{use}-{number}")
        return listed_key(identity.kid(use, number), signer.public_key, use, at)

    def _governed(self, content: TrustList, kid: str) -> ListedKey:
        """Give a key whose state we say: not one of another scheme, whose log positions are not ours."""
        key = listing.key(content, kid)
        for issuer in content.issuers:
            if issuer.id != self._bench.identity.did and key in keys_of(content, issuer.id):
                raise Conflict(
                    f"the key {kid} is of another scheme, {issuer.id}",
                    hint="take its new list in with `label-service federation add`, or end it: `federation end`",
                )
        return key

    def _others(self, content: TrustList, key: ListedKey) -> bool:
        """Tell whether the scheme can sign without this key; keys of auditors and witnesses are not its own."""
        own = keys_of(content, self._bench.identity.did)
        if key.kid not in {item.kid for item in own}:
            return True
        return any(item.use == key.use and item.state == "active" and item.kid != key.kid for item in own)

    def _as_found(self, content: TrustList, _: Moment) -> Change | None:
        """Put a delegation that lies in the key folder on the list."""
        return None if content.delegation == self._bench.keyring.delegation().text else Change(content)

    @staticmethod
    def _is_due(content: TrustList, now: datetime) -> bool:
        return timestamp(now) > content.issued_at and content.expires_at < timestamp(now + timedelta(days=RENEW_DAYS))

    def _edit(self, change: Callable[[TrustList, Moment], Change | None]) -> None:
        self.edit(lambda _, content, moment: change(content, moment))

    def edit(self, change: Callable[[Session, TrustList, Moment], Change | None]) -> None:
        """Sign the list that follows from the newest one, and log what changed in the same unit of work.

        Args:
            change: gives the next content from the newest, and may write what belongs to it; None changes nothing.
        """
        with transaction(self._bench.engine) as session:
            moment = Moment(self._bench.moment(session), next_position(session))
            current = self.newest(session)
            changed = change(session, current, moment)
            if changed is not None:
                self._add(session, changed, current.sequence + 1, moment.at)
        self._bench.mark_changed()
        self._bench.sequencer.catch_up()

    def _add(self, session: Session, change: Change, sequence: int, now: datetime) -> None:
        members = {**self._members(now), "sequence": sequence, "delegation": self._bench.keyring.delegation().text}
        content = TrustList.from_json(change.content.model_copy(update=members).as_json())
        text = sign_trust_list(content, self._bench.keyring.delegated())
        self._bench.lists.add(session, Listed(text, content), now)
        append_leaves(session, change.leaves, now)

    def _listed(self, session: Session) -> Listed:
        listed = self._bench.lists.newest(session)
        if listed is None:
            raise Conflict("this installation has no trust list", hint="run `label-service init`")
        return listed

    def _open(self) -> None:
        """Make the first list; put a delegation that was installed meanwhile on the newest one."""
        with transaction(self._bench.engine) as session:
            if self._bench.lists.newest(session) is None:
                now = self._bench.moment(session)
                first = first_trust_list(self._bench.identity, self._bench.keyring, now)
                self._add(session, Change(first, first_leaves(first, now)), 1, now)
            for use in ONLINE_USES:
                self.signing(session, use)
        self._edit(self._as_found)
