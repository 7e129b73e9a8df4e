"""The page where makers drop their files: what each says, what disagrees, what is left to answer, and the result.

Three steps on one page, each a plain form: drop files, answer what they do not say, submit. Nothing typed is lost.
"""

import secrets
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from label_service import canonical, readers
from label_service.assessment import Assessment, assess
from label_service.certification.evidence import Evidence, PartyEvidence
from label_service.declaration import Declaration
from label_service.declaration.profiles import Profiles
from label_service.document import Party
from label_service.errors import LabelServiceError, UnreadableFile
from label_service.factors.release import Release
from label_service.improvement import Improvement, improvements
from label_service.inventory.build import build_inventory
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import timestamp
from label_service.proposal import Proposal, Question, SourceFile, declare, open_sources, propose
from label_service.proposal.opening import JOBS, PICTURES_AND_PAPERS, options_from
from label_service.reading_options import MOST_JOBS, ReadingOptions
from label_service.store.evidence import digest_of
from label_service.web import pages
from label_service.web.partlines import dropped_part, line_of, uses_of
from label_service.web.producers import ProducerOf
from label_service.web.profiles.desk import ProfileDesk
from label_service.web.uploads import (
    FORM_HEADERS,
    MAX_FORM_BYTES,
    files_of,
    page,
    plain_name,
    refuse_large,
    refuse_other_sites,
    text_of,
)
from label_service.web.variant_form import Variant, variant_of

MAX_FILES = 20
MAX_FIELDS = 100 + 2 * MOST_JOBS  # of a form; each job of a record is a box to tick
_NO_ANSWERS = frozenset({"salt", "kept", "action", "remove"})
_MOST_PROOFS = 12  # that one result lists
_ADD = "add:"  # action that opens the form of a section of the profiles


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file that was dropped: kept under its digest, or refused with the reason."""

    name: str
    digest: str = ""
    problem: str = ""
    hint: str = ""

    @property
    def field(self) -> str:
        """What the form carries from step to step."""
        return f"{self.digest}:{self.name}"


@dataclass(frozen=True, slots=True)
class DeclareView:
    """What the page shows: dropped files, the proposal, and the result once it can be computed.

    Attributes:
        better: what each missing proof would give, then all of them together.
        is_checked: whether questions without an answer are marked.
        parts: what is built in that has a label or record of its own, a line each as typed.
        variant: what was chosen of attested designs.
        declaration: what would be submitted.
        outside: in which bounds of the attested design the goods do not lie.
    """

    scheme: str
    demo: bool
    salt: str
    files: tuple[Dropped, ...] = ()
    proposal: Proposal | None = None
    assessment: Assessment | None = None
    problem: LabelServiceError | None = None
    better: tuple[Improvement, ...] = ()
    is_checked: bool = False
    parts: str = ""
    variant: Variant | None = None
    declaration: Declaration | None = None
    outside: tuple[str, ...] = ()

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """What has to be answered before anything can be computed."""
        return tuple(item for item in self.proposal.questions if item.is_open) if self.proposal else ()

    @property
    def best(self) -> Improvement | None:
        """The score and grade with every proof that would help; None where nothing would."""
        return self.better[-1] if self.better else None

    @property
    def sources(self) -> dict[str, SourceFile]:
        """What was found in the files, by their digests."""
        return {item.digest: item for item in self.proposal.files} if self.proposal else {}


class DeclareDesk:
    """Takes files and answers and hands the declaration to the scheme."""

    def __init__(self, scheme: Scheme, producer_of: ProducerOf) -> None:
        self._scheme = scheme
        self._evidence = Evidence(scheme)
        self._producer_of = producer_of
        self._profile_desk = ProfileDesk(scheme, producer_of, self._continue)

    def routes(self) -> list[Route]:
        """Give the routes of the page."""
        return [
            Route("/declare", self._start, methods=["GET"]),
            Route("/declare", self._answer, methods=["POST"]),
            Route("/declare/result", self._preview, methods=["POST"]),
            Route("/declare/template.csv", _template_csv, methods=["GET"]),
            Route("/declare/template.xlsx", self._template_xlsx, methods=["GET"]),
            Route("/api/v1/imports", self._import, methods=["POST"]),
            *self._profile_desk.routes(),
        ]

    async def _start(self, request: Request) -> Response:
        await run_in_threadpool(self._producer_of, request)
        return self._page(self._made((), secrets.token_hex(16)))

    async def _answer(self, request: Request) -> Response:
        """Keep what was dropped, propose again with all answers, and submit when asked to and complete."""
        refuse_other_sites(request)
        refuse_large(request)
        profiles = await run_in_threadpool(self._profiles, request)
        async with request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS) as form:
            return await run_in_threadpool(self._handle, form, profiles)

    async def _preview(self, request: Request) -> Response:
        """Give the result of what is typed so far, as the part of the page that shows it; nothing is kept."""
        refuse_other_sites(request)
        refuse_large(request, MAX_FORM_BYTES)
        profiles = await run_in_threadpool(self._profiles, request)
        async with request.form(max_files=0, max_fields=MAX_FIELDS) as form:
            return await run_in_threadpool(self._result, form, profiles)

    def _result(self, form: FormData, profiles: Profiles) -> Response:
        kept = tuple(_carried(text) for text in form.getlist("kept") if isinstance(text, str))
        view = self._view(kept, _answers(form), text_of(form, "salt") or secrets.token_hex(16), profiles)
        return page(pages.render("_declared.html", view=view))

    async def _import(self, request: Request) -> Response:
        """Read files for a program: facts, warnings and what is missing, or the error of each; nothing is kept.

        Other fields are reading options, which hold for all files of the request.
        """
        refuse_large(request)
        await run_in_threadpool(self._producer_of, request)
        async with request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS) as form:
            uploads = files_of(form)
            options = options_from(_answers(form))
            found = [await run_in_threadpool(_imported, upload, options) for upload in uploads]
        return Response(canonical.encode(found), media_type="application/json", headers=FORM_HEADERS)

    def _profiles(self, request: Request) -> Profiles:
        return self._scheme.profiles.of(self._producer_of(request))

    def _handle(self, form: FormData, profiles: Profiles) -> Response:
        removed = text_of(form, "remove")
        kept = [_carried(text) for text in form.getlist("kept") if isinstance(text, str) and text != removed]
        evidence = self._evidence.of_party(profiles.producer.id)
        uploads = [item for item in form.getlist("files") if isinstance(item, UploadFile) and item.filename]
        answers = _answers(form)
        new = [self._taken(item, evidence, answers) for item in uploads]
        files = tuple({item.field: item for item in [*kept, *filter(None, new)]}.values())
        salt = text_of(form, "salt") or secrets.token_hex(16)
        if (action := answers.get("action", "")).startswith(_ADD):
            carried = [("salt", salt), *(("kept", item.field) for item in files if item.digest)]
            carried += [(name, text) for name, text in answers.items() if name not in _NO_ANSWERS]
            return self._profile_desk.open_form(action.removeprefix(_ADD), profiles.producer, tuple(carried))
        view = self._view(files, answers, salt, profiles)
        if answers.get("action") == "submit" and view.declaration:
            found = self._scheme.declarations.submit(view.declaration, party=profiles.producer.id)
            return RedirectResponse(f"/D/{found.id}", 303, headers=FORM_HEADERS)
        return self._page(view)

    def _continue(self, carried: FormData, producer: Party) -> Response:
        """Go on with a batch after a profile was added on the way."""
        return self._handle(carried, self._scheme.profiles.of(producer))

    def _view(self, files: tuple[Dropped, ...], answers: dict[str, str], salt: str, profiles: Profiles) -> DeclareView:
        is_checked = answers.get("action") in {"check", "submit"}
        scopes, now = self._scheme.scopes.of(profiles.producer.id), timestamp(self._scheme.bench.clock())
        variant = variant_of(scopes, answers, now)
        make = partial(self._made, files, salt, parts=answers.get("parts", ""), variant=variant)
        if not any(item.digest for item in files):
            return make(is_checked=is_checked)
        release = self._scheme.releases.current()
        evidence = self._evidence.of_party(profiles.producer.id)
        paths = ((item.name, evidence.path(item.digest)) for item in files if item.digest)
        proposal = propose(open_sources(paths, answers), profiles, answers, release)
        if not proposal.is_complete:
            return make(proposal, is_checked=is_checked)
        try:
            declaration = variant.entered(self._declared(proposal, profiles, release, salt, answers))
            parts = self._scheme.parts.known(declaration)
            inventory = build_inventory(declaration, release, release.digest, parts)
            assessment = assess(inventory, release)
        except LabelServiceError as error:
            return make(proposal, problem=error, is_checked=is_checked)
        better = improvements(declaration, release, release.digest, _MOST_PROOFS, parts)
        computed = {"declaration": declaration, "outside": variant.outside(inventory)}
        return make(proposal, assessment, better=better, is_checked=is_checked, **computed)

    def _taken(self, upload: UploadFile, evidence: PartyEvidence, answers: dict[str, str]) -> Dropped | None:
        """Take a dropped file: the bundle or record of a part becomes a line of the parts, all else is kept."""
        try:
            part = dropped_part(upload, self._scheme.parts)
        except LabelServiceError as error:
            return Dropped(plain_name(upload.filename or ""), problem=error.detail, hint=error.hint)
        if part is None:
            return _keep(upload, evidence)
        lines = [*answers.get("parts", "").splitlines(), line_of(part)]
        answers["parts"] = "\n".join(lines)
        return None

    def _declared(
        self, proposal: Proposal, profiles: Profiles, release: Release, salt: str, answers: dict[str, str]
    ) -> Declaration:
        """Make the declaration of a batch with the parts that are typed; photos and papers show their number."""
        declaration: Declaration = declare(proposal, profiles, release, salt=salt)
        digests = [item.digest for item in (proposal.photos or proposal.files)]
        uses = uses_of(answers.get("parts", ""), self._scheme.parts, digests)
        return Declaration.from_json(declaration.as_json() | {"parts": uses}) if uses else declaration

    async def _template_xlsx(self, _: Request) -> Response:
        from label_service.catalogue import template_xlsx  # noqa: PLC0415 - as for CSV

        media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        data = await run_in_threadpool(lambda: template_xlsx(self._scheme.releases.current()))
        return _download(data, "catalogue.xlsx", media_type)

    def _made(self, files: tuple[Dropped, ...], salt: str, *found: Any, **more: Any) -> DeclareView:
        identity = self._scheme.identity
        return DeclareView(identity.display_name, identity.is_demo, salt, files, *found, **more)

    def _page(self, view: DeclareView) -> Response:
        status = 422 if view.problem else 200
        return Response(pages.declare_page(view), status, headers=FORM_HEADERS, media_type="text/html")


def _keep(upload: UploadFile, evidence: PartyEvidence) -> Dropped:
    """Keep a file that a reader reads, or that is a picture or a paper; name everything else."""
    name = plain_name(upload.filename or "")
    try:
        _read(upload)
        digest = evidence.keep(upload.file, name).digest
    except LabelServiceError as error:
        return Dropped(name, problem=error.detail, hint=error.hint)
    return Dropped(name, digest)


def _answers(form: FormData) -> dict[str, str]:
    """Give what was typed and chosen; of boxes to tick all that are ticked."""
    found = {}
    for name in form:
        texts = [text for text in form.getlist(name) if isinstance(text, str) and text.strip()]
        if texts:
            found[name] = ",".join(texts) if name.partition(":")[0] in JOBS else texts[-1]
    return found


async def _template_csv(_: Request) -> Response:
    from label_service.catalogue import template_csv  # noqa: PLC0415 - the sheet library is heavy and seldom asked for

    return _download(await run_in_threadpool(template_csv), "catalogue.csv", "text/csv; charset=utf-8")


def _download(data: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=media_type, headers=headers)


def _read(upload: UploadFile) -> None:
    """Check that a file says something, now or with an answer, or is something an auditor can look at.

    Raises:
        UnreadableFile: neither; the reader says what it is.
    """
    try:
        readers.read_stream(upload.file, name=plain_name(upload.filename or ""))
    except UnreadableFile as error:
        upload.file.seek(0)
        if not error.unsaid and not upload.file.read(16).startswith(PICTURES_AND_PAPERS):
            raise


def _imported(upload: UploadFile, options: ReadingOptions) -> dict[str, Any]:
    name = plain_name(upload.filename or "")
    try:
        reading = readers.read_stream(upload.file, name=name, options=options)
    except UnreadableFile as error:
        return {"file": name, "error": readers.error_as_json(error)}
    upload.file.seek(0)
    digest = digest_of(upload.file)
    return {"file": name, "sha256": digest, "producer": None, **reading.model_dump(mode="json", exclude_none=True)}


def _carried(text: str) -> Dropped:
    digest, _, name = text.partition(":")
    return Dropped(plain_name(name), digest)
