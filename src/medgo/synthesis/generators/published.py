"""Published questions, dialogues, notes and pairs as rows, word for word. Knows shapes of documents, no data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import Field, field_validator

from medgo.errors import RecipeError
from medgo.schema import (
    Document,
    Evidence,
    Fact,
    Lang,
    Message,
    PreferenceRow,
    Provenance,
    Sentence,
    SftRow,
)
from medgo.synthesis.datasets import find_dataset
from medgo.synthesis.datasets.curated import CURATED
from medgo.synthesis.generators.shelved import documents_of
from medgo.synthesis.protocol import Draft, Generator, Need, RowKind, Source, option_error

_SECTIONS: Mapping[str, str] = {
    "GENHX": "history of present illness",
    "ROS": "review of systems",
    "PASTMEDICALHX": "past medical history",
    "MEDICATIONS": "medications",
    "CC": "chief complaint",
    "PASTSURGICAL": "past surgical history",
    "ALLERGY": "allergies",
    "FAM/SOCHX": "family and social history",
    "ASSESSMENT": "assessment",
    "EXAM": "physical examination",
    "DIAGNOSIS": "diagnosis",
    "DISPOSITION": "disposition",
    "PLAN": "plan",
    "EDCOURSE": "emergency department course",
    "IMMUNIZATIONS": "immunizations",
    "IMAGING": "imaging",
    "GYNHX": "gynecologic history",
    "PROCEDURES": "procedures",
    "OTHER_HISTORY": "other history",
    "LABS": "laboratory results",
}
_NOTE: Mapping[Lang, str] = {
    "zh": "请根据以下医患对话书写病历，只写对话中提到的内容。\n\n{dialogue}",
    "en": "Write the note of this visit from the conversation. State nothing that was not said.\n\n{dialogue}",
}
_SECTION: Mapping[Lang, str] = {
    "zh": "请根据以下医患对话书写病历的“{section}”部分，只写对话中提到的内容。\n\n{dialogue}",
    "en": "Write the section '{section}' of the note from this conversation. State nothing that was not said."
    "\n\n{dialogue}",
}


class _Published(Generator):
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Need]] = frozenset({"documents"})
    datasets: tuple[str, ...] = Field((), description="Data sets to take from; none named takes all of the recipe's.")
    sources: tuple[str, ...] = Field(
        (), description="Collections to take from, as documents of a curated corpus name theirs (medlineplus, pubmed)."
    )

    @field_validator("datasets")
    @classmethod
    def _hold_documents(cls, datasets: tuple[str, ...]) -> tuple[str, ...]:
        for name in datasets:
            try:
                holds = find_dataset(name).holds
            except RecipeError as error:
                raise option_error(error) from error
            if name == CURATED.name:
                raise ValueError(f"{name} holds documents of many collections; name those under sources")
            if holds != "documents":
                raise ValueError(f"{name} holds {holds}, not documents")
        return datasets

    def _documents(self, source: Source) -> Iterator[Document]:
        return documents_of(source, self.name, (*self.datasets, *self.sources))

    def _provenance(self, document: Document, source: Source, number: int) -> Provenance:
        return Provenance((document.ref,), self.name, self.version, f"{source.seed}/{number}")


class Published(_Published):
    """Questions with answers, dialogues (one row per answer), and visits with their notes."""

    name: ClassVar[str] = "published"
    shortest: int = Field(12, ge=1, description="Answers of fewer characters are left out.")

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:  # noqa: ARG002
        """Rows once through the documents; chance has no part in it."""
        number = 0
        for document in self._documents(source):
            if "rejected" in document.meta:
                continue
            for prompt, answer in _turns(document):
                if len(answer) < self.shortest:
                    source.rejected["answer too short"] += 1
                    continue
                row = SftRow(
                    prompt=prompt,
                    completion=Message("assistant", answer),
                    thinking=False,
                    task=_task(document.meta),
                    stage=source.stage,
                    lang=document.lang,
                    provenance=self._provenance(document, source, number),
                )
                number += 1
                yield Draft(row, _evidence(document, [*_prompt_parts(prompt), ("completion", answer)]))


class PublishedPairs(_Published):
    """Pairs of a better and a worse answer."""

    name: ClassVar[str] = "published_pairs"
    makes: ClassVar[RowKind] = "preference"

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:  # noqa: ARG002
        """Rows once through the documents; chance has no part in it."""
        number = 0
        for document in self._documents(source):
            rejected = document.meta.get("rejected")
            if rejected is None:
                continue
            if rejected == document.text:
                source.rejected["both answers are the same"] += 1
                continue
            prompt = (Message("user", document.meta["question"]),)
            row = PreferenceRow(
                prompt=prompt,
                chosen=Message("assistant", document.text),
                rejected=Message("assistant", rejected),
                thinking=False,
                task=_task(document.meta),
                stage=source.stage,
                lang=document.lang,
                provenance=self._provenance(document, source, number),
            )
            number += 1
            yield Draft(row, _evidence(document, [*_prompt_parts(prompt), ("chosen", document.text)]))


def _turns(document: Document) -> Iterator[tuple[tuple[Message, ...], str]]:
    """What is asked and what is answered, once for every answer in the document."""
    meta = document.meta
    if "turns" in meta:
        messages = [Message(role, text) for role, text in meta["turns"]]
        for place, message in enumerate(messages):
            if message.role == "assistant":
                yield tuple(messages[:place]), message.content
    elif "dialogue" in meta:
        section = meta.get("section", "")
        words = _SECTION if section else _NOTE
        named = _SECTIONS.get(section, section.lower())
        asked = words[document.lang].format(dialogue=meta["dialogue"], section=named)
        yield (Message("user", asked),), document.text
    elif "question" in meta:
        yield (Message("user", meta["question"]),), document.text


def _task(meta: Mapping[str, Any]) -> str:
    if meta.get("safety"):
        return "safety"
    if "turns" in meta:
        return "consultation"
    return "visit_note" if "dialogue" in meta else "knowledge_qa"


def _prompt_parts(prompt: tuple[Message, ...]) -> list[tuple[str, str]]:
    return [(f"prompt[{place}]", message.content) for place, message in enumerate(prompt)]


def _evidence(document: Document, parts: list[tuple[str, str]]) -> Evidence:
    """Every text is a passage of the document, which is its own evidence: nobody here vouches for what it says."""
    facts = tuple(
        Fact(f"f{number}", "passage", value=text, sources=(document.ref.id,))
        for number, (_, text) in enumerate(parts, 1)
    )
    sentences = tuple(Sentence(text, part, (fact.id,)) for (part, text), fact in zip(parts, facts, strict=True))
    return Evidence(facts, sentences, {"document": document.ref.id})
