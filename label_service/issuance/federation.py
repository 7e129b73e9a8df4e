"""Other schemes on the trust list of this one: taken in, ended, followed; and the end of this one.

What another operator says about itself is its own trust list, under the root that was compared with it.
"""

from collections.abc import Callable, Mapping

from label_service.document import LabelId, Model, validate
from label_service.errors import Conflict, NotFound, Refused, VerificationError
from label_service.issuance import listing
from label_service.issuance.changes import Change, Moment, key_leaf
from label_service.issuance.register import Register
from label_service.issuance.setup import timestamp
from label_service.issuance.workbench import Workbench
from label_service.label.hand_over import HandOver, read_hand_over, sign_hand_over
from label_service.store.database import reading
from label_service.tlog.leaf import ClosingLeaf, Leaf
from label_service.trust.trust_list import (
    Admitted,
    Ending,
    FinalTree,
    Issuer,
    Log,
    TrustList,
    check_key_counts,
    find_key,
    open_trust_list,
)

Changing = Callable[[TrustList, Moment], Change | None]


class _Named(Model):
    label_id: LabelId


class Federation:
    """Changes which other schemes are on the trust list, and until when; each change is a new list."""

    def __init__(self, bench: Workbench, register: Register) -> None:
        self._bench = bench
        self._register = register

    def add(self, list_text: str, roots: Mapping[bytes, str]) -> Issuer:
        """Put another scheme with its log on the trust list, or bring it up to date, by its own trust list.

        What it admits itself, auditors and releases, counts for its labels alone.

        Args:
            list_text: the token of its trust list, on which it is named first.
            roots: its root, which the operator got from somebody she trusts.

        Raises:
            InvalidDocument, VerificationError: the list does not hold.
            Refused: no such root stands behind it, or it is stale, or one of the two is a demo.
            Conflict: it is this scheme, it ended, its log is that of somebody else, or a key of it could be taken for
                one of another party.
        """
        opened = open_trust_list(list_text, roots, timestamp(self._bench.clock()))
        theirs = opened.trust_list
        if opened.root is None or not opened.is_fresh:
            raise Refused("expected a trust list in its time, under the root that was given")
        if theirs.demo != self._bench.identity.is_demo:
            raise Refused("a demo and a scheme do not vouch for each other")
        if not theirs.issuers:
            raise Refused("expected a trust list that names its own issuer first")
        own, log = theirs.issuers[0], theirs.log(theirs.issuers[0].log)
        admits = Admitted(auditors=theirs.admitted(own).auditors, releases=theirs.admitted(own).releases)
        added = own.model_copy(update={"admits": admits})

        def change(content: TrustList, moment: Moment) -> Change:
            self._check_new(content, added, log)
            leaves = [key_leaf(key, moment) for key in (*added.keys, *log.keys)]
            return Change(listing.with_scheme(content, added, log), leaves)

        self._edit(change)
        return added

    def end(self, issuer_id: str, size: int, *, is_compromised: bool) -> None:
        """Believe another scheme no longer from an entry of its log on; what stands before keeps verifying.

        Args:
            issuer_id: its DID.
            size: number of entries of its log that count.
            is_compromised: whether its label keys are somebody else's too, and not just retired.

        Raises:
            NotFound: no such scheme.
            Conflict: it is this one, or it ended with fewer entries already.
        """

        def change(content: TrustList, moment: Moment) -> Change:
            issuer = self._other(content, issuer_id)
            if issuer.ended and issuer.ended.size < size:
                raise Conflict(f"of {issuer_id} {issuer.ended.size} entries count already, fewer than {size}")
            members = {"at": moment.stamp} | (issuer.ended.as_json() if issuer.ended else {}) | {"size": size}
            state: dict[str, object] = {"state": "compromised" if is_compromised else "retired", "since": members["at"]}
            keys = listing.withdrawn_keys(issuer.keys, {"label": state | {"since_index": size}})
            ended = issuer.model_copy(update={"ended": validate(Ending, members), "keys": keys})
            return Change(listing.with_scheme(content, ended, content.log(issuer.log)), _leaves(ended, moment))

        self._edit(change)

    def revoke(self, issuer_id: str, label_id: str) -> None:
        """Withdraw a label of a scheme that ended, whose own status lists say nothing more; never taken back.

        Raises:
            InvalidDocument: not the id of a label.
            NotFound: no such scheme.
            Conflict: it has not ended, or the label is withdrawn already.
        """
        named = validate(_Named, {"label_id": label_id}).label_id

        def change(content: TrustList) -> Change:
            issuer = self._other(content, issuer_id)
            if issuer.ended is None:
                raise Conflict(f"{issuer_id} goes on and revokes its labels itself")
            if named in issuer.ended.revoked:
                raise Conflict(f"the label {named} of {issuer_id} is withdrawn already")
            revoked = {"revoked": (*issuer.ended.revoked, named)}
            ended = issuer.model_copy(update={"ended": validate(Ending, issuer.ended.as_json() | revoked)})
            return Change(listing.with_scheme(content, ended, content.log(issuer.log)))

        self._edit(lambda content, _: change(content))

    def close(self, successor: str) -> None:
        """End this scheme: log its last entry, sign the last tree and status lists, and name who follows.

        A call after a broken one goes on where that ended.

        Raises:
            Refused: the successor is not on the trust list, or has ended itself.
            Conflict: the scheme was handed over to somebody else.
        """
        own = self._bench.identity.did

        def closing(content: TrustList, moment: Moment) -> Change | None:
            issuer = content.issuer(own)
            if issuer.ended and issuer.ended.successor != successor:
                raise Conflict(f"this scheme was handed over to {issuer.ended.successor}")
            if issuer.ended:
                return None
            _check_successor(content, own, successor)
            ended = Ending(at=moment.stamp, size=moment.position + 1, successor=successor)
            leaf = ClosingLeaf(issuer=own, successor=successor, at=moment.stamp)
            log = content.log(issuer.log)
            return Change(listing.with_scheme(content, issuer.model_copy(update={"ended": ended}), log), [leaf])

        def closed(content: TrustList) -> Change:
            issuer = content.issuer(own)
            log = content.log(issuer.log).model_copy(update={"final": self._last_tree()})
            return Change(listing.with_scheme(content, issuer, log))

        self._edit(closing)
        self._edit(lambda content, _: closed(content))

    def hand_over(self, archive_digest: str) -> str:
        """Sign what this scheme ended with, and the digest of its archive, for the successor.

        Raises:
            Conflict: it has not closed.
        """
        content, identity = self._register.current(), self._bench.identity
        issuer = content.issuer(identity.did)
        final = content.log(issuer.log).final
        if issuer.ended is None or issuer.ended.successor is None or final is None:
            raise Conflict("this scheme has not closed", hint="`label-service federation close` does")
        document = HandOver(
            type="hand-over",
            version="1",
            issuer=issuer.id,
            log=issuer.log,
            final=final,
            at=issuer.ended.at,
            successor=issuer.ended.successor,
            archive=archive_digest,
        )
        with reading(self._bench.engine) as session:
            key = self._register.signing(session, "label")
        return sign_hand_over(document, key.kid, key.signer)

    def take_over(self, text: str) -> HandOver:
        """List a scheme that closed as ended, with its last tree and its successor, by its own signed word.

        Raises:
            InvalidDocument: not a hand-over.
            VerificationError: it is not signed by a key of that scheme that counted when it closed.
            Refused: scheme or successor is not on the trust list, or the successor has ended itself.
            Conflict: it ended in another way already.
        """
        token, document = read_hand_over(text)

        def change(content: TrustList, moment: Moment) -> Change:
            issuer = _listed(content, document)
            key = find_key(issuer.keys, token.kid, "label")
            if not token.is_signed_by(key.jwk.raw):
                raise VerificationError("the signature of the hand-over does not hold under the issuer's listed key")
            check_key_counts(key, document.at, document.final.size - 1)
            _check_successor(content, issuer.id, document.successor)
            ended, log = _ended(content, issuer, document)
            return Change(listing.with_scheme(content, ended, log), _leaves(ended, moment))

        self._edit(change)
        return document

    def _last_tree(self) -> FinalTree:
        checkpoint = self._bench.sequencer.newest()
        assert checkpoint is not None  # noqa: S101 - the closing entry is under one
        return FinalTree(size=checkpoint.size, root=checkpoint.root.hex())

    def _check_new(self, content: TrustList, added: Issuer, log: Log) -> None:
        identity = self._bench.identity
        if identity.did == added.id or identity.log == log.origin:
            raise Conflict("this is the scheme itself, or its log")
        if added.ended:
            raise Conflict(f"{added.id} has ended", hint="take its hand-over in: `federation take-over`")
        for key in (*added.keys, *log.keys):
            if not (added.id.startswith("did:web:") and key.kid.startswith(f"{added.id}#")):  # no other party's are
                raise Conflict(f"expected a did:web with keys named below it, found {key.kid} of {added.id}")
        for known in content.issuers:
            if known.id == added.id and known.ended:
                raise Conflict(f"{added.id} has ended on this list")
            if known.id != added.id and {known.log, known.origin} & {added.log, added.origin}:
                raise Conflict(f"log or address of {added.id} are those of {known.id}")

    def _other(self, content: TrustList, issuer_id: str) -> Issuer:
        found = next((item for item in content.issuers if item.id == issuer_id), None)
        if found is None:
            raise NotFound(f"no scheme {issuer_id[:200]!a} is on the trust list", hint="`keys list` names them")
        if found.id == self._bench.identity.did:
            raise Conflict("this is the scheme itself", hint="`label-service federation close` ends it")
        return found

    def _edit(self, change: Changing) -> None:
        self._register.edit(lambda _, content, moment: change(content, moment))


def _listed(content: TrustList, document: HandOver) -> Issuer:
    found = next((item for item in content.issuers if item.id == document.issuer), None)
    if found is None:
        raise Refused(
            f"{document.issuer} is not on the trust list, so nothing it says counts",
            hint="take it in with its own trust list first: `label-service federation add`",
        )
    if found.log != document.log:
        raise Refused(f"expected the end of the log {found.log}, found that of {document.log[:200]!a}")
    return found


def _check_successor(content: TrustList, issuer_id: str, successor: str) -> None:
    found = next((item for item in content.issuers if item.id == successor), None)
    if found is None or found.ended or found.id == issuer_id:
        raise Refused(
            f"the successor {successor[:200]!a} is not on the trust list, or has ended itself",
            hint="labels are handed over to a scheme on the list: `label-service federation add`",
        )


def _ended(content: TrustList, issuer: Issuer, document: HandOver) -> tuple[Issuer, Log]:
    """Give issuer and log as they stand after a hand-over: all keys retired, the last tree named."""
    log, final = content.log(issuer.log), document.final
    if issuer.ended or log.final:
        raise Conflict(f"{issuer.id} has ended on this list already")
    since: dict[str, object] = {"state": "retired", "since": document.at}
    of_use: Mapping[str, dict[str, object]] = {
        "label": since | {"since_index": final.size},
        "status": since,
        "log": since,
    }
    ended = Ending(at=document.at, size=final.size, successor=document.successor)
    changed = {"ended": ended, "keys": listing.withdrawn_keys(issuer.keys, of_use)}
    closed = {"final": final, "keys": listing.withdrawn_keys(log.keys, of_use)}
    return issuer.model_copy(update=changed), log.model_copy(update=closed)


def _leaves(issuer: Issuer, moment: Moment) -> list[Leaf]:
    """Say in our log how the label keys of a scheme stand on our list now."""
    return [key_leaf(key, moment) for key in issuer.keys if key.use == "label"]
