import io
import json

import pytest
from PIL import Image

from label_service import canonical
from label_service.artwork.qr import qr_png
from label_service.cli.verify import MAX_FILE_BYTES, run
from label_service.trust import encoding
from tests.commands import command, python
from tests.trust.test_keys import UNSAFE
from tests.verify.forging import Forger, other_digit


@pytest.fixture
def desk(stage, tmp_path):
    """Give a folder with everything of one label that a person may hold in her hand."""
    label = stage.scheme.labels.get(stage.labels["hook"])
    forger = Forger(stage)
    files = {
        "bundle.json": stage.scheme.labels.bundle(label.id),
        "label.jwt": label.token.encode() + b"\n",
        "qr.png": qr_png(label.qr_text),
        "qr.txt": label.qr_text.encode(),
        "root.pub": stage.root_file.read_bytes(),
        "trust-list.jwt": stage.scheme.register.text().encode(),
        "revocation.jwt": forger.status_list("revocation").encode(),
        "suspension.jwt": forger.status_list("suspension").encode(),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.fixture
def verify(desk, stage, capsys):
    """Run `verify` on a file of the desk at the time of the installation; give code, output and errors."""

    def verify(subject, *options, root="root.pub", at=None):
        pinned = ["--root", str(desk / root)] if root else []
        code = run([*pinned, "--at", at or stage.at, *map(str, options), str(subject)])
        output = capsys.readouterr()
        return code, output.out, output.err

    return verify


def test_a_bundle_is_verified_step_by_step(verify, desk):
    """All steps with a mark, the facts of the label, and one sentence at the end."""
    code, out, err = verify(desk / "bundle.json")
    assert (code, err) == (0, "")
    assert out.count("✓") == 12
    assert out.endswith("VALID: every step holds\n")
    assert "grade: C" in out


def test_programs_read_the_same_as_json(verify, desk):
    """`--json` gives one canonical document with the same exit code."""
    code, out, _ = verify(desk / "bundle.json", "--json")
    document = canonical.decode(out.strip().encode())
    assert (code, document["exit_code"], len(document["steps"])) == (0, 0, 12)
    (desk / "bundle.json").write_bytes(b"{}")
    code, out, _ = verify(desk / "bundle.json", "--json")
    assert code == json.loads(out)["exit_code"] == 1


def test_a_label_token_alone_is_three(verify, desk):
    """With fresh lists everything a token can show holds, and the exit code says that it is not all."""
    lists = ["--trust-list", desk / "trust-list.jwt"]
    lists += ["--status", desk / "revocation.jwt", "--status", desk / "suspension.jwt"]
    code, out, _ = verify(desk / "label.jwt", *lists)
    assert code == 3
    assert out.count("✓") == 4
    assert "attestation, log and score" in out
    assert verify(desk / "label.jwt")[0] == 3


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_of_the_code_is_read(verify, desk, kind):
    """A photograph of the label is checked like its text."""
    with Image.open(desk / "qr.png") as picture:
        stream = io.BytesIO()
        picture.convert("L").save(stream, kind, **({"quality": 60} if kind == "JPEG" else {}))
    (desk / "photo").write_bytes(stream.getvalue())
    code, out, _ = verify(desk / "photo", "--trust-list", desk / "trust-list.jwt")
    assert code == 3
    assert out.count("✓") == 4
    assert "grade: C" in out


def test_the_text_of_a_code_may_be_pasted(verify, desk):
    """As the scanner shows it, or as a browser writes it, or from a file."""
    text = (desk / "qr.txt").read_text()
    address, _, fragment = text.partition("#")
    for pasted in (text, f"{address.lower()}#{fragment}", desk / "qr.txt"):
        code, out, _ = verify(pasted, "--trust-list", desk / "trust-list.jwt")
        assert (code, out.count("✓")) == (3, 4)
    code, out, _ = verify(text.replace("LOCALHOST", "LABELS.EXAMPLE"), "--trust-list", desk / "trust-list.jwt")
    assert code == 1


def test_newer_lists_replace_those_of_the_bundle(verify, desk, stage):
    """A revocation that came later is seen when its list is given along."""
    forger = Forger(stage)
    index = forger.status_index(stage.bundle("hook"))
    (desk / "newer.jwt").write_text(forger.status_list("revocation", [index], hours=1))
    code, out, _ = verify(desk / "bundle.json", "--status", desk / "newer.jwt")
    assert code == 1
    assert "revoked" in out
    assert "NOT VALID: step 12 (status) fails" in out


def test_without_its_root_nothing_is_valid(verify, desk):
    """Unknown root, no root: never 0, and the answer says what to do."""
    code, out, _ = verify(desk / "bundle.json", root=None)
    assert code == 3
    assert "pin it with --root" in out


def test_later_a_bundle_says_since_when_it_does_not_know(verify, desk):
    """Two months on the lists of the bundle are stale: 3, and after its validity 1."""
    assert verify(desk / "bundle.json", at="2027-01-20T12:00:00Z")[0] == 3
    assert verify(desk / "bundle.json", at="2027-12-20T12:00:00Z")[0] == 1


def test_a_forged_bundle_fails(verify, desk):
    """A changed byte is exit code 1 with the step that found it."""
    data = (desk / "bundle.json").read_bytes()
    (desk / "bundle.json").write_bytes(data.replace(b'"grade":"C"', b'"grade":"A"'))
    code, out, _ = verify(desk / "bundle.json")
    assert code == 1
    assert "✗  7. documents" in out
    assert "– 12. status: not checked" in out


def test_roots_may_lie_in_a_folder(verify, desk, monkeypatch):
    """`LABEL_SERVICE_ROOTS` names the roots a person trusts; only files ending in .pub count."""
    monkeypatch.setenv("LABEL_SERVICE_ROOTS", str(desk))
    assert verify(desk / "bundle.json", root=None)[0] == 0
    (desk / "root.pub").rename(desk / "root.txt")
    assert verify(desk / "bundle.json", root=None)[0] == 3


@pytest.mark.parametrize("raw", UNSAFE)
def test_a_root_that_proves_nothing_is_refused(verify, desk, raw):
    """A small-order or non-canonical root is wrong usage, not a doubt."""
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": encoding.base64url(raw)}
    document = {"jwk": jwk, "name": "Root", "type": "root", "version": "1"}
    (desk / "bad.pub").write_bytes(canonical.encode(document))
    code, _, err = verify(desk / "bundle.json", root="bad.pub")
    assert code == 2
    assert "invalid-key" in err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", 1),
        (b"{", 1),
        (b"[]", 1),
        (b"{}", 1),
        (b"hello", 1),
        (b"\xff\xfe\x00", 2),
        (b"\x89PNG\r\n\x1a\n broken", 2),
        (b"\xff\xd8\xff broken", 2),
        (b"{" * 100_000, 1),
        (b"x" * (MAX_FILE_BYTES + 1), 2),
        (b"HTTPS://X/L/ABCDEFGHIJKLM#AAAA", 1),
    ],
)
def test_whatever_is_given_has_an_answer(verify, desk, content, code):
    """Garbage fails or is unreadable; it never holds, and never ends in a trace."""
    (desk / "subject").write_bytes(content)
    found, out, err = verify(desk / "subject")
    assert found == code
    assert "Traceback" not in out + err
    assert ("error: " in err) == (code == 2)


def test_a_picture_without_a_code_is_unreadable(verify, desk):
    """No code, or two of them: the answer says what to photograph."""
    for width in (50, 900):
        picture = Image.new("L", (width, 50), 255)
        if width > 50:
            picture = Image.new("L", (1400, 700), 255)
            for place, text in ((0, "ONE"), (700, "TWO")):
                picture.paste(Image.open(io.BytesIO(qr_png(f"HTTPS://{text}.EXAMPLE/L/ABCDEFGHIJKLM"))), (place, 0))
        picture.save(desk / "photo.png")
        code, _, err = verify(desk / "photo.png")
        assert code == 2
        assert "expected one QR code" in err


@pytest.mark.parametrize("at", ["yesterday", "2026-13-01", "0001-01-01T00:00:00+23:59", ""])
def test_a_time_that_is_none_is_wrong_usage(verify, desk, at):
    """What cannot be a time is named, with an example."""
    code, _, err = verify(desk / "bundle.json", at=at or "x")
    assert code == 2
    assert "2026-11-23T10:00:00Z" in err


@pytest.mark.parametrize(
    "options",
    [
        ["--root", "nowhere.pub", "bundle.json"],
        ["nowhere.json"],
        ["--trust-list", "nowhere.jwt", "bundle.json"],
        ["--status", "nowhere.jwt", "bundle.json"],
        ["--root", "label.jwt", "bundle.json"],
        ["."],
    ],
)
def test_missing_files_are_named(desk, capsys, monkeypatch, options):
    """What cannot be read is wrong usage and named."""
    monkeypatch.chdir(desk)
    assert run(options) == 2
    assert "error: " in capsys.readouterr().err


def test_wrong_usage_is_two(capsys):
    """Without a subject, or with an unknown option, the usage is shown."""
    for arguments in ([], ["--frobnicate"], ["a", "b"]):
        with pytest.raises(SystemExit) as end:
            run(arguments)
        assert end.value.code == 2
    assert "usage: label-service verify" in capsys.readouterr().err


def test_tampered_lists_on_the_side_fail(verify, desk):
    """A changed list that is given along is a failure at its step, not a reason to use the bundle's."""
    for name, option in (("trust-list.jwt", "--trust-list"), ("revocation.jwt", "--status")):
        (desk / "bad.jwt").write_text(other_digit((desk / name).read_text()))
        assert verify(desk / "bundle.json", option, desk / "bad.jwt")[0] == 1


def test_as_a_process_it_works_alone(desk, stage):
    """The command verifies bundle, token and picture in a process of its own, with exit codes for scripts."""
    at = ["--root", desk / "root.pub", "--at", stage.at]
    assert command("verify", *at, desk / "bundle.json").returncode == 0
    assert command("verify", *at, desk / "label.jwt").returncode == 3
    assert command("verify", *at, "--trust-list", desk / "trust-list.jwt", desk / "qr.png").returncode == 3
    (desk / "bundle.json").write_bytes(b"{}")
    assert command("verify", *at, desk / "bundle.json").returncode == 1
    lost = command("verify", *at, desk / "nowhere.json")
    assert lost.returncode == 2
    assert "Traceback" not in lost.stderr


def test_a_poor_terminal_gets_an_answer_too(desk, stage):
    """Where a terminal lacks a character, the rest is shown and the exit code stands."""
    done = command(
        "verify", "--root", desk / "root.pub", "--at", stage.at, desk / "bundle.json", PYTHONIOENCODING="ascii"
    )
    assert done.returncode == 0
    assert "VALID: every step holds" in done.stdout


HEAVY = ["fastapi", "starlette", "sqlmodel", "sqlalchemy", "uvicorn", "jinja2", "typer", "rich", "httpx", "alembic"]
LOADED = """
import sys
from label_service.cli.verify import run
code = run(sys.argv[1:])
loaded = [name for name in {heavy} if name in sys.modules]
sys.exit(code if not loaded else f"loaded {{loaded}}")
"""
BLOCKED = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {heavy}:
            raise ImportError(name)
sys.meta_path.insert(0, Block())
import label_service.verify, label_service.cli
sys.exit(__import__("label_service.cli.verify").cli.verify.run(sys.argv[1:]))
"""
OFFLINE = """
import sys
def watch(event, arguments):
    if event.startswith("socket.") and event not in {{"socket.__new__"}}:
        raise RuntimeError(event)
sys.addaudithook(watch)
from label_service.cli.verify import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize("program", [LOADED, BLOCKED, OFFLINE])
def test_verifying_needs_no_service_and_no_network(desk, stage, program):
    """Without web, database and terminal packages, and without a socket, a bundle verifies."""
    text = program.format(heavy=HEAVY)
    done = python("-c", text, "--root", desk / "root.pub", "--at", stage.at, desk / "bundle.json")
    assert done.returncode == 0, done.stderr
