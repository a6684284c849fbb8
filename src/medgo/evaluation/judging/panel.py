"""Several judges: one value out of their verdicts, and how far they agree. Pure.

Yes-or-no verdicts and choices are decided by the majority of the judges that gave one; at a tie the judge that was
named first decides, and the tie is counted. Grades on a scale (1 to 5) are averaged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from medgo.evaluation.judging.verdict import Value, Verdict
from medgo.evaluation.statistics.agreement import cohen_kappa, krippendorff_alpha


@dataclass(frozen=True, slots=True)
class Combined:
    """What the judges decided together.

    Args:
        value: None when no judge gave a verdict.
        tie: The first judge's word decided a field.
    """

    value: Value | None
    tie: bool = False


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two judges on the verdicts that both gave.

    Args:
        judges: Their names.
        n: Verdicts (fields of verdicts) that both gave.
        rate: Share on which they are equal, in [0, 1].
        kappa: Cohen's kappa; None where both said one and the same thing throughout.
    """

    judges: tuple[str, str]
    n: int
    rate: float
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a panel agrees.

    Args:
        alpha: Krippendorff's alpha over all judges, nominal for choices and interval for grades on a scale;
            None where it is not defined.
        pairs: Each pair of judges.
    """

    alpha: float | None
    pairs: tuple[PairAgreement, ...]


def combine(verdicts: Sequence[Verdict], *, mean: bool = False) -> Combined:
    """Make one value of the judges' verdicts, given in the order of the judges.

    Args:
        verdicts: One each; those without a value have no vote.
        mean: Average instead of taking the majority.
    """
    values = [verdict.value for verdict in verdicts if verdict.value is not None]
    if not values:
        return Combined(None)
    if mean:
        return Combined({name: sum(value[name] for value in values) / len(values) for name in values[0]})
    value: dict[str, bool | int | float] = {}
    tie = False
    for name in values[0]:
        votes = Counter(vote[name] for vote in values)
        most = max(votes.values())
        winners = [vote for vote, count in votes.items() if count == most]
        # A Counter keeps the order of first votes, which is the order of the judges.
        value[name], tie = winners[0], tie or len(winners) > 1
    return Combined(value, tie)


def agreement(names: Sequence[str], verdicts: Sequence[Sequence[Verdict]], *, mean: bool = False) -> Agreement:
    """Agreement over everything that was asked.

    Args:
        names: Of the judges.
        verdicts: [questions, judges], in the order of the names.
        mean: The verdicts are grades on a scale.
    """
    columns: list[list[float | None]] = [[] for _ in names]
    for row in verdicts:
        fields = next((sorted(verdict.value) for verdict in row if verdict.value is not None), [])
        for column, verdict in zip(columns, row, strict=True):
            column.extend(_number(verdict.value, field) for field in fields)
    pairs = []
    for (i, first), (j, second) in combinations(enumerate(columns), 2):
        both = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
        if both:
            left, right = [a for a, _ in both], [b for _, b in both]
            rate = sum(a == b for a, b in both) / len(both)
            pairs.append(PairAgreement((names[i], names[j]), len(both), rate, cohen_kappa(left, right)))
    alpha = krippendorff_alpha(columns, "interval" if mean else "nominal") if len(names) > 1 else None
    return Agreement(alpha, tuple(pairs))


def _number(value: Mapping[str, bool | int | float] | None, name: str) -> float | None:
    return None if value is None else float(value[name])
