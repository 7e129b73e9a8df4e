"""Writes the outcomes in docs/examples.md: every shipped example assessed with the newest release."""

from collections.abc import Iterator

import page
import section

from label_service.assessment import Assessment, Range, assess
from label_service.declaration import Declaration
from label_service.errors import LabelServiceError
from label_service.examples import FOLDER, NAMES
from label_service.factors import Release, load_release
from label_service.improvement import improvements
from label_service.inventory.build import build_inventory
from label_service.quantity import display


def main() -> None:
    section.main("examples.md", "outcomes", lines())


def lines() -> Iterator[str]:
    release = load_release()
    header = ("", "example", "kg CO2e per item", "graded against", "ratio", "letter", "score", "what would change it")
    rows = (row(mark, name, release) for mark, name in zip("abcde", NAMES, strict=True))
    yield from page.table(header, rows)


def row(mark: str, name: str, release: Release) -> tuple[str, ...]:
    declaration = Declaration.from_bytes((FOLDER / name / "declaration.json").read_bytes().strip())
    result = assess(build_inventory(declaration, release, release.digest), release)
    graded = result.graded()
    return (
        f"({mark})",
        f"`{name}`",
        interval(result.product.kgco2e),
        f"`{result.graded_against}`" if graded else "nothing",
        interval(graded.ratio) if graded and graded.ratio else "none",
        result.grade or f"none: {', '.join(result.reasons)}",
        str(result.score) if result.score is not None else "none",
        change(declaration, result, release),
    )


def interval(values: Range) -> str:
    return f"{display(values.median)} ({display(values.p05)} to {display(values.p95)})"


def change(declaration: Declaration, result: Assessment, release: Release) -> str:
    """Say what evidence would give, what is missing, or what the supplier's figure of the hook is worth."""
    missing = [item.missing for item in result.comparisons if item.missing]
    if result.grade is None:
        return f"missing: {'; '.join(missing)}"
    found = improvements(declaration, release, release.digest)
    if found:
        return f"{found[0].name}: score {found[0].score}, {found[0].grade}"
    return without_supplier(declaration, release)


def without_supplier(declaration: Declaration, release: Release) -> str:
    """Assess again without the figures of the supplier's step, where there is one."""
    document = declaration.as_json()
    if not any(line["bought_in"] for line in document["materials"]):
        return "nothing that could be evidenced"
    for line in document["materials"]:
        line["bought_in"] = []
    try:
        result = assess(build_inventory(Declaration.from_json(document), release, release.digest), release)
    except LabelServiceError as error:
        return error.detail
    return f"without the supplier's figure: score {result.score}, {result.grade}"


if __name__ == "__main__":
    main()
