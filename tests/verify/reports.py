"""What a test asks of a report."""

from label_service.verify.report import Outcome, Report


def failed(report: Report) -> str:
    """Give the name of the step that fails, after checking that nothing behind it was checked."""
    assert report.exit_code == 1
    number = next(step.number for step in report.steps if step.outcome is Outcome.FAILS)
    assert {step.outcome for step in report.steps[number:]} <= {Outcome.NOT_CHECKED}
    return report.steps[number - 1].name


def reason(report: Report) -> str:
    """Give why a step fails."""
    return next(step.detail for step in report.steps if step.outcome is Outcome.FAILS)


def unsure(report: Report) -> list[str]:
    """Give the names of the steps that could not be decided, where no step fails."""
    assert report.exit_code == 3
    return [step.name for step in report.steps if step.outcome is Outcome.UNSURE]
