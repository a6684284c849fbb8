"""One answer for six readers: patient, resident, specialist, nurse, pharmacist, student.

The answer of another generator's row is written again for a reader. Each new sentence says which of the old ones it
comes from: its numbers must stand there, and it states their facts and no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from medgo.schema import Evidence, Lang, Message, Sentence, SftRow
from medgo.synthesis.generators.teacher.base import OF_FORM, Base, Drafts, FollowingGenerator, without_system
from medgo.synthesis.generators.teacher.replies import check_text
from medgo.synthesis.protocol import Draft, Source
from medgo.synthesis.teacher import Ask, Item, RejectionError, Script, ask_json
from medgo.tasks.quoting import missing_numbers, plain

Reader = Literal["patient", "resident", "specialist", "nurse", "pharmacist", "student"]
READERS: tuple[Reader, ...] = ("patient", "resident", "specialist", "nurse", "pharmacist", "student")

_SYSTEM: Mapping[Lang, str] = {
    "zh": "你是医院的医学编辑。把给出的回答改写给{reader}：{aim}。只用原有各句的内容，"
    "数字、单位、药名和否定不变，不增加新的医学信息。"
    "输出 JSON：sentences 的每一项有 text（一句话）和 sources（这句话来自原文第几句，可多句，从 1 数起）。",
    "en": "You are a medical editor in a hospital. Rewrite the answer for {reader}: {aim}. Use only what its "
    "sentences say; numbers, units, drug names and negations stay; add no medical information. Reply in JSON: each of "
    '"sentences" has "text" (one sentence) and "sources" (the numbers, from 1, of the sentences that it comes from).',
}
_SHOW: Mapping[Lang, str] = {
    "zh": "问题：\n{question}\n\n回答：\n{answer}",
    "en": "Question:\n{question}\n\nAnswer:\n{answer}",
}
_WHO: Mapping[Lang, Mapping[Reader, tuple[str, str]]] = {
    "zh": {
        "patient": ("患者本人", "用日常语言，不用缩写和编码，说清楚这意味着什么、下一步做什么"),
        "resident": ("住院医师", "突出判断依据、鉴别要点和马上要做的事"),
        "specialist": ("专科医师", "用规范术语，简练，突出与决策有关的细节"),
        "nurse": ("责任护士", "突出需要观察的变化、护理要点和何时报告医师"),
        "pharmacist": ("临床药师", "突出药物、剂量、相互作用和禁忌"),
        "student": ("医学生", "把道理讲明白，由现象到机制到结论"),
    },
    "en": {
        "patient": ("the patient", "everyday words, no abbreviations or codes, what it means and what happens next"),
        "resident": ("a resident", "what the judgement rests on, what to tell apart, what to do now"),
        "specialist": ("a specialist", "proper terms, terse, the details that decisions turn on"),
        "nurse": ("the nurse in charge", "what to watch, what to do, when to call the physician"),
        "pharmacist": ("a clinical pharmacist", "drugs, doses, interactions, contraindications"),
        "student": ("a medical student", "the reasoning made plain, from findings to mechanism to conclusion"),
    },
}  # fmt: skip
_ASKED: Mapping[Lang, str] = {"zh": "（请写给{reader}看。）", "en": "(Please write it for {reader}.)"}
# What no patient reads: codes, Latin frequencies, identifiers.
_JARGON = re.compile(
    r"\b(?:b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|q\.?d|p\.?r\.?n|i\.?v|p\.?o|d/?dx)\b\.?|\b[A-Z]\d{2}(?:\.\d+)?\b|\b(?:HP|ORPHA|ICD)\b",
    re.IGNORECASE,
)


class NewSentence(BaseModel):
    """A sentence and where it comes from."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=400)
    sources: list[int] = Field(max_length=12)


class Rewritten(BaseModel):
    """The answer for a reader."""

    model_config = ConfigDict(extra="forbid")

    sentences: list[NewSentence] = Field(max_length=40)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A row's answer for one reader."""

    draft: Draft
    reader: Reader
    old: tuple[Sentence, ...]
    number: int


class Perspectives(FollowingGenerator):
    """Rows of another generator, answered for another reader."""

    name: ClassVar[str] = "perspectives"
    version: ClassVar[str] = "1"

    of: Base = Field(description=f"Whose rows' answers are written again. {OF_FORM}")
    leading: int = Field(1, ge=0, description="So many sentences of the answer, from the first, must not be left out.")
    readers: tuple[Reader, ...] = Field(READERS, min_length=1, description="For whom; each row draws one.")

    def scripts(self, source: Source, rng: np.random.Generator) -> Iterator[Item[Drafts]]:
        """One item a row."""
        for number, draft in enumerate(map(without_system, self.of.rows(source, rng))):
            lang = draft.row.lang
            reader = self.readers[int(rng.integers(len(self.readers)))]
            old = tuple(sentence for sentence in draft.evidence.sentences if sentence.part == "completion")
            who, aim = _WHO[lang][reader]
            numbered = "\n".join(f"{n}. {sentence.text}" for n, sentence in enumerate(old, 1))
            user = _SHOW[lang].format(question=draft.row.prompt[-1].content, answer=numbered)
            ask = self.asking(rng, _SYSTEM[lang].format(reader=who, aim=aim), user)
            yield Item(f"{source.seed}/{number}", self._script(source, _Answer(draft, reader, old, number), ask))

    def _script(self, source: Source, answer: _Answer, ask: Ask) -> Script[Drafts]:
        draft, lang = answer.draft, answer.draft.row.lang
        if not answer.old:
            raise RejectionError("nothing to rewrite")
        reply = yield from ask_json(Rewritten, ask)
        if not reply.sentences:
            raise RejectionError("empty")
        new = [_stated(sentence, answer.old, lang) for sentence in reply.sentences]
        text = ("" if lang == "zh" else " ").join(sentence.text for sentence in new)
        check_text(text, lang)
        if _echoes(text, _WHO[lang][answer.reader][1]):
            raise RejectionError("repeats its instruction", text[:120])
        told = {fact for sentence in new for fact in sentence.facts}
        if any(old.facts and not told & set(old.facts) for old in answer.old[: self.leading]):
            raise RejectionError("leaves out what leads")
        if answer.reader == "patient" and (jargon := _JARGON.search(text)):
            raise RejectionError("jargon for a patient", jargon.group())
        return (self._draft(source, answer, draft, tuple(new), text),)

    def _draft(self, source: Source, answer: _Answer, draft: Draft, new: tuple[Sentence, ...], text: str) -> Draft:
        lang = draft.row.lang
        last = draft.row.prompt[-1]
        wish = _ASKED[lang].format(reader=_WHO[lang][answer.reader][0])
        origin = draft.row.provenance
        row = SftRow(
            prompt=(*draft.row.prompt[:-1], replace(last, content=f"{last.content}\n\n{wish}")),
            completion=Message("assistant", text),
            thinking=False,
            task=self.name,
            stage=source.stage,
            lang=lang,
            provenance=self.provenance(source, answer.number, origin.sources, origin.certificate),
        )
        prompt = tuple(sentence for sentence in draft.evidence.sentences if sentence.part.startswith("prompt"))
        asked = Sentence(wish, f"prompt[{len(row.prompt) - 1}]")
        labels = {**draft.evidence.labels, "reader": answer.reader}
        return Draft(row, Evidence(draft.evidence.facts, (*prompt, asked, *new), labels))


def _echoes(text: str, instruction: str) -> bool:
    """Whether a text says what it was told to be instead of being it."""
    return plain(instruction)[:12] in plain(text)


def _stated(sentence: NewSentence, old: tuple[Sentence, ...], lang: Lang) -> Sentence:
    """A new sentence with the facts of those that it comes from.

    Raises:
        RejectionError: It names a sentence that there is none of, none at all, or has a number of its own.
    """
    text = check_text(sentence.text, lang)
    if not sentence.sources or any(not 1 <= n <= len(old) for n in sentence.sources):
        raise RejectionError("no source for a sentence", text)
    sources = [old[n - 1] for n in dict.fromkeys(sentence.sources)]
    if missing := missing_numbers(text, " ".join(source.text for source in sources)):
        raise RejectionError("number not in its source", ", ".join(missing))
    facts = tuple(dict.fromkeys(fact for source in sources for fact in source.facts))
    return Sentence(text, "completion", facts)
