"""The auditor's procedure: check a label from what is in hand, step by step, trusting nobody but a pinned root.

The steps are numbered as in docs/verify-a-label.md. Everything is a pure function of bytes, roots and a time.
"""

from label_service.verify.bundle import inspect_bundle, verify_bundle
from label_service.verify.code import inspect_code
from label_service.verify.report import Outcome, Report, Step
from label_service.verify.token import inspect_label

__all__ = ["Outcome", "Report", "Step", "inspect_bundle", "inspect_code", "inspect_label", "verify_bundle"]
