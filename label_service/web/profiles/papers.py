"""Files attached to profiles: certificates and photos that people read, and manifests of open designs."""

from typing import Final

from starlette.datastructures import FormData, UploadFile

from label_service import readers
from label_service.certification.evidence import PartyEvidence
from label_service.declaration.profiles import Profiles
from label_service.document import Design, validate
from label_service.errors import InvalidDocument, LabelServiceError, UnreadableFile
from label_service.proposal.opening import PICTURES_AND_PAPERS
from label_service.readers import Reading
from label_service.web.forms import Answers, Field, Paper
from label_service.web.uploads import plain_name

DESIGN: Final = "design"  # the field that takes a manifest instead of a paper


class PaperDrawer:
    """Takes the files of one form; what cannot be taken is a problem of its field."""

    def __init__(self, evidence: PartyEvidence, profiles: Profiles) -> None:
        self._evidence = evidence
        self._listed = {item.digest: item for item in profiles.evidence}
        self._designs = {item.design.digest: item.design for item in profiles.products if item.design}

    def answers(self, form: FormData, fields: tuple[Field, ...]) -> Answers:
        """Give all answers of a form, with the files that stay attached and those that are new."""
        texts = {name: text.strip() for name, text in form.items() if isinstance(text, str)}
        answers = Answers(texts)
        answers.papers = {
            field.name: (*self._kept(form, field.name), *self._new(form, field.name, answers))
            for field in fields
            if field.kind == "file"
        }
        return answers

    def paper(self, digest: str, name: str = "") -> Paper:
        """Give a file by its digest.

        Raises:
            NotFound: it is neither listed in the profiles nor a file of the producer.
        """
        if listed := self._listed.get(digest):
            return Paper(digest, listed.name, listed.size_bytes)
        return Paper(digest, plain_name(name), self._evidence.file(digest).size_bytes)

    def designs(self, answers: Answers) -> dict[str, Design]:
        """Give the designs that the answers name, by digest; one that is no design is a problem of its field."""
        found = {}
        for paper in answers.papers.get(DESIGN, ()):
            try:
                found[paper.digest] = self._designs.get(paper.digest) or self._read_design(paper)
            except LabelServiceError as error:
                answers.problems[DESIGN] = _said(error)
        return found

    def _kept(self, form: FormData, name: str) -> list[Paper]:
        texts = [text for text in form.getlist(f"kept_{name}") if isinstance(text, str)]
        parts = [text.partition(":") for text in texts]
        return [self.paper(digest, shown) for digest, _, shown in parts]

    def _new(self, form: FormData, name: str, answers: Answers) -> list[Paper]:
        found = []
        for upload in form.getlist(name):
            if isinstance(upload, UploadFile) and upload.filename:
                try:
                    found.append(self._keep(upload, is_design=name == DESIGN))
                except LabelServiceError as error:
                    answers.problems[name] = _said(error)
        return found

    def _keep(self, upload: UploadFile, *, is_design: bool) -> Paper:
        name = plain_name(upload.filename or "")
        if is_design:
            _manifest(readers.read_stream(upload.file, name=name))
        elif not upload.file.read(16).startswith(PICTURES_AND_PAPERS):
            raise UnreadableFile("expected a PDF or a picture (PNG, JPEG, WebP)", hint="scan or photograph it")
        kept = self._evidence.keep(upload.file, name)
        return Paper(kept.digest, name, kept.size_bytes)

    def _read_design(self, paper: Paper) -> Design:
        reading, _ = readers.read_path(self._evidence.path(paper.digest))
        return design_of(_manifest(reading), paper)


def design_of(reading: Reading, paper: Paper) -> Design:
    """Give the design that a manifest describes; an address that is none is left out."""
    words = {text.quantity: text.value for text in reversed(reading.texts) if text.item is None}
    members = {
        "name": words.get("design_name", paper.name)[:300].strip(),
        "digest": paper.digest,
        "version": words.get("design_version"),
        "licence": words.get("design_licence"),
    }
    try:
        return validate(Design, members | {"url": words.get("design_repo")})
    except InvalidDocument:
        return validate(Design, members)


def _manifest(reading: Reading) -> Reading:
    if reading.kind != "okh":
        raise UnreadableFile(
            f"expected the manifest of an open design (okh.toml), found {reading.kind}",
            hint="drop job files at Declare",
        )
    return reading


def _said(error: LabelServiceError) -> str:
    return error.detail + (f"; {error.hint}" if error.hint else "")
