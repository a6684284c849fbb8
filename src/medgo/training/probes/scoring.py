"""Asks a model folder all probe items and writes what it answered; started again it goes on. Knows engines.

OUT/predictions.jsonl   a line for each item that was scored, and one for each that was answered
OUT/items.jsonl         the items, so that answers can be compared without what they were read from
OUT/summary.json        figures with intervals, and what they were measured with
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from medgo.errors import EngineFailureError, ResumeMismatchError
from medgo.evaluation.statistics import Estimate
from medgo.inference.engines import EngineName, EngineOptions, open_engine
from medgo.inference.models import resolve_model, weights_hash
from medgo.inference.protocol import Engine, GenerationRequest, Sampling, ScoringRequest
from medgo.store import AppendLog, RowFile, replacing
from medgo.training.probes.items import ProbeItem, ProbeKind, fingerprint_of, read_items, write_items
from medgo.training.probes.measures import SAID, SCORED, Answered, estimates, groups

# A reply that goes on is cut, and judged by what it said until then. Nearly all right answers are shorter, in tokens of
# a tokenizer that spends two or three on a Chinese character.
_NEW_TOKENS: Mapping[ProbeKind, int] = {"term": 48, "grounded": 64, "escalation": 64}
ITEMS = "items.jsonl"


@dataclass(frozen=True, slots=True)
class ProbeSummary:
    """What a model's answers come to.

    Args:
        model: Its folder.
        weights: Hash of its weights.
        items: Fingerprint of the items.
        estimates: Measure (``term``, ``term/zh``, …) → share with its interval.
        seconds: Time of answering, in this run.
        out: Folder of the predictions.
        cut: Kind → share of its replies that were cut at the most tokens, and judged by what they said until then.
        groups: Kind → items, clusters, and what they are of (patients, diseases, topics, messages, facts).
    """

    model: str
    weights: str
    items: str
    estimates: dict[str, Estimate]
    seconds: float
    out: Path
    cut: dict[str, float] = field(default_factory=dict)
    groups: dict[str, dict[str, int]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As ``summary.json``."""
        return {
            "model": self.model,
            "weights": self.weights,
            "items": self.items,
            "estimates": {name: value.to_row() for name, value in self.estimates.items()},
            "cut": {kind: round(share, 4) for kind, share in self.cut.items()},
            "groups": self.groups,
            "seconds": round(self.seconds, 1),
        }

    @classmethod
    def load(cls, out: Path) -> ProbeSummary:
        """Read ``summary.json`` of a finished evaluation."""
        value = json.loads((out / "summary.json").read_bytes())
        found = {name: Estimate.from_row(row) for name, row in value["estimates"].items()}
        marks = (value["model"], value["weights"], value["items"])
        return cls(*marks, found, value["seconds"], out, value.get("cut", {}), value.get("groups", {}))


def evaluate_probes(
    model_dir: Path,
    items: Path,
    out: Path,
    *,
    kinds: Sequence[ProbeKind] | None = None,
    limit: int | None = None,
    engine: EngineName = "auto",
    threads: int | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> ProbeSummary:
    """Ask a model all items.

    Args:
        model_dir: Folder of the model (or a name that ``medgo`` knows).
        items: File of items.
        out: Folder for predictions and summary; what it holds of the same model and items is not asked again.
        kinds: Only these; None takes all.
        limit: At most so many of each kind.
        engine: What runs the model.
        threads: Cores that it may use on a CPU; None takes all.
        tell: Is told how many answers of all are there; an item may need two.

    Raises:
        ResumeMismatchError: The folder holds answers of another model, or to other items.
        EngineFailureError: An item could not be answered.
        MedGoError: The model or the items cannot be read.
    """
    asked = read_items(items, kinds=kinds, limit=limit)
    model = resolve_model(str(model_dir))
    mark = {"weights": weights_hash(model), "items": fingerprint_of(asked)}
    _claim(out, mark)
    if not (out / ITEMS).exists():
        write_items(out / ITEMS, asked)
    answers = read_answers(out)
    to_score = [item for item in asked if item.kind in SCORED and not _has(answers, item, "logprobs")]
    to_say = [item for item in asked if item.kind in SAID and not _has(answers, item, "reply")]
    done, most = -len(to_score) - len(to_say), sum((one.kind in SCORED) + (one.kind in SAID) for one in asked)
    begun = time.monotonic()
    if to_score or to_say:
        options = EngineOptions(model=str(model_dir), engine=engine, threads=threads)
        with AppendLog(out / "predictions.jsonl") as log, closing(open_engine(options)) as opened:
            for answered in chain(score_items(opened, to_score), say_items(opened, to_say)):
                log.append(answered.to_dict())
                answers[answered.id] = answered.joined(answers.get(answered.id))
                done += 1
                if tell is not None:
                    tell(most + done, most)
    marks = (str(model_dir), mark["weights"], mark["items"])
    seconds = time.monotonic() - begun
    summary = ProbeSummary(*marks, estimates(asked, answers), seconds, out, cut_replies(asked, answers), groups(asked))
    with replacing(out / "summary.json") as file:
        file.write(json.dumps(summary.to_dict(), ensure_ascii=False, indent=1).encode())
    return summary


def cut_replies(items: Sequence[ProbeItem], answers: Mapping[str, Answered]) -> dict[str, float]:
    """Kind → share of replies that ended at the most tokens that they may have."""
    ends: dict[str, list[bool]] = {}
    for item in items:
        answered = answers.get(item.id)
        if answered is not None and answered.reply is not None:
            ends.setdefault(item.kind, []).append(answered.finish_reason == "length")
    return {kind: sum(found) / len(found) for kind, found in ends.items()}


def score_items(engine: Engine, items: Sequence[ProbeItem]) -> Iterator[Answered]:
    """Log-probabilities of all options.

    Raises:
        EngineFailureError: One could not be scored.
    """
    by_id = {item.id: item for item in items}
    for found in engine.score(map(_scoring, items)):
        if found.error is not None:
            raise EngineFailureError(f"{found.request_id}: {found.error.message}")
        options = by_id[found.request_id].options
        yield Answered(found.request_id, tuple(found.logprobs[option] for option in options))


def say_items(engine: Engine, items: Sequence[ProbeItem]) -> Iterator[Answered]:
    """The model's own replies.

    Raises:
        EngineFailureError: One could not be answered.
    """
    for completion in engine.generate(map(_generation, items)):
        if completion.error is not None:
            raise EngineFailureError(f"{completion.request_id}: {completion.error.message}")
        yield Answered(completion.request_id, None, completion.text, completion.finish_reason)


def _has(answers: dict[str, Answered], item: ProbeItem, part: Literal["logprobs", "reply"]) -> bool:
    held = answers.get(item.id)
    return held is not None and (held.logprobs if part == "logprobs" else held.reply) is not None


def _scoring(item: ProbeItem) -> ScoringRequest:
    return ScoringRequest(item.id, item.prompt, item.options, ends_turn=True)


def _generation(item: ProbeItem) -> GenerationRequest:
    return GenerationRequest(item.id, item.prompt, Sampling(max_new_tokens=_NEW_TOKENS[item.kind]))


def _claim(out: Path, mark: dict[str, str]) -> None:
    path = out / "asked.json"
    if path.exists():
        before = json.loads(path.read_bytes())
        if before != mark:
            what = "another model" if before.get("weights") != mark["weights"] else "answers to other items"
            raise ResumeMismatchError(f"{out} holds {what}", hint="choose another folder, or remove this one")
        return
    with replacing(path) as file:
        file.write(json.dumps(mark).encode())


def read_answers(out: Path) -> dict[str, Answered]:
    """Answers that a folder holds, by the item's id."""
    path = out / "predictions.jsonl"
    if not path.exists():
        return {}
    answers: dict[str, Answered] = {}
    for raw in RowFile(path):
        if raw.value is not None:
            answered = Answered.from_dict(raw.value)
            answers[answered.id] = answered.joined(answers.get(answered.id))
    return answers
