"""The secret behind the samples: written once, closed to others, and worth nothing when damaged."""

import stat
from datetime import UTC, datetime

import pytest

from label_service.document import validate
from label_service.errors import Conflict, InvalidDocument, InvalidKey
from label_service.issuance.chains import Chain, create_chain, load_chain, sign_reveal
from label_service.issuance.keys import create_key
from label_service.label.statement import read_statement
from label_service.tlog.sampling import commitment_of


def test_a_chain_reveals_what_it_committed_to(tmp_path):
    """Every weekly value from the file gives the commitment that stands in the scope."""
    made = create_chain(tmp_path / "chain.json", 4)
    read = load_chain(tmp_path / "chain.json")
    assert read == made
    for number in range(1, 5):
        assert commitment_of(bytes.fromhex(read.value(number)), number).hex() == made.commitment
    for number in (0, 5):
        with pytest.raises(InvalidDocument):
            read.value(number)


def test_two_chains_have_nothing_in_common(tmp_path):
    """Each seed is random: the values of one scope say nothing about another."""
    one, other = (create_chain(tmp_path / name, 4) for name in ("one", "other"))
    assert one.seed != other.seed
    assert one.commitment != other.commitment


def test_only_its_owner_can_read_a_chain(tmp_path):
    """A seed that others could have read is not used."""
    file = tmp_path / "chain.json"
    create_chain(file, 4)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o640)
    with pytest.raises(InvalidKey, match="open to others"):
        load_chain(file)


def test_a_chain_is_never_overwritten(tmp_path):
    """Making a chain where there is one loses no seed that a scope committed to."""
    made = create_chain(tmp_path / "chain.json", 4)
    with pytest.raises(Conflict):
        create_chain(tmp_path / "chain.json", 4)
    assert load_chain(tmp_path / "chain.json") == made


@pytest.mark.parametrize("change", ["seed", "commitment", "weeks", "bytes"])
def test_a_damaged_chain_is_noticed(tmp_path, change):
    """A file that no longer fits its commitment is refused, without showing the seed."""
    file = tmp_path / "chain.json"
    made = create_chain(file, 4)
    members = made.as_json()
    altered = members | {"seed": "00" * 32, "commitment": "00" * 32, "weeks": 5}
    with pytest.raises(InvalidDocument):
        validate(Chain, members | {change: altered.get(change)})
    data = file.read_bytes()
    file.write_bytes(data.replace(b"4}", b"5}") if change == "weeks" else data[:-9])
    with pytest.raises(InvalidDocument) as refused:
        load_chain(file)
    assert made.seed not in str(refused.value) + str(refused.value.__context__ or "")


def test_a_value_is_revealed_in_a_signed_statement(tmp_path):
    """What the auditor hands in says which week of which scope, under her own key."""
    made = create_chain(tmp_path / "chain.json", 4)
    key = create_key(tmp_path / "auditor.pem")
    subject = {"scope_digest": "5c" * 32, "week": "2026-W47", "value": made.value(2)}
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    token, said = read_statement(
        sign_reveal(subject, tmp_path / "auditor.pem", origin="https://labels.example", demo=False, now=now)
    )
    assert token.is_signed_by(key.public_key)
    assert (said.kind, said.at, said.subject.as_json()) == ("reveal", "2026-11-23T09:00:00Z", subject)
