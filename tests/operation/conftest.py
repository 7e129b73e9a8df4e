"""Installations to back up, restore and look over."""

import pytest

from label_service.operation.place import Place
from label_service.settings import Settings
from tests.databases import url_of
from tests.stage import ORIGIN


def place_of(folder, url=None):
    """Give where the installation of a folder keeps what."""
    return Place(ORIGIN, folder / "data", folder / "keys", url or url_of(folder))


def settings_of(folder, **members):
    """Give the settings of the installation in a folder."""
    fixed = {"data": folder / "data", "keys": folder / "keys", "database_url": url_of(folder), "name": "Test scheme"}
    return Settings(**(fixed | {"mode": "demo", "origin": ORIGIN} | members))


@pytest.fixture
def phrase(tmp_path):
    """Give a file with a passphrase."""
    file = tmp_path / "phrase"
    file.touch(mode=0o600)
    file.write_text("correct horse battery staple\n")
    return file
