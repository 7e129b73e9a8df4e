"""Evidence of a split view: two checkpoints of one log that cannot both be true, for anybody to check.

    {"first":"…","path":[],"second":"…","type":"split-view","version":"1"}

Two signed trees of one size with different roots prove it by themselves. For two sizes `root` and `path` prove what the
second tree was at the size of the first, and it is not what the first says. Format page: docs/formats/log.md.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from label_service.document import Digest, Document
from label_service.errors import VerificationError
from label_service.tlog import tree
from label_service.tlog.checkpoint import Checkpoint, verify_checkpoint
from label_service.tlog.note import VerifierKey

MAX_PATH_HASHES = 64
NoteText = Annotated[str, StringConstraints(min_length=10, max_length=65536, strict=True)]


class SplitView(Document):
    """Two checkpoints that one log signed and that contradict each other.

    Attributes:
        first: the checkpoint of the smaller tree, or one of two of a size.
        second: the other.
        root: root of the second tree at the size of the first; absent where both have one size.
        path: consistency proof from there to the second.
    """

    TYPE: ClassVar[str] = "split-view"

    type: Literal["split-view"] = "split-view"
    version: Literal["1"] = "1"
    first: NoteText
    second: NoteText
    root: Digest | None = None
    path: Annotated[tuple[Digest, ...], Field(max_length=MAX_PATH_HASHES)] = ()

    def check(self, *logs: VerifierKey) -> tuple[Checkpoint, Checkpoint]:
        """Check that the log with these keys signed both and that they cannot both be true.

        Raises:
            InvalidDocument: one of them is no checkpoint.
            LogFault: one is not signed by the log, or the path does not lead from `root` to the second.
            VerificationError: they do not contradict each other.
        """
        first, second = (verify_checkpoint(text, *logs) for text in (self.first, self.second))
        root = second.root
        if self.root is not None:
            root = bytes.fromhex(self.root)
            tree.verify_consistency(first.size, root, second.size, second.root, [bytes.fromhex(h) for h in self.path])
        elif first.size != second.size:
            raise VerificationError("expected two checkpoints of one size, or the root and path that join them")
        if first.root == root:
            raise VerificationError("the two checkpoints do not contradict each other")
        return first, second
