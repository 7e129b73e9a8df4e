"""What people see in the terminal: tables and sentences, made from documents.

Drawing them is loaded with the first line, for commands whose output goes to programs need none.
"""
# ruff: noqa: PLC0415 - see above

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from label_service.cli import safe
from label_service.quantity import display

if TYPE_CHECKING:
    from rich.console import Console

    from label_service.assessment import Assessment, Comparison, Range
    from label_service.inventory import Inventory
    from label_service.plausibility import Finding
    from label_service.verify.dossier import Dossier

_FACTS_SHOWN = 4
_PAPER_WIDTH = 140  # columns where the output is no terminal


@cache
def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PAPER_WIDTH)


def line(text: str, style: str = "") -> None:
    """Print a line; text of documents is never taken as markup."""
    from rich.text import Text

    _console().print(Text(safe(text), style=style))


def heading(text: str) -> None:
    """Print a heading."""
    _console().print()
    line(text, "bold")


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=Text(title), title_justify="left", box=None, pad_edge=False)
    for column in columns:
        shown.add_column(Text(column), overflow="fold")
    for row in rows:
        shown.add_row(*(Text(safe(cell)) for cell in row))
    _console().print(shown)


def interval(values: "Range") -> str:
    """Write a median with its range, three digits each."""
    return f"{display(values.median)} ({display(values.p05)} to {display(values.p95)})"


def inventory(content: "Inventory") -> None:
    """Print the flows of an inventory."""
    table(
        f"Inventory of {content.quantity} × {content.name}",
        ("stage", "flow", "amount", "basis"),
        ((flow.stage, flow.flow, f"{flow.amount} {flow.unit}", flow.basis) for flow in content.flows),
    )


def assessment(content: "Inventory", result: "Assessment", findings: "Iterable[Finding]") -> None:
    """Print impact per stage, comparisons, score, grade and why."""
    rows = [(item.stage.replace("_", " "), interval(item.kgco2e)) for item in result.product.stages]
    table(
        f"Climate impact of one {content.name}, kg CO2e: median (5 % to 95 %)",
        ("stage", "kg CO2e"),
        [*rows, ("all", interval(result.product.kgco2e))],
    )
    table(
        "Compared with mass production (below 1 is better)",
        ("reference", "kg CO2e", "ratio", "P(better)", "score"),
        (_comparison(item) for item in result.comparisons),
    )
    for reason in why(result):
        line(reason)
    for finding in findings:
        line(
            f"finding {finding.rule} ({finding.severity}) at {finding.where}: {finding.message}: "
            f"expected {finding.expected}, found {finding.value}"
            + (f" (from {' and '.join(finding.sources)})" if finding.sources else "")
        )


def _comparison(item: "Comparison") -> tuple[str, ...]:
    if item.side is None or item.ratio is None or item.p_better is None:
        return (item.reference, f"missing: {item.missing}", "", "", "")
    mark = " (provisional)" if item.provisional else ""
    better = f"{float(item.p_better):.0%}"
    return (item.reference + mark, interval(item.side.kgco2e), interval(item.ratio), better, str(item.score))


def why(result: "Assessment") -> list[str]:
    """Say the grade and what it rests on, or why there is none."""
    if result.grade is None:
        said = {
            "no_reference": "there is neither a market reference nor a resolved same_design",
            "bought_parts_dominate": "bought-in parts are more than half of a side",
            "outside_proven_range": "the uncertainty is outside the proven range of the method",
        }
        return [f"No grade, so no label: {'; '.join(said[reason] for reason in result.reasons)}. Figures only."]
    sentences = {
        "D": "no advantage over mass production is shown",
        "E": "worse than mass production when what is not evidenced counts with its fixed value"
        if float(result.default_share) > 0
        else "shown to be worse than mass production",
    }
    proven = f"at most {result.score} % of the mass-produced reference, with 95 % certainty"
    sentence = sentences.get(result.grade, proven)
    caps = {
        "proxy_share": "more than a quarter rests on stand-in factors",
        "same_design_worse": "the same design made by the mass process is shown to be better",
    }
    lines = [f"Grade {result.grade}, score {result.score} against {result.graded_against}: {sentence}."]
    lines += [f"Capped at C: {caps[cap]}." for cap in result.caps]
    if float(result.default_share) > 0:
        lines.append(f"{float(result.default_share):.0%} of the impact rests on fixed unfavourable values.")
    return lines


def readings(results: Iterable[Mapping[str, Any]]) -> None:
    """Print what was read from makers' files."""
    for result in results:
        heading(f"{result['file']}")
        if "error" in result:
            line(f"error: {result['error']['code']}: {result['error']['detail']}", "red")
            line(f"hint:  {result['error']['hint']}")
            _unsaid(result["error"].get("unsaid", ()))
            continue
        producer = result.get("producer")
        by = f", by {producer['program']} {producer['version']}" if producer else ""
        line(f"{result['kind']}{by}; read by {result['importer']} {result['importer_version']}; {result['sha256']}")
        table(
            "",
            ("quantity", "value", "unit", "basis", "source"),
            ((_named(fact), fact["value"], fact["unit"], fact["basis"], _source(fact)) for fact in result["facts"]),
        )
        for text in result["texts"]:
            line(f"{_named(text)}: {text['value']}  ({_source(text)})")
        for warning in result["warnings"]:
            line(f"warning: {warning}", "yellow")
        for missing in result["missing"]:
            line(f"missing: {missing}")
        _unsaid(result["unsaid"])


def _unsaid(questions: Iterable[Mapping[str, Any]]) -> None:
    """Say what a file leaves open, by the option that answers it."""
    for question in questions:
        names = ", ".join(choice["words"] for choice in question["choices"][:_FACTS_SHOWN])
        line(f"to say: {question['option']}: {question['words']}" + (f" ({names})" if names else ""))


def _named(fact: Mapping[str, Any]) -> str:
    """Name a quantity, and the slot, plate, job, layer or part it belongs to."""
    return f"{fact['quantity']} [{fact['item']}]" if "item" in fact else str(fact["quantity"])


def _source(fact: Mapping[str, Any]) -> str:
    source = fact["source"]
    at = f", line {source['line']}" if source.get("line") else ""
    return f"{source['key']}{at}"


def _told(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def dossier(checked: "Dossier", out: Path) -> None:
    """Say what an auditor has just signed."""
    for item in checked.read:
        found = item.reading.facts[:_FACTS_SHOWN] if item.reading else ()
        said = ", ".join(f"{name} {_told(value)}" for name, value in item.options.as_json().items())
        facts = ", ".join(f"{fact.quantity} {fact.value} {fact.unit}" for fact in found)
        line(f"{item.name} read again{f', as the maker says with {said}' if said else ''}: {facts}")
        for warning in item.reading.warnings if item.reading else ():
            line(f"warning: {item.name}: {warning}", "yellow")
    line(f"Computed with the release {checked.release.version}, {checked.release.digest}.")
    line(f"Evidence, inventory and assessment of {checked.declaration.product.name} hold; recomputed to the digit.")
    for reason in why(checked.assessment):
        line(reason)
    line(f"Signed: {out.name}")
