"""The table of results, printed and written into docs/benchmarks.md."""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.measure import Result

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN = "<!-- table: python -m benchmarks --write -->\n"
END = "<!-- end of table -->\n"


def table(results: Iterable[Result]) -> str:
    """Give the results as a Markdown table."""
    lines = ["| work | beside | ratio | goal | | on this machine |", "|---|---|---|---|---|---|"]
    for item in results:
        ratio = "" if item.ratio is None else f"{item.ratio:.2f}"
        lines.append(f"| {item.work} | {item.baseline} | {ratio} | {item.goal} | {item.verdict} | {item.figures} |")
    return "\n".join(lines) + "\n"


def write(results: Iterable[Result]) -> None:
    """Put the table into the page, between its two marks."""
    write_text(BEGIN, table(results))


def write_text(begin: str, text: str) -> None:
    """Put a text into the page, between a mark and the next end mark."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{begin}\n{text}\n{END}{after}", encoding="utf-8")
