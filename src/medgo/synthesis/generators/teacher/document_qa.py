"""Questions and answers from documents, each with the sentence that supports it. Knows documents, no knowledge index.

Kept only where the quotation stands in the document word for word, every number of the answer stands in it, and a
second reading that is shown the quotation alone finds the question answered by it.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from medgo.inference.protocol import Completion
from medgo.schema import Document, Evidence, Fact, Lang, Message, Sentence, SftRow
from medgo.synthesis.generators.shelved import documents_of
from medgo.synthesis.generators.teacher.base import Drafts, TeacherGenerator
from medgo.synthesis.generators.teacher.passages import passages
from medgo.synthesis.generators.teacher.replies import check_text
from medgo.synthesis.protocol import Draft, Need, Source
from medgo.synthesis.teacher import Ask, Item, RejectionError, Script, ask_json
from medgo.tasks.quoting import missing_numbers, plain
from medgo.text import sentences


class Pair(BaseModel):
    """A question, its answer, and what supports it."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(max_length=300)
    quote: str = Field(max_length=600)
    answer: str = Field(max_length=900)


class Reading(BaseModel):
    """What somebody says who sees the quotation only."""

    model_config = ConfigDict(extra="forbid")

    answered: bool


_WRITE: dict[Lang, str] = {
    "zh": "你是医学教材编辑，根据给出的资料出一道问答题。要求：\n"
    "1. 问题是医生、医学生或患者真会问的，单独看也看得懂，不出现“本文”“上文”“资料”等字样；\n"
    "2. 先从资料中原样摘抄一句（quote），一字不改，这一句必须足以回答问题；\n"
    "3. 答案只用摘抄的内容，不补充资料以外的知识，数字、单位和药名与原文一致，用通顺的中文书写。",
    "en": "You are an editor of a medical textbook and write one question with its answer from a passage.\n"
    "1. The question is one that a clinician, a student or a patient would ask. It makes sense without the passage and "
    'does not mention "the passage" or "the text".\n'
    "2. First copy one sentence (quote) from the passage word for word. It alone must answer the question.\n"
    "3. The answer says only what the quotation says: nothing from elsewhere, numbers, units and drug names unchanged.",
}
_SHOW: dict[Lang, str] = {"zh": "资料{title}：\n{text}", "en": "Passage{title}:\n{text}"}
_TITLE: dict[Lang, str] = {"zh": "《{title}》", "en": ' from "{title}"'}
_READ: dict[Lang, tuple[str, str]] = {
    "zh": (
        "你只看到一句话、一个问题和一个答案。判断：仅凭这句话，能否得出这个答案，且答案正面回答了问题？",
        "句子：{quote}\n问题：{question}\n答案：{answer}",
    ),
    "en": (
        "You see one sentence, a question and an answer. Decide whether the answer follows from that sentence alone "
        "and answers the question.",
        "Sentence: {quote}\nQuestion: {question}\nAnswer: {answer}",
    ),
}
_SHOWN: dict[Lang, str] = {
    "zh": "请根据下面的资料回答问题，并引用原文中的依据。\n\n{text}\n\n问题：{question}",
    "en": "Answer the question from the text below, and quote the sentence that your answer rests on.\n\n{text}\n\n"
    "Question: {question}",
}
_QUOTED: dict[Lang, str] = {"zh": "{answer}\n\n依据：“{quote}”", "en": '{answer}\n\nSource: "{quote}"'}
# A question that only somebody with the passage before him understands.
_LEANS = re.compile(
    r"(?:本文|上文|文中|该文|原文|资料中|文章|这段|上述|the (?:passage|text|article|document|author)|according to the)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage and where it stands: the ``number``-th item of its shard."""

    document: Document
    text: str
    number: int


class DocumentQa(TeacherGenerator):
    """A question per passage; some rows show the passage and quote it, the others ask from memory."""

    name: ClassVar[str] = "document_qa"
    version: ClassVar[str] = "2"
    needs: ClassVar[frozenset[Need]] = frozenset({"teacher", "documents"})

    passage_characters: int = Field(
        1200, ge=100, description="Longest passage; a document is cut at ends of sentences."
    )
    shortest: int = Field(60, ge=1, description="Passages with fewer characters are not asked about; they are counted.")
    shown: float = Field(0.5, ge=0, le=1, description="Share of rows whose prompt shows the passage.")

    def scripts(self, source: Source, rng: np.random.Generator) -> Iterator[Item[Drafts]]:
        """One item a passage."""
        number = 0
        for document in documents_of(source, self.name):
            for text in passages(document, self.passage_characters):
                if len(text) < self.shortest:
                    source.rejected["passage too short"] += 1
                    continue
                passage = Passage(document, text, number)
                shown = bool(rng.random() < self.shown)
                ask = self.asking(rng, _WRITE[document.lang], _passage_words(passage))
                yield Item(f"{source.seed}/{number}", self._script(source, passage, ask, shown))
                number += 1

    def _script(self, source: Source, passage: Passage, ask: Ask, shown: bool) -> Script[Drafts]:
        lang = passage.document.lang
        pair = yield from ask_json(Pair, ask)
        question, answer = check_text(pair.question, lang), check_text(pair.answer, lang)
        if _LEANS.search(question):
            raise RejectionError("question leans on the passage", question)
        quote = quoted(pair.quote, passage.text, lang)
        if missing := missing_numbers(answer, quote):
            raise RejectionError("number not in the quotation", ", ".join(missing))
        yield from _second_reading(ask, lang, quote=quote, question=question, answer=answer)
        prompt = _SHOWN[lang].format(text=passage.text, question=question) if shown else question
        completion = _QUOTED[lang].format(answer=answer, quote=quote) if shown else answer
        row = SftRow(
            prompt=(Message("user", prompt),),
            completion=Message("assistant", completion),
            thinking=False,
            task=self.name,
            stage=source.stage,
            lang=lang,
            provenance=self.provenance(source, passage.number, (passage.document.ref,), ""),
        )
        return (Draft(row, _evidence(passage, question, quote, answer, shown)),)


def quoted(quote: str, text: str, lang: Lang) -> str:
    """The quotation as it stands in the document, whole sentences.

    Raises:
        RejectionError: It does not stand there, or is too short to say anything.
    """
    wanted = plain(quote)
    if len(wanted) < 4:
        raise RejectionError("quotation not in the document", quote)
    spans = sentences(text, lang)
    for first in range(len(spans)):
        for last in range(first, min(first + 3, len(spans))):
            piece = text[spans[first].start : spans[last].end]
            if wanted in plain(piece):
                return piece
    raise RejectionError("quotation not in the document", quote)


def _second_reading(
    ask: Ask, lang: Lang, *, quote: str, question: str, answer: str
) -> Generator[Ask, Completion, None]:
    system, user = _READ[lang]
    messages = (Message("system", system), Message("user", user.format(quote=quote, question=question, answer=answer)))
    reading = yield from ask_json(Reading, Ask(messages, ask.sampling))
    if not reading.answered:
        raise RejectionError("quotation does not answer")


def _passage_words(passage: Passage) -> str:
    lang, title = passage.document.lang, passage.document.title
    return _SHOW[lang].format(title=_TITLE[lang].format(title=title) if title else "", text=passage.text)


def _evidence(passage: Passage, question: str, quote: str, answer: str, shown: bool) -> Evidence:
    lang, id_ = passage.document.lang, passage.document.ref.id
    facts = (
        Fact("f1", "passage", value=quote, sources=(id_,)),
        Fact("f2", "passage", value=passage.text, sources=(id_,)),
        # What the question names, the answer may name again; nobody says so but who asks.
        Fact("f3", "passage", value=question, sources=("medgo:asked",)),
    )
    stated: list[Sentence] = []
    if shown:
        stated += [Sentence(passage.text[s.start : s.end], "prompt[0]", ("f2",)) for s in sentences(passage.text, lang)]
    stated += [Sentence(question[s.start : s.end], "prompt[0]", ("f1", "f2")) for s in sentences(question, lang)]
    completion = f"{answer}\n{quote}" if shown else answer
    stated += [Sentence(completion[s.start : s.end], "completion", ("f1", "f3")) for s in sentences(completion, lang)]
    return Evidence(facts, tuple(stated), {"quote": quote, "document": id_, "shown": shown})
