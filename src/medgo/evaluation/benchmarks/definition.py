"""What a benchmark is: where it comes from, the forms its file circulates in, how it is asked and how it is counted.

The files beside this one hold one benchmark each, as literals of these types. Knows no engine and reads no file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem, Lang

Group = Literal["Medical Knowledge", "Clinical Reasoning", "Medical Standard", "Beyond the card"]
Split = Literal["test", "dev"]
# choice: labels with gold. rubric: criteria with points. diagnosis: ranked diagnoses against a gold one.
# reference: free text against a model solution.
Kind = Literal["choice", "rubric", "diagnosis", "reference"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a benchmark is published.

    Args:
        hub: Data set id on the Hugging Face Hub; empty when it is not there.
        files: Files in that repository (glob patterns) that hold the test items and the few-shot pool.
        revision: Commit that is fetched. Empty where no commit is known to us: then the newest is fetched once, and
            its commit is recorded with the file and in every run's manifest.
        licence: As the publisher states it.
        page: Where people read about it, and where the file is when it is not on the Hub.
        paper: arXiv id or DOI.
        gated: The Hub wants a token and an accepted agreement.
        get: How to get it, where the Hub does not do; shown to the user.
    """

    hub: str
    files: tuple[str, ...]
    revision: str
    licence: str
    page: str
    paper: str = ""
    gated: bool = False
    get: str = ""


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """A second file that holds the answers to a form's questions, where these are published apart.

    Args:
        fields: Fields that every row of it has.
        path: Regular expression that its path must contain, in lower case.
        on: Field that both files have; rows in which it is equal belong together.
    """

    fields: frozenset[str]
    path: str
    on: str = "id"


@dataclass(frozen=True, slots=True)
class Form:
    """One of the forms that a benchmark's file circulates in, recognised by its fields.

    Args:
        name: ``official``, ``hub``, ``medagentsbench``, ``mirage``, ``apollo`` …
        fields: Fields that every row of such a file has.
        read: Makes the item of a row, or None where the row belongs to something else (another source, split,
            question type) that this benchmark does not hold; such rows are counted, not lost.
            A benchmark with variants returns several items.
        split: ``dev`` rows are only ever few-shot examples.
        path: Regular expression that the path must contain too, in lower case, where fields alone do not tell
            (``dev`` and ``test`` files of the same shape).
        columns: Names of the columns of a CSV or TSV file without a header; a header row of such a file is refused.
        key: The file that completes its rows, where one lies beside it; what a row says itself goes before.
    """

    name: str
    fields: frozenset[str]
    read: Callable[[Row], EvalItem | tuple[EvalItem, ...] | None]
    split: Split = "test"
    path: str = ""
    columns: tuple[str, ...] = ()
    key: AnswerKey | None = None


@dataclass(frozen=True, slots=True)
class Protocol:
    """How items are asked.

    Templates are ``str.format`` templates over ``question``, ``options`` (the rendered lines), ``context`` (with its
    heading, or empty), ``letters`` ("A, B, C, or D"), ``category`` and ``meta`` (``{meta[exam_type]}``).

    Args:
        prompt: The user's message, by language.
        system: System message by language; none where absent.
        option: One option line, over ``label`` and ``text``.
        separator: Between option lines.
        direct: The answer at once; False lets the model reason first.
        shots: Few-shot examples, taken from the ``dev`` split.
        shot: How an example's answer is written, over ``label`` and ``text``, by language.
        max_new_tokens: For a reply without thinking.
        temperature: 0 is greedy.
        note: Deviations from the publisher's own scorer and why.
    """

    prompt: Mapping[Lang, str]
    system: Mapping[Lang, str] = field(default_factory=dict)
    option: str = "{label}. {text}"
    separator: str = "\n"
    direct: bool = True
    shots: int = 0
    shot: Mapping[Lang, str] = field(default_factory=lambda: {"en": "{label}", "zh": "{label}"})
    max_new_tokens: int = 64
    temperature: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class CardFigures:
    """Published accuracies in percent, from the results table of the MedGo model card."""

    medgo: float
    lingshu_32b: float
    medgemma_27b: float


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark.

    Args:
        name: What the command line calls it.
        title: As the literature writes it.
        group: The card's group.
        kind: How it is counted.
        langs: Languages of its items.
        source: Where it is published.
        size: Items of the test split.
        chance: Accuracy of guessing in percent; None for free text.
        forms: Forms of its file, the best first: the first form of which a file is found is read.
        paths: Fragments (lower case, letters and digits only), one of which must begin at a word of a path to have the
            file looked into.
        official: The publisher's protocol; None where it publishes none.
        card: Figures of the model card; None for what it does not list.
        aliases: Other names that the command line takes, such as the card's spellings.
        average: ``micro``, or the unweighted mean over categories (``category``).
        headline: Variants that the headline number counts; empty counts all.
        gaps: Pairs of variants (privileged, unprivileged) whose difference is reported.
        multiple: Items may have more than one right label.
        confidential: Items must not be written into anything that is passed on.
        faults: Known faults of the data and of the publisher's scorer.
        reads: What one item of it looks like and what is odd about it; one paragraph for people.
    """

    name: str
    title: str
    group: Group
    kind: Kind
    langs: tuple[Lang, ...]
    source: Source
    size: int
    chance: float | None
    forms: tuple[Form, ...]
    paths: tuple[str, ...]
    official: Protocol | None = None
    card: CardFigures | None = None
    aliases: tuple[str, ...] = ()
    average: Literal["micro", "category"] = "micro"
    headline: tuple[str, ...] = ()
    gaps: tuple[tuple[str, str], ...] = ()
    multiple: bool = False
    confidential: bool = False
    faults: tuple[str, ...] = ()
    reads: str = ""
