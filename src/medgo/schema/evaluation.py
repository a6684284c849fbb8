"""What an evaluation asks and what came back: items, rubric criteria, predictions. No input or output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from medgo.errors import InputError
from medgo.schema.chat import Message

Lang = Literal["zh", "en"]
# answered: labels were read. unparsed: a finished reply from which none could be read. truncated: the reply ended
# before an answer (and no forced one was asked for). refused: the model declined. error: the engine failed.
Status = Literal["answered", "unparsed", "truncated", "refused", "error"]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of a rubric: points (negative ones for what must not happen) that a judge grants or not."""

    text: str
    points: float
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvalItem:
    """One question of a benchmark, in the same shape whatever file it came from.

    Args:
        id: Unique in its benchmark, and the same in every form that the file circulates in wherever these agree.
        benchmark: Name of the benchmark.
        lang: Language of the question.
        question: The stem, without options.
        options: Label (``A``, ``B``, …) → text, in the order of the paper; empty for free-text items.
        answer: Gold labels, in the order of the options; empty for free-text items.
        multiple: Whether more than one label may be right, as the exam itself says; never inferred from the gold.
        context: What the question is about (abstract, case, patient profile); shown before it.
        reference: Gold text of a free-text item (one diagnosis a line, or a model solution).
        rubric: Criteria of a free-text item.
        conversation: The turns to be answered, where the item is a conversation (HealthBench).
        category: Subject, specialty or exam class: the strata of averages.
        variant: Which rewriting of the same question this is (AMQA, MedPAIR); empty for the only one.
        cluster: Items that are variants of one question share it; intervals resample clusters. Empty: the item alone.
        meta: Further fields that a prompt may name or a report may group by; JSON values.

    Raises:
        InputError: An option is empty, a gold label is not among the options or stands twice.
    """

    id: str
    benchmark: str
    lang: Lang
    question: str
    options: Mapping[str, str] = field(default_factory=dict)
    answer: tuple[str, ...] = ()
    multiple: bool = False
    context: str = ""
    reference: str = ""
    rubric: tuple[Criterion, ...] = ()
    conversation: tuple[Message, ...] = ()
    category: str = ""
    variant: str = ""
    cluster: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        empty = [label for label, text in self.options.items() if not text.strip()]
        if empty:
            raise InputError(f"item {self.id}: the options {empty} are empty")
        unknown = [label for label in self.answer if label not in self.options]
        if unknown:
            raise InputError(f"item {self.id}: the answer {unknown} is not among the options {list(self.options)}")
        if len(set(self.answer)) != len(self.answer):
            raise InputError(f"item {self.id}: the answer {self.answer} holds a label twice")

    @property
    def key(self) -> str:
        """Unique over all benchmarks."""
        return f"{self.benchmark}/{self.id}"

    @property
    def unit(self) -> str:
        """What is drawn when items are resampled."""
        return self.cluster or self.id


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model answered to one item in one epoch; a line of ``predictions.jsonl``.

    Args:
        benchmark: Name of the benchmark.
        item: Id of the item in it.
        epoch: Repetition, from 0.
        gold: Labels that are right; empty for free-text items.
        labels: Labels that were read or scored highest, in the order of the options.
        status: How the reply ended; see ``Status``.
        forced: The reply was cut off and the label comes from asking for it at that point.
        rule: Which reading rule fired, or how scores became a label (``letter``, ``text``, ``pmi`` …).
        span: Characters [start, end) of the reply that the rule read.
        reply: The answer's text; withheld (None) where the benchmark forbids passing items on, and for scoring.
        reasoning: The reasoning before it, likewise.
        logprobs: Label → log-probability (``score`` and forced answers).
        scores: Further scores by name, such as ``partial_credit``, ``label_mass``, a judge's ``points``.
        tokens: Token counts: prompt, completion, reasoning, cached.
        category: Stratum of the item; variant and unit likewise, so that a run folder can be read without the data.
        error: Why the engine failed, as ``code: message``.
    """

    benchmark: str
    item: str
    epoch: int
    gold: tuple[str, ...]
    labels: tuple[str, ...]
    status: Status
    lang: Lang = "en"
    forced: bool = False
    rule: str = ""
    span: tuple[int, int] | None = None
    reply: str | None = None
    reasoning: str | None = None
    logprobs: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    tokens: Mapping[str, int] = field(default_factory=dict)
    category: str = ""
    variant: str = ""
    unit: str = ""
    error: str = ""

    @property
    def key(self) -> tuple[str, str, int]:
        """Unique in a run."""
        return self.benchmark, self.item, self.epoch

    @property
    def correct(self) -> bool:
        """Whether the labels are exactly the gold ones. An unread, cut off or refused reply is wrong."""
        return self.status == "answered" and bool(self.gold) and set(self.labels) == set(self.gold)

    def to_row(self) -> dict[str, Any]:
        """Return the prediction as a JSON object."""
        return asdict(self)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Prediction:
        """Read a JSON object as :meth:`to_row` wrote it.

        Raises:
            InputError: A field is missing, unknown or not of its kind.
        """
        try:
            values = dict(row)
            for name in ("gold", "labels", "span"):
                if values.get(name) is not None:
                    values[name] = tuple(values[name])
            prediction = cls(**values)
        except TypeError as error:
            raise InputError(f"not a prediction: {error}") from error
        if prediction.status not in get_args(Status):
            raise InputError(f"not a prediction: status {prediction.status!r}")
        return prediction
