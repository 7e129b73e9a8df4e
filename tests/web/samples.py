"""Views for tests: labels, data sheets and method pages of the example products."""

from typing import Any

from label_service.web.views import Auditor, DataSheetView, HomeView, LabelView, MethodView
from tests.examples import RELEASE, assessment_of, findings_of, inventory_of

AUDITOR = Auditor(
    name="Anna Beispiel",
    organisation="Prüfhaus Beispiel",
    standard="ISO/IEC 17065",
    body="DAkkS",
    number="D-ZE-00000",
    level="site_visit",
    criteria=("inner volume measured with water",),
)
LABEL_ID = "MFRGGZDFMZTWQ"


def label_view(document: dict[str, Any], **members: Any) -> LabelView:
    """Give a valid label of a declaration."""
    members = {
        "label_id": LABEL_ID,
        "origin": "http://localhost:8000",
        "scheme": "Scheme",
        "status": "valid",
        "status_at": "2026-11-23T10:00:00Z",
        "valid_from": "2026-11-22T09:00:00Z",
        "valid_until": "2029-11-21T09:00:00Z",
        "auditor": AUDITOR,
        "log_index": 7,
        "inventory": inventory_of(document),
        "assessment": assessment_of(document),
        "release": RELEASE,
    } | members
    return LabelView(**members)


def sheet_view(document: dict[str, Any], **members: Any) -> DataSheetView:
    """Give the data sheet of a declaration that was assessed."""
    members = {
        "declaration_id": "d" * 64,
        "scheme": "Scheme",
        "name": document["product"]["name"],
        "producer": document["producer"]["name"],
        "demo": document["demo"],
        "state": "assessed",
        "release": RELEASE,
        "inventory": inventory_of(document),
        "assessment": assessment_of(document),
        "findings": findings_of(document),
    } | members
    return DataSheetView(**members)


def failed_sheet_view(document: dict[str, Any], problem: dict[str, Any]) -> DataSheetView:
    """Give the data sheet of a declaration whose impact could not be computed."""
    return DataSheetView(
        declaration_id="d" * 64,
        scheme="Scheme",
        name=document["product"]["name"],
        producer=document["producer"]["name"],
        demo=True,
        state="submitted",
        release=RELEASE,
        problem=problem,
    )


def method_view(document: dict[str, Any], **members: Any) -> MethodView:
    """Give how the result of a declaration came about."""
    inventory, assessment = inventory_of(document), assessment_of(document)
    members = {"back": f"/L/{LABEL_ID}", "auditor": AUDITOR} | members
    return MethodView(scheme="Scheme", inventory=inventory, assessment=assessment, release=RELEASE, **members)


def home_view(**members: Any) -> HomeView:
    """Give the start page of a demo."""
    members = {"scheme": "Scheme", "demo": True, "release": RELEASE} | members
    return HomeView(**members)
