"""Everything around labels on one installation: what parties are told, what is complained about, what is published."""

from label_service.certification.cases import Cases
from label_service.certification.evidence import Evidence
from label_service.certification.notices import Notices
from label_service.issuance.scheme import Scheme


class Certification:
    """The certification work of one scheme, by what it is about."""

    def __init__(self, scheme: Scheme) -> None:
        self.notices = Notices(scheme.bench)
        self.cases = Cases(scheme)
        self.evidence = Evidence(scheme)
