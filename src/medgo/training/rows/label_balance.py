"""How wanted and unwanted rows of KTO weigh against each other. Knows counts; no rows, no loss.

Equation 8 of https://arxiv.org/abs/2402.01306: desirable_weight * wanted / (undesirable_weight * unwanted).
"""

from __future__ import annotations

from dataclasses import dataclass

from medgo.training.recipe import KtoLoss

_LEAST_RATIO, _MOST_RATIO = 1.0, 4 / 3


@dataclass(frozen=True, slots=True)
class LabelBalance:
    """How wanted and unwanted rows weigh against each other.

    Args:
        desirable_weight: On wanted rows: the recipe's, or what balances the labels.
        ratio: desirable_weight * wanted / (undesirable_weight * unwanted).
        desirable_range: Least and most ``desirable_weight`` with a ratio of 1 to 4/3, the other weight as it is.
        undesirable_range: The same for ``undesirable_weight``.
    """

    desirable_weight: float
    ratio: float
    desirable_range: tuple[float, float]
    undesirable_range: tuple[float, float]

    @property
    def holds(self) -> bool:
        """Whether the ratio lies where equation 8 wants it."""
        return _LEAST_RATIO - 1e-9 <= self.ratio <= _MOST_RATIO + 1e-9


def label_balance(wanted: int, unwanted: int, loss: KtoLoss) -> LabelBalance:
    """Weigh the labels (equation 8 of https://arxiv.org/abs/2402.01306).

    Args:
        wanted: Rows with a wanted answer, at least 1.
        unwanted: Rows with an unwanted one, at least 1.
        loss: The weights; without a ``desirable_weight`` the labels are balanced, which is a ratio of 1.
    """
    even = loss.undesirable_weight * unwanted / wanted
    desirable = even if loss.desirable_weight is None else loss.desirable_weight
    return LabelBalance(
        desirable,
        desirable / even,
        (even * _LEAST_RATIO, even * _MOST_RATIO),
        (desirable * wanted / unwanted / _MOST_RATIO, desirable * wanted / unwanted / _LEAST_RATIO),
    )
