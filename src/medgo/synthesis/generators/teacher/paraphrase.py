"""Questions asked in other words: the prompt of another generator's row is paraphrased, sentence by sentence.

A sentence whose paraphrase changes a number, a unit, a negation or a drug stays as it was; a row of which too little
could be said otherwise is given up. Every sentence keeps its facts, so the row is checked like the one it came from.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, create_model

from medgo.schema import Evidence, Lang, Sentence
from medgo.synthesis.generators.teacher.base import OF_FORM, Base, Drafts, FollowingGenerator
from medgo.synthesis.generators.teacher.guarding import Guard, guard_of
from medgo.synthesis.generators.teacher.replies import check_text
from medgo.synthesis.protocol import Draft, Source
from medgo.synthesis.teacher import Ask, Item, RejectionError, Script, ask_json
from medgo.tasks.quoting import plain

_SYSTEM: dict[Lang, str] = {
    "zh": "你是医学编辑。把给出的句子逐句换一种说法：{register}。数字、单位、药名、剂量、左右侧、否定和时间一律不变，"
    "不增不减内容，一句对一句。输出 JSON，sentences 中句子的数目和顺序与原文相同。",
    "en": "You are a medical editor. Say each of the sentences in other words: {register}. Numbers, units, drug names, "
    "doses, sides, negations and times stay the same; nothing is added or left out; one sentence for each. Reply in "
    'JSON with as many "sentences" as there are, in the same order.',
}
_REGISTERS: dict[Lang, tuple[str, ...]] = {
    "zh": ("像患者自己口述", "像门诊病历那样简练", "像会诊时向上级医师汇报", "像论文中的病例描述"),
    "en": (
        "as the patient would tell it",
        "as terse as a clinic note",
        "as a resident presents a case on the ward round",
        "as a published case report would put it",
    ),
}

_OPTION = re.compile(r"[A-H][.．、]")


class Sentences(BaseModel):
    """The paraphrases, one for each sentence."""

    model_config = ConfigDict(extra="forbid")

    sentences: list[str]


@lru_cache(maxsize=128)
def _sentences(count: int) -> type[Sentences]:
    """The model with so many sentences: a teacher held to it cannot lose one."""
    return create_model(
        "Sentences", __base__=Sentences, sentences=(list[str], Field(min_length=count, max_length=count))
    )


@dataclass(frozen=True, slots=True)
class _Turn:
    """The turn that is paraphrased: which message, and its sentences with their places among all of the row."""

    index: int
    text: str
    sentences: tuple[tuple[int, Sentence], ...]


class Paraphrase(FollowingGenerator):
    """Rows of another generator with the last question in other words."""

    name: ClassVar[str] = "paraphrase"
    version: ClassVar[str] = "1"

    of: Base = Field(description=f"Whose rows' prompts are paraphrased. {OF_FORM}")
    least_changed: float = Field(
        0.5, gt=0, le=1, description="Share of the sentences that must come out in other words with their meaning kept."
    )

    def scripts(self, source: Source, rng: np.random.Generator) -> Iterator[Item[Drafts]]:
        """One item a row."""
        guard = guard_of(source)
        for number, draft in enumerate(self.of.rows(source, rng)):
            registers = _REGISTERS[draft.row.lang]
            register = registers[int(rng.integers(len(registers)))]
            turn = _last_turn(draft)
            words = json.dumps([sentence.text for _, sentence in turn.sentences], ensure_ascii=False)
            ask = self.asking(rng, _SYSTEM[draft.row.lang].format(register=register), words)
            yield Item(f"{source.seed}/{number}", self._script(source, draft, turn, ask, guard, number))

    def _script(self, source: Source, draft: Draft, turn: _Turn, ask: Ask, guard: Guard, number: int) -> Script[Drafts]:
        lang = draft.row.lang
        if not turn.sentences:
            raise RejectionError("nothing to paraphrase")
        reply = yield from ask_json(_sentences(len(turn.sentences)), ask)
        changed: dict[int, Sentence] = {}
        kept: Counter[str] = Counter()
        for (place, sentence), words in zip(turn.sentences, reply.sentences, strict=True):
            why = _why_not(sentence.text, words, lang, guard)
            if why:
                kept[why] += 1
            else:
                changed[place] = replace(sentence, text=words.strip())
        if len(changed) < self.least_changed * len(turn.sentences):
            raise RejectionError("too little in other words", json.dumps(kept, ensure_ascii=False))
        text = _replaced(turn, changed)
        message = replace(draft.row.prompt[turn.index], content=text)
        origin = draft.row.provenance
        prompt = tuple(message if n == turn.index else old for n, old in enumerate(draft.row.prompt))
        stated = tuple(changed.get(n, sentence) for n, sentence in enumerate(draft.evidence.sentences))
        labels = {**draft.evidence.labels, "paraphrased": len(changed), "kept": dict(kept)}
        provenance = self.provenance(source, number, origin.sources, origin.certificate)
        row = replace(draft.row, prompt=prompt, provenance=provenance)
        return (Draft(row, Evidence(draft.evidence.facts, stated, labels)),)


def _why_not(old: str, new: str, lang: Lang, guard: Guard) -> str:
    """Why a sentence stays as it was; empty where its paraphrase is taken."""
    try:
        words = check_text(new, lang)
    except RejectionError as error:
        return error.reason
    if "\n" in words:
        return "several lines"
    if plain(words) == plain(old):
        return "same words"
    changes = guard.compare(old, words, lang)
    return changes[0].kind if changes else ""


def _last_turn(draft: Draft) -> _Turn:
    """The last user turn and what of it its evidence holds; options of a choice stay as they are."""
    prompt = draft.row.prompt
    index = len(prompt) - 1
    held = tuple(
        (n, sentence)
        for n, sentence in enumerate(draft.evidence.sentences)
        if sentence.part == f"prompt[{index}]" and not _OPTION.match(sentence.text)
    )
    return _Turn(index, prompt[index].content, held)


def _replaced(turn: _Turn, changed: dict[int, Sentence]) -> str:
    """The turn with other sentences in the old places; headings and line breaks between them stay.

    Raises:
        RejectionError: A sentence of the evidence does not stand in the turn.
    """
    parts: list[str] = []
    reached = 0
    for place, sentence in turn.sentences:
        at = turn.text.find(sentence.text, reached)
        if at < 0:
            raise RejectionError("sentence not in its turn", sentence.text)
        parts += [turn.text[reached:at], changed[place].text if place in changed else sentence.text]
        reached = at + len(sentence.text)
    return "".join([*parts, turn.text[reached:]])
