"""Next chapters: a stranger complains, the scheme decides, the producer appeals, another person decides that."""

from tests.journeys.acting import Person, World
from tests.journeys.labelling import COUNT
from tests.journeys.program import Batch, Program

COMPLAINT = "The box in the shop is of plywood, not of MDF."
ANSWER = "It was a box of another maker with a copied sticker."
DECISION = "The box bought in the shop is not the one declared."
REVERSED = "The sticker was copied; the workshop is not to blame."
WHO_DECIDES = "You decided the first time, so somebody else of the operator decides this appeal."


def remedy(olga: Person, scope: str) -> None:
    """The operator lifts the suspension of the scope in public words; labels that were suspended alone stay so."""
    olga.come_back("/operate/states")
    olga.follow(f"Scope {scope[:12]}", "Suspended", "a sample did not agree")
    words = {"reason": "remedied", "words": "The scale was calibrated, all boxes in stock were weighed again."}
    olga.send(f"/operate/states/{scope}", "Decide, in public", action="reinstate", **words)
    olga.sees("Valid", words["words"])


def counts_again(world: World, pia: Person, program: Program, found: str, labels: tuple[str, ...]) -> None:
    """Labels of the scope count again except the one that was found out, and goods are labelled at once."""
    assert [label for label in labels if "Suspended" in world.get(f"/L/{label}").text] == [found]
    (answer,) = program.make(Batch(COUNT + 2, world.at[:10]))
    assert answer["state"] == "labelled"
    pia.open("/workshop/scopes", "Valid")


def complain(world: World, label: str) -> Person:
    """Anybody complains without an account, from the page of the label, and keeps a private link."""
    stranger = world.person("Stranger")
    stranger.open(f"/L/{label}")
    stranger.follow("Complain about this label", "You need no account")
    stranger.send(f"/L/{label}/complaint", "Send the complaint", text=COMPLAINT)
    stranger.sees("Keep this link", COMPLAINT, "The producer has until")
    assert stranger.page.context.cookies() == []
    return stranger


def answer(pia: Person, olga: Person, label: str) -> None:
    """The producer answers first; until then the complaint is not decided."""
    olga.open("/operate")
    olga.follow("Complaint about", COMPLAINT, "The producer may answer until")
    pia.open("/workshop", f"There is a complaint about label {label}")
    pia.follow(f"There is a complaint about label {label}", COMPLAINT)
    pia.send(pia.path + "/answer", "Send", text=ANSWER)
    pia.sees("Answered", ANSWER)


def uphold(olga: Person, stranger: Person, label: str) -> None:
    """The operator decides in public words and suspends the label; who complained reads it behind her link."""
    olga.open("/operate")
    olga.follow("Complaint about", ANSWER)
    decision = {"outcome": "upheld", "action": "suspend", "words": DECISION}
    olga.send(olga.path + "/decision", "Decide, in public and for good", **decision)
    olga.sees("Upheld", DECISION)
    stranger.page.reload()
    stranger.sees("Upheld", DECISION, ANSWER)
    stranger.world.anybody().open(f"/L/{label}", "Suspended", DECISION)


def appeal(pia: Person, olga: Person, otto: Person, label: str) -> None:
    """The producer appeals; who decided first cannot decide again, another person of the scheme does."""
    pia.open("/cases", "Appeal against a decision")
    pia.page.locator("#about").select_option(label)
    pia.send("/cases/appeal", "Appeal", text="The goods were not ours; see our answer.")
    case = pia.path
    pia.sees("Appeal about", "The scheme decides by")
    decision = {"outcome": "upheld", "words": REVERSED}
    olga.open(case, WHO_DECIDES)
    assert not olga.page.locator(f"form[action='{case}/decision']").count()
    otto.come_back(case)
    otto.send(f"{case}/decision", "Decide, in public and for good", **decision)
    otto.sees("Upheld", REVERSED)
    pia.open(case, REVERSED)
    pia.world.anybody().open(f"/L/{label}", "Valid")
