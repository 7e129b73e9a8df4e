"""The documentation is true: what it shows runs, what it names exists, and what exists is named."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from label_service import plausibility
from label_service.accounts.accounts import Accounts
from label_service.accounts.rights import Kind, Role, rights_of
from label_service.assessment import assess
from label_service.declaration import Declaration
from label_service.errors import LabelServiceError
from label_service.factors import load_release
from label_service.issuance.opening import open_scheme
from label_service.issuance.reasons import REASONS
from label_service.issuance.setup import Identity
from label_service.settings import Settings
from label_service.trust.trust_list import read_root
from label_service.verify import inspect_bundle, inspect_code, inspect_label
from label_service.web.app import Site, build_app
from tests.examples import batch, entry, step
from tests.pages import DOCS, PAGES, REPOSITORY, Session, blocks, command_tree, commands, pattern

sys.path.insert(0, str(DOCS / "generate"))

import bounds as bounds_page
import method_example

AT = "2026-11-23T10:00:00Z"
RUNNABLE = [page for page in PAGES if any(block.language in {"console", "python"} for block in blocks(page))]
GENERATED = sorted(
    file.name
    for file in (DOCS / "generate").glob("*.py")
    if file.stem not in {"guide", "page", "section", "seal_release", "schemas"}
)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Play the demo once."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    arguments = [sys.executable, "-m", "label_service", "demo", "--once", "--folder", str(folder)]
    subprocess.run(arguments, check=True, capture_output=True, cwd=REPOSITORY)
    return folder


@pytest.fixture
def session(demo: Path, tmp_path: Path) -> Iterator[Session]:
    """A folder with `var/demo`, and the demo's site."""
    own = tmp_path / "var" / "demo"
    shutil.copytree(demo, own)
    opened: list[TestClient] = []

    def site() -> TestClient:
        if not opened:
            opened.append(TestClient(demo_app(own), base_url="http://localhost:8000"))
        return opened[0]

    yield Session(tmp_path, site)
    for client in opened:
        client.close()


def demo_app(folder: Path, *, has_accounts: bool = False) -> Any:
    """Open the site of a demo folder; with accounts it answers what a scheme answers."""
    data = folder / "operator" / "data"
    identity = Identity("http://localhost:8000", "Label service", is_demo=True)
    scheme, files = open_scheme(identity, folder / "operator" / "keys", data, f"sqlite:///{data / 'label.db'}")
    accounts = Accounts(scheme.bench.engine, scheme.bench.clock, identity.origin) if has_accounts else None
    return build_app(Site(scheme, files, accounts, needs_account=has_accounts))


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.name)
def test_commands_on_a_page_give_what_it_shows(page: Path, session: Session) -> None:
    """Whoever types what a page shows sees what the page shows."""
    for block in blocks(page):
        if block.file:
            (session.folder / block.file).write_text(block.text, encoding="utf-8")
        if block.language == "python":
            session.python(block.text)
        if block.language == "console":
            for command, shown in commands(block):
                session.run(command, shown)


def test_shown_output_is_compared_as_a_whole() -> None:
    """The rule that compares output finds what is missing, added or changed."""
    assert pattern("a …\n…\nz\n").fullmatch("a 1\nb\nc\nz\n")
    assert pattern("a\nz\n").fullmatch("a\nz\n")
    assert not pattern("a\nz\n").fullmatch("a\nb\nz\n")
    assert not pattern("a …\n").fullmatch("a 1\nb\n")
    assert not pattern("…\nz\n").fullmatch("a\nz\ny\n")


def documentation() -> str:
    """Give the text of all pages."""
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def test_every_setting_is_documented() -> None:
    """The operator finds every setting with its default in docs/operate.md, and no setting that is not there."""
    text = (DOCS / "operate.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `LABEL_SERVICE_([A-Z_]+)` \|", text, re.MULTILINE))
    elsewhere = set(re.findall(r'"LABEL_SERVICE_([A-Z_]+)"', "".join(f.read_text() for f in package_files())))
    assert named == {name.upper() for name in Settings.model_fields} | elsewhere
    for name, info in Settings.model_fields.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `LABEL_SERVICE_{name.upper()}` |"))
        if info.default not in {None, ()}:
            assert f"`{info.default}`" in row, row


def test_every_command_is_documented() -> None:
    """Every command is on a page, with each of its options."""
    text = documentation()
    for name, options in command_tree().items():
        assert f"label-service {name}" in text or f"`{name}`" in text, name
        for option in options:
            assert option in text, f"{name} {option}"


def test_only_commands_that_exist_are_documented() -> None:
    """No page names a command that is not there."""
    known = {name.partition(" ")[0] for name in command_tree()}
    for found in re.findall(r"`(?:\$ )?label-service ([a-z-]+)", documentation()):
        assert found in known, found


def routes(app: Any) -> Iterator[tuple[str, str]]:
    """Give method (empty for reading plain pages) and path of everything the site answers."""
    for route in app.routes:
        if isinstance(route, Route):
            yield "POST" if route.methods == {"POST"} else "", plain_path(route.path)
        elif isinstance(route, Mount):
            program = route.app
            while not hasattr(program, "routes"):  # below the limit of bodies and the headers
                program = program._app
            for inner in program.routes:
                method = next(iter(inner.methods - {"HEAD"}))
                yield method if inner.path != "/openapi.json" else "", plain_path(route.path + inner.path)


def plain_path(path: str) -> str:
    """Write `{id:label_id}` as `{id}`."""
    return re.sub(r":\w+}", "}", path)


@pytest.mark.parametrize("has_accounts", [False, True], ids=["demo", "scheme"])
def test_every_route_is_documented(demo: Path, has_accounts: bool) -> None:
    """Every address the site answers, in a demo and in a scheme, is in a table of the documentation."""
    text = documentation()
    for method, path in routes(demo_app(demo, has_accounts=has_accounts)):
        assert f"`{method} {path}`".replace("` ", "`") in text, f"{method} {path}"


def package_files() -> list[Path]:
    """Give every module of the package."""
    return sorted((REPOSITORY / "label_service").rglob("*.py"))


STATUS_CODES = {f"http-{status}" for status in (400, 404, 405, 408, 431, 503)}  # made of the status of an answer


def error_codes() -> set[str]:
    """Give every code that a problem can have."""
    waiting: list[type[LabelServiceError]] = [LabelServiceError]
    codes = set()
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        codes.add(kind.code)
    sources = "".join(file.read_text() for file in package_files())
    codes |= set(re.findall(r'"/problems/([a-z0-9-]+)"', sources))
    return codes - {"error", "unsure"}  # the base is never raised, a doubt never leaves the report


def test_every_error_code_is_documented() -> None:
    """Whoever meets a problem finds its code in docs/declare.md, and every code there exists."""
    text = (DOCS / "declare.md").read_text(encoding="utf-8")
    table = text.partition("| code | HTTP | when |")[2]
    named = set(re.findall(r"`([a-z0-9-]+)`", "".join(re.findall(r"^\|(.*?)\|", table, re.MULTILINE))))
    assert named - STATUS_CODES == error_codes()


def test_every_reason_is_documented() -> None:
    """The operator finds every code that a change of state can have, in the words that pages show."""
    text = (DOCS / "operate.md").read_text(encoding="utf-8").partition("| reason | when |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*?)(?: \(set by the service\))? \|$", text, re.MULTILINE)
    assert rows == list(REASONS.items())


def test_every_verification_step_is_documented(demo: Path) -> None:
    """The twelve steps, their numbers and names are those of the verifier."""
    text = (DOCS / "verify-a-label.md").read_text(encoding="utf-8")
    roots = dict([read_root((demo / "root.pub").read_bytes())])
    report = inspect_bundle((demo / "hook" / "bundle.json").read_bytes(), roots, AT)
    rows = re.findall(r"^\| (\d+) \| ([a-z ]+) \|", text, re.MULTILINE)
    assert rows == [(str(step.number), step.name) for step in report.steps]
    for other in (inspect_code("x", roots, AT), inspect_label("x", roots, AT)):
        for item in other.steps:
            assert f"{item.number}. {item.name}" in text


def test_every_bound_rule_is_documented() -> None:
    """A producer finds the rule a finding names."""
    text = (DOCS / "bounds.md").read_text(encoding="utf-8")
    for key in load_release().keys("bounds"):
        assert f"| {key} |" in text


def test_bounds_page_says_which_rules_are_computed() -> None:
    """What the page calls computed is what plausibility measures on a declaration with every amount."""
    machine = {"id": "machine", "site": "lab", "process": "fdm_desktop", "model": "Model 1"}
    body = {"id": "body", "material": "pla", "net": entry("0.25", "kg"), "gross": entry("0.263", "kg")}
    made = step(energy=entry("0.256", "kWh"), duration=entry("1.9", "h"))
    document = batch({"family": "fdm"}, "fdm_desktop", materials=[body], steps=[made])
    document["machines"] = [machine | {"nameplate_power": entry("360", "W")}]
    measured = plausibility._measurements(Declaration.from_json(document), load_release())
    assert {found.quantity for _, found in measured} == bounds_page.COMPUTED


@pytest.mark.parametrize("script", GENERATED)
def test_generated_pages_are_current(script: str) -> None:
    """Generated pages say what code and release give today."""
    done = subprocess.run(
        [sys.executable, script, "--check"], cwd=DOCS / "generate", check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_relative_links_resolve() -> None:
    """Every link from page to page leads to a file and a heading that are there."""
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
            name, _, anchor = target.partition("#")
            file = (page.parent / name) if name else page
            assert file.exists(), f"{page.name}: {target}"
            if anchor:
                headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
                assert anchor in {slug(heading) for heading in headings}, f"{page.name}: {target}"


def slug(heading: str) -> str:
    """Give the anchor of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_pages_named_in_the_code_exist() -> None:
    """A docstring that sends a reader to a page, or to a section of the method, sends her somewhere."""
    sections = re.findall(r"^## (\d+)\. ", (DOCS / "method.md").read_text(encoding="utf-8"), re.MULTILINE)
    for file in package_files():
        text = re.sub(r"Source: Moonraker.*", "", file.read_text(encoding="utf-8"))  # its own pages
        for name in re.findall(r"docs/(?:formats/|method/|decisions/)?[\w-]+\.md", text):
            assert (REPOSITORY / name).exists(), f"{file.name}: {name}"
        for number in re.findall(r"docs/method\.md, sections? (\d+)", text):
            assert number in sections, f"{file.name}: section {number}"


def test_files_named_in_the_pages_exist() -> None:
    """Code and tests that a page names are there."""
    for page in PAGES:
        for name in re.findall(r"`((?:label_service|tests)/[\w./-]+)`", page.read_text(encoding="utf-8")):
            assert (REPOSITORY / name).exists(), f"{page.name}: {name}"


def test_every_page_is_reachable() -> None:
    """From docs/index.md every page is reached by links."""
    seen: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        links = re.findall(r"\]\((?!https?:)([^)\s#]+)", page.read_text(encoding="utf-8"))
        waiting += [page.parent / target for target in links]
    assert {page for page in PAGES if DOCS in page.parents} <= seen


def test_the_table_of_rights_is_the_one_that_is_asked() -> None:
    """What docs/scheme.md says of who may do what is what pages, API and use cases ask."""
    text = (DOCS / "scheme.md").read_text(encoding="utf-8")
    kinds: tuple[Kind, ...] = ("producer", "verifier", "operator")
    roles: tuple[Role, ...] = ("lead", "member", "reader")
    for role in roles:
        cells = next(line for line in text.splitlines() if line.startswith(f"| {role} |")).split("|")[2:-1]
        assert [set(re.findall(r"`([a-z-]+)`", cell)) for cell in cells] == [
            set(map(str, rights_of(kind, role))) for kind in kinds
        ]


def test_every_layer_is_described() -> None:
    """docs/application.md names every module and package of the application."""
    text = (DOCS / "application.md").read_text(encoding="utf-8").partition("## Layers")[2].partition("## Why")[0]
    for entry_ in (REPOSITORY / "label_service").iterdir():
        if not entry_.name.startswith(("_", "py.typed")):
            assert re.search(rf"\b{entry_.stem}\b", text), entry_.name


def test_every_decision_is_listed() -> None:
    """The list of decisions is complete."""
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (DOCS / "decisions" / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(file.name for file in (DOCS / "decisions").glob("0*.md"))


def test_words_on_pages_promise_nothing_vague() -> None:
    """No page calls a product green, eco-friendly or climate neutral."""
    vague = re.compile(
        r'(?<!")\b(green|eco-?friendly|climate[- ]neutral|environmentally friendly)\b(?! button)', re.IGNORECASE
    )
    for page in PAGES:
        found = vague.search(page.read_text(encoding="utf-8"))
        assert not found or page.name == "sources.md", f"{page.name}: {found}"  # titles of published works


def test_worked_example_is_what_assess_gives() -> None:
    """The numbers worked out by hand in docs/method.md are those of the assessment."""
    by_hand = method_example.worked()
    release = load_release()
    result = assess(method_example.inventory_of_example(release), release)
    ratio = result.comparisons[0].ratio
    assert ratio
    assert result.score == by_hand.score
    for figure, value in (
        (ratio.p05, by_hand.p05),
        (ratio.median, by_hand.median),
        (ratio.p95, by_hand.p95),
        (result.comparisons[0].p_better or "", by_hand.p_better),
    ):
        assert float(figure) == pytest.approx(value, rel=1e-9)
    shares = {item.name: float(item.share) for item in result.comparisons[0].uncertain}
    square = sum(slope**2 for slope in by_hand.slopes.values())
    for name, share in shares.items():
        assert share == pytest.approx(by_hand.slopes[name] ** 2 / square, rel=1e-9)


def test_worked_example_agrees_with_chance() -> None:
    """Drawing all variables of the worked example at random gives the same bounds within one percent."""
    by_hand = method_example.worked()
    random = np.random.default_rng(1)
    draws = {name: random.standard_normal(200_000) for name in sorted(by_hand.slopes)}

    def total(terms: list[method_example.Term]) -> Any:
        return sum(t.value * np.exp(sum(load * draws[name] for name, load in t.loads.items())) for t in terms)

    ratio = total(by_hand.product) / total(by_hand.reference)
    for quantile, value in ((0.05, by_hand.p05), (0.5, by_hand.median), (0.95, by_hand.p95)):
        assert float(np.quantile(ratio, quantile)) == pytest.approx(value, rel=0.01)
