"""The command `label-service`. `verify` starts at once; what the other commands need is loaded when they are called."""

import gc
import io
import os
import re
import sys
from collections.abc import Callable

from label_service.errors import LabelServiceError, Refused

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SHORT = (["verify"], ["import"])  # commands that end soon


def main() -> None:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character still gets the rest
    try:
        if arguments[:1] in _SHORT:
            os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # what else is installed takes no part and costs time
        if arguments[:1] == ["verify"]:
            sys.exit(_verify(arguments[1:]))
        _commands()(arguments, standalone_mode=True)
    except LabelServiceError as error:
        print_error(error)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        print_error(Refused(f"cannot use {error.filename or 'a file'}: {error.strerror}", hint="check the path"))
        sys.exit(2)


def _verify(arguments: list[str]) -> int:
    """Verify and give the exit code; a process this short gains nothing from collecting garbage."""
    gc.disable()
    from label_service.cli.verify import run  # noqa: PLC0415 - keeps the other commands out of its start

    code = run(arguments)
    gc.freeze()  # leaves nothing to look through at the end
    return code


def _commands() -> Callable[..., None]:
    """Load the commands that need more than the verifier does.

    Raises:
        Refused: only the verifier is installed.
    """
    try:
        from label_service.cli.commands import app  # noqa: PLC0415 - verifying starts without the other commands
    except ImportError as error:
        raise Refused(
            f"this command needs the extra `service`: {error.name} is not installed",
            hint="pip install label-service[service]; `label-service verify` works without it",
        ) from error
    return app


def safe(text: str) -> str:
    """Give text of documents for a terminal: control characters and changes of direction become question marks."""
    return _UNSAFE.sub("?", text)


def print_error(error: LabelServiceError) -> None:
    """Say what went wrong and what to do, on standard error."""
    lines = [f"error: {error.code}: {error.detail}"]
    lines += [f"where: {error.where}"] if error.where else []
    lines += [f"hint:  {error.hint}"] if error.hint else []
    sys.stderr.write(safe("\n".join(lines)) + "\n")
