"""First chapters: the operator opens the scheme, publishes its rules, admits parties and lists the auditor."""

from tests.journeys.acting import Person, World

TEXTS = {"rule_book": "Rule book", "terms": "Terms and fees", "consultation": "Record of the consultation"}
ACCREDITATION = {
    "standard": "ISO/IEC 17065",
    "body": "National accreditation body",
    "number": "D-ZE-0815",
    "valid_from": "2026-01-01",
    "valid_until": "2028-12-31",
}


def open_the_scheme(world: World) -> Person:
    """The link of `init` makes the operator's passkey, once; her first page says what is missing."""
    olga = world.person("Olga Operator")
    olga.join(world.link)
    assert olga.path == "/operate"
    olga.sees("The scheme may not certify yet", *TEXTS.values(), "An auditor who is accredited today")
    world.anybody().open(world.link, "This link was used, is over, or never was")
    return olga


def publish_the_rules(olga: Person) -> None:
    """Each text is previewed, then published for good; from then on anybody reads it."""
    for kind, title in TEXTS.items():
        olga.open("/operate/publications")
        text = f"# {title}\n\nOpen to every workshop of the region on equal terms."
        answers = {"kind": kind, "version": "2026-1", "title": title, "text": text}
        olga.send("/operate/publications", "Show what it looks like", **answers)
        olga.press(olga.page.get_by_role("button", name="Publish, for good"))
    assert "The scheme may not certify yet. Missing: An auditor" in olga.sees(*TEXTS.values())
    anybody = olga.world.anybody()
    anybody.open("/scheme")
    anybody.follow("Rule book", "version 2026-1")


def admit(olga: Person, kind: str, name: str, registration: str, email: str) -> str:
    """An organisation is admitted, and its first lead gets a link; give the link."""
    olga.open("/operate/parties")
    olga.send(
        "/operate/parties",
        "Admit and make a link",
        kind=kind,
        name=name,
        country="DEU",
        registration=registration,
        email=email,
    )
    olga.sees(name, email, "counts once")
    return olga.find(r"(http://localhost:\d+/join/[\w-]{43})")


def invite(lead: Person, name: str, email: str, role: str = "member") -> Person:
    """A lead invites a colleague of her own party, who joins."""
    lead.open("/people")
    lead.send("/people/invite", "Make a link", email=email, role=role)
    colleague = lead.world.person(name)
    colleague.join(lead.find(r"(http://localhost:\d+/join/[\w-]{43})"))
    return colleague


def agree(lead: Person, home: str) -> None:
    """A lead who joined is led to the terms in force, and agrees to them for her organisation."""
    lead.open(home, "has not agreed to the terms in force")
    lead.follow("agree to them", "has not agreed to any version yet")
    lead.send("/account/terms", "Agree for the organisation")
    lead.sees("Your organisation agreed to it")
    assert "has not agreed" not in lead.open(home)


def list_the_auditor(olga: Person, vera: Person) -> str:
    """A key is made in the auditor's browser and counts once the operator compared its thumbprint; give that."""
    vera.open("/audit", "You cannot sign yet")
    vera.follow("Signing keys")
    vera.send("/audit/keys", "Make it and hand in the public half", name="notebook")
    vera.sees("waiting for the operator", "in this browser")
    thumbprint = vera.page.locator("[data-here]").get_attribute("data-here")
    assert thumbprint
    assert _is_shut_in(vera, thumbprint)
    olga.open("/operate")
    olga.follow("1 key waits", "Vera Auditor", "notebook", thumbprint[8:])
    olga.send("/operate/auditors/confirm", "Confirm and list the key", compared="WRONGONE", **ACCREDITATION)
    olga.sees("Not taken")
    olga.send("/operate/auditors/confirm", "Confirm and list the key", compared=thumbprint[:8], **ACCREDITATION)
    olga.sees("On the trust list Vera Auditor, Independent inspectors", "ISO/IEC 17065", "D-ZE-0815")
    assert "may not certify" not in olga.open("/operate")
    vera.open("/audit/keys", "in use")
    return thumbprint


def _is_shut_in(vera: Person, thumbprint: str) -> bool:
    """Tell whether no script, ours included, can take the private half out of the browser."""
    return bool(
        vera.page.evaluate(
            """async (thumbprint) => {
  const opened = indexedDB.open("label-service-auditor", 1);
  await new Promise((resolve) => { opened.onsuccess = resolve; });
  const asked = opened.result.transaction("keys").objectStore("keys").get(thumbprint);
  await new Promise((resolve) => { asked.onsuccess = resolve; });
  const key = asked.result.privateKey;
  const isRefused = await crypto.subtle.exportKey("pkcs8", key).then(() => false, () => true);
  return isRefused && !key.extractable;
}""",
            thumbprint,
        )
    )
