"""Reasoning that was searched for and verified (stage rows), and verified beside refuted chains (preference pairs).

Knows where questions come from: another generator whose rows have one right answer, such as cases and their diagnosis.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from pydantic import Field

from medgo.inference.protocol import Completion, Thinking
from medgo.schema import Evidence, Message, PreferenceRow, SftRow
from medgo.synthesis.generators.teacher.base import OF_FORM, Base, Drafts, FollowingGenerator, cite_all, without_system
from medgo.synthesis.generators.teacher.guarding import named_besides
from medgo.synthesis.generators.teacher.matching import chosen_option, gold_answers
from medgo.synthesis.generators.teacher.search import Chain, Found, Question, rewrite, search
from medgo.synthesis.protocol import Draft, RowKind, Source
from medgo.synthesis.teacher import Ask, Item, RejectionError, Script


@dataclass(frozen=True, slots=True)
class _Asked:
    """A draft whose question is asked: the ``number``-th of its shard."""

    draft: Draft
    ask: Ask
    rng: np.random.Generator
    number: int
    rounds: int

    def found(self, source: Source) -> Generator[Ask, Completion, tuple[Question, Chain, Found]]:
        """The question, a verified chain, and all that was found on the way.

        Raises:
            RejectionError: The question has no single right answer, or no chain was verified.
        """
        row = self.draft.row
        accepted = chosen_option(row) or gold_answers(self.draft.evidence, source.knowledge, row.lang)
        if not accepted:
            raise RejectionError("no single right answer")
        question = Question("\n\n".join(message.content for message in row.prompt), accepted, row.lang)
        found = yield from search(question, self.ask, lambda below: int(self.rng.integers(below)), self.rounds)
        if found.verified is None:
            raise RejectionError(f"not verified: {found.refuted[-1].why}")
        return question, found.verified, found


class _Searching(FollowingGenerator):
    """Both generators: a search per question."""

    of: Base = Field(description=f"Where questions come from: a generator whose rows have one right answer. {OF_FORM}")
    rounds: int = Field(3, ge=0, description="Chains after the first; each is another chance and costs two replies.")

    def scripts(self, source: Source, rng: np.random.Generator) -> Iterator[Item[Drafts]]:
        """One item a question."""
        for number, draft in enumerate(map(without_system, self.of.rows(source, rng))):
            ask = Ask((), self.sampling(rng), Thinking())
            own = np.random.default_rng(rng.integers(2**63))
            yield Item(f"{source.seed}/{number}", self.script(source, _Asked(draft, ask, own, number, self.rounds)))

    @abstractmethod
    def script(self, source: Source, question: _Asked) -> Script[Drafts]:
        """Search, and make rows of what was found."""


class VerifiedCot(_Searching):
    """The verified chain, rewritten as a physician thinks: rows with reasoning."""

    name: ClassVar[str] = "verified_cot"
    version: ClassVar[str] = "1"

    def script(self, source: Source, question: _Asked) -> Script[Drafts]:
        """One row."""
        draft = question.draft
        asked, verified, found = yield from question.found(source)
        reasoning, answer = yield from rewrite(asked, verified, question.ask)
        origin = draft.row.provenance
        row = SftRow(
            prompt=draft.row.prompt,
            completion=Message("assistant", answer, reasoning),
            thinking=True,
            task=self.name,
            stage=source.stage,
            lang=asked.lang,
            provenance=self.provenance(source, question.number, origin.sources, origin.certificate),
        )
        written = {"reasoning": reasoning, "completion": answer}
        return (Draft(row, _evidence(source, draft, found, written)),)


class ChainPreferences(_Searching):
    """A verified chain beside one that was refuted on the way to it."""

    name: ClassVar[str] = "chain_preferences"
    version: ClassVar[str] = "1"
    makes: ClassVar[RowKind] = "preference"

    longest_ratio: float = Field(
        1.6, gt=1, description="The chosen chain is at most so many times as long as the rejected one, or as short."
    )

    def script(self, source: Source, question: _Asked) -> Script[Drafts]:
        """One row, with the refuted chain that is nearest in length."""
        draft = question.draft
        asked, verified, found = yield from question.found(source)
        if not found.refuted:
            raise RejectionError("nothing refuted")
        nearest = min(found.refuted, key=lambda refuted: _ratio(verified, refuted.chain))
        if _ratio(verified, nearest.chain) > self.longest_ratio:
            raise RejectionError("lengths too different")
        origin = draft.row.provenance
        row = PreferenceRow(
            prompt=draft.row.prompt,
            chosen=_turn(verified),
            rejected=_turn(nearest.chain),
            thinking=True,
            task=self.name,
            stage=source.stage,
            lang=asked.lang,
            provenance=self.provenance(source, question.number, origin.sources, origin.certificate),
        )
        worse = nearest.chain
        written = {"chosen": verified.answer, "reasoning": verified.reasoning}
        written |= {"rejected": worse.answer, "rejected_reasoning": worse.reasoning}
        evidence = _evidence(source, draft, found, written)
        labels = {**evidence.labels, "defect": nearest.why, "strategy_rejected": nearest.strategy}
        return (Draft(row, replace(evidence, labels=labels)),)


def _turn(chain: Chain) -> Message:
    return Message("assistant", chain.answer, chain.reasoning)


def _ratio(one: Chain, other: Chain) -> float:
    lengths = sorted((len(one.reasoning), len(other.reasoning)))
    return lengths[1] / lengths[0]


def _evidence(source: Source, draft: Draft, found: Found, written: dict[str, str]) -> Evidence:
    """The case's facts and the prompt's sentences, and the new texts, which may state any fact of the case.

    Diseases that a chain weighs and the case does not hold become facts that are absent: they may be named where a
    sentence says that they are weighed or rejected, and nowhere else.
    """
    before = draft.evidence
    weighed = named_besides(source, before, written.values(), ("disease",), "medgo:considered")
    case = replace(before, facts=(*before.facts, *weighed))
    prompt = tuple(sentence for sentence in before.sentences if sentence.part.startswith("prompt"))
    new = tuple(sentence for part, text in written.items() for sentence in cite_all(text, part, draft.row.lang, case))
    labels = {
        **before.labels,
        "verified_by": found.strategy,
        "rounds": len(found.refuted) + 1,
        "refuted": [refuted.why for refuted in found.refuted],
    }
    return Evidence(case.facts, (*prompt, *new), labels)
