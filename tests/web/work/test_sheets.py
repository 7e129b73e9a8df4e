"""Several labels of a producer on common sheets: her own that count, as often as she says."""

import pypdfium2
import pytest

from tests.web.work.test_work import labelled

PATH = "/workshop/labels.pdf"


@pytest.fixture
def client(browser, play):
    """Give the browser of the producer's lead."""
    return browser(play.producer)


def test_labels_share_a_sheet(client, play):
    """Each stands as often as it was asked for, and every code leads to its own label."""
    ids = [labelled(play, number)[1] for number in range(2)]
    text = client.get("/workshop/labels").text
    assert all(f'name="{label}"' in text for label in ids)
    answer = client.get(PATH, params={ids[0]: "3", ids[1]: "2", "variant": "mono", "lang": "de"})
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    said = document[0].get_textpage().get_text_range()
    assert [said.count(f"/L/{label}") for label in ids] == [3, 2]
    assert "Klimalabel" in said


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 403),
        ({"LABEL": "x"}, 422),
        ({"LABEL": "241"}, 403),
        ({"LABEL": "1", "variant": "gold"}, 422),
        ({"NONE": "1"}, 404),
    ],
)
def test_what_cannot_be_printed_is_said(client, play, query, status):
    """No label, no number, too many, an unknown variant, an unknown label: each is named, nothing is drawn."""
    label = labelled(play)[1]
    answer = client.get(PATH, params={name.replace("LABEL", label): text for name, text in query.items()})
    assert answer.status_code == status


def test_nothing_is_printed_of_what_does_not_count_or_is_not_hers(client, browser, play):
    """A revoked label, and one of somebody else, are refused."""
    label = labelled(play)[1]
    assert browser(play.rival).get(PATH, params={label: "1"}).status_code == 404
    play.desk.corrections.withdraw(play.producer, label, "recall", "The plate bends.")
    assert client.get(PATH, params={label: "1"}).status_code == 409
    assert "Print several at once" not in client.get("/workshop/labels").text
