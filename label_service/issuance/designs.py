"""Design families: the labels of goods made from one open design, found by the digest of its manifest."""

import re

from sqlmodel import col, select

from label_service.errors import NotFound
from label_service.issuance.workbench import Workbench
from label_service.store.database import reading
from label_service.store.tables import LabelRow

MOST_LISTED = 60  # labels side by side
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Designs:
    """The designs that labels of one installation name."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def labels(self, digest: str) -> list[str]:
        """Give the ids of the newest labels of a design that are neither revoked nor suspended.

        Raises:
            NotFound: no label was ever issued for this design.
        """
        query = select(LabelRow).where(LabelRow.design_digest == digest).order_by(col(LabelRow.log_index).desc())
        with reading(self._bench.engine) as session:
            if not _DIGEST.fullmatch(digest) or session.exec(query.limit(1)).first() is None:
                raise NotFound(f"there is no label of a design {digest[:20]!a}", hint="follow the link on a label")
            valid = query.where(col(LabelRow.is_revoked).is_(False), col(LabelRow.is_suspended).is_(False))
            rows = session.exec(valid.limit(MOST_LISTED)).all()
        return [row.id for row in rows if self._bench.sequencer.covers(row.log_index)]
