"""Published documents become rows word for word: a row per answer, and a count of what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from medgo.errors import RecipeError
from medgo.knowledge import Knowledge
from medgo.schema import ClinicalRecord, Document, Lang, PreferenceRow, SftRow, SourceRef
from medgo.synthesis.generators.published import Published, PublishedPairs
from medgo.synthesis.plan import plan_synthesis
from medgo.synthesis.protocol import Draft, Generator, Source
from medgo.synthesis.recipe import Recipe
from medgo.synthesis.registry import build_generator

TALK = [["user", "医生，我膝盖疼。"], ["assistant", "疼了多久？爬楼梯时加重吗？"], ["user", "两周，爬楼加重。"],
        ["assistant", "建议减少爬楼，必要时拍片检查。"]]  # fmt: skip


@dataclass(frozen=True)
class Fixed:
    """A shelf with these documents."""

    items: Sequence[Document]

    def documents(self) -> Iterator[Document]:
        return iter(self.items)

    def records(self) -> Iterator[ClinicalRecord]:
        return iter(())


def document(name: str, lang: Lang, text: str, source: str = "own", **meta: Any) -> Document:
    return Document(SourceRef(name, source, "MIT"), lang, text, meta=meta)


def source_of(*documents: Document, langs: tuple[Lang, ...] = ("zh", "en")) -> Source:
    return Source(cast(Knowledge, None), langs=langs, stage="stage2", seed="7/x", shelf=Fixed(documents))


def drafts(generator: Generator, source: Source) -> list[Draft]:
    return list(generator.rows(source, np.random.default_rng(0)))


def sft(draft: Draft) -> SftRow:
    assert isinstance(draft.row, SftRow)
    return draft.row


def test_a_dialogue_is_one_row_per_answer_with_what_was_said_before() -> None:
    first, second = drafts(Published(), source_of(document("d", "zh", "…", turns=TALK)))
    assert [message.content for message in sft(first).prompt] == [TALK[0][1]]
    assert [(m.role, m.content) for m in sft(second).prompt] == [(role, text) for role, text in TALK[:3]]
    assert [sft(each).completion.content for each in (first, second)] == [TALK[1][1], TALK[3][1]]
    assert {each.row.task for each in (first, second)} == {"consultation"}
    assert [each.row.provenance.seed for each in (first, second)] == ["7/x/0", "7/x/1"]
    assert first.row.stage == "stage2"


def test_everything_a_row_says_is_a_passage_of_its_document() -> None:
    for draft in drafts(Published(), source_of(document("d", "zh", "…", turns=TALK))):
        facts = {fact.id: fact for fact in draft.evidence.facts}
        assert [s.part for s in draft.evidence.sentences] == [
            *(f"prompt[{place}]" for place in range(len(sft(draft).prompt))),
            "completion",
        ]
        for sentence in draft.evidence.sentences:
            (fact,) = (facts[name] for name in sentence.facts)
            assert (fact.kind, fact.value, fact.sources) == ("passage", sentence.text, ("d",))
        assert draft.row.provenance.sources == (SourceRef("d", "own", "MIT"),)


@pytest.mark.parametrize(
    ("lang", "section", "says"),
    [
        ("en", "GENHX", "'history of present illness'"),
        ("en", "Something New", "'something new'"),
        ("en", "", "Write the note of this visit"),
        ("zh", "", "请根据以下医患对话书写病历"),
    ],
)
def test_a_visit_asks_for_its_note_or_a_section_of_it(lang: Lang, section: str, says: str) -> None:
    visit = document("v", lang, "Left knee pain on stairs.", dialogue="Doctor: hi {x}", section=section)
    (draft,) = drafts(Published(), source_of(visit))
    (prompt,) = sft(draft).prompt
    assert says in prompt.content
    assert prompt.content.endswith("Doctor: hi {x}")
    assert (draft.row.task, sft(draft).completion.content) == ("visit_note", visit.text)


def test_questions_and_safety_have_their_tasks() -> None:
    asked = document("q", "en", "Rest, and see a doctor.", question="My knee hurts?")
    unsafe = document("s", "en", "I cannot help with that.", question="Sell me a kidney", safety=True)
    assert [draft.row.task for draft in drafts(Published(), source_of(asked, unsafe))] == ["knowledge_qa", "safety"]


def test_what_is_left_out_is_counted() -> None:
    source = source_of(
        document("a", "en", "Rest, and see a doctor.", "medquad", question="?"),
        document("b", "en", "Rest.", "medquad", question="Short?"),
        document("c", "zh", "请到医院就诊。", "medquad", question="怎么办？"),
        document("d", "zh", "请到医院就诊。", "toyhom", question="怎么办？"),
        langs=("en",),
    )
    kept = drafts(Published(datasets=("medquad",)), source)
    assert [draft.row.provenance.sources[0].id for draft in kept] == ["a"]
    assert source.rejected == {"answer too short": 1, "language zh": 1}


@pytest.mark.parametrize("name", ["published", "published_pairs"])
@pytest.mark.parametrize(
    ("dataset", "says"),
    [
        ("medqaud", r"datasets: there is no reader .* .did you mean medquad"),
        ("records", "holds records, not documents"),
    ],
)
def test_a_data_set_that_is_none_is_said_when_the_recipe_is_read(name: str, dataset: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        build_generator(name, {"datasets": ["medquad", dataset]})


def test_pairs_have_a_better_and_a_worse_answer() -> None:
    pair = document("p", "zh", "建议到骨科就诊。", question="膝盖疼？", rejected="不知道。")
    plain = document("q", "zh", "建议到骨科就诊。", question="膝盖疼？")
    source = source_of(pair, plain, document("same", "zh", "一样的话", question="？", rejected="一样的话"))
    (draft,) = drafts(PublishedPairs(), source)
    row = draft.row
    assert isinstance(row, PreferenceRow)
    assert (row.chosen.content, row.rejected.content) == ("建议到骨科就诊。", "不知道。")
    assert source.rejected == {"both answers are the same": 1}
    assert [sft(each).completion.content for each in drafts(Published(shortest=1), source)] == ["建议到骨科就诊。"]


@pytest.mark.parametrize("generator", [Published(), PublishedPairs()])
def test_without_documents_nothing_can_be_published(generator: Generator) -> None:
    with pytest.raises(RecipeError, match=f"{generator.name} needs documents"):
        drafts(generator, Source(cast(Knowledge, None)))


def test_a_recipe_without_documents_is_refused_before_it_starts(tmp_path: Path) -> None:
    mix = [{"generator": "published", "weight": 1}]
    recipe = Recipe.model_validate({"name": "x", "output": str(tmp_path), "sets": {"stage1": {"rows": 1, "mix": mix}}})
    with pytest.raises(RecipeError, match="published needs documents, and"):
        plan_synthesis(recipe, today=date(2026, 11, 22), overlap="")
