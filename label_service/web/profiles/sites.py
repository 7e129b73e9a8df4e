"""Sites: where things are made, and whose electricity is counted."""

import unicodedata
from typing import Any

from label_service.declaration import Site
from label_service.errors import MissingFactor
from label_service.web.forms import Answers, Field
from label_service.web.languages import message, say
from label_service.web.profiles.sections import Section, Workshop, chosen, one_group
from label_service.web.words import Words
from label_service.workshop import countries, site_electricity


def _site_fields(workshop: Workshop) -> tuple[Field, ...]:
    return (
        Field("name", message("What is the site called?"), hint=message("such as the name of the workshop")),
        Field(
            "country",
            message("In which country is it?"),
            "choice",
            message("The electricity of this country is counted, of the newest year known."),
            one_group(_countries(workshop)),
        ),
        Field(
            "region", message("Region"), hint=message("a NUTS code such as DE30; shown, not counted"), is_optional=True
        ),
    )


def _start(workshop: Workshop) -> dict[str, str]:
    """Begin the first site with what the account says."""
    producer = workshop.profiles.producer
    return {} if workshop.profiles.sites else {"name": producer.name, "country": producer.country}


def _countries(workshop: Workshop) -> dict[str, str]:
    codes = countries(workshop.release, workshop.year)
    named = Words(workshop.release, workshop.year)
    found = {code: named.country(code) for code in codes}
    return dict(sorted(found.items(), key=lambda item: unicodedata.normalize("NFKD", item[1])))


def _read_site(answers: Answers, workshop: Workshop) -> dict[str, Any]:
    region = answers.text("region")
    country = chosen(answers, "country", _countries(workshop))
    if region and not (region.isascii() and region.isalnum() and region[:2].isalpha() and 2 <= len(region) <= 5):
        answers.problems["region"] = f"expected a NUTS code such as DE30, found {region}"
    return {"name": answers.needed("name"), "country": country, "region": region.upper() if region else None}


def _site_words(site: Site, workshop: Workshop) -> tuple[str, str]:
    place = ", ".join(filter(None, (_countries(workshop).get(site.country, site.country), site.region)))
    try:
        electricity = site_electricity(site, workshop.year, workshop.release).words
    except MissingFactor as error:
        electricity = error.detail
    return f"{site.name}, {place}", say("Electricity: %(name)s", name=electricity)


SITES = Section(
    name="sites",
    title=message("Sites"),
    one=message("site"),
    lead=message("Where you make things. The country tells which electricity is counted."),
    model=Site,
    fields=_site_fields,
    start=_start,
    values=lambda site: {"name": site.name, "country": site.country, "region": site.region},
    evidence=lambda _: {},
    papers={},
    read=_read_site,
    words=_site_words,
)
