"""Read a catalogue: the template as CSV or XLSX, or the product export of a shop."""

from collections.abc import Iterator
from decimal import Decimal

from label_service.catalogue import shops
from label_service.catalogue.cells import Cell, count_of, day_of, decimal_sign_of, error_in, number_of, text_of
from label_service.catalogue.columns import BY_NAME, Column, Place, places
from label_service.catalogue.rows import CatalogueRead, CatalogueRow, Line, RowError
from label_service.catalogue.sheets import Row, Sheet, read_sheets
from label_service.errors import Conflict, LabelServiceError, MissingInput, UnreadableFile
from label_service.quantity import plain
from label_service.readers.facts import clean

MOST_LINES = 100  # of material in one product, as a declaration holds
_MILLIONTH = Decimal("0.000001")  # of a gram or kilowatt hour; what a header's unit gives is rounded to it
_LONGEST_LIST = 2_000  # characters: 20 digests with separators
_NAMED = 8  # unused columns that a warning names


def read_catalogue(data: bytes, name: str = "") -> CatalogueRead:
    """Give the rows of a catalogue; a row that cannot be read is an error of its own and stops nothing.

    Raises:
        UnreadableFile: no catalogue at all: the hint says what to do. The name is only used in messages.
    """
    try:
        sheets = read_sheets(data)
        return _read(sheets)
    except UnreadableFile as error:
        error.where = ", ".join(part for part in (clean(name), error.where) if part)
        raise


def _read(sheets: tuple[Sheet, ...]) -> CatalogueRead:
    filled = [sheet for sheet in sheets if sheet.rows]
    if not filled:
        raise UnreadableFile("the catalogue is empty", hint="download the template and fill in your products")
    if kind := shops.recognise(_header(filled[0])):
        return shops.read(kind, filled[0])
    tables = [table for table in map(_Table, filled) if table.has("sku") and len(table.places) > 1]
    if not tables:
        raise UnreadableFile(
            "expected a header with sku and further columns, or the product export of Shopify or WooCommerce",
            hint="download the template: label-service catalogue template FILE.csv",
        )
    products = next((table for table in tables if table.has("name")), tables[0])
    materials = [table for table in tables if table is not products and not table.has("name")]
    return _Reader(products, materials).read()


class _Table:
    """A sheet with its header understood."""

    def __init__(self, sheet: Sheet) -> None:
        self.rows: tuple[Row, ...] = sheet.rows[1:]
        self.warnings = sheet.warnings
        self.width = len(sheet.rows[0][1])
        self.places, self.unknown = places(_header(sheet))

    def has(self, column: str) -> bool:
        """Tell whether the sheet has a column."""
        return any(place.column.name == column for place in self.places)

    def number_cells(self) -> Iterator[Cell]:
        """Give all cells of columns that hold numbers."""
        indexes = [place.index for place in self.places if place.column.kind == "number"]
        for _, cells in self.rows:
            yield from (cells[index] for index in indexes if index < len(cells))


class _Reader:
    """Reads the rows of a catalogue and puts further lines of material to their product."""

    def __init__(self, products: _Table, materials: list[_Table]) -> None:
        self._tables = (products, *materials)
        cells = (cell for table in self._tables for cell in table.number_cells())
        self._decimal_sign = decimal_sign_of(cells)
        self._first: dict[str, Line] = {}
        self._further: dict[str, list[Line]] = {}
        self._errors: list[RowError] = []
        self._refused: set[str] = set()

    def read(self) -> CatalogueRead:
        for table in self._tables:
            for row in table.rows:
                self._take(table, *row)
        rows = tuple(
            CatalogueRow(line, tuple(self._further.get(sku, ())))
            for sku, line in self._first.items()
            if sku not in self._refused
        )
        warnings = [text for table in self._tables for text in table.warnings]
        unused = list(dict.fromkeys(name for table in self._tables for name in table.unknown))
        if unused:
            more = f" and {len(unused) - _NAMED} more" if len(unused) > _NAMED else ""
            warnings.append(f"not used: the columns {', '.join(unused[:_NAMED])}{more}")
        errors = sorted(self._errors, key=lambda error: error.number)
        return CatalogueRead("template", rows, tuple(errors), tuple(warnings))

    def _take(self, table: _Table, number: int, cells: tuple[Cell, ...]) -> None:
        line, errors = self._line(table, number, cells)
        sku = line.cells.get("sku", "")
        if not errors:
            try:
                self._put(line, sku, is_product=table is self._tables[0])
            except LabelServiceError as error:
                errors = [RowError.of(number, sku, error)]
        if errors:
            self._errors += errors
            self._refused.add(sku)

    def _put(self, line: Line, sku: str, *, is_product: bool) -> None:
        """Take a row as a product, or as a further line of one.

        Raises:
            MissingInput: no sku, or a line of an unknown product.
            Conflict: a second product of the same sku, a line with more than a material, or too many lines.
        """
        if not sku:
            raise MissingInput("expected a sku", hint="number your products", where="sku")
        if is_product and sku not in self._first:
            self._first[sku] = line
            return
        if sku not in self._first and sku in self._refused:
            return  # what is wrong with its product is said there
        if sku not in self._first:
            raise MissingInput(
                f"expected the product {sku!r} in the first sheet", hint="add its row, or correct the sku", where="sku"
            )
        if "name" in line.cells:
            raise Conflict(
                f"the sku {sku!r} stands in row {self._first[sku].number} already",
                hint="give every product its own; a further line of material leaves the name empty",
                where="sku",
            )
        for column in line.cells:
            if not BY_NAME[column].of_line:
                raise Conflict(
                    f"expected {column} in the first row of {sku!r} only",
                    hint="a further line of material has sku, material, lot, role, net and gross",
                    where=column,
                )
        lines = self._further.setdefault(sku, [])
        if len(lines) + 2 > MOST_LINES:
            raise Conflict(f"expected at most {MOST_LINES} lines of material of {sku!r}", where="sku")
        lines.append(line)

    def _line(self, table: _Table, number: int, cells: tuple[Cell, ...]) -> tuple[Line, list[RowError]]:
        """Give the row with its values, and an error for each cell that has none."""
        found: dict[str, str] = {}
        problems: list[LabelServiceError] = []
        for place in table.places:
            try:
                if value := self._value(place, cells[place.index] if place.index < len(cells) else ""):
                    found[place.column.name] = value
            except LabelServiceError as error:
                problems.append(error_in(place.column.name, error))
        if any(cell.strip() if isinstance(cell, str) else True for cell in cells[table.width :]):
            problems.append(
                UnreadableFile(
                    f"expected at most {table.width} cells, found {len(cells)}",
                    hint="put text that holds the separator between quotation marks",
                )
            )
        sku = found.get("sku", "")
        return Line(number, found), [RowError.of(number, sku, problem) for problem in problems]

    def _value(self, place: Place, cell: Cell) -> str:
        if isinstance(cell, str) and not cell.strip():
            return ""
        return value_of(place.column, cell, self._decimal_sign, place.factor)


def value_of(column: Column, cell: Cell, decimal_sign: str, factor: Decimal | None) -> str:
    """Give a cell in the spelling and unit of its column.

    Raises:
        InvalidAmount, InvalidDocument, Refused: not what the column holds.
    """
    if column.kind == "number":
        value = number_of(cell, decimal_sign)
        return plain((value * factor).quantize(_MILLIONTH) if factor not in {None, 1} else value)
    if column.kind == "count":
        return str(count_of(cell))
    if column.kind == "day":
        return day_of(cell)
    return text_of(cell, _LONGEST_LIST) if column.kind == "list" else text_of(cell)


def _header(sheet: Sheet) -> list[str]:
    _, cells = sheet.rows[0]
    return [cell if isinstance(cell, str) else "" for cell in cells]
