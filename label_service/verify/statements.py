"""Whether a statement is what it claims: an auditor's or the scheme's own word, under a key that counts."""

from label_service.errors import VerificationError
from label_service.label.statement import Statement
from label_service.trust import jws
from label_service.trust.trust_list import ListedKey, TrustList, check_key_counts, find_key


def check_statement(token: jws.Token, statement: Statement, trust_list: TrustList, log_index: int | None) -> str:
    """Check signature, key and signer of a statement, and give the name of who said it.

    Args:
        token: as `read_statement` gave it.
        statement: likewise.
        trust_list: whose keys count.
        log_index: of its entry; None before it is logged.

    Raises:
        VerificationError: the signature does not hold, the key does not count, the signer may not say this, or the
            scheme is not on the list.
    """
    name, key = _signer(token, statement, trust_list)
    if not token.is_signed_by(key.jwk.raw):
        raise VerificationError(f"the signature of the statement does not hold under the listed key {token.kid}")
    check_key_counts(key, statement.at, log_index)
    return name


def _signer(token: jws.Token, statement: Statement, trust_list: TrustList) -> tuple[str, ListedKey]:
    issuer = next((item for item in trust_list.issuers if item.origin == statement.origin), None)
    if issuer is None:
        raise VerificationError(f"the scheme at {statement.origin} is not on the trust list")
    if statement.is_of_auditor:
        auditor, key = trust_list.auditor_of(token.kid)
        return auditor.name, key
    return issuer.name, find_key(issuer.keys, token.kid, "status")
