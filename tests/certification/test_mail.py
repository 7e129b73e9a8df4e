"""Mail: sent to the people of a party over a real server, again until it is taken, and without secrets."""

import socket
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from label_service.certification.mail import OLDEST, Mailbox, Post
from label_service.certification.notices import tell
from label_service.errors import Refused
from label_service.store.database import transaction
from label_service.web.telling import told_plainly

SENDER = "labels@scheme.example"


@dataclass
class Server:
    """What a mail server got, and how it answers an address."""

    answer: str = "250 OK"
    taken: list = field(default_factory=list)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        """Take an address, or not."""
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        """Take a mail."""
        self.taken.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return "250 OK"


def free_port(host):
    """Give a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


@pytest.fixture
def server():
    """Give a mail server on the loopback address, and the mailbox that hands in there."""
    handler, port = Server(), free_port("127.0.0.1")
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, Mailbox(f"smtp://127.0.0.1:{port}", SENDER)
    controller.stop()


def say(play, text="There is a complaint about label X.", link="/cases/1", to=None):
    """Tell the workshop something."""
    party = to or play.producer.party_id
    with transaction(play.stage.scheme.bench.engine) as session:
        tell(session, party, "complaint", text, link, play.clock())


def post(play, mailbox):
    """Give what sends."""
    return Post(play.stage.scheme.bench, mailbox, told_plainly)


def test_people_of_a_party_get_one_mail_for_all_that_is_new(play, server):
    """Sender, receivers, text with links; nothing is sent twice."""
    handler, mailbox = server
    play.cast.colleague(play.producer)
    say(play)
    say(play, "A label was suspended.", "/L/ABCDEFGHIJKLM")
    say(play, to=play.rival.party_id)
    assert post(play, mailbox).send() == 2
    mails = {len(to): (to, mail) for to, mail in handler.taken}
    to, mail = mails[2]
    assert sorted(to) == ["colleague@mail.example", "lead@testworkshop.example"]
    assert mail["subject"] == "Test scheme: 2 things need you"
    assert mail["from"] == mail["to"] == SENDER
    assert mail["auto-submitted"] == "auto-generated"
    body = mail.get_content()
    assert "There is a complaint about label X." in body
    assert "http://localhost:8000/cases/1" in body
    assert "http://localhost:8000/L/ABCDEFGHIJKLM" in body
    assert post(play, mailbox).send() == 0
    assert len(handler.taken) == 2


def test_everybody_is_written_to_in_her_language(play, server):
    """Who signed in with German pages gets German mail, the lead English; each thing is sent once to both."""
    handler, mailbox = server
    colleague = play.cast.colleague(play.producer)
    play.cast.accounts.sessions.open(colleague.account_id, "de")
    say(play, "Your label ABCDEFGHIJKLM was suspended; you may appeal.", "/L/ABCDEFGHIJKLM")
    say(play, "Nobody translated this.")
    assert post(play, mailbox).send() == 2
    mails = {to[0]: mail for to, mail in handler.taken}
    german, english = mails["colleague@mail.example"], mails["lead@testworkshop.example"]
    assert german["subject"] == "Test scheme: 2 Dinge warten auf Sie"
    assert english["subject"] == "Test scheme: 2 things need you"
    assert "Ausgesetzt" in german.get_content()
    assert "was suspended; you may appeal." in english.get_content()
    assert "Nobody translated this." in german.get_content()
    assert "Alle Hinweise: http://localhost:8000/notices" in german.get_content()
    assert post(play, mailbox).send() == 0


def test_a_mail_holds_nothing_secret(play, server):
    """Neither what a complainant wrote, nor how to reach her, nor her private link, nor that of a feed."""
    handler, mailbox = server
    found = play.declare("plate")
    play.stage.scheme.attestations.add(found.id, play.attest(found))
    label = play.stage.scheme.labels.issue(found.id).id
    secret = play.desk.cases.complain(label, "It is of metal.", "me@mail.example")
    feed = play.desk.notices.renew_feed(play.producer)
    post(play, mailbox).send()
    everything = " ".join(f"{to} {mail}" for to, mail in handler.taken)
    assert label in everything
    for private in ("of metal", "me@mail.example", secret, feed):
        assert private not in everything


def test_what_a_server_does_not_take_is_sent_again(play, server):
    """Down, or greylisting: the notice waits. Refused for good: it is given up, and stays on the page."""
    handler, mailbox = server
    say(play)
    nobody = Mailbox("smtp://127.0.0.1:1", SENDER)
    assert post(play, nobody).send() == 0
    handler.answer = "451 try again later"
    assert post(play, mailbox).send() == 0
    handler.answer = "250 OK"
    assert post(play, mailbox).send() == 1
    say(play, "Another thing.")
    handler.answer = "550 no such user"
    post(play, mailbox).send()
    handler.answer = "250 OK"
    assert post(play, mailbox).send() == 0
    assert len(handler.taken) == 1
    assert play.desk.notices.count_open(play.producer) == 2


def test_what_is_done_or_old_is_not_mailed(play, server):
    """Nobody is mailed about what was settled meanwhile, or lay for weeks while there was no mail server."""
    handler, mailbox = server
    say(play)
    (notice,) = play.desk.notices.of(play.producer)
    play.desk.notices.mark_done(play.producer, notice.id)
    say(play, "Something old.")
    play.clock.forward(seconds=OLDEST.total_seconds() + 1)
    assert post(play, mailbox).send() == 0
    say(play, "Something new.")
    assert post(play, mailbox).send() == 1
    (_, mail), *_ = handler.taken
    assert "Something old." not in mail.get_content()


def test_names_cannot_break_out_of_a_header(play, server):
    """A notice with line ends stays text of the body."""
    handler, mailbox = server
    say(play, "A\r\nBcc: victim@mail.example\r\n\r\nB")
    post(play, mailbox).send()
    ((to, mail),) = handler.taken
    assert to == ["lead@testworkshop.example"]
    assert mail["bcc"] is None


@pytest.mark.parametrize("url", ["", "http://mail.example", "smtp://", "mail.example:25", "smtp://mail.example:x"])
def test_a_mailbox_that_cannot_be_used_is_refused(url):
    """An address of another kind is named at the start of the service; it is not shown, it may hold a password."""
    with pytest.raises(Refused) as refused:
        Mailbox(url, SENDER)
    assert "mail.example" not in refused.value.detail
    with pytest.raises(Refused):
        Mailbox("smtp://mail.example", "nobody")


def certificate(folder):
    """Give a server's TLS context with a certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    none, pem = serialization.NoEncryption(), serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, none))
    (folder / "cert.pem").write_bytes(built.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize("is_encrypted", [True, False])
def test_nothing_travels_in_the_clear_to_another_machine(play, tmp_path, is_encrypted):
    """Without TLS, or with a certificate nobody trusts, neither password nor mail is handed over; both wait."""
    handler, seen, port = Server(), [], free_port("127.0.0.2")

    def authenticate(server, session, envelope, mechanism, data):
        seen.append(data)
        return AuthResult(success=True)

    tls = {"tls_context": certificate(tmp_path)} if is_encrypted else {"auth_require_tls": False}
    controller = Controller(handler, hostname="127.0.0.2", port=port, authenticator=authenticate, **tls)
    controller.start()
    try:
        say(play)
        assert post(play, Mailbox(f"smtp://user:password@127.0.0.2:{port}", SENDER)).send() == 0
        assert (handler.taken, seen) == ([], [])
        assert post(play, Mailbox(f"smtps://user:password@127.0.0.2:{port}", SENDER)).send() == 0
        assert (handler.taken, seen) == ([], [])
    finally:
        controller.stop()
