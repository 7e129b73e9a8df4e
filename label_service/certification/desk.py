"""Everything around labels on one installation: what parties are told, what is complained about, what is published."""

from label_service.certification.acts import Acts
from label_service.certification.alarms import Alarms
from label_service.certification.auditorkeys import AuditorKeys
from label_service.certification.audits import Audits
from label_service.certification.cases import Cases
from label_service.certification.corrections import Corrections
from label_service.certification.custody import Custody
from label_service.certification.duties import Duties
from label_service.certification.evidence import Evidence
from label_service.certification.exports import Exports
from label_service.certification.history import History
from label_service.certification.holdings import Holdings
from label_service.certification.intake import Intake
from label_service.certification.keykeeping import KeyKeeping
from label_service.certification.markets import Markets
from label_service.certification.news import News
from label_service.certification.notices import Notices
from label_service.certification.open_register import OpenRegister
from label_service.certification.open_statistics import OpenStatistics
from label_service.certification.publications import Publications
from label_service.certification.sanctions import Sanctions
from label_service.certification.statistics import Statistics
from label_service.certification.surveillance import Surveillance
from label_service.issuance.scheme import Scheme


class Certification:
    """The certification work of one scheme, by what it is about."""

    def __init__(self, scheme: Scheme) -> None:
        self.notices = Notices(scheme.bench)
        self.sanctions = Sanctions(scheme)
        self.corrections = Corrections(scheme)
        self.cases = Cases(scheme, self.sanctions)
        self.acts = Acts(scheme.bench)
        self.alarms = Alarms(scheme)
        self.custody = Custody(scheme)
        self.exports = Exports(scheme)
        self.keys = KeyKeeping(scheme)
        self.markets = Markets(scheme)
        self.news = News(scheme)
        self.surveillance = Surveillance(scheme)
        self.publications = Publications(scheme)
        self.register = OpenRegister(scheme)
        self.holdings = Holdings(scheme)
        self.history = History(scheme)
        self.evidence = Evidence(scheme)
        self.audits = Audits(scheme)
        self.intake = Intake(scheme)
        self.duties = Duties(scheme)
        self.statistics = Statistics(scheme)
        self.open_statistics = OpenStatistics(scheme)
        self.auditor_keys = AuditorKeys(scheme)
