"""Experts' verdicts on answers become rows for the next round: labelled ones and pairs. Knows no model and no stage.

One review a line of JSONL::

    {"prompt": [{"role": "user", "content": "…"}], "answer": {"role": "assistant", "content": "…"},
     "verdict": "accept" | "edit" | "reject", "edited": "…", "rater": "r07", "lang": "zh", "task": "triage",
     "licence": "CC-BY-4.0", "row_id": "…", "certificate": "…"}

``edited`` belongs to ``edit`` alone; ``row_id`` and ``certificate`` may be absent. Raters stand under pseudonyms.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from medgo.errors import InputError
from medgo.evaluation.statistics.agreement import krippendorff_alpha
from medgo.schema import LabelledRow, Lang, Message, PreferenceRow, Provenance, SourceRef, parse_messages
from medgo.store import RowFile, encode_row, replacing

Verdict = Literal["accept", "edit", "reject"]

GENERATOR, VERSION = "expert_review", "1"
_FIELDS = frozenset(
    ("prompt", "answer", "verdict", "edited", "rater", "lang", "task", "licence", "row_id", "certificate")
)
# A person's name has no place in training rows: spaces, dots, @ and characters beyond ASCII are refused.
_PSEUDONYM = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class Review:
    """One verdict.

    Args:
        prompt: The conversation.
        answer: The turn that was judged.
        verdict: ``accept``, ``edit`` or ``reject``.
        edited: The better turn, for ``edit``.
        rater: Pseudonym.
        lang: Language of the turn.
        task: Name of the task.
        provenance: The file, the rater, and the row that the answer was written for.
    """

    prompt: tuple[Message, ...]
    answer: Message
    verdict: Verdict
    edited: Message | None
    rater: str
    lang: Lang
    task: str
    provenance: Provenance


@dataclass(slots=True)
class ReviewCount:
    """What came of a file of reviews.

    Args:
        reviews: Reviews read.
        answers: Different answers among them.
        verdicts: Verdict → reviews.
        raters: Pseudonym → reviews.
        rated_twice: Answers with more than one rater.
        agreed: Of those, the ones whose raters agree.
        conflicts: Answers that one review accepts and another does not; none of them becomes a row.
        repeated: Reviews that say again what an earlier one says.
        alpha: Krippendorff's alpha of the verdicts (nominal), over answers with more than one rater; None where it is
            not defined.
    """

    reviews: int = 0
    answers: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    raters: Counter[str] = field(default_factory=Counter)
    rated_twice: int = 0
    agreed: int = 0
    conflicts: int = 0
    repeated: int = 0
    alpha: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        # asdict makes a Counter of a Counter's pairs: keys would be pairs.
        return {**asdict(self), "verdicts": dict(self.verdicts), "raters": dict(self.raters)}


@dataclass(frozen=True, slots=True)
class ReviewedRows:
    """Rows made of reviews.

    Args:
        labelled: Accepted answers as wanted ones, rejected ones as unwanted.
        pairs: Edited answers over those that were edited.
        count: What came of the file.
    """

    labelled: tuple[LabelledRow, ...]
    pairs: tuple[PreferenceRow, ...]
    count: ReviewCount


def read_reviews(path: Path) -> ReviewedRows:
    """Turn a file of reviews into rows.

    An answer that one review accepts and another edits or rejects is a conflict: it is counted and left out, because
    which of them is right is for the raters to settle. Two raters who say the same make one row that names both.

    Raises:
        InputError: A review cannot be read (names file, line and field), or reviews of one answer name different
            certificates.
    """
    by_answer: dict[tuple[object, ...], list[Review]] = {}
    count = ReviewCount()
    for review in _reviews(path):
        count.reviews += 1
        count.verdicts[review.verdict] += 1
        count.raters[review.rater] += 1
        by_answer.setdefault((review.prompt, review.answer, review.task, review.lang), []).append(review)
    count.answers = len(by_answer)
    labelled: list[LabelledRow] = []
    pairs: list[PreferenceRow] = []
    for reviews in by_answer.values():
        verdicts = {review.verdict for review in reviews}
        conflict = "accept" in verdicts and len(verdicts) > 1
        several = len({review.rater for review in reviews}) > 1
        count.rated_twice += several
        count.agreed += several and not conflict
        count.conflicts += conflict
        if conflict:
            continue
        try:
            made = [_row(same) for same in _alike(reviews)]
        except InputError as error:
            raters = ", ".join(sorted({review.rater for review in reviews}))
            raise InputError(f"{path}, reviews by {raters}: {error.message}", hint=error.hint) from error
        count.repeated += len(reviews) - len(made)
        labelled += [row for row in made if isinstance(row, LabelledRow)]
        pairs += [row for row in made if isinstance(row, PreferenceRow)]
    count.alpha = _alpha(by_answer.values())
    return ReviewedRows(tuple(labelled), tuple(pairs), count)


def write_reviewed_rows(rows: ReviewedRows, folder: Path) -> None:
    """Write ``labels.jsonl`` and ``preference.jsonl``, each whole or not at all; a kind without rows has no file.

    Raises:
        StorageError: The disk did not take them.
    """
    kinds: tuple[tuple[str, tuple[LabelledRow | PreferenceRow, ...]], ...] = (
        ("labels.jsonl", rows.labelled),
        ("preference.jsonl", rows.pairs),
    )
    for name, made in kinds:
        if made:
            with replacing(folder / name) as file:
                file.writelines(encode_row(row.to_dict()) for row in made)
        else:
            (folder / name).unlink(missing_ok=True)


def _alpha(answers: Iterable[list[Review]]) -> float | None:
    """How far raters agree beyond chance; where one rated an answer twice, what they said last counts."""
    said = [{review.rater: get_args(Verdict).index(review.verdict) for review in reviews} for reviews in answers]
    several = [by_rater for by_rater in said if len(by_rater) > 1]
    raters = sorted({rater for by_rater in several for rater in by_rater})
    return krippendorff_alpha([[by_rater.get(rater) for by_rater in several] for rater in raters]) if several else None


def _alike(reviews: Iterable[Review]) -> Iterator[list[Review]]:
    """Reviews of one answer, those that say the same together."""
    groups: dict[tuple[Verdict, Message | None], list[Review]] = {}
    for review in reviews:
        groups.setdefault((review.verdict, review.edited), []).append(review)
    yield from groups.values()


def _row(reviews: list[Review]) -> LabelledRow | PreferenceRow:
    first = reviews[0]
    certificates = sorted({review.provenance.certificate for review in reviews})
    if len(certificates) > 1:
        named = ", ".join(name or "none" for name in certificates)
        raise InputError(
            f"reviews of one answer name different certificates ({named}), and a row can name one",
            hint="give every review of an answer the certificate of the records that its prompt was made from",
        )
    sources = tuple(dict.fromkeys(source for review in reviews for source in review.provenance.sources))
    common: dict[str, Any] = {
        "prompt": first.prompt,
        "thinking": bool(first.answer.reasoning_content),
        "task": first.task,
        "stage": "preference",
        "lang": first.lang,
        "provenance": replace(first.provenance, sources=sources),
    }
    if first.edited is not None:
        return PreferenceRow(chosen=first.edited, rejected=first.answer, **common)
    return LabelledRow(completion=first.answer, label=first.verdict == "accept", **common)


def _reviews(path: Path) -> Iterator[Review]:
    file = RowFile(path)
    for raw in file:
        place = f"{path}, {file.unit} {raw.number}"
        if raw.value is None:
            problem = raw.error or InputError("not a review")
            raise InputError(f"{place}: {problem.message}", hint=problem.hint)
        try:
            review = _review(raw.value, path.name)
            _row([review])  # what breaks the rules of rows is named by its line
        except InputError as error:
            raise InputError(f"{place}: {error.message}", hint=error.hint) from error
        yield review


def _review(value: Mapping[str, Any], file: str) -> Review:
    unknown = sorted(set(value) - _FIELDS)
    if unknown:
        raise InputError(f"{unknown[0]}: no field of a review; there are {', '.join(sorted(_FIELDS))}")
    verdict = cast(Verdict, _word(value, "verdict", get_args(Verdict)))
    answer = _answer(value)
    rater, row_id, certificate = _text(value, "rater"), _text(value, "row_id", ""), _text(value, "certificate", "")
    if not _PSEUDONYM.fullmatch(rater):
        raise InputError(
            f"rater: {rater!r} is no pseudonym", hint="up to 32 of A-Z a-z 0-9 - _; keep the list of names elsewhere"
        )
    source = SourceRef(f"{rater}/{row_id}" if row_id else rater, f"{GENERATOR}:{file}", _text(value, "licence"))
    return Review(
        _messages(value, "prompt"),
        answer,
        verdict,
        _edited(value, verdict, answer),
        rater,
        cast(Lang, _word(value, "lang", get_args(Lang))),
        _text(value, "task"),
        Provenance((source,), GENERATOR, VERSION, certificate=certificate),
    )


def _answer(value: Mapping[str, Any]) -> Message:
    (turn,) = _messages({"answer": [value.get("answer")]}, "answer")
    if turn.role != "assistant" or not turn.content.strip():
        raise InputError("answer: expected a turn of the assistant with some text")
    return replace(turn, reasoning_content=turn.reasoning_content or None)


def _edited(value: Mapping[str, Any], verdict: Verdict, answer: Message) -> Message | None:
    """The better turn; its reasoning is the judged answer's, which the rater read and let stand."""
    if verdict != "edit":
        if value.get("edited"):
            raise InputError(f"edited: given with the verdict {verdict}", hint="say edit, or leave edited out")
        return None
    text = _text(value, "edited")
    if text == answer.content:
        raise InputError("edited: the same text as the answer", hint="say accept if nothing was changed")
    return replace(answer, content=text)


def _messages(value: Mapping[str, Any], name: str) -> tuple[Message, ...]:
    try:
        return parse_messages(value.get(name))
    except InputError as error:
        raise InputError(error.message.replace("messages", name, 1), hint=error.hint) from error


def _text(value: Mapping[str, Any], name: str, default: str | None = None) -> str:
    text = value.get(name, default)
    if not isinstance(text, str) or not (text.strip() or default is not None):
        raise InputError(f"{name}: {'missing' if text is None else f'expected some text, found {text!r}'}")
    return text


def _word(value: Mapping[str, Any], name: str, words: tuple[str, ...]) -> str:
    word = _text(value, name)
    if word not in words:
        raise InputError(f"{name}: expected one of {', '.join(words)}, found {word!r}")
    return word
