"""Versioned, sourced and licensed releases: factors, processes, references, categories, defaults, bounds.

Sources: docs/sources.md. What can be labelled with them: docs/coverage.md. Format page: docs/formats/release.md.
"""

from label_service.factors.release import (
    RecordingRelease,
    Release,
    find_release,
    load_folder,
    load_release,
    versions,
)
from label_service.factors.rows import ProvenRow, ProvenRows, Rows

__all__ = [
    "ProvenRow",
    "ProvenRows",
    "RecordingRelease",
    "Release",
    "Rows",
    "find_release",
    "load_folder",
    "load_release",
    "versions",
]
