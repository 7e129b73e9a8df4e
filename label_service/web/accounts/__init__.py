"""Pages where people join, sign in, and look after their accounts, their colleagues and their API tokens."""

from starlette.routing import Route

from label_service.accounts.accounts import Accounts
from label_service.certification.desk import Certification
from label_service.web.accounts.export import ExportDesk
from label_service.web.accounts.joining import JoinDesk
from label_service.web.accounts.own import OwnDesk
from label_service.web.accounts.people import PeopleDesk
from label_service.web.accounts.signing import SignInDesk
from label_service.web.accounts.tokens import TokenDesk
from label_service.web.guard import Guard
from label_service.web.workspace import Workspace


def account_routes(accounts: Accounts, certification: Certification, workspace: Workspace, guard: Guard) -> list[Route]:
    """Give the routes of all pages about accounts."""
    return [
        *SignInDesk(accounts, workspace).routes(),
        *JoinDesk(accounts, workspace).routes(),
        *OwnDesk(accounts, certification, workspace, guard).routes(),
        *PeopleDesk(accounts, workspace, guard).routes(),
        *ExportDesk(certification.exports, workspace, guard).routes(),
        *TokenDesk(accounts, workspace, guard).routes(),
    ]
