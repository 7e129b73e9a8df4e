"""Fetching what a user names, from a server of our own on the loopback address."""

import gzip
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from label_service import fetch as guard
from label_service.errors import LabelServiceError, NotFound, Refused
from label_service.fetch import fetch


class Answers(BaseHTTPRequestHandler):
    """Answers by path; `seen` are the requests that came."""

    seen: ClassVar[list[tuple[str, dict[str, str]]]] = []
    posted: ClassVar[list[tuple[bytes, dict[str, str]]]] = []

    def do_GET(self):
        """Answer one request."""
        self.seen.append((self.path, dict(self.headers)))
        name = self.path.partition("?")[0].strip("/")
        if name == "redirect":
            self.send_response(302)
            self.send_header("Location", "/hello")
            self.end_headers()
        elif name == "endless":
            self.send_response(200)
            self.end_headers()
            self._forever(b"x" * 65536, pause_s=0)
        elif name == "slow":
            self.send_response(200)
            self.end_headers()
            self._forever(b"x", pause_s=0.05)
        elif name == "bomb":
            self._body(gzip.compress(b"0" * 10_000_000), encoding="gzip")
        elif name == "hello":
            self._body(b"hello")
        else:
            self.send_error(int(name) if name.isdigit() else 404)

    def do_POST(self):
        """Note what was posted and answer as for reading."""
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.append((data, dict(self.headers)))
        self.do_GET()

    def _body(self, data, encoding=None):
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.end_headers()
        self.wfile.write(data)

    def _forever(self, piece, *, pause_s):
        try:
            while True:
                self.wfile.write(piece)
                time.sleep(pause_s)
        except OSError:
            return

    def log_message(self, *_):
        """Stay silent."""


@pytest.fixture(scope="module")
def server():
    """Give the address of a running server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_demo_on_this_machine_is_reached(server):
    """Plain HTTP goes to the loopback address, with the host the user wrote and nothing that identifies her."""
    Answers.seen.clear()
    assert fetch(f"{server}/hello") == b"hello"
    ((path, headers),) = Answers.seen
    assert path == "/hello"
    assert headers["Host"] == server.removeprefix("http://")
    assert headers["Accept-Encoding"] == "identity"
    assert not {"Cookie", "Authorization", "Referer"} & headers.keys()
    assert fetch(server.replace("localhost", "127.0.0.1") + "/hello") == b"hello"


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/",
        "http://93.184.216.34:443/",
        "https://10.0.0.1/",
        "https://172.16.3.4/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://127.0.0.2/",
        "https://0.0.0.0/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::1%25lo]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[ff02::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://localhost.localdomain.invalid/",
        "http://localhost@93.184.216.34/",
        "https://user:secret@93.184.216.34/",
        "https://@93.184.216.34/",
        "ftp://localhost/",
        "file:///etc/passwd",
        "gopher://localhost/",
        "localhost:8000",
        "https://",
        "https:///x",
        "http://[::1",
        "http://localhost:0/",
        "http://localhost:99999/",
        "http://localhost:x/",
        "http://local\nhost/",
        "http://localhost/\r\nHost: x",
        "https://" + "a" * 300 + ".example/",
        "https://é\ud800/",
        "",
    ],
)
def test_only_public_addresses_and_the_own_demo_are_reached(url):
    """Private networks, cloud metadata, other schemes, credentials and odd spellings: refused, before a connection."""
    with pytest.raises((Refused, NotFound)) as refused:
        fetch(url)
    assert "secret" not in str(refused.value.as_problem())
    assert "cannot fetch" not in refused.value.detail


@pytest.mark.parametrize("path", ["redirect", "404", "500", "204", "403"])
def test_only_a_plain_answer_counts(server, path):
    """A redirect could lead anywhere; it is not followed, and other answers are named."""
    Answers.seen.clear()
    with pytest.raises(NotFound, match="answered"):
        fetch(f"{server}/{path}")
    assert len(Answers.seen) == 1


def test_size_and_time_are_capped(server, monkeypatch):
    """An endless or dripping answer ends with an error, and a compressed one is not unpacked."""
    with pytest.raises(NotFound, match="larger than"):
        fetch(f"{server}/endless", max_bytes=100_000)
    start = time.monotonic()
    with monkeypatch.context() as patch:
        patch.setattr(guard, "TIMEOUT_S", 0.3)
        with pytest.raises(NotFound, match="slower than"):
            fetch(f"{server}/slow")
    assert time.monotonic() - start < 3
    assert len(fetch(f"{server}/bomb", max_bytes=100_000)) < 100_000


def test_a_form_is_posted_behind_the_same_guard(server):
    """What is posted goes where a fetch would go, and nowhere else."""
    Answers.posted.clear()
    assert fetch(f"{server}/hello", form={"code": "a b&c"}, headers={"Authorization": "Basic eDp5"}) == b"hello"
    ((body, headers),) = Answers.posted
    assert body == b"code=a+b%26c"
    assert headers["Authorization"] == "Basic eDp5"
    for url in ("http://10.0.0.1/token", "https://169.254.169.254/", f"{server}/redirect"):
        with pytest.raises(LabelServiceError):
            fetch(url, form={"code": "x"})
    assert len(Answers.posted) == 2


def test_nobody_answers(server):
    """A port where nothing listens is named with what to do."""
    with pytest.raises(LabelServiceError) as refused:
        fetch("http://localhost:1/")
    assert "cannot fetch" in refused.value.detail
    assert refused.value.hint


def test_proxies_of_the_environment_are_not_used(server, monkeypatch):
    """Where the request goes is decided by the address alone."""
    monkeypatch.setenv("HTTP_PROXY", "http://93.184.216.34:3128")
    monkeypatch.setenv("ALL_PROXY", "http://93.184.216.34:3128")
    assert fetch(f"{server}/hello") == b"hello"
