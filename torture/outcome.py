"""The table of what was survived, printed and written into docs/torture.md."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "torture.md"
BEGIN = "<!-- table: python -m torture --write -->\n"
END = "<!-- end of table -->\n"


@dataclass(frozen=True)
class Outcome:
    """One line of the report.

    Attributes:
        fault: what was done to the installation.
        often: how often, or for how long.
        promise: what must hold.
        found: what was seen, in words.
        is_kept: whether the promise was kept; None where it is only measured, or could not be tried on this machine.
    """

    fault: str
    often: str
    promise: str
    found: str
    is_kept: bool | None

    @property
    def verdict(self) -> str:
        """Say it in a word."""
        return {True: "kept", False: "broken", None: "–"}[self.is_kept]


def table(outcomes: Iterable[Outcome]) -> str:
    """Give the outcomes as a Markdown table."""
    lines = ["| fault | how often | promise | | found |", "|---|---|---|---|---|"]
    lines += [f"| {item.fault} | {item.often} | {item.promise} | {item.verdict} | {item.found} |" for item in outcomes]
    return "\n".join(lines) + "\n"


def write(outcomes: Iterable[Outcome]) -> None:
    """Put the table into the page, between its two marks."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table(outcomes)}\n{END}{after}", encoding="utf-8")
