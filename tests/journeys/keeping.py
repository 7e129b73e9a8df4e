"""Last chapters: keys change and one is stolen, goods are recalled, a token is stolen, anybody checks the rest."""

import re
from html import unescape
from pathlib import Path
from typing import NamedTuple

from tests.journeys.acting import Person, World
from tests.journeys.labelling import COUNT
from tests.journeys.program import Batch, Program
from tests.journeys.sampling import failing
from tests.journeys.workshop import ITEMS

RECALL = "The bottom may fall out; bring the box back to the workshop."
MANY = 40  # kinds of addresses that anybody who is signed in is led to
OK = 200
_LINK = re.compile(r'href="(/[^"]*)"')
_ID = re.compile(r"[0-9a-f]{64}|[0-9a-f-]{36}|(?<=/)[A-Z2-7]{13}\b|(?<=-)[0-9a-f]{8}\b|(?<==)\w+")


class Issued(NamedTuple):
    """A label and its bundle as it was given out."""

    id: str
    bundle: Path


def rotate(world: World, olga: Person, program: Program) -> Issued:
    """A new key signs from now on and the old one is retired; give a label of the new one."""
    olga.open("/operate/keys", "#label-1 Active")
    olga.send("/operate/keys/rotate", "Make the next key", about="label")
    olga.sees("#label-2 Active")
    olga.send("/operate/keys/retire", "Retire it", about="#label-1", sure="yes")
    olga.sees("#label-1 Retired")
    return _issue(world, program, COUNT + 3)


def hold(world: World, *bundles: Path) -> None:
    """Labels of keys that were replaced hold, also under the newest trust list."""
    newest = world.save("/trust-list.jwt", "trust-list.jwt")
    for file in bundles:
        assert world.verify(file, trust_list=newest)["exit_code"] == 0


def steal(world: World, olga: Person, program: Program, before: Issued) -> Issued:
    """A stolen key is cut off from an entry of the log on: labels before hold, others are issued anew."""
    lost = _issue(world, program, COUNT + 4)
    entry = re.search(r"this label is entry (\d+)", world.get(f"/L/{lost.id}").text)
    assert entry
    olga.open("/operate/keys")
    stolen = {"about": "#label-2", "since_index": entry[1], "sure": "yes"}
    olga.send("/operate/keys/compromise", "Declare it compromised", **stolen)
    olga.sees("#label-2 Compromised", "#label-3 Active", "Cut off by a compromised key", lost.id)
    newest = world.save("/trust-list.jwt", "trust-list.jwt")
    assert failing(world.verify(lost.bundle, trust_list=newest))[0] == "label signature"
    hold(world, before.bundle)
    world.anybody().open(f"/L/{before.id}", "Valid")
    world.anybody().open(f"/L/{lost.id}", "Suspended", "a key behind it was compromised")
    olga.open("/operate", "1 label no longer verifies")
    olga.follow("Issue them anew")
    olga.send("/operate/keys/reissue", "Issue anew", about=lost.id)
    buyer = world.anybody()
    buyer.open(f"/L/{lost.id}", "Superseded")
    buyer.follow("newer label", "Valid")
    assert buyer.path != f"/L/{lost.id}"
    assert world.verify(world.save(f"{buyer.path}.json", "anew.json"))["exit_code"] == 0
    return lost


def recall(world: World, olga: Person, label: str) -> None:
    """Goods that were found out are recalled: label, register and feed say so, with the words of the scheme."""
    olga.open(f"/operate/states/{label}", "Suspended")
    olga.send(f"/operate/states/{label}", "Decide, in public", action="revoke", reason="recall", words=RECALL)
    olga.sees("A revocation is never taken back")
    buyer = world.anybody()
    buyer.open(f"/L/{label}", "Revoked", RECALL)
    buyer.open("/register/withdrawals", label, "the goods were recalled")
    feed = world.get("/recalls.xml").text
    assert RECALL in feed
    assert f"{world.origin}/L/{label}" in feed


def read_the_records(world: World, scope: str, disputed: str) -> None:
    """Register and feed keep everything that happened, also what was taken back."""
    buyer = world.anybody()
    buyer.open(
        "/register", "Vera Auditor", f"labels: {COUNT + 3} · withdrawn: 2", f"Items used: {COUNT + 4} of {ITEMS}"
    )
    buyer.open(f"/register/scopes/{scope}", "Differs", "Confirmed")
    feed = world.get("/recalls.xml").text
    titles = (f"Label {disputed}: suspended", f"Label {disputed}: counts again", f"Scope {scope[:12]}: counts again")
    assert [title for title in titles if title not in feed] == []


def take_the_token_away(pia: Person, program: Program) -> None:
    """A token that was stolen counts for nothing from the moment its owner revokes it."""
    assert program.client.get("/api/v1/declarations").status_code == 200
    pia.open("/tokens", "shop server", "Last used")
    pia.send("/tokens/revoke", "Revoke the token shop server")
    pia.sees("Over shop server")
    assert program.client.get("/api/v1/declarations").status_code == 401
    assert program.client.post("/api/v1/declarations", json={}).status_code == 401


def follow_every_link(person: Person, home: str) -> None:
    """From her first page on, every kind of address that a page leads to is there for her: nothing ends in an error."""
    cookies = "; ".join(f"{item['name']}={item['value']}" for item in person.page.context.cookies())
    headers = {"Cookie": cookies, "Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
    waiting, seen, dead = [(home, "")], set(), []
    while waiting:
        path, source = waiting.pop()
        kind = _ID.sub("*", path.partition("#")[0])
        if kind in seen:
            continue
        seen.add(kind)
        answer = person.world.visitor.get(path, headers=headers)
        if answer.status_code != OK:
            dead.append(f"{path} from {source}: {answer.status_code}")
        elif answer.headers["content-type"].startswith("text/html"):
            waiting += [(unescape(found), path) for found in _LINK.findall(answer.text)]
    assert not dead, f"{person.name}: {dead}"
    assert len(seen) > MANY


def audit_the_log(world: World) -> None:
    """Whoever rebuilds the log from the public files, or over the network, finds nothing wrong."""
    trust_list = world.save("/trust-list.jwt", "trust-list.jwt")
    options = ["--root", world.root, "--trust-list", trust_list, "--at", world.at]
    done = world.run("audit-log", world.folder / "data" / "public", *options)
    assert done.code == 0, done.out + done.err
    assert "SOUND" in done.out
    assert f"{COUNT + 5} labels proven" in done.out
    assert world.run("sample", "--check", world.origin, "--root", world.root, "--at", world.at).code == 0


def _issue(world: World, program: Program, number: int) -> Issued:
    (answer,) = program.make(Batch(number, world.at[:10]))
    assert answer["state"] == "labelled"
    label = str(answer["label_id"])
    return Issued(label, world.save(f"/L/{label}.json", f"{label}.json"))
