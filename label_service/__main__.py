"""`python -m label_service` is the command `label-service`."""

from label_service.cli import main

main()
