"""What the API says of itself: one shape of problems on every route, bodies by their schemas, and routes for files.

Routes that take files are Starlette's, because their forms are read as streams; they are described here by hand.
"""

from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

from label_service.declaration import Declaration
from label_service.declaration.contribution import SignedSteps
from label_service.document import Document
from label_service.web.problems import PROBLEM_TYPE

Described = dict[str, Any]
_SCHEMAS: Final = "#/components/schemas/"
_REASONS: Final = {
    400: "The request cannot be read.",
    401: "No valid token was shown.",
    403: "The token does not have the right, or a rule forbids the step.",
    404: "It is not there, or not yours.",
    405: "Another method is expected.",
    408: "The body came too slowly.",
    409: "The state does not allow the step.",
    413: "The body is too large.",
    422: "The content breaks a rule; `where` says in which place.",
    429: "Too many requests; `Retry-After` says when to come back.",
    503: "Too much is asked now, or a store is not there; nothing was written.",
}


class Problem(BaseModel):
    """RFC 9457 problem details with a hint what to do and where the error belongs."""

    type: str
    title: str
    status: int
    detail: str
    hint: str | None = None
    where: str | None = None


PROBLEMS: Final[dict[int | str, Described]] = {
    status: {"description": reason, "content": {PROBLEM_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}}}
    for status, reason in _REASONS.items()
}

DOCUMENT: Final[dict[int | str, Described]] = {
    200: {
        "description": "The document in canonical bytes; its schema is under /schemas.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


class Program(FastAPI):
    """The API with its description made whole."""

    def openapi(self) -> Described:
        """Give the description, with the shapes that FastAPI does not know of."""
        if self.openapi_schema is None:
            found = super().openapi()
            schemas = found.setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = Problem.model_json_schema()
            schemas |= _schemas_of(Declaration) | _schemas_of(SignedSteps)
            is_open = "securitySchemes" not in found["components"]
            for path, methods in _FILES.items():
                found["paths"][path] = {method: _operation(said, is_open) for method, said in methods.items()}
        return self.openapi_schema or {}


def json_body(model: type[Document]) -> Described:
    """Describe a body that is a document of ours."""
    return _body("application/json", {"$ref": f"{_SCHEMAS}{model.__name__}"})


def token_body(media_type: str) -> Described:
    """Describe a body that is a signed token."""
    return _body(media_type, {"type": "string", "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"})


def _body(media_type: str, schema: Described) -> Described:
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


def _schemas_of(model: type[Document]) -> Described:
    """Give the schema of a document and of its parts, under names that nothing else has."""
    name = model.__name__
    schema = model.model_json_schema(ref_template=f"{_SCHEMAS}{name}.{{model}}")
    parts = schema.pop("$defs", {})
    return {name: schema} | {f"{name}.{part}": shape for part, shape in parts.items()}


def _operation(said: Described, is_open: bool) -> Described:
    responses = {str(status): answer for status, answer in {**PROBLEMS, **said["answers"]}.items()}
    shown = {name: value for name, value in said.items() if name != "answers"}
    return {
        **shown,
        "description": f"{said['summary']}.",
        "responses": responses,
        **({} if is_open else {"security": [{"HTTPBearer": []}]}),
    }


def _form(**files: str) -> Described:
    """Describe a form of files: a field ending in `_` takes several."""
    one = {"type": "string", "contentMediaType": "application/octet-stream"}
    shapes = {name.strip("_"): {"type": "array", "items": one} if name.endswith("_") else one for name in files}
    for name, words in files.items():
        shapes[name.strip("_")] = {**shapes[name.strip("_")], "description": words}
    return _body("multipart/form-data", {"type": "object", "properties": shapes})


def _answer(description: str, media_type: str = "application/json", kind: str = "object") -> Described:
    return {"description": description, "content": {media_type: {"schema": {"type": kind}}}}


def _job(summary: str, status: int, answer: Described, **more: Any) -> Described:
    uuid = {"name": "job", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    return {"summary": summary, "parameters": [uuid], "answers": {status: answer}, **more}


_SHOP: Final = {"name": "shop", "in": "query", "schema": {"enum": ["woocommerce", "shopify"]}}
_FILES: Final[dict[str, dict[str, Described]]] = {
    "/evidence": {
        "post": {
            "summary": "Upload evidence files",
            **_form(files_="what documents claim"),
            "answers": {200: _answer("Each file with its digest, or why it was not taken.", kind="array")},
        }
    },
    "/imports": {
        "post": {
            "summary": "Read files without keeping them; other fields are reading options",
            **_form(files_="maker files"),
            "answers": {200: _answer("What each file says, or why it could not be read.", kind="array")},
        }
    },
    "/profiles": {
        "get": {"summary": "Read your profiles", "answers": {200: _answer("The document.")}},
        "put": {
            "summary": "Replace your profiles",
            **_body("application/json", {"type": "object"}),
            "answers": {200: _answer("The digest of the new document.")},
        },
    },
    "/catalogues": {
        "post": {
            "summary": "Check a catalogue; nothing is declared yet",
            **_form(catalogue="CSV or XLSX", files_="files that its rows name"),
            "answers": {202: _answer("The run, to be asked again.")},
        }
    },
    "/catalogues/{job}": {"get": _job("Read how far a run is", 200, _answer("The run."))},
    "/catalogues/{job}/report": {"get": _job("Read what came out, row by row", 200, _answer("The report."))},
    "/catalogues/{job}/submission": {"post": _job("Declare the rows of a checked run", 202, _answer("The new run."))},
    "/catalogues/{job}/result.csv": {
        "get": {
            "summary": "Save the result file for the shop",
            "parameters": [_job("", 200, {})["parameters"][0], _SHOP],
            "answers": {200: _answer("The file.", "text/csv", "string")},
        }
    },
}
