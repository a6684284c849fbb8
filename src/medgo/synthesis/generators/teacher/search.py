"""Search, verify, rewrite: a chain of reasoning is looked for until it is sound and its answer right.

After HuatuoGPT-o1 (arXiv 2412.18925 §2): a first chain, then backtracking, a new path, verification or correction, at
most so many rounds. Two things differ. Soundness is judged by a reader who is not shown the right answer, so that a
chain is not called sound for ending well; and nobody who writes a chain is ever shown it, so that no chain reasons
towards an answer it was given. Whether the answer is right is decided by names; a model is asked only where these do
not match, and then about the two answers alone.

Knows no source of questions and makes no rows.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ConfigDict, Field

from medgo.inference.protocol import Completion
from medgo.schema import Lang, Message
from medgo.synthesis.generators.teacher.matching import names_one, same_answer
from medgo.synthesis.generators.teacher.prompts_search import (
    EQUIVALENT,
    FIRST,
    REPLY,
    REWRITE,
    SOUND,
    STRATEGIES,
    STRATEGY_NAMES,
)
from medgo.synthesis.generators.teacher.replies import check_text, text_of
from medgo.synthesis.teacher import Ask, RejectionError, ask_json

Asking = Generator[Ask, Completion, "Found"]


class Chain(BaseModel):
    """Reasoning and what it ends in."""

    model_config = ConfigDict(extra="forbid")

    reasoning: str = Field(max_length=4000)
    answer: str = Field(max_length=200)


class Soundness(BaseModel):
    """What a reader who does not know the answer says of a chain."""

    model_config = ConfigDict(extra="forbid")

    fault: str = Field(max_length=400)
    sound: bool


class Same(BaseModel):
    """Whether two answers mean the same."""

    model_config = ConfigDict(extra="forbid")

    same: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question whose answer is known.

    Args:
        words: The question as it is asked.
        accepted: Every way to say the right answer.
        lang: Language of the question and of its chain.
    """

    words: str
    accepted: tuple[str, ...]
    lang: Lang

    @property
    def gold(self) -> str:
        """The right answer in words: not the letter of an option."""
        return next((answer for answer in self.accepted if len(answer) > 1), self.accepted[0])


@dataclass(frozen=True, slots=True)
class Refuted:
    """A chain that was not verified: what it said, which round, and why (``wrong answer`` or ``not sound``)."""

    chain: Chain
    strategy: str
    why: str


@dataclass(slots=True)
class Found:
    """What a search came to.

    Args:
        verified: The chain; None where none was verified.
        strategy: Which round found it: ``first`` or one of the strategies.
        refuted: Chains before it, in order.
    """

    verified: Chain | None = None
    strategy: str = ""
    refuted: list[Refuted] = field(default_factory=list)


def search(question: Question, ask: Ask, choose: Callable[[int], int], rounds: int) -> Asking:
    """Look for a verified chain.

    Args:
        question: What is asked.
        ask: How to ask: its sampling is used for chains, greedy sampling for verdicts.
        choose: Draws a number below its argument: which strategy comes next.
        rounds: Chains after the first one.

    Returns:
        What was found; ``verified`` is None where all rounds failed.

    Raises:
        RejectionError: The first chain was no use at all.
    """
    found = Found()
    lang = question.lang
    system, user = FIRST[lang]
    asked = replace(ask, messages=(Message("system", system), Message("user", user.format(question=question.words))))
    strategy, previous = "first", None
    for round_ in range(rounds + 1):
        chain = yield from _usable(asked, lang, first=round_ == 0)
        if chain is not None:
            why, fault = yield from _verdict(question, chain, ask)
            if not why:
                found.verified, found.strategy = chain, strategy
                return found
            found.refuted.append(Refuted(chain, strategy, why))
            previous = (chain, fault)
        if previous is None:
            continue
        strategy = _next_strategy(found, choose)
        asked = replace(ask, messages=_again(question, *previous, strategy))
    return found


def _usable(ask: Ask, lang: Lang, *, first: bool) -> Generator[Ask, Completion, Chain | None]:
    """A chain, or None where a later round was no use: it costs that round only."""
    try:
        chain = yield from ask_json(Chain, ask)
        return Chain(reasoning=check_text(chain.reasoning, lang), answer=check_text(chain.answer, lang))
    except RejectionError:
        if first:
            raise
        return None


def _verdict(question: Question, chain: Chain, ask: Ask) -> Generator[Ask, Completion, tuple[str, str]]:
    """Why a chain is refuted (empty where it is verified), and the fault that its reader found."""
    greedy = replace(ask, sampling=replace(ask.sampling, temperature=0.0))
    system, user = SOUND[question.lang]
    words = user.format(question=question.words, reasoning=chain.reasoning, answer=chain.answer)
    asked = replace(greedy, messages=(Message("system", system), Message("user", words)))
    reading = yield from ask_json(Soundness, asked)
    if not same_answer(chain.answer, question.accepted):
        system, user = EQUIVALENT[question.lang]
        words = user.format(answer=chain.answer, accepted=question.gold)
        same = yield from ask_json(Same, replace(greedy, messages=(Message("system", system), Message("user", words))))
        if not same.same:
            return "wrong answer", reading.fault
    # The answer stands apart from the reasoning: a chain that argues for something else contradicts itself.
    if not names_one(chain.reasoning, (*question.accepted, chain.answer)):
        return "contradicts itself", reading.fault
    return ("", "") if reading.sound else ("not sound", reading.fault)


def _next_strategy(found: Found, choose: Callable[[int], int]) -> str:
    """Backtracking goes back to an earlier chain, so it needs two."""
    possible = [name for name in STRATEGY_NAMES if name != "backtracking" or len(found.refuted) > 1]
    return possible[choose(len(possible))]


def _again(question: Question, chain: Chain, fault: str, strategy: str) -> tuple[Message, ...]:
    """The conversation so far, and what to do now. The reader's fault is told; the right answer never is."""
    lang = question.lang
    system, user = FIRST[lang]
    return (
        Message("system", system),
        Message("user", user.format(question=question.words)),
        Message("assistant", chain.model_dump_json()),
        Message("user", STRATEGIES[lang][strategy].format(fault=fault.strip() or "—")),
    )


def rewrite(question: Question, chain: Chain, ask: Ask) -> Generator[Ask, Completion, tuple[str, str]]:
    """A verified chain as a physician thinks it, and the answer that he gives in the end.

    Returns:
        (reasoning, answer) of a row.

    Raises:
        RejectionError: ``rewrite lost the answer``: one of the two does not come to it any more.
    """
    lang = question.lang
    system, user = REWRITE[lang]
    words = user.format(question=question.words, reasoning=chain.reasoning, answer=chain.answer)
    thought = text_of((yield replace(ask, messages=(Message("system", system), Message("user", words)))), lang)
    system, user = REPLY[lang]
    words = user.format(question=question.words, reasoning=thought)
    answer = text_of((yield replace(ask, messages=(Message("system", system), Message("user", words)))), lang)
    accepted = (*question.accepted, chain.answer)
    if not (names_one(thought, accepted) and names_one(answer, accepted)):
        raise RejectionError("rewrite lost the answer", answer[:120])
    return thought, answer
