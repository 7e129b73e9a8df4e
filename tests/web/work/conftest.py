"""The same scheme with people in it as for the tests of accounts."""

from tests.web.accounts.conftest import accounts, browser, program, visitor

__all__ = ["accounts", "browser", "program", "visitor"]
