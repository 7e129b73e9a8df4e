"""One corpus of forged tokens, one verdict: in Python, in the browser, on the command line and in the API."""

import json

import pytest

from label_service import canonical
from label_service.cli.verify import run
from label_service.errors import InvalidDocument
from label_service.trust import jws
from label_service.verify import inspect_bundle
from tests.hostile.test_corpus import rows
from tests.vectors import make_forged_tokens
from tests.vectors.make_forged_tokens import forgeries
from tests.verify.reports import failed
from tests.web.browser_verifier import outcomes
from tests.web.conftest import verifier as verifier  # noqa: PLC0414 - a fixture

VECTORS = json.loads(make_forged_tokens.FILE.read_text("utf-8"))
KEY = bytes.fromhex(VECTORS["key"])
IN_BUNDLES = {
    "label": (lambda bundle: bundle["label"], lambda bundle, text: bundle.update(label=text)),
    "attestation": (lambda bundle: bundle["attestation"], lambda bundle, text: bundle.update(attestation=text)),
    "trust list": (lambda bundle: bundle["trust_list"], lambda bundle, text: bundle.update(trust_list=text)),
    "status": (lambda bundle: bundle["status"][0], lambda bundle, text: bundle["status"].__setitem__(0, text)),
}


@pytest.mark.parametrize("case", VECTORS["tokens"], ids=lambda case: case["why"].replace(" ", "-")[:60])
def test_python_judges_as_the_vectors(case):
    """No algorithm, key, spelling or signature of the token's own choice counts."""
    try:
        token = jws.parse(case["token"], typ=VECTORS["typ"])
        verdict = "holds" if token.is_signed_by(KEY) else "fails"
    except InvalidDocument:
        verdict = "refused"
    assert verdict == case["verdict"]


def test_the_browser_judges_as_the_vectors(verifier):
    """The same file, the same verdicts, by WebCrypto."""
    judge = f"""async (text) => {{
      const raw = Uint8Array.from({list(KEY)});
      return (await v.parseToken(text, {json.dumps(VECTORS["typ"])}).isSignedBy(raw)) ? "holds" : "fails";
    }}"""
    found = verifier.each(judge, [case["token"] for case in VECTORS["tokens"]])
    assert {item.get("error") for item in found} <= {None, "InvalidDocument", "NotCanonical"}
    verdicts = ["refused" if "error" in item else item["value"] for item in found]
    assert verdicts == [case["verdict"] for case in VECTORS["tokens"]]


@pytest.mark.parametrize("part", IN_BUNDLES)
def test_a_bundle_with_a_forged_part_is_judged_alike(stage, verifier, part, tmp_path, capsys):
    """In a bundle, each forgery fails in the same step in Python, browser and command line."""
    read, write = IN_BUNDLES[part]
    bundle = stage.bundle("hook")
    root = tmp_path / "root.pub"
    root.write_bytes(stage.root_file.read_bytes())
    for forgery in forgeries(read(bundle)):
        forged = json.loads(json.dumps(bundle))
        write(forged, forgery.text)
        data = canonical.encode(forged)
        report = inspect_bundle(data, stage.roots, stage.at)
        assert report.exit_code == 1, forgery.why
        assert outcomes(verifier.bundle(data, stage.roots, stage.at)) == outcomes(report.as_json()), forgery.why
        (tmp_path / "bundle.json").write_bytes(data)
        assert run(["--root", str(root), "--at", stage.at, "--json", str(tmp_path / "bundle.json")]) == 1
        shown = json.loads(capsys.readouterr().out)
        assert outcomes(shown) == outcomes(report.as_json()), forgery.why
        assert failed(report), forgery.why


@pytest.mark.parametrize(
    ("path", "name"),
    [("/api/v1/intake", "box"), ("/api/v1/declarations/{identifier}/attestation", "hook")],
)
def test_the_api_takes_no_forged_attestation(victim, path, name):
    """What an auditor hands in goes through the same reader; a forgery is refused and leaves nothing."""
    play = victim.play
    found = play.declare(name)
    play.ask(found)
    address = path.replace("{identifier}", found.id)
    client = victim.program("auditor")
    before = rows(victim)
    honest = play.attest(found)
    for forgery in forgeries(honest):
        if forgery.text.strip() == honest:
            continue  # a program may end its file with a line
        answer = client.post(address, content=forgery.text.encode("utf-8"))
        assert answer.status_code in {403, 409, 422}, (forgery.why, answer.text)
        assert rows(victim) == before, forgery.why
    assert client.post(address, content=honest).status_code in {200, 201}
