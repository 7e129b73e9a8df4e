"""Markets in which a family of products gets no own grade: figures on the data sheet, no label."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from label_service.declaration import Declaration
from label_service.errors import NotGradable
from label_service.store.scheme_tables import MarketRule


def rules_against(session: Session, declaration: Declaration) -> Sequence[MarketRule]:
    """Give the rules that forbid a label for the markets a declaration names."""
    product = declaration.product
    if not product.markets:
        return ()
    query = select(MarketRule).where(MarketRule.family == product.family, col(MarketRule.country).in_(product.markets))
    return session.exec(query.order_by(col(MarketRule.country))).all()


def ruled_families(session: Session) -> set[str]:
    """Give the families of products that get no grade in some market."""
    return set(session.exec(select(MarketRule.family).distinct()).all())


def check_markets(session: Session, declaration: Declaration) -> None:
    """Check that no market the declaration names forbids an own grade.

    Raises:
        NotGradable: one does; the rule is named.
    """
    for rule in rules_against(session, declaration):
        raise NotGradable(
            f"goods of the family {rule.family} get no grade of this scheme in {rule.country}: {rule.reason}",
            hint="the data sheet shows the figures; or declare the goods for other markets",
        )
