"""One thing to ask a model: an item in an epoch, rendered. Knows no engine."""

from __future__ import annotations

from dataclasses import dataclass

from medgo.evaluation.benchmarks.definition import Benchmark, Protocol
from medgo.schema import EvalItem, Message, Prediction, Status
from medgo.store.hashing import sha256_of_text


@dataclass(frozen=True, slots=True)
class Ask:
    """An item in an epoch.

    Args:
        benchmark: Where the item is from.
        item: What is asked.
        epoch: From 0.
        protocol: How it is asked.
        messages: The rendered conversation.
        premise: The same without the question, for PMI.
    """

    benchmark: Benchmark
    item: EvalItem
    epoch: int
    protocol: Protocol
    messages: tuple[Message, ...]
    premise: tuple[Message, ...]

    @property
    def id(self) -> str:
        """Unique in a run."""
        return f"{self.item.key}#{self.epoch}"

    @property
    def key(self) -> tuple[str, str, int]:
        """Key of the prediction that answers this."""
        return self.item.benchmark, self.item.id, self.epoch

    def seed(self, run_seed: int) -> int:
        """Seed of this request alone; the same whatever else is in the run."""
        return int(sha256_of_text(f"{run_seed}/{self.id}")[:8], 16)

    def prediction(self, status: Status, labels: tuple[str, ...] = ()) -> Prediction:
        """A prediction with what is known of the item filled in."""
        item = self.item
        return Prediction(
            benchmark=item.benchmark,
            item=item.id,
            epoch=self.epoch,
            gold=item.answer,
            labels=labels,
            status=status,
            lang=item.lang,
            category=item.category,
            variant=item.variant,
            unit=item.unit,
        )
