"""What a run will ask, worked out from data and configuration before any model is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from medgo import __version__
from medgo.errors import InputError
from medgo.evaluation.answering import Ask, scoring_requests
from medgo.evaluation.benchmarks.definition import Benchmark, Protocol
from medgo.evaluation.benchmarks.load import LoadedBenchmark
from medgo.evaluation.config import RunConfig
from medgo.evaluation.prompting import (
    choose_protocol,
    draw_examples,
    examples_for,
    premise,
    protocol_hash,
    render,
)
from medgo.evaluation.rotation import refers_to_others, rotations
from medgo.evaluation.runs.folder import FORMAT
from medgo.evaluation.selection import Selection
from medgo.schema import EvalItem
from medgo.store.hashing import fingerprint, sha256_of_text


@dataclass(frozen=True, slots=True)
class BenchmarkPlan:
    """One benchmark of a run.

    Args:
        loaded: Its data.
        asked_as: Name of the protocol in effect, which may be another than asked for (``cloze`` for option texts).
        protocol: How it is asked.
        examples: Few-shot examples; see :func:`medgo.evaluation.prompting.draw_examples`.
        items: The items of this run, limited and rotated.
        epochs: Repetitions.
        notes: What a reader of the results should know.
    """

    loaded: LoadedBenchmark
    asked_as: str
    protocol: Protocol
    examples: Mapping[str, tuple[EvalItem, ...]]
    items: tuple[EvalItem, ...]
    epochs: int
    notes: tuple[str, ...] = ()

    @property
    def benchmark(self) -> Benchmark:
        """What is asked."""
        return self.loaded.benchmark

    def asks(self, epochs: int | None = None) -> Iterator[Ask]:
        """Everything there is to ask, epoch by epoch; of so many epochs only."""
        for epoch in range(self.epochs if epochs is None else epochs):
            for item in self.items:
                shots = examples_for(item, self.examples)
                messages = render(item, self.protocol, shots)
                alone = premise(item, self.protocol, shots) if item.options else ()
                yield Ask(self.benchmark, item, epoch, self.protocol, messages, alone)

    def describe(self) -> dict[str, Any]:
        """What the predictions of this benchmark depend on, with hashes."""
        return {
            "items": len(self.items),
            "form": self.loaded.form,
            "files": [{"name": file.path.name, "sha256": file.sha256} for file in self.loaded.files],
            "revision": self.loaded.revision,
            "data_sha256": fingerprint([_identity(item) for item in self.items]),
            "asked_as": self.asked_as,
            "protocol_sha256": protocol_hash(self.protocol, self.examples),
            "notes": list(self.notes),
            "left_out": self.loaded.left_out,
        }


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A whole run.

    Args:
        config: What was asked for.
        benchmarks: What will be asked.
        skipped: Name → why a benchmark is not in it.
    """

    config: RunConfig
    benchmarks: tuple[BenchmarkPlan, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)

    def asks(self) -> Iterator[Ask]:
        """Everything there is to ask, benchmark by benchmark."""
        for plan in self.benchmarks:
            yield from plan.asks()

    def __len__(self) -> int:
        return sum(len(plan.items) * plan.epochs for plan in self.benchmarks)

    def item_rows(self) -> Iterator[dict[str, Any]]:
        """Lines of ``items.jsonl``: what was asked, for people; confidential items without their text."""
        for plan in self.benchmarks:
            for ask in plan.asks(epochs=1):
                yield _item_row(ask)

    def manifest(self, engine_name: str, found: dict[str, Any] | None = None) -> dict[str, Any]:
        """Content of ``manifest.json``.

        Args:
            engine_name: The engine, ``auto`` resolved.
            found: What was found when the model was loaded.
        """
        config = self.config
        requested = {
            "model": config.engine.model,
            "engine": engine_name,
            "dtype": config.engine.dtype,
            "template": config.engine.template,
            "method": config.method,
            "protocol": config.protocol,
            "labels": config.labels,
            "shots": config.shots,
            "reasoning": config.reasoning,
            "thinking": str(config.thinking),
            "epochs": config.epochs,
            "limit": config.limit,
            "rotate": config.rotate,
            "force": config.force,
            "seed": config.seed,
            "temperature": config.temperature,
            "max_new_tokens": config.max_new_tokens,
            "medgo": __version__,
            "benchmarks": {plan.benchmark.name: plan.describe() for plan in self.benchmarks},
        }
        return {
            "format": FORMAT,
            "medgo": __version__,
            "model": config.engine.model,
            "method": config.method,
            "protocol": config.protocol,
            "requested": requested,
            "found": found,
            "engine": found or {},
            "benchmarks": requested["benchmarks"],
            "skipped": dict(self.skipped),
            "fingerprint": fingerprint({"requested": requested, "found": found}),
        }


def plan_run(config: RunConfig, selection: Selection) -> RunPlan:
    """Work out a run.

    Free-text benchmarks cannot be scored by labels, and few have few-shot pools: what the method cannot ask of a group
    is skipped with its reason, unless nothing would be left.

    Raises:
        InputError: Nothing is left to ask, or a benchmark asked for by its name cannot be asked so.
    """
    plans: list[BenchmarkPlan] = []
    reasons = dict(selection.missing)
    for each in selection.loaded:
        try:
            plans.append(_plan_benchmark(config, each))
        except InputError as error:
            if each.benchmark.name in selection.named:
                raise
            reasons[each.benchmark.name] = str(error)
    if not plans:
        lines = "".join(f"\n  {name}: {why}" for name, why in reasons.items())
        raise InputError(f"there is nothing to ask:{lines}", hint="medgo eval list --data DIR shows what is there")
    return RunPlan(config, tuple(plans), reasons)


def _plan_benchmark(config: RunConfig, loaded: LoadedBenchmark) -> BenchmarkPlan:
    benchmark = loaded.benchmark
    if config.method == "score" and benchmark.kind != "choice":
        raise InputError(
            f"{benchmark.title} asks for free text, which has no labels to score", hint="--method generate"
        )
    asked_as, protocol = choose_protocol(
        benchmark, config.protocol, reasoning=config.reasoning, cloze=config.labels == "text"
    )
    shots = (protocol.shots if config.shots is None else config.shots) if benchmark.kind == "choice" else 0
    examples = draw_examples(loaded, shots, config.seed)
    items = limited(loaded.items, config.limit, config.seed)
    fixed = sum(map(refers_to_others, items)) if config.rotate else 0
    if config.rotate:
        items = tuple(turned for item in items for turned in rotations(item))
    notes = [f"{fixed} questions were not rotated: an option of theirs refers to others"] if fixed else []
    plan = BenchmarkPlan(loaded, asked_as, protocol, examples, items, config.epochs, (*loaded.notes, *notes))
    for ask in plan.asks(epochs=1):  # what does not fit its items fails here, not after an hour
        if config.method == "score":
            scoring_requests(ask, text=config.labels == "text", plain=False)
    return plan


def limited(items: Sequence[EvalItem], limit: int | None, seed: int) -> tuple[EvalItem, ...]:
    """The items of at most ``limit`` questions, drawn by a hash of their names: the same ones on every machine, and a
    smaller limit takes part of what a larger one takes. A question comes with all its variants. The first N would be
    one subject.
    """
    if limit is None:
        return tuple(items)
    ranked = sorted({item.unit for item in items}, key=lambda unit: sha256_of_text(f"{seed}/{unit}"))
    chosen = set(ranked[:limit])
    return tuple(item for item in items if item.unit in chosen)


def _identity(item: EvalItem) -> list[Any]:
    rubric = [[criterion.text, criterion.points] for criterion in item.rubric]
    turns = [message.content for message in item.conversation]
    return [item.id, item.question, item.context, dict(item.options), list(item.answer), item.reference, rubric, turns]


def _item_row(ask: Ask) -> dict[str, Any]:
    item, hidden = ask.item, ask.benchmark.confidential
    row: dict[str, Any] = {
        "benchmark": item.benchmark,
        "item": item.id,
        "lang": item.lang,
        "category": item.category,
        "confidential": hidden,
    }
    if hidden:
        return row
    shown = {
        "gold": list(item.answer),
        "messages": [message.to_dict() for message in ask.messages],
        "options": dict(item.options),
    }
    free = {"reference": item.reference, "rubric": [asdict(criterion) for criterion in item.rubric]}
    return row | shown | free | {"meta": dict(item.meta)}
