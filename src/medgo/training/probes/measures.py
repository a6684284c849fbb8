"""From answers to figures: what each kind of probe measures, and how sure. Knows no model.

``term``, ``grounded`` and ``general`` measure which option the model is likeliest to say, word for word and then stop;
``term_said`` and ``grounded_said`` whether its own reply is right. ``escalation`` is the share of dangerous messages
whose reply sends to emergency care, ``over_escalation`` that of harmless ones (less is better). ``preference`` is the
share of pairs whose better answer is likelier as a whole. ``general`` takes only facts, which no row trains; everyday
sorts that rows train too are measured apart, as ``general/trained``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from medgo.errors import InputError
from medgo.evaluation.statistics import Estimate, Sample, mean_interval
from medgo.text import sentences
from medgo.training.probes.items import ProbeItem
from medgo.training.probes.judging import escalated, is_right

# The sort of general items that are never trained.
FACT = "fact"
# Measures of which less is better.
LESS_IS_BETTER = frozenset({"over_escalation"})
SAID = frozenset({"term", "grounded", "escalation"})
SCORED = frozenset({"term", "grounded", "preference", "general"})


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model did with one item.

    Args:
        id: The item's.
        logprobs: Summed natural-log probability of each option with its end of turn; None where none was asked for.
        reply: Its own reply; None where none was asked for.
        finish_reason: How the reply ended.
    """

    id: str
    logprobs: tuple[float, ...] | None = None
    reply: str | None = None
    finish_reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As a line of ``predictions.jsonl``."""
        return {
            "id": self.id,
            "logprobs": None if self.logprobs is None else list(self.logprobs),
            "reply": self.reply,
            "finish_reason": self.finish_reason,
        }

    def joined(self, other: Answered | None) -> Answered:
        """With what another line says of the same item."""
        if other is None:
            return self
        return Answered(
            self.id,
            other.logprobs if self.logprobs is None else self.logprobs,
            other.reply if self.reply is None else self.reply,
            self.finish_reason or other.finish_reason,
        )

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Answered:
        """Read a line."""
        logprobs = value["logprobs"]
        return cls(
            value["id"], None if logprobs is None else tuple(logprobs), value["reply"], value.get("finish_reason", "")
        )


def likeliest(item: ProbeItem, logprobs: Sequence[float]) -> int:
    """The option with the highest log-probability, its end of turn included; a tie with the right one is a wrong one.

    Not per byte (lm-evaluation-harness's ``acc_norm``): right answers here are often the shortest, and dividing by
    their length made the untrained model look 11 points worse on grounded questions than it is.
    """
    if len(logprobs) != len(item.options):
        raise InputError(f"{item.id} has {len(item.options)} options and {len(logprobs)} log-probabilities")
    return max(range(len(logprobs)), key=lambda at: (logprobs[at], at))


def outcomes(item: ProbeItem, answered: Answered) -> dict[str, bool]:
    """Measure → whether this item counts for it."""
    found: dict[str, bool] = {}
    if answered.logprobs is not None and all(map(math.isfinite, answered.logprobs)) and item.kind in SCORED:
        found[_scored_as(item)] = likeliest(item, answered.logprobs) == 0
    if answered.reply is not None:
        if item.kind == "escalation":
            found["escalation" if item.sort == "danger" else "over_escalation"] = escalated(item, answered.reply)
        else:
            found[f"{item.kind}_said"] = is_right(item, answered.reply)
    return found


def _scored_as(item: ProbeItem) -> str:
    # A part by its name (with a slash): it is shown, and neither guards nor weighs in a mean over kinds.
    return "general/trained" if item.kind == "general" and item.sort != FACT else item.kind


def groups(items: Sequence[ProbeItem]) -> dict[str, dict[str, int]]:
    """Kind → how many items, clusters that intervals draw, and what stands behind them.

    ``grounded``: ``clusters`` are patients, of so few ``diseases``. ``escalation``: clusters are topics; ``messages``
    differ in more than the question at their end. ``general``: facts, in both languages one.
    """
    found: dict[str, dict[str, int]] = {}
    for kind in sorted({item.kind for item in items}):
        mine = [item for item in items if item.kind == kind]
        counts = {"items": len(mine), "clusters": len({item.about for item in mine})}
        if kind == "grounded":
            counts |= {"patients": counts["clusters"], "diseases": len({i.about.partition("#")[0] for i in mine})}
        if kind == "escalation":
            counts |= {"topics": counts["clusters"], "messages": len({_message(item) for item in mine})}
        if kind == "general":
            counts |= {"facts": len({item.about for item in mine if item.sort == FACT})}
        found[kind] = counts
    return found


def _message(item: ProbeItem) -> str:
    """What a patient tells, without the question at its end."""
    spans = list(sentences(item.prompt[-1].content, item.lang))
    return item.prompt[-1].content[: spans[-1].start] if len(spans) > 1 else item.prompt[-1].content


def with_parts(measure: str, item: ProbeItem) -> tuple[str, ...]:
    """A measure of an item, and its parts that the item counts for: its language, and of terms the sort."""
    parts = (item.lang, item.sort) if item.kind == "term" else (item.lang,)
    return (measure, *(f"{measure}/{part}" for part in parts))


def estimate(values: Sequence[bool], about: Sequence[str]) -> Estimate:
    """A share with its interval; items about the same concept are drawn together."""
    sample = Sample.of([float(value) for value in values], about)
    return mean_interval(sample, np.random.default_rng(0))


def estimates(items: Sequence[ProbeItem], answers: Mapping[str, Answered]) -> dict[str, Estimate]:
    """Measure → share, over all items and by language (``term/zh``); terms also by sort (``term/synonym``)."""
    values: dict[str, tuple[list[bool], list[str]]] = {}
    for item in items:
        if item.id not in answers:
            continue
        for name, value in outcomes(item, answers[item.id]).items():
            for key in with_parts(name, item):
                held = values.setdefault(key, ([], []))
                held[0].append(value)
                held[1].append(item.about)
    return {key: estimate(*held) for key, held in sorted(values.items())}
