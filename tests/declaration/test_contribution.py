from typing import Any

import pytest

from label_service import canonical
from label_service.declaration import Declaration
from label_service.declaration.contributed import ContributedSteps, renamed, steps_from, steps_of
from label_service.declaration.contribution import (
    SignedSteps,
    check_contributions,
    combined,
    read_contribution,
    sign_contribution,
)
from label_service.errors import Conflict, ConsentMissing, LabelServiceError, VerificationError
from label_service.inventory.build import build_inventory
from label_service.verify.contributed import check_contributed, shares
from tests.comade import BATCH, PARTNER, PARTNER_KEY, co_made, said, steps, token
from tests.examples import RELEASE, changed, entry, hooks
from tests.signers import signer


def signed(text: str = "", content: ContributedSteps | None = None) -> SignedSteps:
    """Give what a partner hands back."""
    return SignedSteps(token=text or token(), steps=content or steps())


def test_one_declaration_holds_the_steps_of_both():
    """What a party signed stands in the declaration word for word, and can be taken out again."""
    whole = co_made()
    assert Declaration.from_bytes(whole.to_bytes()) == whole
    assert [item.id for item in whole.steps] == ["make", "clip-print", "fit"]
    assert whole.partners == (PARTNER,)
    assert steps_of(whole, whole.contributions[0]) == steps()
    assert len(whole.evidence) == 1  # a file that both name is listed once
    assert [item.content for item in check_contributions(whole)] == [said()]


def test_the_order_of_contributions_does_not_matter():
    """Whoever puts the same contributions together gets the same bytes."""
    other = said().model_copy(update={"party": PARTNER.model_copy(update={"id": "https://a.example", "name": "A"})})
    sanding = steps(
        sites=[{"id": "a", "name": "A", "country": "DEU"}],
        machines=[{"id": "a-bench", "site": "a", "process": "hand_tools", "model": "Bench"}],
        materials=[],
        steps=[{"id": "a-sand", "machine": "a-bench", "materials": ["body"]}],
        evidence=[],
        salt="d" * 32,
    )
    made = said(content=sanding, key=signer(152)).model_copy(update={"party": other.party})
    pairs = [signed(), signed(sign_contribution(made, signer(152)), sanding)]
    own = Declaration.from_json(hooks())
    assert combined(own, pairs) == combined(own, pairs[::-1])
    assert [partner.name for partner in combined(own, pairs).partners] == ["A", "Atelier"]


def _other(pointer: str, value: Any) -> dict[str, Any]:
    return changed(plain(), pointer, value)


def plain() -> dict[str, Any]:
    """Give the declaration of both as plain JSON."""
    document: dict[str, Any] = canonical.decode(co_made().to_bytes())
    return document


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (lambda: _other("/steps/1/energy/value", "0.01"), "Atelier signed steps"),
        (lambda: _other("/materials/1/net/value", "0.01"), "Atelier signed steps"),
        (lambda: _other("/sites/1/country", "DEU"), "Atelier signed steps"),
        (lambda: _other("/machines/1/model", "Model 3"), "Atelier signed steps"),
        (lambda: _other("/quantity", 5), "signed quantity 4"),
        (lambda: _other("/product/name", "Other"), "signed product Thing"),
        (lambda: _other("/producer/id", "https://thief.example"), "signed producer"),
        (lambda: _other("/partners/0/name", "Famous studio"), "signed party Atelier"),
        (lambda: _other("/made", {"first": "2026-11-03", "last": "2026-11-03"}), "outside of the days"),
        (lambda: _other("/contributions/0/salt", "e" * 32), "Atelier signed steps"),
        (lambda: _other("/steps/0/machine", "clip-printer"), "did not sign"),
        (lambda: _without("contributions"), "each of 1 partners, found 0"),
        (lambda: _without("partners"), "each of 0 partners, found 1"),
    ],
)
def test_nobody_changes_or_claims_the_steps_of_another(document, words):
    """A product is not assessed with steps that their party did not sign for this batch; the error says which."""
    with pytest.raises(ConsentMissing, match=words):
        build_inventory(Declaration.from_json(document()), RELEASE, RELEASE.digest)


def _without(name: str) -> dict[str, Any]:
    document = plain()
    return document | {name: []} if name == "partners" else {key: item for key, item in document.items() if key != name}


def test_steps_claimed_twice_are_nobodys():
    """Two parties cannot both have done one step, nor call different things by one id."""
    own = Declaration.from_json(hooks())
    line = {"id": "body", "material": "pla", "net": entry("1", "kg")}
    with pytest.raises(Conflict, match="two parties call something 'body'"):
        combined(own, [signed(content=steps(materials=[line]))])
    with pytest.raises(Conflict, match="atelier"):
        combined(own, [signed(), signed()])


def test_partners_sign_for_one_batch():
    """What was signed for last week's batch is not mixed with what another partner signed for this one."""
    key, other = signer(152), PARTNER.model_copy(update={"id": "https://forge.example", "name": "Forge"})
    content = renamed(steps(), "forge")
    for name, is_one in (("b", True), ("c", False)):
        batch = BATCH.model_copy(update={"name": name * 32})
        text = said(batch, content, key).model_copy(update={"party": other})
        both = [signed(), signed(sign_contribution(text, key), content)]
        if is_one:
            assert len(check_contributions(combined(Declaration.from_json(hooks()), both))) == 2
        else:
            with pytest.raises(ConsentMissing, match="different batches"):
                combined(Declaration.from_json(hooks()), both)


def test_a_forged_signature_does_not_count():
    """Only who has the key of a contribution can sign it."""
    with pytest.raises(VerificationError, match="Atelier"):
        read_contribution(sign_contribution(said(), signer(1)))
    whole = plain()
    head, _, signature = token(key=signer(2)).rpartition(".")
    broken = f"{token().rpartition('.')[0]}.{signature}"
    assert head
    with pytest.raises(VerificationError):
        check_contributions(Declaration.from_json(changed(whole, "/contributions/0/token", broken)))


def test_own_work_becomes_a_contribution():
    """A workshop that declared its part alone hands in its steps, without transport, packaging and sale."""
    alone = Declaration.from_json(hooks())
    found = steps_from(alone, "f" * 32)
    assert found.steps == alone.steps
    assert "inbound" not in found.as_json()
    other = renamed(found, "studio")
    assert (other.steps[0].id, other.steps[0].materials, other.machines[0].site) == (
        "studio-make",
        ("studio-body",),
        "studio-lab",
    )
    assert renamed(steps(materials=[]), "a").steps[1].materials == ("clip", "body")


def _inventory() -> Any:
    return build_inventory(co_made(), RELEASE, RELEASE.digest)


def test_everybody_sees_who_did_what():
    """From the public inventory alone: the parties, their runs and where they worked."""
    inventory = _inventory()
    assert [signed.content.party for signed in check_contributed(inventory, BATCH.origin)] == [PARTNER]
    own, partner = shares(inventory)
    assert (own.party.name, [run.step for run in own.runs]) == ("Lab", ["make"])
    assert ([run.step for run in partner.runs], partner.places[0].region) == (["clip-print", "fit"], "FR10")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"contributions": None}, "signatures of all 1 partners"),
        ({"partners": ()}, "signatures of all 0 partners"),
        ({"name": "Other"}, "product Thing"),
        ({"quantity": 8}, "quantity 4"),
        ({"demo": False}, "demo flag"),
        ({"countries": ("DEU",)}, "another country"),
    ],
)
def test_an_altered_inventory_has_no_consent(change, words):
    """A partner's signature on one product never speaks for another."""
    with pytest.raises(LabelServiceError, match=words):
        check_contributed(_inventory().model_copy(update=change), BATCH.origin)


def test_runs_of_a_partner_stand_as_signed():
    """A run that is left out, changed or added on its machine is found."""
    inventory = _inventory()
    own, clip, fit = inventory.runs
    for runs in (
        (own, clip),
        (own, clip, fit.model_copy(update={"lines": ("clip",)})),
        (own.model_copy(update={"machine": "clip-printer"}), clip, fit),
    ):
        with pytest.raises(ConsentMissing):
            check_contributed(inventory.model_copy(update={"runs": runs}), BATCH.origin)
    with pytest.raises(ConsentMissing, match="scheme"):
        check_contributed(inventory, "https://other.example")
    with pytest.raises(ConsentMissing, match="one key"):
        check_contributed(inventory, BATCH.origin, [said().key.x])
    assert PARTNER_KEY.public_key
