"""What a prediction is worth, and the items of a benchmark with all their epochs. Pure; knows no statistics.

An engine's failure is no answer: it is worth nothing at all (None) and is left out of every mean, visibly. A reply that
could not be read, was cut off or declined *is* an answer, and worth 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.schema import Lang, Prediction

Worth = Callable[[Prediction], float | None]

# What judges call the score that the headline of a free-text benchmark counts.
_JUDGED = "score"
# Scores of a judge that may not make a headline go under this name: nothing that reads ``score`` can print them.
WITHHELD = "unvalidated_"
_ROTATION = "rotation"


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """An item with its predictions, one an epoch, in their order.

    Args:
        item: Its id.
        unit: What is drawn when items are resampled.
        category: Stratum of averages.
        variant: Which rewriting of its question it is, without any rotation of options.
        rotation: Which rotation of the options it is; empty for the only one.
        lang: Language.
        predictions: At least one.
    """

    item: str
    unit: str
    category: str
    variant: str
    rotation: str
    lang: Lang
    predictions: tuple[Prediction, ...]

    def mean(self, worth: Worth) -> float | None:
        """Mean over the epochs that have a worth; None where none has."""
        values = [value for value in map(worth, self.predictions) if value is not None]
        return sum(values) / len(values) if values else None


def outcomes(predictions: Iterable[Prediction]) -> list[ItemOutcome]:
    """Group the predictions of one benchmark by item, in order of first appearance, epochs sorted."""
    grouped: dict[str, list[Prediction]] = {}
    for prediction in predictions:
        grouped.setdefault(prediction.item, []).append(prediction)
    return [_outcome(item, sorted(group, key=lambda p: p.epoch)) for item, group in grouped.items()]


def _outcome(item: str, group: list[Prediction]) -> ItemOutcome:
    first = group[0]
    variant, rotation = split_variant(first.variant)
    return ItemOutcome(item, first.unit or item, first.category, variant, rotation, first.lang, tuple(group))


def split_variant(variant: str) -> tuple[str, str]:
    """Part a variant's name from the rotation of options in it: ``"orig/rotation2"`` → ``("orig", "rotation2")``."""
    head, slash, tail = variant.rpartition("/")
    if tail.startswith(_ROTATION):
        return head, tail
    return head + slash + tail, ""


def in_headline(outcome: ItemOutcome, benchmark: Benchmark) -> bool:
    """Whether the headline number counts this item."""
    return not benchmark.headline or outcome.variant in benchmark.headline


def headline_metric(benchmark: Benchmark) -> str:
    """Name of what the headline counts: ``accuracy``, ``exact_match`` or a judge's ``score``."""
    if benchmark.kind == "choice":
        return "exact_match" if benchmark.multiple else "accuracy"
    return _JUDGED


def headline_worth(benchmark: Benchmark) -> Worth:
    """What the headline counts of a prediction."""
    return exact if benchmark.kind == "choice" else scored(_JUDGED)


def exact(prediction: Prediction) -> float | None:
    """1 where the labels are exactly the gold ones, else 0."""
    return None if prediction.status == "error" else float(prediction.correct)


def partial_credit(prediction: Prediction) -> float | None:
    """Share of the gold labels that were given; 0 as soon as a wrong one was (the rule of Chinese licensing exams)."""
    if prediction.status == "error":
        return None
    given, gold = _answered(prediction), set(prediction.gold)
    return len(given) / len(gold) if gold and given <= gold else 0.0


def jaccard(prediction: Prediction) -> float | None:
    """Labels given and gold, divided by labels given or gold."""
    if prediction.status == "error":
        return None
    given, gold = _answered(prediction), set(prediction.gold)
    return len(given & gold) / len(given | gold) if gold and given else 0.0


def _answered(prediction: Prediction) -> set[str]:
    return set(prediction.labels) if prediction.status == "answered" else set()


def scored(name: str) -> Worth:
    """A score by name where there is one, and nothing at all where not.

    Judges score what was cut off or declined too; a reply without a score lacks a judge, which is not the model's
    fault.
    """
    return lambda prediction: None if prediction.status == "error" else prediction.scores.get(name)


def withheld(prediction: Prediction) -> bool:
    """Whether a judge scored it whose scores may not be shown as such."""
    return any(name.startswith(WITHHELD) for name in prediction.scores)
