"""Hold our PACT export against the published schema: `python -m tests.exports.check_pact openapi.yaml`.

The OpenAPI document of PACT 3 (repository wbcsd/data-exchange-protocol, spec/v3) may not be passed on in parts under
its licence, so it is not kept here. Prints each fault; those expected are the members that a label does not know.
"""

import sys
from pathlib import Path

import jsonschema
import yaml

from label_service.exports.pact import NOT_KNOWN
from tests.exports.samples import exported

if __name__ == "__main__":
    components = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))["components"]
    schema = {"$ref": "#/components/schemas/ProductFootprint", "components": components}
    checker = jsonschema.FormatChecker()
    faults = list(jsonschema.Draft202012Validator(schema, format_checker=checker).iter_errors(exported("pact")))
    for fault in faults:
        print(list(fault.absolute_path), fault.message)
    expected = {f"{member!r} is a required property" for member in NOT_KNOWN}
    sys.exit({fault.message for fault in faults} != expected)
