"""Looking an installation over: each check says what it found and what to do; nothing is changed."""

import os
import shutil
import smtplib
import stat
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal, NamedTuple

from sqlalchemy import Engine, text
from sqlmodel import col, func, select

from label_service.certification.alarms import endings
from label_service.certification.mail import Mailbox
from label_service.errors import LabelServiceError, NotFound
from label_service.issuance import clock
from label_service.issuance.clock import ClockWatch
from label_service.issuance.keyring import Keyring
from label_service.issuance.keystores import open_store
from label_service.issuance.lists import TrustLists
from label_service.issuance.opening import CLOCKS_FOLDER, EVIDENCE_FOLDER
from label_service.issuance.setup import Identity
from label_service.operation.consistency import altered_documents, check_tree, entry_count
from label_service.operation.place import Place, place_of
from label_service.settings import Settings
from label_service.store.checkpoints import CheckpointStore
from label_service.store.database import is_newest_revision, reading
from label_service.store.public_files import PublicFiles
from label_service.store.scheme_tables import EvidenceRow
from label_service.store.tables import LeafRow
from label_service.tlog.tiles import File
from label_service.trust.trust_list import KeyUse, TrustList

State = Literal["ok", "warning", "problem"]
_ORDER: Final[tuple[State, ...]] = ("ok", "warning", "problem")
LOW_SPACE: Final = 0.10  # share of the disk that should stay free
NO_SPACE_BYTES: Final = 200 * 1024 * 1024  # below this a catalogue or a copy of the database may not fit
_REBUILD: Final = "move the public files below log/ away and start the service, which writes it again from the database"
LATE: Final = timedelta(minutes=15)  # an entry that waits longer for its checkpoint waits for nobody


class Finding(NamedTuple):
    """What a check found.

    Attributes:
        about: what was looked at.
        state: how it stands.
        found: in a sentence.
        to_do: what to do; empty where nothing is to be done.
    """

    about: str
    state: State
    found: str
    to_do: str = ""


def worst(findings: list[Finding]) -> State:
    """Give the worst state among findings."""
    return max((finding.state for finding in findings), key=_ORDER.index, default="ok")


def examine(settings: Settings, now: datetime) -> list[Finding]:
    """Check everything that an operator can put right."""
    place = place_of(settings)
    findings = [*_tried("settings", lambda: _settings(settings)), *_tried("disk", lambda: disk(settings.data))]
    findings += _tried("mail", lambda: _mail(settings))
    try:
        with place.engine() as engine:
            findings += _installation(settings, place, engine, now)
    except LabelServiceError as error:
        findings.append(_failed("database", error))
    return findings


def _installation(settings: Settings, place: Place, engine: Engine, now: datetime) -> list[Finding]:
    findings = _tried("database", lambda: _database(engine))
    if worst(findings) == "problem":
        return findings
    findings += _tried("keys", lambda: _keys(settings, engine))
    findings += _tried("expiries", lambda: _expiries(settings, engine, now))
    findings += _tried("clock", lambda: _clock(engine, now, settings.data / CLOCKS_FOLDER))
    findings += _tried("log", lambda: _log(place, engine, now))
    return findings + _tried("evidence", lambda: _evidence(settings.data, engine))


def _tried(about: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """Run a check; what it raises is its finding."""
    try:
        return list(check())
    except LabelServiceError as error:
        return [_failed(about, error)]
    except OSError as error:
        return [Finding(about, "problem", f"cannot read {Path(error.filename or '').name}: {error.strerror}")]


def _failed(about: str, error: LabelServiceError) -> Finding:
    return Finding(about, "problem", error.detail, error.hint)


def _settings(settings: Settings) -> Iterator[Finding]:
    is_secure = settings.origin.startswith("https://")
    if settings.mode == "scheme" and not is_secure:
        yield Finding("settings", "warning", f"the origin is {settings.origin}", "buyers need https; it cannot change")
    for name in ("imprint", "privacy", "accessibility"):
        file = getattr(settings, name)
        if file is not None and not file.is_file():
            yield Finding("settings", "problem", f"{file.name} is not there", f"correct LABEL_SERVICE_{name.upper()}")
        elif file is None and settings.mode == "scheme" and name == "imprint":
            yield Finding("settings", "warning", "there is no imprint", "set LABEL_SERVICE_IMPRINT")
    yield Finding("settings", "ok", f"{settings.mode} of {settings.origin} in {settings.data}")


def disk(data: Path) -> Iterator[Finding]:
    """Say how much room there is where a folder lies."""
    total, _, free = shutil.disk_usage(data if data.exists() else data.absolute().anchor)
    found, hint = f"{free // 2**20} MiB of {total // 2**20} are free", "see docs/operate/incidents.md"
    if free < NO_SPACE_BYTES:
        yield Finding("disk", "problem", found, hint)
    else:
        yield Finding(
            "disk", "warning" if free < LOW_SPACE * total else "ok", found, hint if free < LOW_SPACE * total else ""
        )


def _mail(settings: Settings) -> Iterator[Finding]:
    if settings.smtp_url is None and settings.mail_from is None:
        yield Finding("mail", "ok", "nobody is mailed; notices are on pages and in feeds")
        return
    try:
        with Mailbox(settings.smtp_url or "", settings.mail_from or "").open() as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        yield Finding("mail", "problem", f"the server cannot be used: {type(error).__name__}", "check the settings")
        return
    yield Finding("mail", "ok", "the server takes the connection")


def _database(engine: Engine) -> Iterator[Finding]:
    if not is_newest_revision(engine):
        yield Finding("database", "problem", "the tables are not at the newest revision", "label-service migrate")
        return
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            said = [row[0] for row in connection.execute(text("PRAGMA integrity_check(5)"))]
            broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
        if said != ["ok"] or broken:
            yield Finding("database", "problem", f"it is damaged: {said[0][:100]}", "restore a backup")
            return
    altered = altered_documents(engine)
    if altered:
        yield Finding("database", "problem", f"{len(altered)} documents were altered, first {altered[0]}", "restore")
        return
    yield Finding("database", "ok", f"{engine.dialect.name}, newest revision, every document under its digest")


def _keys(settings: Settings, engine: Engine) -> Iterator[Finding]:
    for folder in (settings.keys_folder, settings.data / EVIDENCE_FOLDER):
        if folder.exists() and stat.S_IMODE(folder.stat().st_mode) & (stat.S_IWGRP | stat.S_IRWXO):
            yield Finding("keys", "warning", f"the folder {folder.name} is open to others", f"chmod 700 {folder}")
    if (settings.keys_folder / "root.pem").exists() or (settings.keys_folder.parent / "root" / "root.pem").exists():
        yield Finding("keys", "problem", "the root key is on this machine", "take it offline now")
    ring = Keyring(settings.keys_folder, open_store(settings.key_store))
    ring.roots()
    content, did = _list(engine), Identity(settings.origin, settings.name, is_demo=settings.mode == "demo").did
    uses: tuple[KeyUse, ...] = ("label", "status", "log")
    signing = [ring.signing(content, did, use).kid.partition("#")[2] for use in uses]
    yield Finding("keys", "ok", f"{', '.join(signing)} and the delegated key open and are those of the trust list")


def _list(engine: Engine) -> TrustList:
    with reading(engine) as session:
        newest = TrustLists().newest(session)
    if newest is None:
        raise NotFound("there is no trust list", hint="run `label-service init`")
    return newest.content


def _expiries(settings: Settings, engine: Engine, now: datetime) -> Iterator[Finding]:
    content = _list(engine)
    did = Identity(settings.origin, settings.name, is_demo=settings.mode == "demo").did
    until = Keyring(settings.keys_folder, open_store(settings.key_store)).delegation().content.not_after
    soon = [
        alarm
        for alarm in sorted(endings(content, did, until, now), key=lambda alarm: alarm.at)
        if alarm.at <= now + timedelta(days=settings.alarm_days)
    ]
    for alarm in soon:
        yield Finding("expiries", "problem" if alarm.at <= now else "warning", alarm.text, f"see {alarm.link}")
    if not soon:
        yield Finding("expiries", "ok", f"nothing ends within {settings.alarm_days} days")


def _clock(engine: Engine, now: datetime, folder: Path) -> Iterator[Finding]:
    with reading(engine) as session:
        ClockWatch(folder).compare(clock.now(), session)
        newest = session.exec(select(func.max(LeafRow.created_at))).one()
    if newest is not None and newest > now:
        yield Finding(
            "clock", "problem", f"it is {now:%F %T} here, before the newest log entry of {newest:%F %T}", "set it"
        )
    else:
        yield Finding("clock", "ok", f"it is {now:%F %T} UTC, after the newest log entry")


def _log(place: Place, engine: Engine, now: datetime) -> Iterator[Finding]:
    store = place.checkpoints()
    if store is None:
        yield Finding(
            "log", "problem", "the checkpoint store is not there", "never start without it: docs/operate/backup.md"
        )
        return
    try:
        yield from _log_of(store, place.public_files(), engine, now)
        yield from _witnesses(store, _list(engine))
    finally:
        store.close()


def _log_of(store: CheckpointStore, public: PublicFiles, engine: Engine, now: datetime) -> Iterator[Finding]:
    checkpoints = store.after(0)
    missing: list[str] = []

    def see(file: File) -> None:
        if not _is_public(public, f"log/{file[0]}", file[1]):
            missing.append(file[0])

    size = check_tree(engine, checkpoints, see).size
    signed = {f"checkpoints/{item.size}": item.note for item in checkpoints}
    if checkpoints:
        signed["checkpoint"] = checkpoints[-1].note
    missing += [name for name, note in signed.items() if not _is_served(public, f"log/{name}", note)]
    yield Finding("log", "ok", f"{size} entries give the trees of all {len(checkpoints)} checkpoints")
    if missing:
        yield Finding("public files", "problem", f"{len(missing)} are missing or differ, first {missing[0]}", _REBUILD)
    else:
        yield Finding("public files", "ok", "tiles and checkpoints are complete")
    yield from _waiting(engine, size, now)


def _witnesses(store: CheckpointStore, content: TrustList) -> Iterator[Finding]:
    """Say how far each witness has come, and whether the quorum has seen the newest checkpoint."""
    last = store.last()
    if last is None or not content.witnesses:
        return
    come = store.furthest()
    said = ", ".join(f"{item.name} {come.get(item.name, 0)}" for item in content.witnesses)
    found = f"of {last.size} entries have seen: {said} (quorum {content.witness_quorum})"
    if content.witness_quorum and store.seen_over(last.size - 1, content.witness_quorum) is None:
        yield Finding("witnesses", "warning", found, "ask those who lag; logs of the service say why they refuse")
    else:
        yield Finding("witnesses", "ok", found)


def _waiting(engine: Engine, size: int, now: datetime) -> Iterator[Finding]:
    with reading(engine) as session:
        query = select(func.min(LeafRow.created_at)).where(col(LeafRow.position) >= size)
        since = session.exec(query).one()
    if since is not None and since < now - LATE:
        count = entry_count(engine) - size
        yield Finding(
            "log", "warning", f"{count} entries wait for a checkpoint since {since:%F %T}", "start the service"
        )


def _is_public(public: PublicFiles, name: str, content: bytes) -> bool:
    try:
        return public.read(name) == content
    except NotFound:
        return False


def _is_served(public: PublicFiles, name: str, note: str) -> bool:
    """Tell whether a checkpoint is public; lines of witnesses may stand below it."""
    try:
        return public.read(name).startswith(note.encode())
    except NotFound:
        return False


def _evidence(data: Path, engine: Engine) -> Iterator[Finding]:
    with reading(engine) as session:
        digests = session.exec(select(EvidenceRow.digest).where(col(EvidenceRow.removed_at).is_(None))).all()
    missing = [digest for digest in digests if not _has(data / EVIDENCE_FOLDER, digest)]
    if missing:
        yield Finding(
            "evidence", "problem", f"{len(missing)} files are missing, first {missing[0]}", "restore a backup"
        )
    else:
        yield Finding("evidence", "ok", f"{len(digests)} files are there")


def _has(folder: Path, digest: str) -> bool:
    return os.access(folder / digest[:2] / digest, os.R_OK)
