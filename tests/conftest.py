"""Settings of all tests: laws are judged by what they find, not by the clock of a shared machine."""

from hypothesis import settings

settings.register_profile("label-service", deadline=None)
settings.load_profile("label-service")
