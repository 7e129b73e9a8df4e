"""What a catalogue says, row by row: values in the template's units, and the rows that could not be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

from label_service.errors import LabelServiceError

CatalogueKind = Literal["template", "shopify", "woocommerce"]


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row is no declaration: where it stands, the code and words of the error, and what to do.

    Attributes:
        number: of the row as spreadsheet programs count, the header is row 1.
        column: name of the column as in the template; empty when it is the whole row.
        code: of the error, as on the web.
    """

    number: int
    sku: str
    column: str
    code: str
    detail: str
    hint: str

    @classmethod
    def of(cls, number: int, sku: str, error: LabelServiceError) -> Self:
        """Give the error of a row; `where` of the error names the column."""
        return cls(number, sku, error.where, error.code, error.detail, error.hint)

    @property
    def words(self) -> str:
        """Say it in one line."""
        place = f"row {self.number}" + (f", {self.column}" if self.column else "")
        return f"{place}: {self.detail}" + (f" ({self.hint})" if self.hint else "")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet: its number and the cells that are not empty, by the name of their column.

    Numbers are plain decimals in the unit of the template, days are written 2026-11-23.
    """

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One product: its row, and the further rows that add a line of material to it."""

    line: Line
    further: tuple[Line, ...] = ()

    @property
    def number(self) -> int:
        """Number of its first row."""
        return self.line.number

    @property
    def sku(self) -> str:
        """The maker's number of the product."""
        return self.line.cells["sku"]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The rows that name a material."""
        return (self.line, *self.further)

    def get(self, column: str) -> str:
        """Give a cell of the first row, or nothing."""
        return self.line.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class CatalogueRead:
    """A catalogue: its rows, what is wrong with others, and what to look at.

    Attributes:
        kind: the template; or the export of a shop, whose rows are drafts of products and nothing more.
    """

    kind: CatalogueKind
    rows: tuple[CatalogueRow, ...]
    errors: tuple[RowError, ...]
    warnings: tuple[str, ...]
