"""The one guarded way to fetch a URL: for `verify URL` and `audit-log URL`, in the service for OpenID and witnesses.

HTTPS only, except to the loopback address for the demo; the name is resolved once, every address must be public, and
it is these that are connected to; no redirects, capped size and time.
"""

import ipaddress
import socket
import time
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urlsplit

from label_service.errors import NotFound, Refused

if TYPE_CHECKING:
    import ssl

    import httpx

MAX_BYTES = 4 * 1024 * 1024
TIMEOUT_S = 10.0
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_loopback(url: str) -> bool:
    """Tell whether an address names this machine."""
    return _split(url).hostname in _LOOPBACK_NAMES


class Answer(NamedTuple):
    """What a server answered: its status and the first bytes of its body."""

    status: int
    body: bytes


def post(url: str, body: bytes, *, max_bytes: int) -> Answer:
    """Post bytes to a URL under the same guard as `fetch`, and give the answer, whatever its status.

    Raises:
        Refused: another scheme, credentials in the URL, or an address that is not public.
        NotFound: no answer in time, or more than `max_bytes`.
    """
    return _exchange(url, max_bytes, body, {"Content-Type": "text/plain; charset=utf-8"})


def fetch(
    url: str,
    *,
    max_bytes: int = MAX_BYTES,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Fetch a URL; with a form it is posted.

    Raises:
        Refused: another scheme, credentials in the URL, or an address that is not public.
        NotFound: no answer in time, another status than 200, or more than `max_bytes`.
    """
    answer = _exchange(url, max_bytes, form, headers)
    if answer.status != 200:
        raise NotFound(f"{url[:200]} answered {answer.status}")
    return answer.body


def _exchange(
    url: str, max_bytes: int, sent: bytes | Mapping[str, str] | None, headers: Mapping[str, str] | None
) -> Answer:
    try:
        import httpx  # noqa: PLC0415 - only an online check needs it
    except ImportError as error:
        raise Refused(
            "fetching an address needs the extra `service`", hint="save the bundle as a file and verify that"
        ) from error
    parts = _split(url)
    addresses = _addresses(parts)
    deadline = time.monotonic() + TIMEOUT_S
    with httpx.Client(verify=_trusted(), timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
        for address in addresses:
            try:
                return _ask(client, _request(client, parts, address, sent, headers), max_bytes, deadline)
            except httpx.ConnectError as error:
                failure: Exception = error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = error
                break
    raise NotFound(f"cannot fetch {url[:200]}: {failure}", hint="check the address, or use the file instead")


@cache
def _trusted() -> "ssl.SSLContext":
    """Read the certificates of known authorities once: an audit of a log asks for many files."""
    import httpx  # noqa: PLC0415 - only fetching needs it

    return httpx.create_ssl_context(trust_env=False)


def _request(
    client: "httpx.Client",
    parts: SplitResult,
    address: Address,
    sent: bytes | Mapping[str, str] | None,
    headers: Mapping[str, str] | None,
) -> "httpx.Request":
    """Put a request to one address; compressed answers are not wanted, they could hide their size."""
    literal = f"[{address}]" if address.version == 6 else str(address)
    target = parts._replace(netloc=f"{literal}:{parts.port}" if parts.port else literal).geturl()
    return client.build_request(
        "GET" if sent is None else "POST",
        target,
        headers={**(headers or {}), "Host": parts.netloc, "Accept-Encoding": "identity"},
        content=sent if isinstance(sent, bytes) else None,
        data=None if isinstance(sent, bytes) else sent,
        extensions={"sni_hostname": parts.hostname or ""},
    )


def _ask(client: "httpx.Client", request: "httpx.Request", max_bytes: int, deadline: float) -> Answer:
    answer = client.send(request, stream=True)
    try:
        return Answer(answer.status_code, _read(answer.iter_raw(), max_bytes, deadline))
    finally:
        answer.close()


def _read(chunks: Iterable[bytes], max_bytes: int, deadline: float) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > max_bytes or time.monotonic() > deadline:
            raise NotFound(f"the answer is larger than {max_bytes} bytes, or slower than {TIMEOUT_S:g} seconds")
    return bytes(data)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in {"https", "http"} and bool(parts.hostname) and "@" not in parts.netloc
        is_usable = is_usable and (parts.port is None or parts.port > 0)
    except ValueError:
        is_usable = False
    if not is_usable or not url.isprintable():
        shown = url.rpartition("@")[2]  # without the password that somebody pasted
        raise Refused(f"expected an https address without credentials, found {shown[:80]!a}")
    return parts


def _addresses(parts: SplitResult) -> list[Address]:
    """Resolve the host once and refuse what a stranger must not make us reach."""
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or parts.scheme, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise NotFound(f"cannot find the host {host[:80]!r}") from error
    addresses = [_unmapped(ipaddress.ip_address(entry[4][0])) for entry in found]
    if host in _LOOPBACK_NAMES and all(address.is_loopback for address in addresses):
        return addresses
    if parts.scheme != "https" or not all(_is_public(address) for address in addresses):
        raise Refused(
            f"{host[:80]} is not a public https address",
            hint="only https addresses on the internet are fetched; http is for this machine's own demo",
        )
    return addresses


def _unmapped(address: Address) -> Address:
    """Give the IPv4 address that an IPv6 address of the form ::ffff:a.b.c.d stands for."""
    return getattr(address, "ipv4_mapped", None) or address


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast
