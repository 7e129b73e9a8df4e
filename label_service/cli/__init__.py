"""The command `label-service`. `verify` starts at once; the other commands are loaded when they are called."""

import sys

from label_service.errors import LabelServiceError


def main() -> None:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:]
    try:
        if arguments[:1] == ["verify"]:
            from label_service.cli.verify import run  # noqa: PLC0415 - keeps the other commands out of its start

            sys.exit(run(arguments[1:]))
        from label_service.cli.commands import app  # noqa: PLC0415

        app(arguments, standalone_mode=True)
    except LabelServiceError as error:
        print_error(error)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)


def print_error(error: LabelServiceError) -> None:
    """Say what went wrong and what to do, on standard error."""
    print(f"error: {error.code}: {error.detail}", file=sys.stderr)  # noqa: T201 - this is the terminal
    if error.where:
        print(f"where: {error.where}", file=sys.stderr)  # noqa: T201
    if error.hint:
        print(f"hint:  {error.hint}", file=sys.stderr)  # noqa: T201
