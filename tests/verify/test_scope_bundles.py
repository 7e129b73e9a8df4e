"""Labels inside a scope, verified offline, and what operator and producer could try with a true scope in hand."""

from typing import Any

import pytest

from label_service.assessment import Assessment, assess
from label_service.document import validate
from label_service.errors import InvalidDocument, LabelServiceError
from label_service.inventory import Inventory
from label_service.issuance.setup import timestamp
from label_service.label.attestation import Attestation, attest, read_attestation
from label_service.label.content import LabelContent, ScopePlace, label_content
from label_service.label.credential import issue, read_label
from label_service.trust.encoding import base64url
from label_service.trust.keys import did_key
from label_service.verify.report import Outcome
from tests.examples import RELEASE
from tests.scopes import scope_around
from tests.signers import signer
from tests.verify.reports import failed, reason


@pytest.fixture
def scoped(forger):
    """Give an honest bundle of a label inside a scope; `changes` are those of the scope, `envelope` of its dates."""

    def make(name="hook", place=None, envelope=None, **changes) -> dict[str, Any]:
        bundle = forger.bundle(name)
        old = read_attestation(bundle["attestation"])[1]
        scope = scope_around(Inventory.from_json(bundle["inventory"]), **{"quantity": 100} | changes)
        content = old.as_json() | {"subject": scope.as_json()} | (envelope or {})
        bundle["attestation"] = attest(validate(Attestation, content), forger.stage.auditor)
        relabel(forger, bundle, place or {})
        return bundle

    return make


def relabel(forger, bundle, place, **members):
    """Sign and log the label of a bundle again, with what its documents say, at a place in its scope."""
    token, old = read_label(bundle["label"])
    attested, attestation = read_attestation(bundle["attestation"])
    inventory = Inventory.from_json(bundle["inventory"])
    standing = {"digest": attested.digest, "position": inventory.quantity, "of": attestation.subject.quantity}
    content = old.as_json() | {
        "attestation_digest": attested.digest,
        "inventory_digest": inventory.digest,
        "assessment_digest": Assessment.from_json(bundle["assessment"]).digest,
        "quantity": inventory.quantity,
        "level": attestation.subject.level,
        "criteria": attestation.subject.criteria,
        "scope": standing | place,
        **members,
    }
    bundle["label"] = issue(validate(LabelContent, content), kid=token.kid, signer=forger.stage.signers.label)
    forger.log(bundle)


def lie(forger, bundle, change, **members):
    """Let the operator change the inventory after the visit, and sign everything that follows from it."""
    change(bundle["inventory"])
    inventory = Inventory.from_json(bundle["inventory"])
    bundle["assessment"] = assess(inventory, RELEASE).as_json()
    relabel(forger, bundle, {}, **members)


@pytest.mark.parametrize("name", ["hook", "box", "plate"])
def test_a_label_inside_a_scope_holds_in_every_step(scoped, judge, name):
    """Goods of a visited workshop verify offline, without an attestation of their own."""
    report = judge(scoped(name, carriers=("electricity/grid/DEU", "electricity/grid/AUT")))
    assert {step.outcome for step in report.steps} == {Outcome.HOLDS}
    step = next(step for step in report.steps if step.name == "scope")
    assert "of 100 attested at The workshop" in step.detail


OUTSIDE = {
    "another site": {"site": "garage"},
    "another machine": {"machines": ("other",)},
    "another process": {
        "processes": ("laser_co2",),
        "floors": ({"process": "laser_co2", "kwh_per_kg": "0", "scrap_fraction": "0"},),
        "ceilings": (),
    },
    "another country": {"country": "FRA"},
    "another producer": {"producer": "https://other.example"},
    "another family": {"family": "knitting"},
    "for a category": {"category": "tshirt", "criteria": ("worn",), "functions": ("1",)},
    "made before the period": {"period": {"first": "2026-11-19", "last": "2026-12-31"}},
    "made after the period": {"period": {"first": "2026-01-01", "last": "2026-01-31"}},
    "below the floor of energy": {
        "floors": ({"process": "fdm_desktop", "kwh_per_kg": "5", "scrap_fraction": "0"},),
        "ceilings": (),
    },
    "above the ceiling of energy": {"ceilings": ({"process": "fdm_desktop", "kwh_per_kg": "0.1"},)},
    "below the floor of scrap": {
        "floors": ({"process": "fdm_desktop", "kwh_per_kg": "0", "scrap_fraction": "0.5"},),
        "ceilings": (),
    },
    "more items than a label may have": {"max_quantity_per_label": 1},
    "weeks without samples": {"chain_weeks": 1},
    "other lots": {"lots": ({"lot": "a", "material": "petg", "mass_kg": "1"},)},
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_goods_outside_the_scope_fail_whoever_signed(scoped, judge, case):
    """A scope of the right auditor does not cover goods outside its bounds, though operator and log say so."""
    report = judge(scoped(**OUTSIDE[case]))
    assert failed(report) == "scope"
    assert "outside the scope" in reason(report)


def member(inventory, name, value):
    """Change a member of every run."""
    for run in inventory["runs"]:
        run[name] = value


LIES = {
    "the site": lambda inventory: member(inventory, "site", "garage"),
    "the machine": lambda inventory: member(inventory, "machine", "machine-2"),
    "the days": lambda inventory: inventory["made"].update(first="2026-11-01"),
    "the energy": lambda inventory: energy(inventory).update(amount="0.05"),
    "the basis": lambda inventory: energy(inventory).update(basis="default", loads=[]),
    "the grid": lambda inventory: energy(inventory).update(flow="electricity/grid/NOR"),
    "the gross mass": lambda inventory: inventory["flows"][0].update(amount="5"),
    "the net mass": lambda inventory: inventory["net_masses"][0].update(amount="0.00001"),
    "the country": lambda inventory: inventory.update(countries=["NOR"]),
}


def energy(inventory):
    """Give the flow of the energy of the making."""
    return next(flow for flow in inventory["flows"] if flow["stage"] == "making" and flow["unit"] == "kWh")


@pytest.mark.parametrize("case", LIES)
def test_an_inventory_that_was_changed_after_the_visit_fails(forger, scoped, judge, case):
    """Nobody attests the inventory of a label inside a scope, so its figures are held against the bounds."""
    bundle = scoped()
    try:
        lie(forger, bundle, LIES[case])
    except LabelServiceError as error:
        pytest.fail(f"the lie could not be told: {error.detail}")
    assert failed(judge(bundle)) == "scope"


def test_energy_that_no_run_took_is_refused(scoped, judge):
    """Figures of the making cannot be moved to a step that the scope does not see."""
    bundle = scoped()
    energy(bundle["inventory"])["input"] = "elsewhere"
    assert failed(judge(bundle)) == "bundle"


@pytest.mark.parametrize(
    ("place", "word"),
    [
        ({"position": 101, "of": 101}, "among the 100 items"),
        ({"position": 50, "of": 99}, "among the 100 items"),
        ({"digest": "5c" * 32}, "among the 100 items"),
    ],
)
def test_the_place_in_a_scope_is_that_of_the_attestation(scoped, judge, place, word):
    """A label states "n of N" of the very scope it rests on, and n never exceeds N."""
    report = judge(scoped(place=place))
    assert failed(report) == "scope"
    assert word in reason(report)


def test_a_position_counts_the_items_of_the_label(forger, scoped, judge):
    """A batch cannot take fewer places than it has items."""
    bundle = scoped()
    with pytest.raises(InvalidDocument, match="counts the items"):
        relabel(forger, bundle, {"position": 3})
    relabel(forger, bundle, {"position": 3}, quantity=3)
    report = judge(bundle)
    assert failed(report) == "scope"
    assert "at least the 4 items" in reason(report)


def test_the_last_places_hold_and_one_more_does_not(forger, scoped, judge):
    """The scope ends with item N."""
    bundle = scoped(quantity=7, max_quantity_per_label=None)
    relabel(forger, bundle, {"position": 7})
    assert judge(bundle).exit_code == 0
    with pytest.raises(InvalidDocument, match="inside the scope"):
        relabel(forger, bundle, {"position": 8})
    bundle["inventory"]["quantity"] = 8
    bundle["assessment"] = assess(Inventory.from_json(bundle["inventory"]), RELEASE).as_json()
    relabel(forger, bundle, {"position": 7}, quantity=7)
    assert failed(judge(bundle)) == "scope"


def test_an_expired_scope_labels_nothing(forger, scoped, judge, stage):
    """After its validity a scope covers nothing."""
    key = stage.scheme.register.current().auditors[0].keys[0]
    report = judge(scoped(envelope={"valid_from": key.not_before, "valid_until": stage.at}))
    assert failed(report) == "scope"
    assert "the scope counts" in reason(report)


def test_a_scope_of_another_key_fails(forger, scoped, judge):
    """A scope signed again by somebody else, in the auditor's name or in her own, attests nothing."""
    bundle = scoped()
    content = read_attestation(bundle["attestation"])[1].as_json()
    stranger = signer(78)
    content["auditor"]["id"] = did_key(stranger.public_key)
    bundle["attestation"] = attest(validate(Attestation, content), stranger)
    relabel(forger, bundle, {})
    assert failed(judge(bundle)) == "attestation signature"


def test_a_scope_of_another_scheme_fails(scoped, judge):
    """A scope counts for the scheme it was attested for."""
    report = judge(scoped(envelope={"origin": "https://other.example"}))
    assert failed(report) == "scope"
    assert "scheme" in reason(report)


def test_the_scope_of_another_workshop_cannot_be_replayed(forger, scoped, judge):
    """A true scope token of one workshop does not cover the goods of another."""
    bundle, other = scoped("plate"), scoped("hook")
    bundle["attestation"] = other["attestation"]
    relabel(forger, bundle, {})
    assert failed(judge(bundle)) == "scope"


def test_a_label_without_a_place_does_not_rest_on_a_scope(forger, scoped, judge):
    """Every label inside a scope is counted; one without a place would not be."""
    bundle = scoped()
    forger.label(bundle, lambda content: content.pop("scope"))
    report = judge(bundle)
    assert failed(report) == "scope"
    assert "expected a place" in reason(report)


def test_a_label_attested_by_itself_has_no_place(forger, judge):
    """Nobody adds a scope to a label that an auditor attested by itself."""
    bundle = forger.bundle()
    place = {"digest": read_attestation(bundle["attestation"])[0].digest, "position": 4, "of": 4}
    forger.label(bundle, lambda content: content.update(scope=place))
    assert failed(judge(bundle)) == "documents"


def test_the_log_entry_carries_scope_position_and_week(forger, scoped, judge):
    """A label logged without its place, or at another one, does not verify: the counters of the log would lie."""
    bundle = scoped()
    honest = bundle["log_proof"]
    relabel(forger, bundle, {"position": 7})
    bundle["log_proof"], moved = honest, bundle["log_proof"]
    assert failed(judge(bundle)) == "log"
    bundle["log_proof"] = moved
    assert judge(bundle).exit_code == 0


def test_every_member_of_a_scope_label_is_made_again(scoped, forger, judge):
    """Level and criteria on the label are those of the scope."""
    for name, value in (("level", "desk"), ("criteria", ["invented"])):
        bundle = scoped()
        forger.label(bundle, lambda content, name=name, value=value: content.update({name: value}))
        assert failed(judge(bundle)) == "documents"


def test_a_retired_auditor_key_ends_its_scopes(scoped, forger, judge, stage):
    """What is logged after an auditor's key was retired or lost does not count, also inside a scope of before."""
    bundle = scoped()
    since = timestamp(stage.clock())
    retired = {"state": "retired", "since": since, "since_index": 0}
    bundle["trust_list"] = forger.trust_list(lambda content: content["auditors"][0]["keys"][0].update(retired))
    assert failed(judge(bundle)) == "attestation signature"


def test_an_auditor_with_two_keys_attests_with_each(forger, judge):
    """A second key has another did:key than the auditor's entry on the list, and counts for her all the same."""
    second = signer(79)
    did = did_key(second.public_key)
    kid = f"{did}#{did.removeprefix('did:key:')}"
    bundle = forger.bundle()
    bundle["attestation"] = forger.attestation(bundle, lambda content: content["auditor"].update(id=did), second)
    attested, attestation = read_attestation(bundle["attestation"])
    token, old = read_label(bundle["label"])
    members = old.as_json() | {"attestation_digest": attested.digest}
    members["auditor"]["id"] = did
    bundle["label"] = issue(validate(LabelContent, members), kid=token.kid, signer=forger.stage.signers.label)
    forger.log(bundle)
    assert failed(judge(bundle)) == "attestation signature"

    def add(content):
        (first,) = content["auditors"][0]["keys"]
        jwk = first["jwk"] | {"x": base64url(second.public_key)}
        content["auditors"][0]["keys"].append(first | {"kid": kid, "jwk": jwk})

    bundle["trust_list"] = forger.trust_list(add)
    assert judge(bundle).exit_code == 0
    assert attestation.auditor.id != forger.stage.scheme.register.current().auditors[0].id


PARTIES = {
    "the producer's organisation": {"organisation_id": "https://fablab.example"},
    "the scheme's organisation": {"organisation_id": "http://localhost:8000"},
    "the scheme's organisation, spelled otherwise": {"organisation_id": "http://LOCALHOST:8000/"},
    "the producer's organisation, with a slash": {"organisation_id": "https://fablab.example/"},
}


@pytest.mark.parametrize("case", PARTIES)
def test_an_auditor_of_the_same_organisation_is_no_third_party(forger, judge, case):
    """An auditor who works for the producer or the scheme owner attests nothing, whatever key she holds."""
    bundle = forger.bundle()
    bundle["trust_list"] = forger.trust_list(lambda content: content["auditors"][0].update(PARTIES[case]))
    assert failed(judge(bundle)) == "three parties"


def test_places_and_labels_are_made_from_the_same_documents(forger, scoped):
    """`label_content` gives the label of a scope, with its place, from the documents alone."""
    bundle = scoped()
    _, old = read_label(bundle["label"])
    attested, attestation = read_attestation(bundle["attestation"])
    made = label_content(
        label_id=old.label_id,
        origin=old.origin,
        issuer=old.issuer,
        inventory=Inventory.from_json(bundle["inventory"]),
        assessment=Assessment.from_json(bundle["assessment"]),
        attestation=attestation,
        attestation_digest=attested.digest,
        accreditation=old.auditor.accreditation,
        valid_from=old.valid_from,
        valid_until=old.valid_until,
        status=old.status,
        scope=ScopePlace(digest=attested.digest, position=4, of=100),
    )
    assert made.as_json() == old.as_json() | {"scope": made.scope.as_json()}
