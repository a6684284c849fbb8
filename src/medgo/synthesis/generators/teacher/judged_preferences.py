"""Pairs and labels from the current model's own replies, ranked by a judge. Knows where the questions come from.

Each question is answered at several temperatures; each pair of replies is compared in both orders, and a comparison
counts only where both orders agree. The chosen reply must not win by being longer: pairs keep to a ratio of lengths,
and a pair that would tip the balance of a shard is given up.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, groupby, islice
from typing import ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from medgo.inference.protocol import Completion, Sampling, Thinking
from medgo.schema import Evidence, LabelledRow, Lang, Message, PreferenceRow
from medgo.synthesis.generators.teacher.base import OF_FORM, Base, Drafts, FollowingGenerator, cite_all, teacher_of
from medgo.synthesis.generators.teacher.prompts_judge import COMPARE
from medgo.synthesis.generators.teacher.replies import text_of
from medgo.synthesis.protocol import Draft, RowKind, Source
from medgo.synthesis.teacher import Ask, AskFailedError, Item, Rejected, RejectionError, Script, Teacher, ask_json


class Comparison(BaseModel):
    """Which of two replies is better."""

    model_config = ConfigDict(extra="forbid")

    why: str = Field(max_length=300)
    better: Literal["first", "second", "same"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair that the judge decided, in both orders alike."""

    chosen: str
    rejected: str
    wins: int

    @property
    def log_ratio(self) -> float:
        """Natural logarithm of the chosen reply's length over the rejected one's; 0 is balanced."""
        return math.log(len(self.chosen) / len(self.rejected))


@dataclass(frozen=True, slots=True)
class _Answered:
    """A question, the ``number``-th of its shard, with the replies to it."""

    draft: Draft
    number: int
    replies: list[str]


class JudgedPreferences(FollowingGenerator):
    """Pairs of on-policy replies: the policy answers and the teacher judges; without a policy the teacher does both."""

    name: ClassVar[str] = "judged_preferences"
    version: ClassVar[str] = "2"
    makes: ClassVar[RowKind] = "preference"

    of: Base = Field(description=f"Where questions come from: the prompts of this generator's rows. {OF_FORM}")
    temperatures: tuple[float, ...] = Field(
        (0.3, 0.7, 1.0, 1.2), min_length=2, description="One reply to each question at each of these."
    )
    longest_ratio: float = Field(
        1.5, gt=1, description="The chosen reply is at most so many times as long as the rejected one, or as short."
    )
    tilt: float = Field(
        0.05,
        gt=0,
        description="Mean of log(chosen length / rejected length) over a shard keeps within this once it has 20 pairs.",
    )

    def scripts(self, source: Source, rng: np.random.Generator) -> Iterator[Item[Drafts]]:
        """One item a question."""
        drafts = enumerate(self.of.rows(source, rng))
        if source.policy is None:
            yield from (Item(f"{source.seed}/{n}", self._both(source, draft, n)) for n, draft in drafts)
            return
        # Two engines, each with a stream of its own: the teacher's pulls what the policy's has finished.
        replies = (Item(f"{source.seed}/{n}/replies", self._answered(draft, n)) for n, draft in drafts)
        for answered in source.policy.run(islice(replies, self.items)):
            if isinstance(answered, Rejected):
                source.rejected[answered.reason] += 1
            else:
                yield Item(f"{source.seed}/{answered.number}", self._judged(source, answered))

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Drafts in the order of the questions; pairs that tip the balance of lengths are counted and left out."""
        balance = _Balance(self.tilt)
        for _, group in groupby(super().rows(source, rng), key=lambda draft: draft.row.provenance.seed):
            pair = list(group)  # one draft, or the two labels of a pair: both or none
            if balance.take(float(pair[0].evidence.labels["log_length_ratio"])):
                yield from pair
            else:
                source.rejected["length balance"] += 1

    def drafts(self, source: Source, draft: Draft, pair: Judged, number: int) -> Drafts:
        """The rows of a judged pair."""
        origin = draft.row.provenance
        provenance = self.provenance(source, number, origin.sources, origin.certificate)
        if source.policy is not None:
            provenance = replace(provenance, teacher=source.policy.fingerprint)
        row = PreferenceRow(
            prompt=draft.row.prompt,
            chosen=Message("assistant", pair.chosen),
            rejected=Message("assistant", pair.rejected),
            thinking=False,
            task=draft.row.task,
            stage=source.stage,
            lang=draft.row.lang,
            provenance=provenance,
        )
        written = {"chosen": pair.chosen, "rejected": pair.rejected}
        return (Draft(row, _evidence(draft, pair, written, teacher_of(source, self.name))),)

    def _both(self, source: Source, draft: Draft, number: int) -> Script[Drafts]:
        answered = yield from self._answered(draft, number)
        return (yield from self._judged(source, answered))

    def _judged(self, source: Source, answered: _Answered) -> Script[Drafts]:
        draft, replies = answered.draft, answered.replies
        wins = yield from self._compare(_question(draft), replies, draft.row.lang)
        pairs = [
            Judged(replies[one], replies[other], len(wins[one]) - len(wins[other]))
            for one in wins
            for other in sorted(wins[one])
        ]
        if not pairs:
            raise RejectionError("judge finds no difference")
        near = [pair for pair in pairs if abs(pair.log_ratio) <= math.log(self.longest_ratio)]
        if not near:
            raise RejectionError("lengths too different")
        best = max(near, key=lambda pair: (pair.wins, -pair.log_ratio))
        return self.drafts(source, draft, best, answered.number)

    def _answered(self, draft: Draft, number: int) -> Script[_Answered]:
        """The usable replies, each once."""
        found: dict[str, None] = {}
        last = RejectionError("fewer than two replies")
        for temperature in self.temperatures:
            sampling = Sampling(self.max_new_tokens, temperature, top_p=0.95 if temperature else 1.0)
            try:
                found[text_of((yield Ask(draft.row.prompt, sampling, Thinking())), draft.row.lang)] = None
            except AskFailedError:
                raise
            except RejectionError as error:
                last = error
        if len(found) < 2:
            raise RejectionError("fewer than two replies", last.reason)
        return _Answered(draft, number, list(found))

    def _compare(
        self, question: str, replies: list[str], lang: Lang
    ) -> Generator[Ask, Completion, dict[int, set[int]]]:
        """Who beats whom, in both orders."""
        wins: dict[int, set[int]] = {n: set() for n in range(len(replies))}
        for one, other in combinations(range(len(replies)), 2):
            forward = yield from ask_json(Comparison, self._judge(question, replies[one], replies[other], lang))
            if forward.better == "same":
                continue
            backward = yield from ask_json(Comparison, self._judge(question, replies[other], replies[one], lang))
            if (forward.better, backward.better) == ("first", "second"):
                wins[one].add(other)
            elif (forward.better, backward.better) == ("second", "first"):
                wins[other].add(one)
        return wins

    def _judge(self, question: str, first: str, second: str, lang: Lang) -> Ask:
        system, user = COMPARE[lang]
        words = user.format(question=question, first=first, second=second)
        return Ask((Message("system", system), Message("user", words)), Sampling(self.max_new_tokens))


class JudgedLabels(JudgedPreferences):
    """The same replies with labels: wanted and not wanted, one of each from every judged pair (KTO)."""

    name: ClassVar[str] = "judged_labels"
    version: ClassVar[str] = "2"
    makes: ClassVar[RowKind] = "labelled"

    def drafts(self, source: Source, draft: Draft, pair: Judged, number: int) -> Drafts:
        """Two rows."""
        (both,) = super().drafts(source, draft, pair, number)
        row = both.row
        return tuple(
            Draft(
                LabelledRow(
                    prompt=row.prompt,
                    completion=Message("assistant", text),
                    label=label,
                    thinking=False,
                    task=row.task,
                    stage=row.stage,
                    lang=row.lang,
                    provenance=row.provenance,
                ),
                _evidence(draft, pair, {"completion": text}, teacher_of(source, self.name)),
            )
            for text, label in ((pair.chosen, True), (pair.rejected, False))
        )


class _Balance:
    """Keeps the chosen replies of a shard from being longer, or shorter, on the whole."""

    _BEGINNING = 20

    def __init__(self, tilt: float) -> None:
        self._tilt, self._sum, self._count = tilt, 0.0, 0

    def take(self, log_ratio: float) -> bool:
        """Whether a pair may be added; one that brings the mean nearer to 0 always may."""
        mean = (self._sum + log_ratio) / (self._count + 1)
        before = self._sum / self._count if self._count else 0.0
        if self._count >= self._BEGINNING and abs(mean) > self._tilt and abs(mean) >= abs(before):
            return False
        self._sum += log_ratio
        self._count += 1
        return True


def _question(draft: Draft) -> str:
    """The conversation up to the reply, as the judge sees it."""
    return "\n\n".join(message.content for message in draft.row.prompt)


def _evidence(draft: Draft, pair: Judged, written: dict[str, str], judge: Teacher) -> Evidence:
    before = draft.evidence
    prompt = tuple(sentence for sentence in before.sentences if sentence.part.startswith("prompt"))
    new = tuple(one for part, text in written.items() for one in cite_all(text, part, draft.row.lang, before))
    # The provenance names who answered, which may be another model.
    decided = {"judge": judge.fingerprint, "log_length_ratio": round(pair.log_ratio, 4), "wins": pair.wins}
    labels = {**before.labels, **decided}
    return replace(before, sentences=(*prompt, *new), labels=labels)
