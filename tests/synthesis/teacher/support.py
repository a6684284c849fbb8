"""A case without a knowledge index, a shelf without files, and engines that answer by what they are asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from medgo.errors import UnknownConceptError
from medgo.inference.protocol import GenerationRequest
from medgo.schema import (
    ClinicalRecord,
    Concept,
    ConceptKind,
    Document,
    Evidence,
    Fact,
    Lang,
    Message,
    Name,
    Provenance,
    Sentence,
    SftRow,
    SourceRef,
)
from medgo.synthesis.generators.teacher.base import TeacherGenerator
from medgo.synthesis.protocol import Draft, Generator, Source
from medgo.synthesis.teacher import Teacher
from tests.support.scripted_engine import Answer, ScriptedEngine

REF = SourceRef("T:1", "tests", "CC0-1.0")
NAMES: dict[str, dict[Lang, tuple[str, ...]]] = {
    "HP:1": {"zh": ("发热", "发烧"), "en": ("fever", "high temperature")},
    "HP:2": {"zh": ("咳嗽",), "en": ("cough",)},
    "HP:3": {"zh": ("胸痛",), "en": ("chest pain",)},
    "HP:4": {"zh": ("咯血",), "en": ("haemoptysis", "coughing up blood")},
    "LAB:wbc": {"zh": ("白细胞",), "en": ("white cell count",)},
    "DRUG:aspirin": {"zh": ("阿司匹林",), "en": ("aspirin",)},
    "DISEASE:infarction": {"zh": ("心肌梗死",), "en": ("myocardial infarction",)},
    "DISEASE:pneumonia": {"zh": ("肺炎", "社区获得性肺炎"), "en": ("pneumonia", "community-acquired pneumonia")},
}
KINDS: dict[str, ConceptKind] = {"HP": "sign", "LAB": "lab", "DRUG": "drug", "DISEASE": "disease"}
FACTS = (
    Fact("f1", "sex", value="male"),
    Fact("f2", "age", value="45", unit="years"),
    Fact("f3", "duration", value="3", unit="days"),
    Fact("f4", "sign", "HP:1"),
    Fact("f5", "sign", "HP:2"),
    Fact("f6", "sign", "HP:3"),
    Fact("f7", "sign", "HP:4", polarity="absent"),
    Fact("f8", "lab", "LAB:wbc", value="14.2", unit="10^9/L"),
    Fact("f9", "drug", "DRUG:aspirin", attributes={"dose": "100", "dose_unit": "mg"}),
    Fact("f10", "diagnosis", "DISEASE:pneumonia"),
)
PROMPTS: dict[Lang, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "zh": (
        ("男性，45岁，发热、咳嗽、胸痛3天。", ("f1", "f2", "f3", "f4", "f5", "f6")),
        ("没有咯血。", ("f7",)),
        ("白细胞 14.2×10^9/L。", ("f8",)),
        ("最可能的诊断是什么？", ()),
    ),
    "en": (
        ("A man of 45 has had fever, cough and chest pain for 3 days.", ("f1", "f2", "f3", "f4", "f5", "f6")),
        ("There is no haemoptysis.", ("f7",)),
        ("The white cell count is 14.2 10^9/L.", ("f8",)),
        ("What is the most likely diagnosis?", ()),
    ),
}
ANSWERS: dict[Lang, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "zh": (("考虑肺炎。", ("f10",)), ("白细胞 14.2×10^9/L 支持感染。", ("f8",))),
    "en": (("This is pneumonia.", ("f10",)), ("A white cell count of 14.2 10^9/L fits.", ("f8",))),
}


class FakeKnowledge:
    """Enough of an index for names; two of them are one, so that what is built from it is built once."""

    path = Path("no index")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FakeKnowledge)

    def __hash__(self) -> int:
        return 0

    def concepts(self, kind: str | None = None) -> Iterator[Concept]:
        for id, names in NAMES.items():  # noqa: A001
            own = KINDS[id.partition(":")[0]]
            if kind in (None, own):
                listed = tuple(
                    Name(text, lang, "preferred", "tests") for lang, texts in names.items() for text in texts
                )
                yield Concept(id, own, listed, "tests")

    def lookup(self, id: str) -> Concept:  # noqa: A002
        raise UnknownConceptError(id)

    def synonyms(self, id: str, lang: Lang | None = None) -> tuple[Name, ...]:  # noqa: A002
        if id not in NAMES or lang is None:
            raise UnknownConceptError(id)
        first, *others = NAMES[id][lang]
        named = [Name(text, lang, "colloquial" if id == "HP:1" else "synonym", "tests") for text in others]
        return (Name(first, lang, "preferred", "tests"), *named)


def case(lang: Lang, number: int = 0, facts: Sequence[Fact] = FACTS, labels: dict[str, Any] | None = None) -> Draft:
    gap = "" if lang == "zh" else " "
    row = SftRow(
        prompt=(Message("user", gap.join(text for text, _ in PROMPTS[lang])),),
        completion=Message("assistant", gap.join(text for text, _ in ANSWERS[lang])),
        thinking=False,
        task="diagnosis",
        stage="stage1",
        lang=lang,
        provenance=Provenance((REF,), "stub", "1", f"7/stub/{number}"),
    )
    stated = [Sentence(text, "prompt[0]", ids) for text, ids in PROMPTS[lang]]
    stated += [Sentence(text, "completion", ids) for text, ids in ANSWERS[lang]]
    return Draft(row, Evidence(tuple(facts), tuple(stated), labels or {}))


class Stub(Generator):
    """A few cases, the languages in turn."""

    name: ClassVar[str] = "stub"
    version: ClassVar[str] = "1"

    count: int = 1
    without_diagnosis: bool = False

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        facts = FACTS[:-1] if self.without_diagnosis else FACTS
        for number in range(self.count):
            yield case(source.langs[number % len(source.langs)], number, facts)


@dataclass
class FakeShelf:
    kept_documents: Sequence[Document] = ()
    kept_records: Sequence[ClinicalRecord] = ()

    def documents(self) -> Iterator[Document]:
        yield from self.kept_documents

    def records(self) -> Iterator[ClinicalRecord]:
        yield from self.kept_records


@dataclass
class Script:
    """Answers by field of the JSON that is asked for, or ``text`` where it is free; a list is used up in order."""

    answers: dict[str, Any]
    asked: list[GenerationRequest] = field(default_factory=list)

    def __call__(self, request: GenerationRequest) -> Answer:
        self.asked.append(request)
        fields = set(json.loads(request.json_schema)["properties"]) if request.json_schema else {"text"}
        for name, answer in self.answers.items():
            if name in fields:
                said = answer
                if isinstance(answer, list):
                    said = answer.pop(0) if len(answer) > 1 else answer[0]
                if callable(said):
                    said = said(request)
                return json.dumps(said, ensure_ascii=False) if isinstance(said, dict) else said
        raise AssertionError(f"nothing to say to {sorted(fields)}")


def source_of(
    answer: Callable[[GenerationRequest], Answer], langs: tuple[Lang, ...] = ("zh",), shelf: FakeShelf | None = None
) -> Source:
    teacher = Teacher(ScriptedEngine(answer))
    return Source(knowledge=FakeKnowledge(), langs=langs, seed="7/x/0", shelf=shelf, teacher=teacher)  # type: ignore[arg-type]


def run(
    generator: TeacherGenerator,
    answer: Callable[[GenerationRequest], Answer],
    langs: tuple[Lang, ...] = ("zh",),
    shelf: FakeShelf | None = None,
) -> tuple[list[Draft], dict[str, int]]:
    """Drafts, and what was given up by reason."""
    source = source_of(answer, langs, shelf)
    drafts = list(generator.rows(source, np.random.default_rng(0)))
    for draft in drafts:
        check_covered(draft)
    return drafts, dict(source.rejected)


def check_covered(draft: Draft) -> None:
    """Every sentence of the evidence stands in its part of the row, in order, and cites facts that are there."""
    row = draft.row.to_dict()
    ids = {fact.id for fact in draft.evidence.facts}
    for sentence in draft.evidence.sentences:
        part, _, index = sentence.part.partition("[")
        field = "reasoning_content" if part.endswith("reasoning") else "content"
        column = {"reasoning": "completion" if "completion" in row else "chosen", "rejected_reasoning": "rejected"}
        turn = row[part][int(index.rstrip("]"))] if index else row[column.get(part, part)][0]
        assert sentence.text in turn[field], (sentence, turn)
        assert set(sentence.facts) <= ids
