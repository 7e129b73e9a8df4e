from threading import Thread

import pytest

from label_service.document import validate
from label_service.errors import Conflict, InvalidDocument, InvalidKey
from label_service.label.did import did_document
from label_service.tlog.leaf import parse_leaf
from label_service.trust.trust_list import Accreditation, open_trust_list
from tests.signers import signer
from tests.stage import ACCREDITATION, AUDITOR, BODY
from tests.trust.test_keys import UNSAFE

RECORD = validate(Accreditation, ACCREDITATION)


def opened(stage):
    """Open the newest list as a verifier would."""
    return open_trust_list(stage.scheme.register.text(), stage.roots, stage.at)


def entries(stage, start=0):
    """Give the log's entries from a position on."""
    bench = stage.scheme._bench
    return [parse_leaf(entry) for batch in bench.sequencer._leaves_from(start) for entry in batch]


def test_the_list_names_all_parties_and_keys(stage):
    """A new installation is on its own list with separate keys for labels, states and log, and so is its auditor."""
    found = opened(stage)
    assert found.is_fresh
    assert found.root == "Root of Test scheme (DEMO, not a certificate)"
    (issuer,) = found.trust_list.issuers
    (auditor,) = found.trust_list.auditors
    (log,) = found.trust_list.logs
    assert auditor.name == AUDITOR
    assert [key.use for key in (*issuer.keys, *log.keys)] == ["label", "status", "log"]
    raw = {key.jwk.raw for key in (*issuer.keys, *log.keys, *auditor.keys)}
    assert len(raw) == 4
    assert not raw & stage.roots.keys()
    assert did_document(issuer.id, issuer.keys)["assertionMethod"] == [key.kid for key in issuer.keys]


def test_the_list_is_renewed_when_half_its_time_is_over(own_stage):
    """A list that is asked for is never older than fifteen days, each renewal has the next number."""
    first = opened(own_stage)
    own_stage.clock.forward(days=14)
    assert opened(own_stage).token.text == first.token.text
    own_stage.clock.forward(days=2)
    second = opened(own_stage)
    assert second.is_fresh
    assert second.trust_list.sequence == first.trust_list.sequence + 1
    assert second.trust_list.issuers == first.trust_list.issuers
    own_stage.clock.forward(days=100)
    assert opened(own_stage).is_fresh


def test_a_clock_that_goes_back_makes_no_new_list(own_stage):
    """A machine with a wrong clock does not publish lists of the past."""
    first = own_stage.scheme.register.text()
    own_stage.clock.forward(days=-60)
    assert own_stage.scheme.register.text() == first


def test_many_readers_get_one_renewal(own_stage):
    """A list that is due is renewed once, however many ask for it at that moment."""
    before = opened(own_stage).trust_list.sequence
    own_stage.clock.forward(days=20)
    found = []
    threads = [Thread(target=lambda: found.append(own_stage.scheme.register.text())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert opened(own_stage).trust_list.sequence == before + 1


def test_the_list_survives_a_restart(own_stage):
    """A new process goes on with the newest list, and logs nothing twice."""
    before = own_stage.scheme.register.text()
    size = len(entries(own_stage))
    own_stage.reopen()
    assert own_stage.scheme.register.text() == before
    assert len(entries(own_stage)) == size


def test_a_new_auditor_is_listed_and_logged(own_stage):
    """Whose word counts from now on is in the log with the thumbprint of the key."""
    size = len(entries(own_stage))
    own_stage.scheme.register.add_auditor("Second auditor", "Other body", BODY, RECORD, signer(70).public_key)
    assert [auditor.name for auditor in opened(own_stage).trust_list.auditors] == [AUDITOR, "Second auditor"]
    (leaf,) = entries(own_stage, size)
    assert (leaf.type, leaf.use, leaf.state) == ("key", "attestation", "active")


def test_a_key_stands_on_the_list_once(own_stage):
    """The same key under another name is refused."""
    own_stage.scheme.register.add_auditor("Second auditor", "Other body", BODY, RECORD, signer(70).public_key)
    before = own_stage.scheme.register.text()
    with pytest.raises(Conflict):
        own_stage.scheme.register.add_auditor("Third auditor", "Other body", BODY, RECORD, signer(70).public_key)
    assert own_stage.scheme.register.text() == before


@pytest.mark.parametrize("raw", UNSAFE)
def test_unsafe_keys_are_not_listed(own_stage, raw):
    """A key under which any signature may hold never gets on the list."""
    before = own_stage.scheme.register.text()
    with pytest.raises(InvalidKey):
        own_stage.scheme.register.add_auditor("Second auditor", "Other body", BODY, RECORD, raw)
    assert own_stage.scheme.register.text() == before


@pytest.mark.parametrize(("name", "organisation"), [("", "Body"), ("Jane", ""), ("Jane\n", "Body"), ("x" * 301, "B")])
def test_names_are_well_formed_or_refused(own_stage, name, organisation):
    """What the list cannot carry is refused before anything is signed."""
    before = own_stage.scheme.register.text()
    with pytest.raises(InvalidDocument):
        own_stage.scheme.register.add_auditor(name, organisation, BODY, RECORD, signer(70).public_key)
    assert own_stage.scheme.register.text() == before


def test_the_log_begins_with_releases_and_keys(stage):
    """From its first entries on the log says what labels rest on and who signs."""
    kinds = [leaf.type for leaf in entries(stage)]
    assert kinds[:5] == ["release", "key", "key", "key", "key"]
    assert kinds.count("label") == 3
    assert kinds.count("attestation") == 3
