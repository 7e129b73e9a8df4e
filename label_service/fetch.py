"""The one guarded way to fetch a URL that a user names: for `verify URL` and `audit-log URL`, never in the service.

HTTPS only, except to the loopback address for the demo; the address is resolved once, must be public, and is the one
connected to; no redirects, capped size and time.
"""

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from label_service.errors import NotFound, Refused

MAX_BYTES = 4 * 1024 * 1024
TIMEOUT_S = 10.0


def fetch(url: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Fetch a URL.

    Raises:
        Refused: another scheme, credentials in the URL, or an address that is not public.
        NotFound: no answer, another status than 200, or more than `max_bytes`.
    """
    import httpx  # noqa: PLC0415 - only an online check needs it

    address = _address(url)
    parts = urlsplit(url)
    host = parts.hostname or ""
    literal = f"[{address}]" if address.version == 6 else str(address)
    target = parts._replace(netloc=f"{literal}:{parts.port}" if parts.port else literal).geturl()
    headers = {"Host": parts.netloc}
    try:
        with (
            httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", target, headers=headers, extensions={"sni_hostname": host}) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise NotFound(f"{url} answered {answer.status_code}")
            return _read(answer.iter_bytes(), url, max_bytes)
    except httpx.HTTPError as error:
        raise NotFound(f"cannot fetch {url}: {error}", hint="check the address, or use the file instead") from error


def _read(chunks: Iterable[bytes], url: str, max_bytes: int) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > max_bytes:
            raise NotFound(f"{url} is larger than {max_bytes} bytes")
    return bytes(data)


def _address(url: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Resolve the host once and refuse what a stranger must not make us reach."""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username or parts.password:
        raise Refused(f"expected an https address without credentials, found {url[:80]!r}")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise NotFound(f"cannot find the host of {url[:80]!r}") from error
    address = ipaddress.ip_address(found[0][4][0])
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if address.is_loopback and parts.hostname in {"localhost", "127.0.0.1", "::1"}:
        return address
    if parts.scheme != "https" or not address.is_global or address.is_multicast:
        raise Refused(
            f"{parts.hostname} is not a public https address",
            hint="only https addresses on the internet are fetched; http is for this machine's own demo",
        )
    return address
