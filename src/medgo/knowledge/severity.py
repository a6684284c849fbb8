"""Which statements forbid a drug. Knows no patient."""

from __future__ import annotations

from medgo.schema import Relation

FORBIDDEN = "contraindicated"


def forbids(relation: Relation) -> bool:
    """Whether a contraindication forbids: a source that states no severity means it, a caution forbids nothing."""
    return bool(relation.attributes.get("severity", FORBIDDEN) == FORBIDDEN)
