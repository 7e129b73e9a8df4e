"""Makers build on labelled parts and on suppliers' records; what is withdrawn is refused and seen."""

import secrets

import pytest

from label_service import canonical
from label_service.errors import Conflict, InvalidDocument, MissingInput, NotFound, PartFault
from label_service.label.record import SupplierRecord, sign_record
from label_service.verify import inspect_bundle
from label_service.web.partlines import uses_of
from tests.signers import signer
from tests.stage import example
from tests.vectors import make_parts

SUPPLIER = signer(130)


def use(part, number="8", name="box", **members):
    """Give a line of `parts`."""
    evidence = [example(name)["evidence"][0]["digest"]]
    entry = {"value": number, "unit": part.unit, "basis": "derived", "evidence": evidence}
    return {"id": f"of-{part.digest[:8]}", "kind": part.kind, "digest": part.digest, "amount": entry, **members}


def made_of(stage, *uses, name="box"):
    """Submit goods made of parts."""
    return stage.submit(name, salt=secrets.token_hex(16), parts=list(uses))


def labelled(stage, found):
    """Bring a declaration to its label."""
    stage.scheme.attestations.add(found.id, stage.attest(found))
    return stage.scheme.labels.issue(found.id)


def record(**members):
    """Give a record of the supplier."""
    content = SupplierRecord.from_json(make_parts.RECORD | members)
    return sign_record(content, kid=make_parts.KID, signer=SUPPLIER).encode()


def result_of(report):
    """Give how the step of the parts ended."""
    return str(report.steps[-1].outcome), make_parts.result_of(report)


def test_a_product_made_of_parts_is_followed_until_one_is_withdrawn(own_stage):
    """From declaration to bundle: the chain holds offline; then the part's label is revoked, and everybody sees it."""
    scheme, stage = own_stage.scheme, own_stage
    scheme.suppliers.add(make_parts.SUPPLIER_ID, "Smith", SUPPLIER.public_key)
    hook, handle = scheme.parts.of_label(stage.labels["hook"]), scheme.parts.take(record())
    label = labelled(
        stage,
        made_of(stage, use(hook, name="hook"), use(handle, "2", "hook", material="steel-wire"), name="hook"),
    )
    rack = scheme.parts.of_label(label.id)
    outer = labelled(stage, made_of(stage, use(rack, "1")))
    waiting = made_of(stage, use(rack, "2"))
    scheme.attestations.add(waiting.id, stage.attest(waiting))
    data = scheme.labels.bundle(outer.id)
    assert inspect_bundle(data, stage.roots, stage.at).verdict == "VALID: every step holds"
    assert [item.state for item in scheme.parts.standing(label.inventory)] == ["valid", "valid"]
    assert scheme.parts.standing(label.inventory)[0].address == f"/L/{stage.labels['hook']}"

    scheme.states.change(stage.labels["hook"], "revoke", reason="fraud", text="Not made there.")
    report = inspect_bundle(scheme.labels.bundle(outer.id), stage.roots, stage.at)
    assert result_of(report) == ("fails", "part_withdrawn")
    assert [item.state for item in scheme.parts.standing(label.inventory)] == ["revoked", "valid"]
    assert [item.state for item in scheme.parts.standing(outer.inventory)] == ["revoked"]
    with pytest.raises(PartFault, match="part_withdrawn"):
        scheme.labels.issue(waiting.id)
    with pytest.raises(PartFault, match="part_withdrawn"):
        made_of(stage, use(rack, "3"))

    scheme.suppliers.withdraw(make_parts.SUPPLIER_ID, handle.digest)
    assert [item.state for item in scheme.parts.standing(label.inventory)] == ["revoked", "revoked"]
    with pytest.raises(PartFault, match="part_withdrawn"):
        scheme.parts.take(record())


def test_what_does_not_hold_is_not_taken(own_stage):
    """Strangers' records, forged bundles, other methods and parts nobody handed in are refused by name."""
    scheme, stage = own_stage.scheme, own_stage
    with pytest.raises(Exception, match="no supplier on the trust list"):
        scheme.parts.take(record())
    scheme.suppliers.add(make_parts.SUPPLIER_ID, "Smith", SUPPLIER.public_key)
    for members, result in (
        ({"method": "EN 15804"}, "part_method"),
        ({"boundary": "cradle_to_grave"}, "part_boundary"),
        ({"valid_until": "2026-10-01T00:00:00Z"}, "part_expired"),
        ({"demo": False}, "part_demo"),
        ({"supplier": make_parts.RECORD["supplier"] | {"name": "Famous forge"}}, "expected a record of 'Smith'"),
    ):
        with pytest.raises(PartFault, match=result):
            scheme.parts.take(record(**members))
    bundle = stage.bundle("hook")
    bundle["label"] = make_parts.forged(bundle["label"])
    with pytest.raises(PartFault, match="part_forged"):
        scheme.parts.take(canonical.encode(bundle))
    with pytest.raises(PartFault, match="part_forged"):
        scheme.parts.take("{ä".encode("latin-1"))
    unknown = use(scheme.parts.of_label(stage.labels["hook"])) | {"digest": "12" * 32}
    with pytest.raises(MissingInput, match="part_missing"):
        made_of(stage, unknown)
    with pytest.raises(Conflict):
        scheme.suppliers.add(make_parts.SUPPLIER_ID, "Smith", SUPPLIER.public_key)
    with pytest.raises(NotFound):
        scheme.suppliers.withdraw("https://else.example", "12" * 32)


def test_makers_type_parts_as_lines(own_stage):
    """A number and an id, an address or a digest are enough; anything else is named."""
    parts, label_id = own_stage.scheme.parts, own_stage.labels["hook"]
    digest = parts.of_label(label_id).digest
    text = f"4 x {label_id}\n2 http://localhost:8000/L/{label_id}\n\n1 {digest}"
    assert [(item["digest"], item["amount"]["value"]) for item in uses_of(text, parts, ["9f" * 32])] == [
        (digest, number) for number in ("4", "2", "1")
    ]
    with pytest.raises(InvalidDocument, match="expected a part such as"):
        uses_of("many hooks", parts, ())
    with pytest.raises(PartFault, match="part_missing"):
        uses_of("1 AAAAAAAAAAAAA", parts, ())
