"""The files of docs/operate work: systemd and nginx take them, and nginx serves in front of a running service."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.cli.test_serve import free_port
from tests.pages import DOCS
from tests.serving import served

FILES = DOCS / "operate"
UNITS = (
    "label-service.service",
    "label-service-work.service",
    "label-service-backup.service",
    "label-service-backup.timer",
)
NAME = "labels.example"


@pytest.fixture
def units(tmp_path):
    """Give the units with a program in place of the service's, which is not installed there."""
    for name in UNITS:
        text = (FILES / name).read_text().replace("/opt/label-service/bin/label-service", "/bin/true")
        (tmp_path / name).write_text(text)
    return tmp_path


def analyze(*arguments):
    """Run systemd-analyze."""
    return subprocess.run(
        ["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )


def test_systemd_takes_the_units(units):
    """No line is unknown or wrong."""
    done = analyze("verify", "--man=no", *(units / name for name in UNITS))
    said = [line for line in done.stderr.splitlines() if any(name in line for name in UNITS)]
    assert done.returncode == 0, done.stderr
    assert said == []


@pytest.mark.parametrize("name", UNITS[:3])
def test_the_service_is_confined(units, name):
    """By systemd's own measure little is exposed: 0 is nothing, 10 everything."""
    done = analyze("security", "--offline=true", "--no-pager", units / name)
    exposure = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert exposure, done.stderr
    assert float(exposure[1]) <= 2.5


def test_no_secret_is_in_a_unit_or_on_a_command_line():
    """The passphrase comes as a credential; nothing names a value."""
    unit = (FILES / "label-service.service").read_text()
    assert "LoadCredential=key-passphrase:" in unit
    assert "LABEL_SERVICE_KEY_PASSPHRASE_FILE=%d/key-passphrase" in unit
    for file in FILES.iterdir():
        assert "LABEL_SERVICE_KEY_PASSPHRASE=" not in file.read_text()
    assert "--with-keys" not in (FILES / "label-service-backup.service").read_text()


def test_the_settings_of_the_guide_are_settings(monkeypatch):
    """Service and commands read the shipped file without complaint."""
    from label_service.settings import read_settings

    for line in (FILES / "environment").read_text().splitlines():
        name, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            monkeypatch.setenv(name, value.strip('"'))
    assert read_settings().origin == f"https://{NAME}"
    shell = subprocess.run(
        ["sh", "-n", str(FILES / "label-service-command")], capture_output=True, text=True, check=False
    )
    assert shell.returncode == 0, shell.stderr


def certificate(folder):
    """Write a certificate for the name, as an authority would give it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    (folder / "fullchain.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    )


def configured(folder, public, service, port):
    """Write the shipped file with places and ports of the test, and a main file around it."""
    certificate(folder)
    text = (FILES / "nginx.conf").read_text()
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{service}")
    text = text.replace("Host $host", f"Host localhost:{service}")  # the origin of the service in the test
    text = text.replace("listen 443", f"listen 127.0.0.1:{port}").replace(
        "listen 80", f"listen 127.0.0.1:{free_port()}"
    )
    text = re.sub(r"    listen \[::\].*\n", "", text)
    text = text.replace(f"/etc/letsencrypt/live/{NAME}", str(folder)).replace("/var/log/nginx", str(folder))
    text = text.replace("/var/lib/label-service/data/public", str(public))
    (folder / "site.conf").write_text(text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}\npid {folder}/pid;\nerror_log {folder}/error.log;\ndaemon off;\nevents {{}}\n"
        f"http {{\ninclude /etc/nginx/mime.types;\n{places}\ninclude {folder}/site.conf;\n}}\n"
    )
    return [nginx(), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def nginx():
    """Give the program; there is no test of its file without it."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert found, "these tests need nginx: apt-get install nginx-light"
    return found


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    """Serve a demo behind nginx; give a client of nginx, the stage and the folder of nginx."""
    folder = tmp_path_factory.mktemp("front")
    (folder / "nginx").mkdir()
    with served(folder / "stage") as site:
        site.stage.issue("hook")
        service, port = site.client.base_url.port, free_port()
        command = configured(folder / "nginx", folder / "stage" / "data" / "public", service, port)
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            with client_of(port, folder / "nginx") as client:
                yield client, site.stage, folder / "nginx"
        finally:
            process.terminate()
            process.wait(timeout=10)


def client_of(port, folder, own_address="127.0.0.1"):
    """Give a client that trusts the certificate and asks by the name, from an address of its own."""
    for _ in range(200):
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    trusted = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    way = httpx.HTTPTransport(verify=trusted, local_address=own_address)
    client = httpx.Client(base_url=f"https://127.0.0.1:{port}", transport=way, headers={"Host": NAME}, timeout=10)
    original = client.send

    def send(request, **options):
        request.extensions["sni_hostname"] = NAME
        return original(request, **options)

    client.send = send
    return client


def test_files_of_the_log_come_from_the_disk(front):
    """They are byte for byte what the service serves, cacheable for ever but for the newest checkpoint."""
    client, stage, _ = front
    newest = client.get("/log/checkpoint")
    assert newest.content == stage.files.read("log/checkpoint")
    assert newest.headers["cache-control"] == "no-cache"
    assert newest.headers["content-type"] == "text/plain; charset=utf-8"
    size = newest.text.split("\n")[1]
    archived = client.get(f"/log/checkpoints/{size}")
    assert archived.content == newest.content
    assert archived.headers["cache-control"] == "public, max-age=31536000, immutable"
    tile = client.get(f"/log/tile/entries/000.p/{size}")
    assert tile.content == stage.files.read(f"log/tile/entries/000.p/{size}")
    assert tile.headers["content-type"] == "application/octet-stream"
    assert tile.headers["access-control-allow-origin"] == "*"
    assert "x-request-id" not in tile.headers  # the service was not asked
    assert size in client.get("/log/checkpoints/index").text.split()


def test_what_is_not_on_the_disk_the_service_answers(front):
    """Pages, and log files that are not there, are its own; half-written files are nobody's."""
    client, stage, _ = front
    page = client.get(f"/L/{stage.labels['hook']}", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "content-security-policy" in page.headers
    missing = client.get("/log/tile/9/999")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    (Path(stage.files.folder) / "log" / ".checkpoint.123").write_text("half")
    assert client.get("/log/.checkpoint.123").status_code == 404
    assert client.get("/log/%2e%2e/%2e%2e/label.db").status_code in {400, 404}


def test_secret_addresses_and_readers_are_not_logged(front):
    """The access log has no address of a reader and no private link."""
    client, _, folder = front
    client.get("/complaints/a-private-case")
    client.get("/feeds/a-private-feed.xml")
    client.get("/join/a-private-invitation")
    client.get("/healthz")
    time.sleep(0.1)
    log = (folder / "label-service.log").read_text()
    assert '"/healthz" 200' in log
    assert "private" not in log
    assert "127.0.0.1" not in log


def announced(port, folder, size):
    """Announce a body of a size and give the answer to that alone."""
    trusted = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        trusted.wrap_socket(plain, server_hostname=NAME) as line,
    ):
        line.sendall(f"POST /api/v1/declarations HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: {size}\r\n\r\n".encode())
        return line.recv(200)


def test_floods_end_at_the_web_server(front):
    """Too much at once, and too large a body, is refused before it reaches the service."""
    port, folder = front[0].base_url.port, front[2]
    assert announced(port, folder, 400 * 2**20).startswith(b"HTTP/1.1 413")
    with client_of(port, folder, "127.0.0.2") as client:  # what others may send is counted apart
        answers = [client.get("/log/checkpoint").status_code for _ in range(200)]
    assert set(answers) == {200, 429}
