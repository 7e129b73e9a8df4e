import gzip

import brotli
import httpx
import pytest

from label_service.web.packing import MIN_BYTES


@pytest.fixture
def raw(site):
    """Ask for a path and give the answer as it came over the wire."""

    def ask(path, accept="gzip"):
        with httpx.stream("GET", site.origin + path, headers={"Accept-Encoding": accept}) as answer:
            return answer, b"".join(answer.iter_raw())

    return ask


def test_a_page_is_the_same_packed_and_plain(raw, site):
    """A phone that takes gzip gets the same page in a third of the bytes, and caches keep both apart."""
    path = f"/L/{site.stage.labels['plate']}"
    (answer, packed), (_, plain) = raw(path), raw(path, accept="identity")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"].endswith("Accept-Encoding")
    assert int(answer.headers["content-length"]) == len(packed) < len(plain) / 2
    assert gzip.decompress(packed) == plain


def test_browsers_get_brotli(raw, site):
    """What a browser offers to take is used: the page is a tenth smaller than by gzip, and the same."""
    path = f"/L/{site.stage.labels['plate']}"
    (answer, packed), (_, plain) = raw(path, accept="gzip, deflate, br, zstd"), raw(path, accept="identity")
    assert answer.headers["content-encoding"] == "br"
    assert len(packed) < len(raw(path)[1]) * 0.95
    assert brotli.decompress(packed) == plain


def test_documents_keep_their_bytes(raw, site):
    """What was hashed and signed is what arrives after unpacking."""
    path = f"/L/{site.stage.labels['plate']}.json"
    assert gzip.decompress(raw(path)[1]) == raw(path, accept="identity")[1]


@pytest.mark.parametrize("path", ["/healthz", "/log/checkpoint", "/trust-list.jwt"])
def test_small_answers_and_signed_tokens_stay_plain(raw, path):
    """Nothing is packed that would not get smaller by it, or that is no text."""
    answer, body = raw(path)
    assert "content-encoding" not in answer.headers
    assert len(body) < MIN_BYTES or not answer.headers["content-type"].startswith("text/")


def test_what_nobody_may_keep_is_not_packed(raw):
    """Answers that may hold secrets do not tell about them by their length."""
    answer, _ = raw("/declare")
    assert "no-store" in answer.headers["cache-control"]
    assert "content-encoding" not in answer.headers
