"""`label-service state` and `reissue`: what the operator decides about labels and scopes, at the machine."""

from typing import TYPE_CHECKING, Annotated

import typer

from label_service.cli import show
from label_service.cli.installation import open_installation

if TYPE_CHECKING:
    from label_service.issuance.states import Action

app = typer.Typer(help="Suspend, reinstate, revoke or supersede a label or scope.", no_args_is_help=True)

AboutArgument = Annotated[str, typer.Argument(metavar="LABEL|SCOPE", help="id of a label, or digest of a scope")]
ReasonOption = Annotated[str, typer.Option(help="code from the list in docs/operate.md")]
TextOption = Annotated[str, typer.Option(help="why, in words that everybody reads; no names of persons")]


@app.command("suspend")
def suspend(about: AboutArgument, reason: ReasonOption, text: TextOption) -> None:
    """Suspend a label, or a scope with all its labels, until it is reinstated."""
    _change(about, "suspend", reason, text, "is suspended")


@app.command("reinstate")
def reinstate(about: AboutArgument, reason: ReasonOption, text: TextOption) -> None:
    """Lift a suspension; a label that was suspended itself stays so when its scope returns."""
    _change(about, "reinstate", reason, text, "counts again")


@app.command("revoke")
def revoke(about: AboutArgument, reason: ReasonOption, text: TextOption) -> None:
    """Revoke a label, or a scope with all its labels, for good."""
    _change(about, "revoke", reason, text, "is revoked")


@app.command("supersede")
def supersede(
    label: Annotated[str, typer.Argument(metavar="LABEL", help="id of the label that counts no longer")],
    successor: Annotated[str, typer.Argument(metavar="SUCCESSOR", help="id of the label that replaces it")],
    text: TextOption,
) -> None:
    """Let another label of the same producer replace a label; its page leads to the new one."""
    with open_installation() as scheme:
        scheme.states.change(label, "supersede", reason="superseded", text=text, successor=successor)
    show.line(f"{label} is superseded by {successor}.")


def reissue(
    label: Annotated[
        list[str] | None, typer.Argument(help="ids of labels; all that were cut off when left out")
    ] = None,
) -> None:
    """Issue labels again whose signing key was compromised; each supersedes the old one, and its producer is told."""
    from label_service.certification.keykeeping import KeyKeeping  # noqa: PLC0415 - only this command needs it

    with open_installation() as scheme:
        keeping = KeyKeeping(scheme)
        for label_id in label or scheme.labels.cut_off():
            show.line(f"{label_id} is superseded by {keeping.replace(label_id).id}")


def _change(about: str, action: "Action", reason: str, text: str, words: str) -> None:
    with open_installation() as scheme:
        scheme.states.change(about, action, reason=reason, text=text)
    show.line(f"{about} {words}.")
