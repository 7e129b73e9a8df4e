"""`label-service work`: a process that does the long work of an installation, beside the web workers."""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

from contextlib import suppress

from label_service.cli import show
from label_service.cli.installation import open_installation


def work() -> None:
    """Do catalogues and other long work until the process is ended; at any moment, for it is taken up again."""
    from label_service.certification.longwork import LongWork
    from label_service.operation.logs import write_logs
    from label_service.settings import read_settings

    write_logs(read_settings().log_level)
    with open_installation() as scheme:
        show.line("Working on what is in line.")
        with suppress(KeyboardInterrupt):
            LongWork(scheme).background.work()
