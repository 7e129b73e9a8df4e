"""The same scheme with people in it as for the tests of accounts."""

from tests.web.accounts.conftest import accounts, begun, browser, play, program, visitor

__all__ = ["accounts", "begun", "browser", "play", "program", "visitor"]
