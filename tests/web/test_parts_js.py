"""The browser follows parts as the command line does, with the same names for what breaks."""

from label_service import canonical
from tests.vectors.make_bundle import changed
from tests.vectors.make_parts import result_of
from tests.verify.chains import CHAINS
from tests.verify.test_parts import BUNDLE, ROOTS, VECTORS, judged
from tests.web.browser_verifier import outcomes


def test_parts_are_judged_alike(verifier):
    """Every published case and every chain ends with the same outcomes and the same named result."""
    for case in VECTORS["cases"]:
        found = verifier.bundle(changed(BUNDLE, case["changes"]), ROOTS, VECTORS["at"])
        assert (found["exit_code"], outcomes(found)[-1][1]) == (case["exit_code"], case["outcome"]), case["why"]
        assert "result" not in case or result_of(found) == case["result"]
    for name, (make, result) in CHAINS.items():
        bundle = make()
        found = verifier.bundle(canonical.encode(bundle), ROOTS, VECTORS["at"])
        assert outcomes(found) == outcomes(judged(bundle).as_json()), name
        assert result_of(found) == result
