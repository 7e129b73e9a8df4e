"""The last word of an operator that closes: what its log ended with, and who looks after its labels from now on.

Format page: docs/formats/hand-over.md.
"""

from typing import ClassVar, Literal

from label_service.document import Digest, Document, Timestamp, Uri
from label_service.trust import jws
from label_service.trust.keys import Signer
from label_service.trust.trust_list import FinalTree

HAND_OVER_TYP = "hand-over+jwt"


class HandOver(Document):
    """The payload of a hand-over token, signed with a label key of the issuer that closes.

    Attributes:
        issuer: its DID.
        log: origin of its log.
        final: last tree of the log; its last entry is the `closing` one.
        at: when it closed; its last status lists are of this time.
        successor: DID of the issuer that follows.
        archive: SHA-256 of the file `SHA256SUMS` of its archive.
    """

    TYPE: ClassVar[str] = "hand-over"

    type: Literal["hand-over"]
    version: Literal["1"]
    issuer: Uri
    log: str
    final: FinalTree
    at: Timestamp
    successor: Uri
    archive: Digest


def sign_hand_over(content: HandOver, kid: str, signer: Signer) -> str:
    """Sign a hand-over and give the compact token."""
    return jws.sign(content.as_json(), typ=HAND_OVER_TYP, kid=kid, signer=signer)


def read_hand_over(text: str) -> tuple[jws.Token, HandOver]:
    """Read a token strictly; its signature is not checked yet.

    Raises:
        InvalidDocument: token or content break the format.
    """
    token = jws.parse(text, typ=HAND_OVER_TYP)
    return token, HandOver.from_json(token.claims())
