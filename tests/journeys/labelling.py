"""Next chapters: a program declares goods, those inside the scope are labelled at once, one outside waits."""

from tests.journeys.acting import Person
from tests.journeys.program import Batch, Program
from tests.journeys.workshop import CRITERIA, ITEMS, sign

COUNT = 50


def make_token(pia: Person) -> Program:
    """A token that may declare is shown once, on the page where it was made."""
    pia.open("/workshop")
    pia.follow("Tokens")
    pia.send("/tokens", "Make the token", name="shop server", right=["read", "declare"], days="30")
    token = pia.find(r">(label_[\w-]+)<")
    pia.sees("shop server", "It is shown this once")
    assert token not in pia.open("/tokens", "shop server", "Never used")
    return Program(pia.world.program(token))


def label_inside(pia: Person, program: Program, scope: str) -> tuple[str, ...]:
    """Fifty declarations inside the scope have their labels with the answer, each with its place."""
    made_on = pia.world.at[:10]
    answers = program.make(*(Batch(number, made_on) for number in range(1, COUNT + 1)))
    assert {answer["state"] for answer in answers} == {"labelled"}
    labels = tuple(answer["label_id"] for answer in answers)
    assert len(set(labels)) == COUNT
    pia.open("/workshop", f"{COUNT} labelled", f"{COUNT} of {ITEMS} items used")
    pia.open(f"/register/scopes/{scope}", f"Items used: {COUNT} of {ITEMS}")
    anybody = pia.world.anybody()
    for number in (1, COUNT):
        words = (f"Box 45 L, no. {number}", f"Number {number} of {ITEMS}", "Verified by Vera Auditor")
        anybody.open(f"/L/{labels[number - 1]}", *words)
    return labels


def wait_outside(pia: Person, program: Program) -> str:
    """A box cut with less energy than the auditor ever saw waits for her, and the producer reads why; give its id."""
    (answer,) = program.make(Batch(COUNT + 1, pia.world.at[:10], energy_kwh="0.3"))
    assert (answer["state"], answer["label_id"]) == ("waiting", None)
    pia.open("/workshop", "1 waits for a person")
    pia.follow(f"Box 45 L, no. {COUNT + 1}", "kWh per kg", "at least 0.2", "found 0.15", "not verified")
    return str(answer["id"])


def attest_it_alone(pia: Person, vera: Person, outside: str) -> None:
    """What waits is laid before the auditor, who looks at its files and attests it; the producer issues its label."""
    pia.open(f"/D/{outside}")
    pia.send("/workshop/audits", "Ask for an audit")
    vera.open("/audit")
    vera.follow(f"Box 45 L, no. {COUNT + 1}", "energy 0.3 kWh", f"scale-{COUNT + 1}.json", "the same to the digit")
    vera.send(f"{vera.path}/attest", "Go on to sign", criterion=list(CRITERIA), level="site_visit")
    sign(vera)
    vera.sees("Your attestation was taken and logged")
    pia.open("/workshop")
    pia.follow("you can issue its label")
    pia.send(f"/D/{outside}/label", "Issue the label")
    pia.sees("It has a label")
