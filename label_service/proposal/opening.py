"""Open files that were dropped: what a reader reads with what was answered, and what only people read.

An answer about a file stands under the name of its reading option and the first digits of the file's SHA-256, such as
`zone:1a2b3c4d`. Where nothing was answered, one file may tell what another leaves open: a sliced file names the jobs of
a printer's history, and these tell which part of a meter's series counts.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from label_service.document import validate
from label_service.errors import InvalidDocument, UnreadableFile
from label_service.proposal.values import SourceFile
from label_service.readers import read_stream
from label_service.reading_options import NOTHING_SAID, ReadingOptions

# First bytes of what nobody reads but an auditor looks at: PNG, JPEG, WebP, PDF.
PICTURES_AND_PAPERS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"%PDF-")
JOBS = frozenset({"jobs", "failed_elsewhere"})  # options that are lists of jobs, answered as `0,2`
_DIGITS = 8
_NO_ANSWERS: Mapping[str, str] = {}


def field_of(option: str, digest: str) -> str:
    """Give the name under which a reading option of a file is answered."""
    return f"{option}:{digest[:_DIGITS]}"


def open_sources(paths: Iterable[tuple[str, Path]], answers: Mapping[str, str]) -> tuple[SourceFile, ...]:
    """Read the files of a batch with what was answered, and where nothing was, with what they tell of each other.

    Args:
        paths: name and place of each file; the name is only shown.
        answers: by `field_of`; others are left alone.

    Raises:
        UnreadableFile: as `open_source` says.
    """
    places = tuple(paths)
    files = [open_source(path, name=name, answers=answers) for name, path in places]
    for suggest in (_jobs, _window):
        for number, file in enumerate(files):
            if options := suggest(file, files, answers):
                found = _read(places[number][1], file.name, file.digest, options)
                files[number] = found if found.reading else file
    return tuple(files)


def open_source(
    path: Path, *, name: str = "", answers: Mapping[str, str] = _NO_ANSWERS, is_paper: bool = False
) -> SourceFile:
    """Give a file with its digest and what a reader finds in it, or what has to be answered before that.

    Args:
        path: of the file; only its last part is kept.
        name: shown instead of the name of the path.
        answers: see `field_of`.
        is_paper: take it as it is, such as the protocol of a weighing, though no reader reads it.

    Raises:
        UnreadableFile: no reader reads it, whatever is answered, and it is neither a picture nor a PDF.
    """
    shown = name or path.name
    digest, head = _digest_and_head(path, shown)
    if not is_paper:
        try:
            return _answered(path, shown, digest, answers)
        except UnreadableFile:
            if not head.startswith(PICTURES_AND_PAPERS):
                raise
    return SourceFile(shown, digest, path.stat().st_size, None)


def options_of(answers: Mapping[str, str], digest: str) -> ReadingOptions:
    """Give what was answered about a file.

    Raises:
        InvalidDocument: an answer is no such option.
    """
    fields = {option: field_of(option, digest) for option in ReadingOptions.model_fields}
    return options_from({option: answers[field] for option, field in fields.items() if field in answers})


def options_from(texts: Mapping[str, str]) -> ReadingOptions:
    """Give the reading options that were typed, those that are lists of jobs with commas between.

    Raises:
        InvalidDocument: one of them is no such option.
    """
    typed = {option: text.strip() for option, text in texts.items() if text.strip()}
    said = {option: _places(text) if option in JOBS else text for option, text in typed.items()}
    return validate(ReadingOptions, said) if said else NOTHING_SAID


def _places(text: str) -> tuple[Any, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        return (text,)  # which the model refuses by name
    return tuple(sorted({int(part) for part in parts}))


def _answered(path: Path, name: str, digest: str, answers: Mapping[str, str]) -> SourceFile:
    """Read with the answers; when one of them is none, say so beside the questions that the file has without it."""
    try:
        return _read(path, name, digest, options_of(answers, digest))
    except InvalidDocument as error:
        bare = _read(path, name, digest, NOTHING_SAID)
        if not bare.unsaid:
            return bare  # which leaves nothing open that could have been answered
        problem = f"{error.where.strip('/').partition('/')[0]}: {error.detail}"
        return SourceFile(name, digest, bare.size_bytes, None, problem=problem, asked=bare.unsaid)


def _read(path: Path, name: str, digest: str, options: ReadingOptions) -> SourceFile:
    size = path.stat().st_size
    with path.open("rb") as stream:
        try:
            return SourceFile(name, digest, size, read_stream(stream, name=name, options=options), options)
        except UnreadableFile as error:
            if not error.unsaid:
                raise
            return SourceFile(name, digest, size, None, options, error.detail, error.unsaid)


def _digest_and_head(path: Path, name: str) -> tuple[str, bytes]:
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
            stream.seek(0)
            return hashlib.file_digest(stream, "sha256").hexdigest(), head
    except OSError as error:
        raise UnreadableFile(
            f"the file cannot be opened: {error.strerror}", hint="check name and permissions", where=name
        ) from error


# what files tell of each other


def _jobs(file: SourceFile, files: list[SourceFile], answers: Mapping[str, str]) -> ReadingOptions | None:
    """Choose the jobs of a history that ran the files which were dropped with it."""
    asked = next((item for item in file.unsaid if item.option == "jobs"), None)
    if not asked or not file.reading or _is_answered(file, answers, "jobs"):
        return None
    dropped = {other.name for other in files if other is not file}
    names = {text.item: PurePosixPath(text.value).name for text in file.reading.texts if text.quantity == "job_file"}
    places = tuple(int(choice.value) for choice in asked.choices if names.get(int(choice.value)) in dropped)
    return file.options.model_copy(update={"jobs": places}) if places else None


def _window(file: SourceFile, files: list[SourceFile], answers: Mapping[str, str]) -> ReadingOptions | None:
    """Cut a meter's series to the time of the jobs, where one record tells it."""
    is_asked = any(item.option == "start" for item in file.unsaid)
    if not is_asked or not file.reading or _is_answered(file, answers, "start", "end"):
        return None
    spans = [span for other in files if (span := _span(other))]
    if len(spans) != 1:
        return None
    return file.options.model_copy(update={"start": spans[0][0], "end": spans[0][1]})


def _span(file: SourceFile) -> tuple[str, str] | None:
    texts = file.reading.texts if file.reading else ()
    whole = {text.quantity: text.value for text in texts if text.item is None}
    return (whole["job_start"], whole["job_end"]) if {"job_start", "job_end"} <= set(whole) else None


def _is_answered(file: SourceFile, answers: Mapping[str, str], *options: str) -> bool:
    return any(answers.get(field_of(option, file.digest), "").strip() for option in options)
