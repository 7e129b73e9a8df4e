"""Verifying labels and bundles, beside the bare Ed25519 checks of the same library over the same bytes."""

from collections.abc import Callable
from functools import partial
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from benchmarks.installation import Installation
from benchmarks.measure import Case, Result, side_by_side
from label_service import canonical
from label_service.cli.quick import QuickKey
from label_service.issuance.clock import now
from label_service.issuance.setup import timestamp
from label_service.label.bundle import Bundle
from label_service.label.credential import read_label
from label_service.label.vocabulary import VC_CTY, VC_TYP
from label_service.tlog.checkpoint import verify_checkpoint
from label_service.tlog.note import Note, SignatureLine, to_base64
from label_service.tlog.proof import InclusionProof
from label_service.trust import jws, trust_list
from label_service.trust.trust_list import DELEGATION_TYP, LIST_TYP, Delegation, TrustList
from label_service.verify import statuses
from label_service.verify.bundle import inspect_bundle
from label_service.verify.report import Outcome

BUNDLES = 8  # of one scheme, so with the same lists, as an auditor gets them
CHECKPOINTS = 50

Check = Callable[[], None]


def verify_label(installation: Installation) -> list[Result]:
    """Verify one label token: strictly parsed, and read into its model."""
    label = installation.issue("hook")
    raw_key = installation.scheme.register.current().issuers[0].keys[0].jwk.raw
    token = jws.parse(label.token, typ=VC_TYP, cty=VC_CTY)

    def strict() -> None:
        parsed = jws.parse(label.token, typ=VC_TYP, cty=VC_CTY)
        canonical.decode(parsed.payload)
        _must(parsed.is_signed_by(raw_key))

    def with_schema() -> None:
        parsed, _ = read_label(label.token)
        _must(parsed.is_signed_by(raw_key))

    raw = _raw_check(raw_key, token.signature, token.signing_input)
    timings = side_by_side({"raw": raw, "strict": strict, "schema": with_schema})
    size = f"{len(token.payload) / 1000:.1f} kB"
    return [
        Result(
            f"verify a label of {size}, strictly parsed",
            "raw Ed25519 over the same bytes",
            f"{timings.per_second('strict')} of {timings.per_second('raw')}",
            timings.share("raw", "strict"),
            "≥ 0.65",
        ),
        Result(
            f"verify a label of {size}, read into its model",
            "raw Ed25519 over the same bytes",
            f"{timings.per_second('schema')} of {timings.per_second('raw')}",
            timings.share("raw", "schema"),
            "≥ 0.5",
        ),
    ]


def verify_bundles(installation: Installation) -> list[Result]:
    """Verify bundles of several labels, with and without recomputation."""
    roots = installation.roots
    labels = [installation.issue("hook", number) for number in range(1, BUNDLES + 1)]
    bundles = [installation.scheme.labels.bundle(label.id) for label in labels]
    at = timestamp(now())
    checks = [check for data in bundles for check in signature_checks(Bundle.from_bytes(data), roots)]

    def raw() -> None:
        for check in checks:
            check()

    def inspect(*, is_recomputed: bool) -> None:
        for data in bundles:
            report = inspect_bundle(data, roots, at, is_recomputed=is_recomputed)
            _must(Outcome.FAILS not in {step.outcome for step in report.steps})

    def first() -> None:
        forget_lists()
        inspect_bundle(bundles[0], roots, at, is_recomputed=False)

    cases: dict[str, Case] = {
        "raw": raw,
        "first": first,
        "bundle": partial(inspect, is_recomputed=False),
        "whole": partial(inspect, is_recomputed=True),
    }
    timings = side_by_side(cases)
    figures = f"{BUNDLES / timings.seconds('bundle'):.0f} /s"
    baseline = f"its {len(checks) // BUNDLES} raw signature checks alone"
    return [
        Result(
            "verify the first bundle of a scheme without recomputation",
            baseline,
            f"{1 / timings.seconds('first'):.0f} /s",
            timings.share("raw", "first") / BUNDLES,
        ),
        Result(
            "verify a further bundle, whose lists were seen before, without recomputation",
            baseline,
            figures,
            timings.share("raw", "bundle"),
            "≥ 0.7",
        ),
        Result(
            "verify a further bundle, rows proven and score recomputed",
            baseline,
            f"{BUNDLES / timings.seconds('whole'):.0f} /s",
            timings.share("raw", "whole"),
        ),
    ]


def forget_lists() -> None:
    """Empty what is kept of trust lists, delegations and status lists."""
    jws._HELD.clear()  # noqa: SLF001
    for kept in (trust_list._read_list, trust_list.read_delegation, statuses._read):  # noqa: SLF001
        kept.cache_clear()


def verify_checkpoints(_: Installation) -> list[Result]:
    """Read and verify the archived checkpoints of a log as an audit does, with the extra `audit`."""
    key = Ed25519PrivateKey.generate()
    raw_key = key.public_key().public_bytes_raw()
    name = "labels.example/log"
    line_key = QuickKey(name, raw_key)
    notes = [f"{name}\n{size}\n{to_base64(sha256(bytes(size)).digest())}\n" for size in range(1, CHECKPOINTS + 1)]
    signed = [(text, key.sign(text.encode())) for text in notes]
    received = [str(Note(text, (SignatureLine(name, line_key.key_id, signature),))) for text, signature in signed]
    checks = [_raw_check(raw_key, signature, text.encode()) for text, signature in signed]

    def raw() -> None:
        for check in checks:
            check()

    def audited() -> None:
        for text in received:
            verify_checkpoint(text, line_key)

    timings = side_by_side({"raw": raw, "audited": audited})
    return [
        Result(
            "read and verify a signed checkpoint, in an audit with libsodium",
            "raw Ed25519 of OpenSSL over the same bytes",
            f"{CHECKPOINTS / timings.seconds('audited') / 1000:.1f} k/s of "
            f"{CHECKPOINTS / timings.seconds('raw') / 1000:.1f} k/s",
            timings.share("raw", "audited"),
            "≥ 1.4",
        )
    ]


def signature_checks(bundle: Bundle, roots: dict[bytes, str]) -> list[Check]:
    """Give the raw checks of every signature in a bundle: delegation, trust list, label, attestation, status, log."""
    list_token = jws.parse(bundle.trust_list, typ=LIST_TYP)
    listed = TrustList.from_json(list_token.claims())
    delegation_token = jws.parse(listed.delegation, typ=DELEGATION_TYP)
    delegated = Delegation.from_json(delegation_token.claims()).jwk.raw
    label_key, status_key = (key.jwk.raw for key in listed.issuers[0].keys)
    signed = [
        (next(iter(roots)), delegation_token),
        (delegated, list_token),
        (label_key, jws.parse(bundle.label, typ=VC_TYP, cty=VC_CTY)),
        (listed.auditors[0].keys[0].jwk.raw, jws.parse(bundle.attestation, typ=VC_TYP, cty=VC_CTY)),
        *((status_key, jws.parse(text, typ=VC_TYP, cty=VC_CTY)) for text in bundle.status),
    ]
    note = InclusionProof.parse(bundle.log_proof).checkpoint.note
    return [
        *(_raw_check(raw_key, token.signature, token.signing_input) for raw_key, token in signed),
        _raw_check(listed.logs[0].keys[0].jwk.raw, note.signatures[0].signature, note.text.encode()),
    ]


def _raw_check(raw_key: bytes, signature: bytes, message: bytes) -> Check:
    return partial(Ed25519PublicKey.from_public_bytes(raw_key).verify, signature, message)


def _must(holds: object) -> None:
    if not holds:
        raise RuntimeError("what is timed must hold")
