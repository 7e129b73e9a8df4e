"""The desk of an auditor who was asked to look at a product of two workshops."""

import io
import zipfile

from tests.certification.together import hand_in, invited, signed, submitted, with_paper


def test_the_desk_and_the_dossier_have_the_files_of_every_party(play, visit):
    """A file that a partner uploaded is linked on the desk, opens there, and lies in what is taken along."""
    batch, (steps, digest) = invited(play), with_paper(play)
    play.stage.scheme.together.give(play.rival.party_id, signed(play, batch, steps=steps))
    hand_in(play)
    found, auditor = submitted(play, batch), visit(play.auditor)
    request = play.ask(found)
    page = auditor.get(f"/audit/requests/{request.id}")
    assert f"/evidence/{digest}" in page.text
    assert "not uploaded" not in page.text
    assert auditor.get(f"/evidence/{digest}").status_code == 200
    assert visit(play.producer).get(f"/evidence/{digest}").status_code == 404
    answer = auditor.get(f"/audit/requests/{request.id}/dossier.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as dossier:
        packed = [name for name in dossier.namelist() if "evidence/" in name]
        assert len(packed) == len(found.declaration.evidence)
        assert any(name.endswith("scale.txt") for name in packed)
