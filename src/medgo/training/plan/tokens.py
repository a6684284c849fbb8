"""How many tokens a stage learns from: of its prepared order, else counted in its row files, else as stated.

And how many its probes ask: counted in their file, else as many as ``medgo train probes`` usually makes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from medgo.errors import InputError, RecipeError, RunFolderError
from medgo.evaluation.tokenizing import local_tokenizer
from medgo.inference.protocol import Thinking
from medgo.schema import Message
from medgo.store.jsonl import RowFile
from medgo.store.recipes import expand_path
from medgo.training.job import Job
from medgo.training.ordering.order import Order
from medgo.training.plan.work import Tokens
from medgo.training.probes.items import ProbeItem, ProbeKind, read_items
from medgo.training.probes.measures import SCORED
from medgo.training.recipe import StageRecipe, TrainingRecipe

Source = Literal["prepared", "counted", "guessed", "stated"]

# A message as a dictionary, as rows hold it.
_Turn = Mapping[str, Any]
_CHINESE = re.compile(r"[\u3400-\u9fff]")
# Tokens of Qwen3's tokenizer a character, and of a turn's frame: within 6 % on 900 rows of recipes/medgo-32b.
_A_CHINESE_CHARACTER, _ANOTHER, _FRAME = 0.82, 0.29, 8
_SAMPLE = 200  # rows that the model's own tokenizer corrects the guess with
# Of a row whose tokens are only stated: tokens, and the share of them that carries a loss.
STATED_ROW, STATED_LOSS = 1000, 0.5
# Of items that medgo train probes makes, by Qwen3's tokenizer (1,120 of them counted): options, tokens of a prompt, and
# of an option with its end of turn.
_USUAL: Mapping[ProbeKind, tuple[int, int, int]] = {
    "term": (4, 23, 6),
    "grounded": (4, 59, 9),
    "preference": (2, 41, 9),
    "general": (4, 20, 4),
}
_SUFFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "B": 1e9}


@dataclass(frozen=True, slots=True)
class StageTokens:
    """What a stage learns from, over all its epochs.

    Args:
        work: Tokens, of them with a loss, and squares of lengths; a prompt counts once for each of its answers.
        computed: Tokens with padding.
        rows: Rows, each as often as it is learnt.
        steps: Optimiser steps.
        source: Where the figures come from.
        micro: Sequences and tokens of the largest micro-batch, where the order is prepared.
    """

    work: Tokens
    computed: float
    rows: float
    steps: float
    source: Source
    micro: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ProbeTokens:
    """What a stage's probes ask the model.

    Args:
        times: How often: before the first step, every so many steps, after the last. Patience may end it earlier.
        items: Questions each time, without those that only a reply answers.
        once: Tokens of one time: each option of each item after its prompt.
        source: Where the figures come from; ``assumed`` where the items are not made yet.
    """

    times: int
    items: int
    once: Tokens
    source: Literal["counted", "guessed", "assumed"]


def parse_stated(texts: tuple[str, ...], recipe: TrainingRecipe) -> dict[str, float]:
    """Read ``stage=60M`` (k, M, B): tokens of one epoch of a stage.

    Raises:
        InputError: The text is another, or there is no such stage.
    """
    names = [stage.name for stage in recipe.stages]
    stated = {}
    for text in texts:
        found = re.fullmatch(r"([a-z0-9_-]+)=([0-9.]+)([kMB]?)", text)
        if not found or found[1] not in names:
            raise InputError(
                f"{text!r} does not state the tokens of a stage", hint=f"for example {names[0]}=60M; stages: {names}"
            )
        stated[found[1]] = float(found[2]) * _SUFFIXES[found[3]]
    return stated


def count_tokens(recipe: TrainingRecipe, stage: StageRecipe, stated: float | None, *, gpu: bool) -> StageTokens | None:
    """Tokens of a stage: as stated; else as prepared; else counted in its row files; None where there are none.

    Args:
        stated: Tokens of one epoch.
        gpu: Rows are packed there under ``auto``.

    Raises:
        RecipeError: A path of the recipe names a variable that is not set.
    """
    if stated is not None:
        tokens = Tokens.alike(stated / STATED_ROW, STATED_ROW, STATED_LOSS)
        return _planned(stage, tokens, stated / STATED_ROW, "stated", gpu=gpu)
    return _prepared(recipe, stage) or _counted(recipe, stage, gpu=gpu)


def count_probes(recipe: TrainingRecipe, stage: StageRecipe, steps: float) -> ProbeTokens | None:
    """What the probes of a stage ask; None where it has none.

    Args:
        steps: Optimiser steps of the stage.

    Raises:
        InputError: The file of items is there and cannot be read.
    """
    probe = stage.probe
    if probe is None:
        return None
    times = 2 if probe.every is None else 1 + -(-math.ceil(steps) // probe.every)
    path = _path_here(probe.path)
    if path is None or not path.is_file():
        return _usual_probes(times, probe.items)
    items = [item for item in read_items(path, limit=probe.items) if item.kind in SCORED]
    lengths, source = _lengths(recipe.model, _options(items))
    return ProbeTokens(times, len(items), _tokens(lengths[:, 0], lengths[:, 1]), source)


def is_packed(stage: StageRecipe, *, gpu: bool) -> bool:
    """Whether a stage's rows are joined end to end."""
    return stage.method == "sft" and (stage.batch.packing == "on" or (stage.batch.packing == "auto" and gpu))


def _planned(stage: StageRecipe, epoch: Tokens, rows: float, source: Source, *, gpu: bool) -> StageTokens:
    """Steps and padding are not known yet: packs are taken to be full, padding to be a twentieth."""
    packed = is_packed(stage, gpu=gpu)
    units = epoch.total / stage.lengths.max_tokens if packed else rows
    steps = max(1.0, units * stage.epochs / stage.batch.rows)
    share = min(1.0, stage.max_steps / steps) if stage.max_steps else 1.0
    work = epoch.times(stage.epochs * share)
    return StageTokens(work, work.total * (1.0 if packed else 1.05), rows * stage.epochs * share, steps * share, source)


def _prepared(recipe: TrainingRecipe, stage: StageRecipe) -> StageTokens | None:
    """From the order, if the stage was prepared as the recipe says now."""
    for folder in sorted(Path(recipe.output).glob(f"*-{stage.name}")):
        try:
            job = Job.load(folder)
            order = Order.load(job.order_file)
        except (RunFolderError, InputError):
            continue  # preparation was stopped: rows are counted instead
        if _what_decides(job.stage) == _what_decides(stage) and job.rows_file.is_file():
            return _of_order(job, order)
    return None


def _what_decides(stage: StageRecipe) -> dict[str, Any]:
    return stage.model_dump(include={"method", "data", "mix", "lengths", "batch", "epochs", "max_steps", "seed"})


def _of_order(job: Job, order: Order) -> StageTokens:
    with pa.memory_map(str(job.rows_file)) as source:
        table = pa.ipc.open_stream(source).read_all()
        prompt, answer, rejected = (
            pc.list_value_length(table[name]).to_numpy().astype(np.int64)
            for name in ("prompt_ids", "answer_ids", "rejected_ids")
        )
    pairs = job.stage.method == "dpo"
    first, second = prompt + answer, prompt + rejected
    longest = np.maximum(first, second) if pairs else first
    rows, starts = order.rows, np.concatenate([[0], order.ends[:-1]])
    counts = np.diff(np.concatenate([[0], order.ends]))
    widest = np.maximum.reduceat(longest[rows], starts) if len(starts) else longest[:0]
    in_all = np.add.reduceat(first[rows], starts) if len(starts) else first[:0]
    work = _tokens(first[rows], answer[rows])
    if pairs:
        other = _tokens(second[rows], rejected[rows])
        work = Tokens(work.total + other.total, work.loss + other.loss, work.squares + other.squares)
    if job.packed:
        return StageTokens(
            work, float(in_all.sum()), len(rows), order.steps, "prepared", (1, int(in_all.max(initial=0)))
        )
    padded = counts * widest
    at = int(padded.argmax()) if len(padded) else 0
    micro = (int(counts[at]), int(widest[at])) if len(padded) else None
    return StageTokens(work, float(padded.sum()) * (1 + pairs), len(rows), order.steps, "prepared", micro)


def _tokens(lengths: npt.NDArray[Any], loss: npt.NDArray[Any]) -> Tokens:
    return Tokens(float(lengths.sum()), float(loss.sum()), float((lengths.astype(np.float64) ** 2).sum()))


def _counted(recipe: TrainingRecipe, stage: StageRecipe, *, gpu: bool) -> StageTokens | None:
    """From row files, as they are: before gates, lengths and mixing."""
    lengths, source = _lengths(recipe.model, ((row["prompt"], turn) for row in _rows(stage) for turn in _turns(row)))
    if not len(lengths):
        return None
    rows = len(lengths) / (2 if stage.method == "dpo" else 1)
    return _planned(stage, _tokens(lengths[:, 0], lengths[:, 1]), rows, source, gpu=gpu)


def _lengths(
    model: str, turns: Iterable[tuple[Sequence[_Turn], _Turn]]
) -> tuple[npt.NDArray[Any], Literal["counted", "guessed"]]:
    """Tokens of each prompt with its answer, and of the answer alone, [n, 2]; guessed, or counted with the model's own.

    Args:
        model: Whose tokenizer corrects the guess, where it is on this machine.
        turns: Prompts with one answer each.
    """
    tokenize = local_tokenizer(model, Thinking(False))
    sizes: list[tuple[float, float]] = []
    ratio: list[float] = []
    for prompt, turn in turns:
        answer = _guess(turn["content"] + (turn.get("reasoning_content") or ""))
        sizes.append((sum(_guess(message["content"]) for message in prompt) + answer, answer))
        if tokenize and len(ratio) < _SAMPLE:
            messages = tuple(Message(m["role"], m["content"]) for m in [*prompt, turn] if m["content"])
            guessed = sum(_guess(message.content) for message in messages)
            ratio.append(len(tokenize(messages)) / guessed)
    array = np.array(sizes).reshape(-1, 2) * (float(np.mean(ratio)) if ratio else 1.0)
    return array, "counted" if ratio else "guessed"


def _options(items: Iterable[ProbeItem]) -> Iterator[tuple[Sequence[_Turn], _Turn]]:
    for item in items:
        prompt = [message.to_dict() for message in item.prompt]
        for option in item.options:
            yield prompt, {"role": "assistant", "content": option}


def _usual_probes(times: int, limit: int | None) -> ProbeTokens:
    """As many items, and as long ones, as ``medgo train probes`` makes unless it is told otherwise."""
    from medgo.training.probes.writing import COUNTS  # with all generators, which other plans have no need of

    counts = {kind: min(COUNTS[kind], limit or COUNTS[kind]) for kind in _USUAL}
    parts = []
    for kind, (options, prompt, option) in _USUAL.items():
        parts.append(Tokens.alike(counts[kind] * options, prompt + option, option / (prompt + option)))
    once = Tokens(sum(p.total for p in parts), sum(p.loss for p in parts), sum(p.squares for p in parts))
    return ProbeTokens(times, sum(counts.values()), once, "assumed")


def _rows(stage: StageRecipe) -> Iterator[Mapping[str, Any]]:
    for entry in stage.data:
        path = _path_here(entry.path)
        if path is None:
            continue  # the plan says that nothing was counted
        files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and not file.name.endswith(".evidence.jsonl"):
                for row in RowFile(file):
                    if row.value and "prompt" in row.value and _wanted(row.value, entry.tasks):
                        yield row.value


def _path_here(path: str) -> Path | None:
    """A path of a recipe; None where it names a variable that is not set: what it means is not on this machine."""
    try:
        return expand_path(path)
    except RecipeError:
        return None


def _wanted(row: Mapping[str, Any], tasks: tuple[str, ...]) -> bool:
    return not tasks or row.get("task") in tasks


def _turns(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [turn for name in ("completion", "chosen", "rejected") for turn in row.get(name) or ()]


def _guess(text: str) -> float:
    chinese = len(_CHINESE.findall(text))
    return _FRAME + _A_CHINESE_CHARACTER * chinese + _ANOTHER * (len(text) - chinese)
