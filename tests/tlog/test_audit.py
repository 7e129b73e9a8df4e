"""Tests of the audit of a whole log."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import InvalidDocument, LogFault, NotFound
from label_service.tlog.audit import AuditReport, Finding, audit_log
from label_service.tlog.checkpoint import sign_checkpoint
from label_service.tlog.leaf import AttestationLeaf, ReleaseLeaf, leaf_bytes
from label_service.tlog.note import VerifierKey
from label_service.tlog.tiles import RightEdge

from . import oracle

ORIGIN = "localhost:8000/log"
LOG = oracle.Key("log")
LOG_KEY = VerifierKey(ORIGIN, LOG.public_key)
ENTRIES = [
    leaf_bytes(AttestationLeaf(digest=f"{number:064x}", auditor="did:web:a.example#1"))
    if number % 3
    else leaf_bytes(ReleaseLeaf(digest=f"{number:064x}", name="factors", release="2026.11.0"))
    for number in range(700)
]
SIZES = (0, 1, 200, 256, 300, 600, 700)


def signed(size: int, root: bytes) -> str:
    """A checkpoint of the log, whether its tree is true or not."""
    return str(sign_checkpoint(ORIGIN, size, root, LOG))


def grown(entries: list[bytes], sizes: tuple[int, ...]) -> tuple[oracle.Files, list[str]]:
    """Give the files of a log that signed a checkpoint at each size, and the archive of these."""
    edge, files, archive = RightEdge(), oracle.Files(), []
    for size in sizes:
        edge, new = edge.append(entries[edge.size : size])
        files.update(new)
        archive.append(signed(size, edge.root()))
    files["checkpoint"] = archive[-1].encode()
    return files, archive


FILES, ARCHIVE = grown(ENTRIES, SIZES)


def audit(files: oracle.Files, archive: list[str]) -> tuple[AuditReport, list[Finding]]:
    """Report and findings."""
    findings: list[Finding] = []
    report = audit_log(files.read, archive, [LOG_KEY], findings.append)
    assert report.findings == len(findings)
    return report, findings


def test_a_sound_log():
    """A sound log has no findings; its size, root and leaves are what was rebuilt, each leaf seen once, in order."""
    seen = []
    report = audit_log(FILES.read, ARCHIVE, [LOG_KEY], pytest.fail, lambda index, leaf: seen.append((index, leaf)))
    root = oracle.root([oracle.leaf(entry) for entry in ENTRIES])
    assert report == AuditReport(700, root, {"release": 234, "attestation": 466}, len(SIZES), 0)
    assert [index for index, _ in seen] == list(range(700))
    assert [leaf_bytes(leaf) for _, leaf in seen] == ENTRIES


@given(st.lists(st.integers(0, 700), min_size=1, max_size=5))
def test_any_sound_log(sizes):
    """However a log grew, it has no findings."""
    files, archive = grown(ENTRIES, tuple(sorted(sizes)))
    report, findings = audit(files, archive)
    assert (report.size, findings) == (max(sizes), [])


@given(st.sampled_from(sorted(set(FILES) - {"checkpoint"})), st.integers(0, 2**20), st.integers(1, 255))
def test_any_flipped_byte_of_a_file(path, position, change):
    """A flipped byte in any tile or bundle that a client may ask for is found."""
    damaged = bytearray(FILES[path])
    damaged[position % len(damaged)] ^= change
    _, findings = audit(oracle.Files(FILES | {path: bytes(damaged)}), ARCHIVE)
    assert bool(findings) != is_superseded(path)


@given(st.sampled_from(sorted(set(FILES) - {"checkpoint"})))
def test_any_missing_file(path):
    """A missing tile or bundle is found, unless its full successor has taken its place."""
    files = oracle.Files(FILES)
    del files[path]
    _, findings = audit(files, ARCHIVE)
    assert [finding.where for finding in findings] == ([] if is_superseded(path) else [path])


def is_superseded(path: str) -> bool:
    """Whether a partial file may be cleared away, because the full one is there."""
    return ".p/" in path and path.partition(".p/")[0] in FILES


@given(st.integers(0, len(SIZES) - 1), st.integers(0, 300), st.integers(1, 127))
def test_any_flipped_character_of_an_archived_checkpoint(number, position, change):
    """An altered checkpoint in the archive is found and named."""
    text = ARCHIVE[number]
    position %= len(text)
    altered = text[:position] + chr(ord(text[position]) ^ change) + text[position + 1 :]
    _, findings = audit(FILES, [*ARCHIVE[:number], altered, *ARCHIVE[number + 1 :]])
    assert [finding.where for finding in findings] == [f"archived checkpoint {number}"]


@given(st.integers(1, 700))
def test_a_split_view(size):
    """A checkpoint the log truly signed over another tree is found, whatever its size."""
    archive = [*ARCHIVE, signed(size, bytes(32))]
    archive.sort(key=lambda text: int(text.split("\n")[1]))
    _, findings = audit(FILES, archive)
    assert "the log signed another tree" in findings[0].detail


def test_a_rewritten_entry():
    """A log that replaced an entry and all its tiles contradicts the checkpoints it signed before."""
    forged = [*ENTRIES[:250], ENTRIES[0], *ENTRIES[251:]]
    files, _ = grown(forged, SIZES)
    files["checkpoint"] = FILES["checkpoint"]
    _, findings = audit(files, ARCHIVE)
    assert [finding.where for finding in findings] == [
        *(f"archived checkpoint {n}" for n in (3, 4, 5, 6)),
        "checkpoint",
    ]


def test_a_log_that_shrank():
    """A served checkpoint that is smaller than an archived one is found: the log was rolled back."""
    files, _ = grown(ENTRIES, SIZES[:-1])
    report, findings = audit(files, ARCHIVE)
    assert report.size == 600
    assert [finding.where for finding in findings] == ["archived checkpoint 6"]
    assert "the log shrank" in findings[0].detail


def test_a_log_that_changed_its_key():
    """A log is sound across a change of its key when the auditor knows both, and not when she knows one."""
    new = oracle.Key("new")
    head = str(sign_checkpoint(ORIGIN, 700, oracle.root([oracle.leaf(entry) for entry in ENTRIES]), new))
    files = oracle.Files(FILES | {"checkpoint": head.encode()})
    new_key, findings = VerifierKey(ORIGIN, new.public_key), []
    audit_log(files.read, ARCHIVE, [LOG_KEY, new_key], pytest.fail)
    audit_log(files.read, [*ARCHIVE, head], [new_key], findings.append)
    assert len(findings) == len(ARCHIVE)


def test_archive_out_of_order():
    """An archive in which an older checkpoint follows a newer one is found."""
    _, findings = audit(FILES, [*ARCHIVE, ARCHIVE[2]])
    assert [finding.where for finding in findings] == ["archived checkpoint 7"]


def test_a_missing_bundle_ends_the_audit():
    """Without its entries a log cannot be vouched for: the report says how far the audit came."""
    files = oracle.Files(FILES)
    del files["tile/entries/001"]
    report, findings = audit(files, ARCHIVE)
    assert report.size == 256
    assert findings[0].where == "tile/entries/001"


def test_an_entry_that_is_no_leaf():
    """An entry that is not in the log's format is found, and the tree is still rebuilt."""
    files, archive = grown([*ENTRIES[:9], b"junk", *ENTRIES[10:20]], (20,))
    report, findings = audit(files, archive)
    assert (report.size, sum(report.leaves.values())) == (20, 19)
    assert [finding.where for finding in findings] == ["entry 9"]


def test_no_believable_checkpoint():
    """Without a served checkpoint of this log there is nothing to audit."""
    with pytest.raises(NotFound):
        audit(oracle.Files(), [])
    with pytest.raises(InvalidDocument):
        audit(oracle.Files({"checkpoint": b"\xff"}), [])
    other = str(sign_checkpoint(ORIGIN, 0, oracle.root([]), oracle.Key("other")))
    with pytest.raises(LogFault):
        audit(oracle.Files({"checkpoint": other.encode()}), [])


def test_memory_stays_flat():
    """The audit holds a bundle and the right edge, not the log: its memory does not grow with the entries."""
    peaks = []
    for size in (2_000, 8_000):
        files, archive = grown([ENTRIES[number % 700] for number in range(size)], (size,))
        tracemalloc.start()
        audit(files, archive)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]
