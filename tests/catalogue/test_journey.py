"""A shop of 200 products, from its export to 200 declarations: what the maker types is one weight per product."""

import csv
import io

from label_service.catalogue import Files, dry_run, read_catalogue, template_csv
from tests.catalogue.samples import HOOK
from tests.proposal.samples import PHOTO, RELEASE, meter, profiles

PRODUCTS = 200
LARGEST_TYPED = PRODUCTS


def test_a_shop_of_200_products_needs_one_value_each():
    """Export, template, weights, check: every row can be submitted."""
    skus = [f"HOOK-{number}" for number in range(PRODUCTS)]
    export = "ID,Type,SKU,Name,Published,Weight (kg)\n" + "".join(
        f"{n},simple,{sku},Hook {n},1,0.3\n" for n, sku in enumerate(skus)
    )
    template = template_csv(read_catalogue(export.encode()).rows).decode()
    rows = list(csv.DictReader(io.StringIO(template, newline="")))
    typed = 0
    for number, row in enumerate(rows):
        row["net_g"] = f"{200 + number / 10:.1f}"
        typed += 1
    filled = io.StringIO(newline="")
    writer = csv.DictWriter(filled, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    evidence = Files([], {sku: [HOOK, meter(sku, f"0.{250 + n}"), PHOTO] for n, sku in enumerate(skus)})
    found = read_catalogue(filled.getvalue().encode())
    outcomes = list(dry_run(found.rows, profiles(products=[]), RELEASE, files=evidence))
    assert [outcome.error for outcome in outcomes] == [None] * PRODUCTS
    assert all(outcome.assessment.grade for outcome in outcomes)
    assert typed == LARGEST_TYPED
