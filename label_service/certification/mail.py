"""Mail: what parties were told, sent to their people over SMTP, and sent again until the server takes it.

A mail says how many things there are and where to look; it holds no secret, no file and no words of another party.
It is in the language with which its reader signed in last.
"""

import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from functools import partial
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from sqlmodel import Session, col, select

from label_service.errors import Refused
from label_service.issuance.workbench import Workbench
from label_service.store.database import reading, transaction
from label_service.store.party_tables import AccountRow
from label_service.store.scheme_tables import NoticeRow

TIMEOUT_S: Final = 20
OLDEST: Final = timedelta(days=14)  # what nobody could be told for so long is on the page only
_LOG = logging.getLogger("label_service.mail")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_FOR_GOOD: Final = 500  # RFC 5321, section 4.2.1
_PORTS: Final = {"smtp": 587, "smtps": 465}
Worded = Callable[[str, str], str]  # gives, for the code of a language, what the core says in it


@dataclass(frozen=True)
class Mailbox:
    """Where mail is handed in, and who it is from.

    Attributes:
        url: `smtp://USER:PASSWORD@HOST:PORT` (STARTTLS) or `smtps://…` (TLS from the start).
        sender: address that mails are from.

    Raises:
        Refused: not such an address.
    """

    url: str
    sender: str

    def __post_init__(self) -> None:
        try:
            is_good = self._parts.scheme in _PORTS and bool(self._parts.hostname) and self._port > 0
        except ValueError:
            is_good = False
        if not is_good or "@" not in self.sender:
            raise Refused("expected smtp://HOST:PORT or smtps://HOST:PORT, and the address that mails are from")

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url)

    @property
    def _port(self) -> int:
        return self._parts.port or _PORTS[self._parts.scheme]

    @contextmanager
    def open(self) -> Iterator[smtplib.SMTP]:
        """Connect: encrypted, except to this very machine.

        Raises:
            OSError, smtplib.SMTPException: the server cannot be reached, or refuses.
        """
        parts, trusted = self._parts, ssl.create_default_context()
        host, port = parts.hostname or "", self._port
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=trusted)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        with server:
            if parts.scheme == "smtp" and host not in _LOOPBACK:
                server.starttls(context=trusted)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            yield server


class Post:
    """Sends the notices of one installation."""

    def __init__(self, bench: Workbench, mailbox: Mailbox, worded: Worded) -> None:
        self._bench = bench
        self._mailbox = mailbox
        self._worded = worded

    def send(self) -> int:
        """Send each party what it was not mailed yet, one mail a language for all of it, and give the number of mails.

        What the server does not take stays waiting for the next call.
        """
        waiting = self._waiting()
        if not waiting:
            return 0
        try:
            with self._mailbox.open() as server:
                return sum(self._send(server, notices) for notices in waiting)
        except (OSError, smtplib.SMTPException) as error:
            _LOG.warning("mail is waiting: %s", type(error).__name__)
            return 0

    def _waiting(self) -> list[list[NoticeRow]]:
        """Give open notices that were not mailed, by party."""
        since = self._bench.clock() - OLDEST
        query = select(NoticeRow).where(col(NoticeRow.mailed_at).is_(None), col(NoticeRow.done_at).is_(None))
        with reading(self._bench.engine) as session:
            rows = session.exec(query.where(NoticeRow.created_at >= since).order_by(col(NoticeRow.id))).all()
        by_party: dict[str, list[NoticeRow]] = {}
        for row in rows:
            by_party.setdefault(row.party_id, []).append(row)
        return list(by_party.values())

    def _send(self, server: smtplib.SMTP, notices: list[NoticeRow]) -> int:
        with reading(self._bench.engine) as session:
            to = _addresses(session, notices[0].party_id)
        taken = [self._is_taken(server, self._message(notices, code), to[code]) for code in to]
        if to and not any(taken):
            return 0
        with transaction(self._bench.engine) as session:
            for notice in notices:
                row = session.get_one(NoticeRow, notice.id)
                row.mailed_at = self._bench.clock()
                session.add(row)
        return sum(taken)

    def _is_taken(self, server: smtplib.SMTP, message: EmailMessage, to: list[str]) -> bool:
        """Hand a mail in; addresses that are refused for good are given up, those refused for now wait."""
        try:
            server.send_message(message, self._mailbox.sender, to)
        except smtplib.SMTPRecipientsRefused as error:
            _LOG.warning("the mail server refuses every address of a party")
            return all(code >= _FOR_GOOD for code, _ in error.recipients.values())
        return True

    def _message(self, notices: list[NoticeRow], language: str) -> EmailMessage:
        identity, now = self._bench.identity, self._bench.clock()
        say = partial(self._worded, language)
        message = EmailMessage(policy=SMTP)
        message["Subject"] = f"{identity.display_name}: {say(_count(len(notices)))}"
        message["From"] = message["To"] = self._mailbox.sender  # people are addressed in the envelope only
        message["Date"] = format_datetime(now)
        message["Message-ID"] = make_msgid(domain=urlsplit(identity.origin).hostname or "localhost")
        message["Auto-Submitted"] = "auto-generated"
        lines = [f"- {say(notice.text)}\n  {identity.origin}{notice.link}" for notice in notices]
        signature = f"You get this because you have an account at {identity.display_name}, {identity.origin}."
        further = f"All notices: {identity.origin}/notices"
        message.set_content("\n".join([*lines, "", say(signature), say(further)]) + "\n")
        return message


def _addresses(session: Session, party_id: str) -> dict[str, list[str]]:
    """Give the addresses of a party's people by the language in which they are written to."""
    query = select(AccountRow).where(AccountRow.party_id == party_id, col(AccountRow.is_active))
    found: dict[str, list[str]] = {}
    for row in session.exec(query).all():
        if row.email:
            found.setdefault(row.language, []).append(row.email)
    return found


def _count(number: int) -> str:
    return "something needs you" if number == 1 else f"{number} things need you"
