"""Next chapters: a week closes, the log and the auditor's chain draw a sample, she finds something, the scope stops."""

from pathlib import Path
from typing import Any

from tests.journeys.acting import Person, World
from tests.journeys.program import Batch, Program
from tests.journeys.workshop import ITEMS, sign

WEEK = "2026-W47"
FINDING = "The box of the sample weighs 2.3 kg, declared were 1.7 kg."


def draw(world: World, vera: Person, scope: str) -> list[str]:
    """When the week is over she reveals its value, which her browser takes from the chain; anybody repeats the draw."""
    world.forward(days=3)
    vera.come_back("/audit")
    vera.sees("Due", f"Reveal the value of {WEEK}")
    vera.follow(f"Reveal the value of {WEEK}")
    vera.send(f"/audit/scopes/{scope}/reveal", "Go on to sign")
    sign(vera)
    vera.sees("The value was taken and the sample of the week drawn", "Samples to audit again")
    checked = world.run("sample", "--check", world.origin, "--root", world.root, "--scope", scope, "--at", world.at)
    assert checked.code == 0, checked.out + checked.err
    drawn = [line.strip().partition(":")[0] for line in checked.out.splitlines() if "not audited again yet" in line]
    assert drawn
    assert f"{WEEK}: 50 labels, {len(drawn)} drawn" in checked.out
    vera.sees(*drawn)
    return drawn


def tell_the_producer(pia: Person, drawn: list[str]) -> None:
    """The producer is told which labels were drawn, and the register shows them."""
    pia.come_back("/workshop")
    pia.sees(f"{len(drawn)} labels of {WEEK} are audited again", drawn[0])
    pia.world.anybody().open("/register", drawn[0])


def keep_bundles(world: World, labels: tuple[str, ...]) -> dict[str, Path]:
    """Somebody saves bundles while all is well: every step of each holds, offline."""
    bundles = {label: world.save(f"/L/{label}.json", f"{label}.json") for label in labels}
    for file in bundles.values():
        assert world.verify(file)["exit_code"] == 0
    return bundles


def confirm(vera: Person, label: str) -> None:
    """A sample that holds is closed with the auditor's signed word."""
    _look_again(vera, label, "confirmed", "as-declared", "Weighed and metered again on 23 November.")
    assert label not in vera.open("/audit")


def find(vera: Person, label: str) -> None:
    """A sample that does not hold suspends label and scope at once, without anybody else."""
    _look_again(vera, label, "finding", "goods-differ", FINDING)
    vera.open("/audit", "suspended")


def see_it_everywhere(world: World, pia: Person, program: Program, scope: str, labels: tuple[str, ...]) -> None:
    """Every page of a label, the register, the list and a new bundle show it; nothing more is labelled."""
    for label in labels:
        page = world.get(f"/L/{label}").text
        assert "Suspended" in page
        assert FINDING in page
    buyer = world.anybody()
    buyer.open(f"/L/{labels[0]}", "Suspended", FINDING)
    buyer.page.locator("#checked ol li").first.wait_for()
    buyer.open(f"/register/scopes/{scope}", "Suspended", f"{len(labels)} of {ITEMS}")
    buyer.open("/register/withdrawals", scope[:12], FINDING)
    pia.open("/workshop", FINDING)
    pia.open("/workshop/scopes", "Suspended")
    (answer,) = program.make(Batch(90, world.at[:10]))
    assert answer["state"] == "waiting"
    pia.open(f"/D/{answer['id']}", "The scope is suspended")


def check_offline(world: World, bundles: dict[str, Path]) -> None:
    """A bundle from before keeps every proof but its status; a new one says the same by itself."""
    newer = world.save("/status/suspension/0", "suspension.jwt")
    for label, file in bundles.items():
        old, new = world.verify(file, status=newer), world.verify(world.save(f"/L/{label}.json", f"{label}-new.json"))
        for report in (old, new):
            assert report["exit_code"] == 1
            assert failing(report) == ["status"]
        assert world.verify(file)["exit_code"] == 0


def failing(report: dict[str, Any]) -> list[str]:
    """Give the names of the steps of a report that do not hold."""
    return [step["name"] for step in report["steps"] if step["outcome"] != "holds"]


def _look_again(vera: Person, label: str, outcome: str, reason: str, text: str) -> None:
    vera.open("/audit", label)
    vera.open(f"/audit/samples/{label}", "meter-", "scale-", "the same to the digit")
    answers = {"outcome": outcome, "reason": reason, "text": text}
    vera.send(f"/audit/samples/{label}/result", "Go on to sign the result", **answers)
    vera.sees(text)
    sign(vera)
    vera.sees("The result of the sample was taken and logged")
