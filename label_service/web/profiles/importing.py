"""Profiles from files: a whole document, or spools of Spoolman; and the document for programs."""

from collections.abc import Iterable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service import canonical
from label_service.certification.evidence import Evidence
from label_service.declaration.profiles import Profiles
from label_service.document import Party
from label_service.errors import UnreadableFile
from label_service.issuance.scheme import Scheme
from label_service.web import pages
from label_service.web.forms import Field, FormView
from label_service.web.languages import message, say
from label_service.web.producers import ProducerOf, sent, shown
from label_service.web.profiles.editing import add_lots
from label_service.web.profiles.sections import material_groups
from label_service.web.uploads import FORM_HEADERS, page, plain_name, refuse_large, refuse_other_sites, see, text_of
from label_service.workshop import Spools, read_spoolman

_NAMED = 3  # spools that a question names


class ProfileImport:
    """Takes and gives profiles as documents."""

    def __init__(self, scheme: Scheme, producer_of: ProducerOf) -> None:
        self._scheme = scheme
        self._producer_of = producer_of

    def routes(self) -> list[Route]:
        """Give the routes for files and programs."""
        return [
            Route("/profiles/import", sent(self._producer_of, self._import), methods=["POST"]),
            Route("/api/v1/profiles", shown(self._producer_of, self._document), methods=["GET"]),
            Route("/api/v1/profiles", self._replace, methods=["PUT"]),
        ]

    def _document(self, _: Request, producer: Party) -> Response:
        headers = {**FORM_HEADERS, "Content-Disposition": 'attachment; filename="profiles.json"'}
        body = self._scheme.profiles.of(producer).to_bytes()
        return Response(body, media_type="application/json", headers=headers)

    async def _replace(self, request: Request) -> Response:
        """Take a whole document from a program."""
        refuse_other_sites(request)
        producer = await run_in_threadpool(self._producer_of, request)
        refuse_large(request, canonical.MAX_BYTES)
        profiles = await run_in_threadpool(self._take, producer, await request.body())
        return Response(canonical.encode({"digest": profiles.digest}), media_type="application/json")

    def _take(self, producer: Party, data: bytes) -> Profiles:
        profiles = Profiles.from_json(canonical.decode_lenient(data))
        return self._scheme.profiles.change(producer, lambda _: profiles)

    def _import(self, _: Request, producer: Party, form: FormData) -> Response:
        """Take profiles.json, or spools of Spoolman; where a word could mean several materials, ask."""
        digest, name, data = self._file(form, producer)
        if _is_profiles(data):
            self._take(producer, data)
            return see("/profiles")
        found = read_spoolman(data)
        words = list(dict.fromkeys(item.word for item in found.unknown))
        if words and "chosen" not in form:
            return self._ask(found, words, f"{digest}:{name}")
        known = set(self._scheme.releases.current().keys("materials"))
        answers = {word: text_of(form, f"word{number}") for number, word in enumerate(words)}
        lots = read_spoolman(data, {word: key for word, key in answers.items() if key in known}).lots
        self._scheme.profiles.change(producer, lambda newest: add_lots(newest, lots))
        return see("/profiles#lots")

    def _file(self, form: FormData, producer: Party) -> tuple[str, str, bytes]:
        """Give digest, name and content of the file that was dropped, now or with the page before."""
        upload, evidence = form.get("file"), Evidence(self._scheme).of_party(producer.id)
        digest, _, name = text_of(form, "kept").partition(":")
        if isinstance(upload, UploadFile) and upload.filename:
            name = upload.filename
            digest = evidence.keep(upload.file, plain_name(name)).digest
        if not digest:
            raise UnreadableFile("expected a file", hint="choose profiles.json, or the spools of your Spoolman")
        path = evidence.path(digest)
        if path.stat().st_size > canonical.MAX_BYTES:
            raise UnreadableFile(f"expected at most {canonical.MAX_BYTES} bytes", hint="archive used spools")
        return digest, plain_name(name), path.read_bytes()

    def _ask(self, found: Spools, words: Iterable[str], kept: str) -> Response:
        groups = material_groups(self._scheme.releases.current())
        fields = []
        for number, word in enumerate(words):
            spools = [item.name for item in found.unknown if item.word == word]
            names = ", ".join(spools[:_NAMED]) + (say(" and others") if len(spools) > _NAMED else "")
            hint = say("%(names)s; empty: left out", names=names)
            question = (
                say("Which material is “%(word)s”?", word=word)
                if word
                else say("Which material are spools that name none?")
            )
            fields.append(Field(f"word{number}", question, "choice", hint, groups, is_optional=True))
        view = FormView(
            self._scheme.identity.display_name,
            self._scheme.identity.is_demo,
            title=message("Spools from Spoolman"),
            lead=say("%(count)s spools are clear. These words could mean several materials.", count=len(found.lots)),
            action="/profiles/import",
            button=message("Add the spools"),
            fields=tuple(fields),
            hidden=(("kept", kept), ("chosen", "yes")),
        )
        return page(pages.render("form.html", view=view, demo=view.demo))


def _is_profiles(data: bytes) -> bool:
    return data.lstrip().startswith(b"{") and b'"profiles"' in data
