"""Which answers a page holds, and how each is written down for it. Knows no HTML.

What a model wrote is material: it goes into the page as data only, never as markup (see :mod:`.page`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.report.content import Report, ReportRun
from medgo.schema import Prediction
from medgo.store.hashing import sha256_of_text

# Characters of a reply, of reasoning and of one message that a page holds; what is left out is counted on it.
MAX_REPLY = 4000
MAX_REASONING = 4000
MAX_MESSAGE = 8000
# Of a long text, so many characters of the beginning are kept, and the rest of the room is at the end.
_HEAD = 0.3
_KEEP_AROUND = 400
Items = Mapping[tuple[str, str], Mapping[str, Any]]
# What people look for comes first.
_ORDER = ("error", "unparsed", "truncated", "refused", "wrong", "answered", "right")


@dataclass(frozen=True, slots=True)
class Embedded:
    """The answers of one benchmark of one run that a page holds.

    Args:
        rows: JSON objects.
        total: Answers that the run has.
    """

    rows: tuple[dict[str, Any], ...]
    total: int


def verdict_of(prediction: Prediction) -> str:
    """``right``, ``wrong``, ``answered`` (free text, judged by scores) or a status that is no answer."""
    if prediction.status != "answered":
        return prediction.status
    if not prediction.gold:
        return "answered"
    return "right" if prediction.correct else "wrong"


def embed(report: Report, limit: int) -> dict[tuple[int, str], Embedded]:
    """Choose and write down answers.

    Args:
        report: All runs.
        limit: Answers of each benchmark and run. Beyond it, failed and unread ones come first, then wrong ones, then
            right ones, each in an order that says nothing about them.

    Returns:
        (number of the run, benchmark) → answers.
    """
    found: dict[tuple[int, str], Embedded] = {}
    for number, run in enumerate(report.runs):
        items = run.run.items()
        for benchmark in report.measured:
            if benchmark.name in run.predictions:
                found[number, benchmark.name] = _embed_one(number, run, items, benchmark, limit)
    return found


def _embed_one(number: int, run: ReportRun, items: Items, benchmark: Benchmark, limit: int) -> Embedded:
    predictions = run.predictions[benchmark.name]
    ranked = sorted(predictions, key=lambda p: (_ORDER.index(verdict_of(p)), sha256_of_text(f"{p.item}#{p.epoch}")))
    rows = [_row(number, p, items.get((p.benchmark, p.item), {}), benchmark) for p in ranked[:limit]]
    return Embedded(tuple(rows), len(predictions))


def _row(number: int, prediction: Prediction, item: Mapping[str, Any], benchmark: Benchmark) -> dict[str, Any]:
    row: dict[str, Any] = {
        "run": number,
        "benchmark": benchmark.name,
        "item": prediction.item,
        "epoch": prediction.epoch,
        "verdict": verdict_of(prediction),
        "forced": prediction.forced,
        "rule": prediction.rule,
        "category": prediction.category,
        "variant": prediction.variant,
        "error": prediction.error,
    }
    if benchmark.confidential or item.get("confidential"):
        # Neither the texts nor the key of such a benchmark may travel with a report; an error may quote a prompt, and
        # the labels, probabilities or scores of an answer that is known to be right are the key.
        return row | {"confidential": True, "error": prediction.error.partition(":")[0]}
    return row | {
        "gold": list(prediction.gold),
        "answer": list(prediction.labels),
        "scores": {name: round(value, 4) for name, value in prediction.scores.items()},
        "logprobs": {label: round(value, 4) for label, value in prediction.logprobs.items()},
        "messages": [_message(message) for message in item.get("messages", ())],
        "options": dict(item.get("options", {})),
        "reference": _shortened(str(item.get("reference", "")), MAX_MESSAGE),
        "reply": _marked(prediction),
        "reasoning": _shortened(prediction.reasoning or "", MAX_REASONING),
    }


def _message(message: Mapping[str, Any]) -> list[Any]:
    return [str(message.get("role", "")), _shortened(str(message.get("content", "")), MAX_MESSAGE)]


def _shortened(text: str, limit: int) -> list[Any]:
    """[beginning, characters left out, end]: both ends of a long text; the end is empty where nothing is left out."""
    if len(text) <= limit:
        return [text, 0, ""]
    head = int(limit * _HEAD)
    tail = limit - head
    return [text[:head], len(text) - limit, text[-tail:]]


def _marked(prediction: Prediction) -> list[list[Any]]:
    """The reply in pieces [text, characters left out, text after them, is what the rule read].

    Cut into pieces here because a browser counts UTF-16 units where a span counts characters.
    """
    reply = prediction.reply or ""
    span = prediction.span
    if span is None or not 0 <= span[0] < span[1] <= len(reply):
        return [[*_shortened(reply, MAX_REPLY), False]]
    start, end = span
    before, inside, after = reply[:start], reply[start:end], reply[end:]
    room = MAX_REPLY - min(len(inside), MAX_REPLY // 2)
    pieces = [
        [*_shortened(before, max(room - min(len(after), _KEEP_AROUND), _KEEP_AROUND)), False],
        [*_shortened(inside, MAX_REPLY // 2), True],
        [*_shortened(after, max(room - min(len(before), room), _KEEP_AROUND)), False],
    ]
    return [piece for piece in pieces if piece[0]]


def counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many rows of each verdict there are, in the order in which they are chosen."""
    found: Sequence[str] = [str(row["verdict"]) for row in rows]
    return {verdict: found.count(verdict) for verdict in _ORDER if verdict in found}
