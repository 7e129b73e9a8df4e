"""The verifier in the browser gives what the verifier in Python gives: same vectors, same digits, same refusals."""

import json
import math
import re
import struct
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docs.method import closed_form_study as study
from label_service import canonical
from label_service.assessment import assess
from label_service.declaration import Declaration
from label_service.errors import LabelServiceError
from label_service.factors import RecordingRelease
from label_service.impact.closed_form import ratio
from label_service.inventory.build import build_inventory
from label_service.label.qr import verify_qr
from label_service.quantity import figure
from label_service.trust.trust_list import read_root
from label_service.web.scripts import SCRIPTS, modules, source
from label_service.web.shapes import shapes
from tests.examples import RELEASE
from tests.strategies import declarations, json_values
from tests.vectors import make_bundle
from tests.web.browser_verifier import encoded, outcomes

VECTORS = Path(__file__).parents[1] / "vectors"
CANONICAL, CLOSED_FORM, ASSESSMENT, TRUST_LIST, LOG, RELEASE_ROWS, LABEL, QR, BUNDLE, EDGES, FEDERATION = (
    json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    for name in (
        "canonical",
        "closed-form",
        "assessment",
        "trust-list",
        "log",
        "release",
        "label",
        "qr",
        "bundle",
        "ed25519-edges",
        "federation",
    )
)
BATCH = 25


def values(found):
    """Give the values of results that must all have one."""
    assert [item for item in found if "error" in item] == []
    return [item["value"] for item in found]


def errors(found):
    """Give the names of the errors of results, None where there is a value."""
    return [item.get("error") for item in found]


# models


def rules_of(shape):
    """Give the names of all rules of a shape."""
    if isinstance(shape, dict):
        yield from shape.get("rules", ())
    for inner in shape.values() if isinstance(shape, dict) else shape if isinstance(shape, list) else ():
        yield from rules_of(inner)


def test_every_rule_of_the_models_has_a_twin(verifier):
    """A rule added to a model is not forgotten in the browser, which refuses every document until it has it."""
    assert set(rules_of(shapes())) <= set(verifier.call("() => Object.keys(v.RULES)", None))


def test_modules_join_without_clashes():
    """No two modules give one name to two things, so that one file can hold them all."""
    for entry in SCRIPTS:
        text = "".join(re.sub("^export ", "", source(name), flags=re.MULTILINE) for name in modules(entry))
        names = re.findall(r"^(?:async )?(?:function\*?|class|const|let) (\w+)", text, re.MULTILINE)
        assert [name for name, count in Counter(names).items() if count > 1] == []
        assert all(line.count("`") % 2 == 0 for line in text.split("\n")), "a text that spans lines"


def test_a_document_with_a_rule_unknown_here_is_refused(verifier):
    """A page kept from yesterday refuses what a newer model says, and never guesses."""
    (found,) = verifier.each(
        """(root) => {
          const rule = v.RULES["Jwk._is_safe"];
          delete v.RULES["Jwk._is_safe"];
          try { return v.validate("Root", root); } finally { v.RULES["Jwk._is_safe"] = rule; }
        }""",
        [json.loads(TRUST_LIST["root"])],
    )
    assert found["error"] == "InvalidDocument"


# bytes and numbers


def test_documents_have_their_one_spelling(verifier):
    """A canonical document is read and written back byte for byte, with its digest."""
    cases = CANONICAL["documents"]
    given = [encoded(bytes.fromhex(case["bytes"])) for case in cases]
    found = values(verifier.each("async (data) => v.digest(v.encode(v.decode(bytes(data))))", given))
    assert found == [case["digest"] for case in cases]


def test_second_spellings_are_refused(verifier):
    """Duplicate members, white space, floats and every other second spelling are refused as in Python."""
    given = [encoded(bytes.fromhex(case["bytes"])) for case in CANONICAL["invalid"]]
    found = errors(verifier.each("(data) => v.decode(bytes(data)) && 0", given))
    assert set(found) <= {"NotCanonical", "InvalidDocument"}


@given(cases=st.lists(json_values, min_size=BATCH, max_size=BATCH))
@settings(max_examples=8)
def test_any_value_has_the_same_bytes(verifier, cases):
    """Whatever a document holds, both encoders write it the same way."""
    expected = [canonical.digest(canonical.encode(case)) for case in cases]
    assert values(verifier.each("(value) => v.digest(v.encode(value))", cases)) == expected


@given(data=st.binary(max_size=40))
@settings(max_examples=60)
def test_any_bytes_are_read_or_refused_alike(verifier, data):
    """Both readers accept the same bytes."""
    for tried in (data, b'{"a":' + data + b"}"):
        try:
            canonical.decode(tried)
            is_read = True
        except LabelServiceError:
            is_read = False
        (found,) = verifier.each("(data) => v.decode(bytes(data)) && 0", [encoded(tried)])
        assert ("error" not in found) is is_read, tried


def test_figures_have_ten_digits_half_even(verifier):
    """A binary64 number has the same figure and is shown the same way."""
    numbers = [struct.unpack(">d", bytes.fromhex(case["binary64"]))[0] for case in CANONICAL["figures"]]
    found = values(
        verifier.each("(value) => { const text = v.figure(value); return [text, v.display(text)]; }", numbers)
    )
    assert found == [[case["figure"], case["shown"]] for case in CANONICAL["figures"]]


@given(numbers=st.lists(st.floats(-1e18, 1e18), min_size=200, max_size=200))
@settings(max_examples=10)
def test_any_number_has_the_same_figure(verifier, numbers):
    """Quantising is exact in both languages, at ties too."""
    ties = [math.ldexp(1.0, -exponent) for exponent in range(59)] + [12345678905.0, 12345678915.0, 99999999995.0]
    assert values(verifier.each("v.figure", numbers + ties)) == [figure(number) for number in numbers + ties]


def test_the_function_that_javascript_lacks(verifier):
    """The complementary error function is exact to 13 digits where the method uses it."""
    points = [number / 100 for number in range(-400, 401)]
    found = values(verifier.each("v.erfc", points))
    assert max(abs(value / math.erfc(point) - 1) for point, value in zip(points, found, strict=True)) < 1e-13


# the method


_RATIO = """([product, reference]) => {
  const terms = (side) => side.map(([value, loads]) => ({ value, loads }));
  const found = v.ratio(terms(product), terms(reference));
  const figures = [found.p05, found.median, found.p95, found.pBetter].map(v.figure);
  return [...figures, found.narrow.map(([name, share]) => [name, v.figure(share)]), found.isProven];
}"""


def listed(terms):
    """Give the terms of a vector as plain lists."""
    return [[float(item["value"]), [[name, float(load)] for name, load in item["loads"].items()]] for item in terms]


def test_ratios_have_the_published_figures(verifier):
    """The closed form gives the figures of its vectors to the digit."""
    cases = [[listed(case["product"]), listed(case["reference"])] for case in CLOSED_FORM["ratios"]]
    expected = [
        [
            *(case[name] for name in ("p05", "median", "p95", "p_better")),
            [[item["variable"], item["share"]] for item in case["narrow"]],
            case["is_proven"],
        ]
        for case in CLOSED_FORM["ratios"]
    ]
    assert values(verifier.each(_RATIO, cases)) == expected


def test_sums_have_the_published_figures(verifier):
    """Every quantile of a sum is equal to its ten digits."""
    function = """(terms) => {
      const found = v.distribution(terms.map(([value, loads]) => ({ value, loads })));
      return [found.p05, found.median, found.p95].map(v.figure);
    }"""
    found = values(verifier.each(function, [listed(case["terms"]) for case in CLOSED_FORM["sums"]]))
    assert found == [[case[name] for name in ("p05", "median", "p95")] for case in CLOSED_FORM["sums"]]


@pytest.mark.parametrize("family", study.FAMILIES)
def test_random_systems_agree_to_the_digit(verifier, family):
    """Of some hundred random systems, with GSDs up to 2, every figure is the same in both languages."""
    systems = [system for gsd in (1.35, 2.0) for system in study.systems(family, gsd, 40)]
    cases = [[[[term.value, term.loads] for term in side] for side in system] for system in systems]
    expected = []
    for system in systems:
        found = ratio(*system)
        figures = [figure(value) for value in (found.p05, found.median, found.p95, found.p_better)]
        narrow = [[name, figure(share)] for name, share in found.narrow]
        expected.append([*figures, narrow, found.is_proven])
    assert values(verifier.each(_RATIO, cases)) == expected


_ASSESS = """async ([inventory, rows]) => {
  const byId = new Map(rows.map((text) => [JSON.parse(text)]).map(([row]) => [`${row.table} ${row.key}`, row]));
  const row = (table, key) => {
    if (byId.has(`${table} ${key}`)) return byId.get(`${table} ${key}`);
    throw new v.MissingFactor(`the release has no row '${key}' in table '${table}'`);
  };
  return v.encode(await v.assess(JSON.parse(inventory), { row }));
}"""


def test_assessments_have_the_published_figures(verifier):
    """Inventory and rows of the vectors give the published assessment, byte for byte."""
    cases = [[case["inventory"], ASSESSMENT["rows"]] for case in ASSESSMENT["valid"]]
    assert values(verifier.each(_ASSESS, cases)) == [case["assessment"] for case in ASSESSMENT["valid"]]


@given(documents=st.lists(declarations(), min_size=BATCH, max_size=BATCH))
@settings(max_examples=8)
def test_any_declaration_is_assessed_alike(verifier, documents):
    """Of hundreds of random products, both programs give the same assessment, every figure to the digit."""
    cases, expected = [], []
    for document in documents:
        inventory = build_inventory(Declaration.from_json(document), RELEASE, RELEASE.digest)
        recording = RecordingRelease(RELEASE)
        expected.append(assess(inventory, recording).to_bytes().decode())
        rows = [RELEASE.row_bytes(table, key).decode() for table, key in recording.used if RELEASE.has(table, key)]
        cases.append([inventory.to_bytes().decode(), rows])
    assert values(verifier.each(_ASSESS, cases)) == expected


def test_rows_are_proven_or_proven_missing(verifier):
    """Rows of a release hold by their paths, altered ones are refused, and neighbours show what is not there."""
    header = RELEASE_ROWS["header"]
    function = "async ([digest, size, entries]) => (await v.proveRows(digest, size, entries)).proven.length"
    assert verifier.call(function, [header["root"], header["size"], RELEASE_ROWS["proofs"]]) == header["size"]
    cases = [[header["root"], header["size"], [case["proof"]]] for case in RELEASE_ROWS["invalid"]]
    assert set(errors(verifier.each(function, cases))) <= {"VerificationError", "InvalidDocument"}
    absent = (
        """async ([digest, size, entries, table, key]) => (await v.proveRows(digest, size, entries)).has(table, key)"""
    )
    for case in RELEASE_ROWS["absent"]:
        entries = [entry for entry in RELEASE_ROWS["proofs"] if entry["index"] in case["neighbours"]]
        assert verifier.call(absent, [header["root"], header["size"], entries, case["table"], case["key"]]) is False
        (alone,) = verifier.each(absent, [[header["root"], header["size"], entries[1:], case["table"], case["key"]]])
        assert alone["error"] == "VerificationError" or case["neighbours"][0] == -1


# bundles, tokens, lists, log and codes


def test_the_published_bundle_and_its_forgeries_are_judged_alike(verifier):
    """Every case of the vectors ends with the published outcome of each step."""
    bundle = json.loads(BUNDLE["bundle"])
    roots = dict([read_root(BUNDLE["root"].encode())])
    for case in BUNDLE["cases"]:
        data = make_bundle.changed(bundle, case["changes"])
        report = verifier.bundle(data, roots if case["is_pinned"] else {}, case["at"])
        assert report["exit_code"] == case["exit_code"], case["why"]
        assert dict(outcomes(report)) == case["steps"], case["why"]


def test_lists_of_several_operators_are_used_alike(verifier):
    """Which list is judged by, and where an issuer has ended, is the same in the browser, step by step."""
    for case in FEDERATION["cases"]:
        roots = dict(read_root(FEDERATION["roots"][name].encode()) for name in case["pinned"])
        lists = [FEDERATION["lists"][name] for name in case["lists"]]
        report = verifier.bundle(BUNDLE["bundle"].encode(), roots, case["at"], trust_lists=lists)
        assert dict(outcomes(report)) == case["steps"], case["why"]
        assert report["exit_code"] == case["exit_code"], case["why"]


def test_trust_lists_open_alike(verifier):
    """Each list of the vectors opens with the same verdict about root and freshness, or is refused."""
    function = """async ([token, root, at]) => {
      const found = await v.openTrustList(token, [await v.readRoot(root)], at);
      return [found.root?.name ?? null, found.isFresh];
    }"""
    cases = [[case["token"], TRUST_LIST[case["pinned"]], case["at"]] for case in TRUST_LIST["valid"]]
    assert values(verifier.each(function, cases)) == [[case["root"], case["fresh"]] for case in TRUST_LIST["valid"]]
    at = TRUST_LIST["valid"][0]["at"]
    refused = errors(
        verifier.each(function, [[case["token"], TRUST_LIST["root"], at] for case in TRUST_LIST["invalid"]])
    )
    assert None not in refused
    assert set(refused) <= {"InvalidDocument", "NotCanonical", "UnsupportedVersion", "InvalidKey", "VerificationError"}


def test_keys_count_alike(verifier):
    """Retired and compromised keys count exactly as published."""
    function = """([key, signedAt, index]) => {
      v.checkKeyCounts(v.validate("ListedKey", key), signedAt, index ?? undefined);
    }"""
    cases = [[case["key"], case["signed_at"], case["log_index"]] for case in TRUST_LIST["keys"]]
    found = errors(verifier.each(function, cases))
    assert [error is None for error in found] == [case["counts"] for case in TRUST_LIST["keys"]]


_LOG_KEY = r"""const [, name, encoded] = /^([^+]+)\+[0-9a-f]{8}\+(.*)$/.exec(given.key);
  const raw = bytes(encoded);
  const key = await v.verifierKey(name, raw.slice(1), raw[0]);"""


def test_checkpoints_hold_alike(verifier):
    """Checkpoints hold or fail as the vectors say."""
    function = f"""async (given) => {{ {_LOG_KEY}
      const found = v.parseCheckpoint(given.text);
      if (found.origin !== name) throw new Error("another log");
      if (!(await v.verifySignatures(found.note, [key])).size) throw new Error("not signed");
      return [Number(found.size), v.hex(found.root)];
    }}"""
    found = verifier.each(function, [{"key": LOG["keys"]["log"], "text": case["text"]} for case in LOG["checkpoints"]])
    for case, result in zip(LOG["checkpoints"], found, strict=True):
        assert ("value" in result) is case["holds"], case.get("why")
        assert not case["holds"] or result["value"] == [case["size"], case["root"]]


def test_inclusion_proofs_hold_alike(verifier):
    """Proofs of entries hold or fail as the vectors say, with the index they name."""
    function = f"""async (given) => {{ {_LOG_KEY}
      const proof = v.parseProof(given.text);
      if (proof.checkpoint.origin !== name) throw new Error("another log");
      if (!(await v.verifySignatures(proof.checkpoint.note, [key])).size) throw new Error("not signed");
      await v.verifyInclusion(proof, new TextEncoder().encode(given.entry));
      return Number(proof.index);
    }}"""
    cases = [{"key": LOG["keys"]["log"], "text": case["text"], "entry": case["entry"]} for case in LOG["proofs"]]
    for case, result in zip(LOG["proofs"], verifier.each(function, cases), strict=True):
        assert ("value" in result) is case["holds"], case.get("why")
        assert not case["holds"] or result["value"] == case["index"]


_TOKENS = {"label": "readLabel", "attestation": "readAttestation", "status_list": "readStatusList"}
_READ = """async ([reader, token, key]) => {
  const found = await v[reader](token);
  const [read, content] = Array.isArray(found) ? found : [found.token, found.list];
  if (!(await read.isSignedBy(v.fromHex(key)))) throw new Error("another signature");
  const { bits, ...members } = content;
  const isSet = (index) => bits[index >> 3] & (0x80 >> (index & 7));
  return bits ? { ...members, set: [...Array(8 * bits.length).keys()].filter(isSet) } : members;
}"""


def test_tokens_read_alike(verifier):
    """Labels, attestations and status lists give their published content under the published key."""
    cases = [[_TOKENS[case["kind"]], case["token"], case["public_key"]] for case in LABEL["valid"]]
    assert values(verifier.each(_READ, cases)) == [case["content"] for case in LABEL["valid"]]


def test_invalid_tokens_are_refused(verifier):
    """Each invalid token is refused when read, or its signature does not hold."""
    keys = {case["kind"]: case["public_key"] for case in LABEL["valid"]}
    cases = [[_TOKENS[case["kind"]], case["token"], keys[case["kind"]]] for case in LABEL["invalid"]]
    assert None not in errors(verifier.each(_READ, cases))


def test_codes_read_alike(verifier):
    """The texts of codes give their published claims, and every invalid one is refused."""
    function = """async ([text, key]) => {
      const code = v.parseQr(text);
      if (!(await v.verifySignature(v.fromHex(key), code.signature, code.signed))) throw new Error("another signature");
      return code.claims;
    }"""
    found = values(verifier.each(function, [[case["text"], QR["public_key"]] for case in QR["valid"]]))
    assert found == [case["claims"] for case in QR["valid"]]
    assert None not in errors(verifier.each(function, [[case["text"], QR["public_key"]] for case in QR["invalid"]]))


@given(place=st.integers(0, 10**6), letter=st.sampled_from("A7Z#a=:/"))
@settings(max_examples=60)
def test_codes_are_refused_alike(verifier, place, letter):
    """Whatever letter of a code changes, both readers say the same."""
    text = QR["valid"][0]["text"]
    at = place % len(text)
    changed = text[:at] + letter + text[at + 1 :]
    try:
        verify_qr(changed, bytes.fromhex(QR["public_key"]))
        holds = True
    except LabelServiceError:
        holds = False
    function = """async ([text, key]) => {
      const code = v.parseQr(text);
      if (!(await v.verifySignature(v.fromHex(key), code.signature, code.signed))) throw new Error("another signature");
    }"""
    (found,) = verifier.each(function, [[changed, QR["public_key"]]])
    assert ("error" not in found) is holds


# signatures


def test_edges_of_ed25519_have_the_verdict_of_the_vectors(verifier):
    """A signature that Python refuses at the edges of Ed25519 is refused by WebCrypto with our checks before, too."""
    cases = EDGES["cases"]
    function = """async (given) => (await v.verifySignature(...["key", "signature", "message"].map(
      (name) => Uint8Array.from(given[name].match(/../g) ?? [], (pair) => parseInt(pair, 16)))))"""
    found = verifier.each(function, cases)
    verdicts = ["unsafe" if "error" in item else "holds" if item["value"] else "fails" for item in found]
    assert {item["error"] for item in found if "error" in item} == {"InvalidKey"}
    assert verdicts == [case["verdict"] for case in cases]
