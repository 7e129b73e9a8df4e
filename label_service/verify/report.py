"""What a verification found: numbered steps with an outcome each, and the exit code they add up to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from label_service.errors import LabelServiceError, VerificationError


class Outcome(StrEnum):
    """How a step ended."""

    HOLDS = "holds"
    FAILS = "fails"
    UNSURE = "unsure"  # stale or absent list, unknown root, or a state that can only be known online
    NOT_CHECKED = "not checked"


class Step(NamedTuple):
    """One numbered step."""

    number: int
    name: str
    outcome: Outcome
    detail: str


@dataclass(slots=True)
class Report:
    """The steps so far and what they are about.

    Attributes:
        facts: what the label says, once its signature holds; for people, not for machines to trust.
    """

    steps: list[Step] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0: all steps hold; 3: signatures hold but something is stale, absent or unknown; 1: a step fails."""
        outcomes = {step.outcome for step in self.steps}
        if Outcome.FAILS in outcomes or not outcomes:
            return 1
        return 3 if outcomes & {Outcome.UNSURE, Outcome.NOT_CHECKED} else 0

    @property
    def verdict(self) -> str:
        """Say the result in one sentence."""
        failed = next((step for step in self.steps if step.outcome is Outcome.FAILS), None)
        if failed:
            return f"NOT VALID: step {failed.number} ({failed.name}) fails"
        if self.exit_code:
            unsure = [step.name for step in self.steps if step.outcome is not Outcome.HOLDS]
            return f"signatures hold, but not everything could be checked: {', '.join(unsure)}"
        return "VALID: every step holds"

    def as_json(self) -> dict[str, Any]:
        """Give the report as plain values."""
        steps = [
            {"number": step.number, "name": step.name, "outcome": str(step.outcome), "detail": step.detail}
            for step in self.steps
        ]
        return {"verdict": self.verdict, "exit_code": self.exit_code, "facts": dict(self.facts), "steps": steps}


class Unsure(LabelServiceError):
    """Raised by a step that neither holds nor fails: what it needs is stale, absent or unknown."""

    code = "unsure"


Check = Callable[[], str]


def follow(report: Report, checks: Mapping[str, Check]) -> Report:
    """Run further steps after those of a report, as if they had stood among them."""
    return run(report, checks, first=len(report.steps) + 1)


def run(report: Report, checks: Mapping[str, Check], *, first: int = 1) -> Report:
    """Run steps in order; after a failure the rest is not checked, after an unsure one it goes on."""
    has_failed = any(step.outcome is Outcome.FAILS for step in report.steps)
    for number, (name, check) in enumerate(checks.items(), start=first):
        if has_failed:
            report.steps.append(Step(number, name, Outcome.NOT_CHECKED, ""))
            continue
        try:
            report.steps.append(Step(number, name, Outcome.HOLDS, check()))
        except Unsure as doubt:
            report.steps.append(Step(number, name, Outcome.UNSURE, doubt.detail))
        except LabelServiceError as error:
            report.steps.append(Step(number, name, Outcome.FAILS, error.detail))
            has_failed = True
    return report


def raise_on_failure(report: Report) -> None:
    """Raise for the first failing step.

    Raises:
        VerificationError: `where` names the step.
    """
    for step in report.steps:
        if step.outcome is Outcome.FAILS:
            raise VerificationError(step.detail, where=f"step {step.number}: {step.name}")
