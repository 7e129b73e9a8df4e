"""Products that are made again and again: what they are compared with, packaging, open design."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from label_service.declaration.profiles import ProductProfile
from label_service.web.forms import Answers, Field
from label_service.web.languages import message
from label_service.web.profiles.sections import (
    GRAMS,
    Section,
    Workshop,
    chosen,
    entry_of,
    in_unit,
    material_groups,
    one_group,
)

_LARGEST = Decimal(1_000_000)  # g of packaging, or units of a function


def _product_fields(workshop: Workshop) -> tuple[Field, ...]:
    units = {key: workshop.release.row("categories", key) for key in workshop.release.keys("categories")}
    names = workshop.names("categories")
    categories = {key: f"{names[key]} ({row['scaling_quantity']}, {row['scaling_unit']})" for key, row in units.items()}
    return (
        Field("name", message("What is it called?"), hint=message("as buyers know it")),
        Field(
            "sku", message("Your number of it (SKU)"), hint=message("as in your shop or catalogue"), is_optional=True
        ),
        Field("family", message("How is it made?"), "choice", groups=one_group(workshop.names("families"))),
        Field(
            "category",
            message("What is it compared with?"),
            "choice",
            message("empty: the same design, mass-produced"),
            one_group(categories),
            is_optional=True,
        ),
        Field(
            "function",
            message("How much of it does one item give?"),
            "number",
            message("in the unit of the category"),
            is_optional=True,
        ),
        Field(
            "function_proof", message("Protocol of measuring it"), "file", message("PDF or picture"), is_optional=True
        ),
        Field(
            "packaging_material",
            message("Packaging"),
            "choice",
            groups=material_groups(workshop.release),
            is_optional=True,
        ),
        Field("packaging_per_item", message("Packaging per item, in g"), "number", is_optional=True),
        Field("packaging_proof", message("Photo of weighing it"), "file", message("PDF or picture"), is_optional=True),
        Field(
            "design",
            message("Open design"),
            "file",
            message(
                "its manifest okh.toml; a reference, never evidence of mass. "
                "Labels of the same design become comparable."
            ),
            is_optional=True,
        ),
    )


def _read_product(answers: Answers, workshop: Workshop) -> dict[str, Any]:
    category = answers.choice("category", workshop.names("categories"))
    function = answers.number("function", _LARGEST)
    packaging = answers.choice("packaging_material", workshop.names("materials"))
    grams = answers.number("packaging_per_item", _LARGEST)
    _together(answers, {"category": category, "function": function})
    _together(answers, {"packaging_material": packaging, "packaging_per_item": grams})
    unit = workshop.release.row("categories", category)["scaling_unit"] if category else "1"
    designs = answers.digests("design")
    if len(designs) > 1:
        answers.problems["design"] = "expected one design: untick the one that no longer counts"
    return {
        "name": answers.needed("name"),
        "sku": _sku(answers, workshop),
        "family": chosen(answers, "family", workshop.names("families")),
        "category": category,
        "function": entry_of(function, unit, "derived", answers.digests("function_proof")),
        "packaging_material": packaging,
        "packaging_per_item": entry_of(
            grams / GRAMS if grams else None, "kg", "weighed", answers.digests("packaging_proof")
        ),
        "design": workshop.designs[designs[0]].as_json() if designs else None,
    }


def _sku(answers: Answers, workshop: Workshop) -> str | None:
    """Give the number of the product, which no other may have."""
    sku = answers.text("sku")
    others = (product for product in workshop.profiles.products if product.id != workshop.item_id)
    if other := next((product for product in others if sku and product.sku == sku), None):
        answers.problems["sku"] = f"{other.name} has this number already"
    return sku


def _together(answers: Answers, pair: Mapping[str, Any]) -> None:
    """Ask for the other half of a pair that is answered by half."""
    missing = [name for name, value in pair.items() if value is None]
    if len(missing) == 1:
        other = next(name for name in pair if name != missing[0])
        answers.problems.setdefault(missing[0], f"this stands together with {other.replace('_', ' ')}")


def _product_values(product: ProductProfile) -> dict[str, str | None]:
    packaging, function = product.packaging_per_item, product.function
    return {
        "name": product.name,
        "sku": product.sku,
        "family": product.family,
        "category": product.category,
        "function": function.value if function else None,
        "packaging_material": product.packaging_material,
        "packaging_per_item": in_unit(packaging.value, packaging.unit, "g") if packaging else None,
    }


def _product_evidence(product: ProductProfile) -> dict[str, tuple[str, ...]]:
    return {
        "function_proof": product.function.evidence if product.function else (),
        "packaging_proof": product.packaging_per_item.evidence if product.packaging_per_item else (),
        "design": (product.design.digest,) if product.design else (),
    }


def _product_words(product: ProductProfile, workshop: Workshop) -> tuple[str, str]:
    function = product.function
    told = [workshop.names("families").get(product.family, product.family)]
    if product.category and function:
        category = workshop.names("categories").get(product.category, product.category)
        told.append(f"{category} of {function.value} {function.unit}")
    if product.design:
        told.append(f"open design {product.design.name}")
    return f"{product.name}{f' ({product.sku})' if product.sku else ''}", "; ".join(told)


PRODUCTS = Section(
    name="products",
    title=message("Products"),
    one=message("product"),
    lead=message("What you make again and again. A product you make once needs none."),
    model=ProductProfile,
    fields=_product_fields,
    start=lambda _: {},
    values=_product_values,
    evidence=_product_evidence,
    papers={"function_proof": "measurement", "packaging_proof": "scale_reading", "design": "other"},
    read=_read_product,
    words=_product_words,
)
