"""What opens the accounts of an installation: the provider of its settings, and the operator's party with its link."""

from dataclasses import dataclass
from pathlib import Path

from label_service.accounts.accounts import Accounts
from label_service.accounts.invitations import check_invited
from label_service.accounts.openid import Provider
from label_service.accounts.parties import check_party
from label_service.errors import Refused

_SECRET_BYTES = 4096


def read_provider(issuer: str | None, client_id: str | None, secret: Path | None) -> Provider | None:
    """Give the OpenID provider that settings name; None where they name none.

    Raises:
        Refused: the settings are not complete, or the file with the secret cannot be read.
    """
    if issuer is None:
        return None
    if not client_id:
        raise Refused("the OpenID provider needs the setting LABEL_SERVICE_OIDC_CLIENT_ID", hint="see docs/operate.md")
    return Provider(issuer, client_id, _read(secret) if secret else "")


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns a scheme, and the address of her first lead.

    Raises:
        InvalidDocument, Refused: a name, country, registration or address that cannot be used.
    """

    name: str
    country: str
    registration: str
    email: str

    def __post_init__(self) -> None:
        check_party("operator", self.name, self.country, self.registration)
        check_invited(self.email, "lead")

    def found(self, accounts: Accounts) -> str:
        """Make the operator's party and give the link with which its first lead joins.

        Raises:
            Conflict: there is an operator already.
        """
        accounts.parties.found(self.name, self.country, self.registration)
        return accounts.invitations.invite(accounts.parties.console(), self.email, "lead")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")[:_SECRET_BYTES].strip()
    except (OSError, UnicodeError) as error:
        raise Refused(
            f"cannot read {file.name}, which should hold the secret of the OpenID client", hint="check path and rights"
        ) from error
