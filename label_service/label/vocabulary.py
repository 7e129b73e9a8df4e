"""Names the signed credentials share: contexts, media types, public origins and the words of the demo."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

VC_TYP = "vc+jwt"  # VC-JOSE-COSE, section 3.1.1
VC_CTY = "vc"
VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
UNTP_CONTEXT = "https://vocabulary.uncefact.org/untp/0.7.0/context/"
CONTEXT_PATH = "/contexts/v1.jsonld"
DEMO_WORDS = "DEMO, not a certificate"


def _without_default_port(origin: str) -> str:
    if origin.endswith(":443" if origin.startswith("https:") else ":80"):
        raise ValueError("an origin without the default port of its scheme")
    return origin


# Scheme and host of an installation as browsers write them, `https://labels.example` or `http://localhost:8000`.
Origin = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?(:[1-9][0-9]{0,4})?$", strict=True),
    AfterValidator(_without_default_port),
]
DidKey = Annotated[str, StringConstraints(pattern=r"^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$", strict=True)]


def context_url(origin: str) -> str:
    """Give the address of our own JSON-LD context at an installation; its terms are the same everywhere."""
    return origin + CONTEXT_PATH


def titled(text: str, *, demo: bool) -> str:
    """Give the name of a credential; one of the demo says so first."""
    return f"{DEMO_WORDS}: {text}" if demo else text
