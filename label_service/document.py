"""Base of all documents: frozen models that read and write canonical JSON, and the small types they share."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, get_args
from unicodedata import is_normalized

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from label_service import canonical
from label_service.errors import InvalidDocument, NotCanonical, UnsupportedVersion
from label_service.quantity import AMOUNT_PATTERN, Amount

MAX_LINES = 100  # materials, steps, machines, sites, legs; a bill of materials beyond this is several products
Stage = Literal["materials", "inbound", "making", "packaging", "distribution", "end_of_life"]
STAGES: tuple[Stage, ...] = get_args(Stage)
Basis = Literal["metered", "weighed", "as_made", "derived", "estimated", "design", "asserted", "default"]

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", strict=True)]


def _existing(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Date = Annotated[
    str,
    StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", strict=True),
    AfterValidator(_existing),
]
Timestamp = Annotated[
    str,
    StringConstraints(
        pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
        strict=True,
    ),
    AfterValidator(_existing),
]


def _existing_week(text: str) -> str:
    date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
    return text


Week = Annotated[  # ISO 8601 week: 2026-W47; a year has 52 or 53
    str,
    StringConstraints(pattern=r"^20[0-9]{2}-W(0[1-9]|[1-4][0-9]|5[0-3])$", strict=True),
    AfterValidator(_existing_week),
]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$", strict=True)]  # ISO 3166-1 alpha-3
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", strict=True)]  # inside a document
RowKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,159}$", strict=True)]  # of a release
Uri = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*:[!-~]{1,250}$", strict=True)]
Rate = Annotated[str, StringConstraints(pattern=r"^(0|1|0\.[0-9]{0,5}[1-9])$", strict=True)]  # a share, millionths
LabelId = Annotated[str, StringConstraints(pattern=r"^[A-Z2-7]{13}$", strict=True)]


def _one_spelling(text: str) -> str:
    if text.isprintable() and is_normalized("NFC", text) and text == text.strip():
        return text  # the usual case, at the speed of the library
    if not is_normalized("NFC", text):
        raise ValueError("text in Unicode normalisation form C")
    if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in text):
        raise ValueError("text without control characters")
    if text != text.strip():
        raise ValueError("text without white space around it")
    return text


def _paragraphs(text: str) -> str:
    _one_spelling(text.replace("\n", " "))
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=300, strict=True), AfterValidator(_one_spelling)]

# Words of several paragraphs, with line feeds between them.
LongText = Annotated[str, StringConstraints(min_length=1, max_length=2000, strict=True), AfterValidator(_paragraphs)]


class Model(BaseModel):
    """Part of a document: immutable, unknown members are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def as_json(self) -> dict[str, Any]:
        """Give the members as plain JSON values; what is absent stays absent."""
        return self.model_dump(exclude_none=True)


class Party(Model):
    """A producer or a partner who made steps of the product."""

    id: Uri
    name: Text
    country: Country


class Design(Model):
    """An open design the product is made from; never evidence of mass."""

    name: Text
    digest: Digest
    version: Text | None = None
    licence: Text | None = None
    url: Uri | None = None


UnitName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/]{1,10}$", strict=True)]
PER_ITEM = {"net_mass": "kg", "gross_mass": "kg", "energy": "kWh", "machine_time": "h", "function": None}


class Parameter(Model):
    """What one variant of a parametric design chose, such as a height: {"name":"height","unit":"mm","value":"120"}."""

    name: Identifier
    value: Amount
    unit: UnitName

    @model_validator(mode="after")
    def _is_chosen(self) -> Self:
        if self.name in PER_ITEM:
            raise ValueError(f"a name that is not one of {', '.join(PER_ITEM)}, which follow from the rest")
        return self


Parameters = Annotated[tuple[Parameter, ...], Field(max_length=30)]


class Period(Model):
    """First and last day of making."""

    first: Date
    last: Date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise ValueError("first day of making not after the last")
        return self


class Document(Model):
    """A whole document with type and version, one canonical byte string and a digest."""

    TYPE: ClassVar[str]
    VERSION: ClassVar[str] = "1"

    def to_bytes(self) -> bytes:
        """Give the canonical bytes."""
        return canonical.encode_checked(self.as_json())

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes; kept, because a document never changes."""
        return canonical.digest(self.to_bytes())

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Give a copy with other members, and with a digest of its own."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("digest", None)
        return copied

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read canonical bytes, which must write out what has a default.

        Raises:
            NotCanonical, InvalidDocument, UnsupportedVersion: as `canonical.decode` and `from_json` say.
        """
        return cls._spelled(canonical.decode(data), data)

    @classmethod
    def from_decoded(cls, value: Any) -> Self:
        """Read a value that was decoded with the canonical document around it; raises as `from_bytes` does."""
        return cls._spelled(value, canonical.encode_checked(value))

    @classmethod
    def _spelled(cls, value: Any, data: bytes) -> Self:
        document = cls.from_json(value)
        if document.to_bytes() != data:
            raise NotCanonical("expected members with a default to be written out, and absent members left out")
        document.__dict__["digest"] = canonical.digest(data)
        return document

    @classmethod
    def from_kept(cls, data: bytes) -> Self:
        """Read bytes that were kept after `from_bytes` or `to_bytes` stood behind their spelling.

        The digest is that of the bytes: whoever holds it against a signed one knows that they are the same still.

        Raises:
            InvalidDocument: they are no such document.
        """
        try:
            document = cls.model_validate_json(data)
        except ValidationError as error:
            raise invalid_document(error) from None
        document.__dict__["digest"] = canonical.digest(data)
        return document

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Check a parsed value against the model.

        Raises:
            UnsupportedVersion: another type or version.
            InvalidDocument: a member is missing, unknown or malformed; `where` is its JSON pointer.
        """
        found = (value.get("type"), value.get("version")) if isinstance(value, dict) else (None, None)
        if found != (cls.TYPE, cls.VERSION):
            raise UnsupportedVersion(
                f'expected type "{cls.TYPE}" and version "{cls.VERSION}", '
                f"found {_short(found[0])} and {_short(found[1])}"
            )
        return validate(cls, value)


def unique(name: str, ids: list[str]) -> set[str]:
    """Give the ids as a set.

    Raises:
        ValueError: one of them stands twice.
    """
    if len(set(ids)) != len(ids):
        raise ValueError(f"every id in {name} once")
    return set(ids)


AnyModel = TypeVar("AnyModel", bound=BaseModel)


def validate(model: type[AnyModel], value: Any) -> AnyModel:
    """Check a parsed value against a model, with one readable error instead of a list of internals.

    Raises:
        InvalidDocument: the first problem; `where` is its JSON pointer.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid_document(error) from None


def invalid_document(error: ValidationError) -> InvalidDocument:
    """Turn a validation error into ours, echoing only a short printable piece of the input."""
    first, *others = error.errors(include_url=False)
    where = "/" + "/".join(str(part) for part in first["loc"])
    more = f" (and {len(others)} more)" if others else ""
    kind, context = first["type"], first.get("ctx", {})
    if kind in _OF_MEMBERS:
        return InvalidDocument(f"{_OF_MEMBERS[kind]}{more}", where=where)
    if kind == "value_error":  # a rule of ours, which says what was expected
        return InvalidDocument(f"expected {context['error']}{more}", where=where)
    is_amount = context.get("pattern") == AMOUNT_PATTERN
    message = "expected an amount without exponent and superfluous zeros" if is_amount else first["msg"]
    hint = 'write "0.25", not "0.250", ".25" or 0.25; an amount is never negative' if is_amount else ""
    return InvalidDocument(f"{message}, found {_short(first.get('input'))}{more}", where=where, hint=hint)


_OF_MEMBERS = {"missing": "this member is missing", "extra_forbidden": "a member of this name is unknown here"}


def _short(value: Any) -> str:
    if isinstance(value, (dict, list, tuple)):
        return "an object" if isinstance(value, dict) else "a list"
    text = ascii(value)
    return text if len(text) <= 80 else text[:77] + "..."
