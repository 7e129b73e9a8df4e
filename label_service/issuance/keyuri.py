"""The address of a PKCS#11 token, as other programs write it.

Source: RFC 7512 (`pkcs11:token=…?module-path=…&pin-source=…`).
"""

import re
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote

from label_service.errors import Refused

_SCHEME: Final = "pkcs11:"
_NEEDED: Final = frozenset({"token", "module-path", "pin-source"})
_EXAMPLE: Final = "pkcs11:token=NAME?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/path/to/pin"


class TokenPlace(NamedTuple):
    """Where a token is.

    Attributes:
        token: its label.
        module: library that speaks to it.
        pin_source: file that holds its PIN; the PIN itself is in no setting and on no command line.
    """

    token: str
    module: str
    pin_source: Path


def read_token_uri(text: str) -> TokenPlace:
    """Read the address of a token.

    Raises:
        Refused: another scheme, an attribute too many or missing, or a PIN in the address; its value is not shown.
    """
    if not text.startswith(_SCHEME):
        raise Refused("LABEL_SERVICE_KEY_STORE is not the address of a token", hint=f"write it as {_EXAMPLE}")
    parts = [part.partition("=") for part in re.split("[;?&]", text.removeprefix(_SCHEME)) if part]
    if "pin-value" in {name for name, _, _ in parts}:
        raise Refused("LABEL_SERVICE_KEY_STORE holds a PIN", hint="write it to a file and name that as pin-source")
    found = {name: unquote(value) for name, _, value in parts}
    if set(found) != _NEEDED or len(parts) != len(_NEEDED) or not all(found.values()):
        raise Refused("LABEL_SERVICE_KEY_STORE needs token, module-path and pin-source", hint=f"write it as {_EXAMPLE}")
    return TokenPlace(found["token"], found["module-path"], Path(found["pin-source"].removeprefix("file:")))
