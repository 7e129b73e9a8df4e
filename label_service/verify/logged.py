"""Whether an entry is in the log its issuer names: under a checkpoint of it, or under the last tree of a closed log."""

from collections.abc import Iterable

from label_service.errors import VerificationError
from label_service.tlog.checkpoint import Checkpoint
from label_service.tlog.note import VerifierKey, verify_signatures
from label_service.tlog.proof import InclusionProof
from label_service.trust.trust_list import FinalTree, Issuer, ListedKey, Log, TrustList


def check_logged(proof: InclusionProof, entry: bytes, issuer: Issuer, trust_list: TrustList) -> str:
    """Check where an entry is logged, and say it.

    Raises:
        LogFault: a signature line of the log, or the path, does not hold.
        VerificationError: the log of somebody else, a checkpoint that no listed key signed, or what goes beyond the
            last tree of a closed log.
    """
    log = trust_list.log(proof.checkpoint.origin)
    if issuer.log != log.origin:
        raise VerificationError(f"expected an entry of the log {issuer.log}, found one of {log.origin}")
    if not (log.final and _is_final(proof.checkpoint, log.final)):
        keys = [VerifierKey(log.origin, key.jwk.raw) for key in _standing(log.keys)]
        if not verify_signatures(proof.checkpoint.note, keys):
            raise VerificationError(f"no listed key of {log.origin} signed the checkpoint")
    proof.verify(entry)
    return _words(proof, log)


def _is_final(checkpoint: Checkpoint, final: FinalTree) -> bool:
    """Tell whether this is the last tree of a closed log, for which the list itself stands, whoever has its keys.

    Raises:
        VerificationError: a larger tree, or another one of its size.
    """
    if checkpoint.size < final.size:
        return False
    if (checkpoint.size, checkpoint.root.hex()) != (final.size, final.root):
        raise VerificationError(
            f"the log {checkpoint.origin} was closed with {final.size} entries; this is another tree, of "
            f"{checkpoint.size}"
        )
    return True


def _standing(keys: Iterable[ListedKey]) -> Iterable[ListedKey]:
    """Give the keys of a log that still count; what a retired one signed was signed before."""
    return (key for key in keys if key.use == "log" and key.state != "compromised")


def _words(proof: InclusionProof, log: Log) -> str:
    closed = f", closed with {log.final.size}" if log.final else ""
    return f"entry {proof.index} of {proof.checkpoint.size} in {log.origin}{closed}"
