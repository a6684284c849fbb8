import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from medgo.curation.decontamination import (
    ContaminationReport,
    Decontaminator,
    GuardedItem,
    ItemIndex,
    Paraphrases,
    Translations,
    write_hits,
)
from medgo.curation.decontamination.elements import KnowledgeElements
from medgo.curation.decontamination.injecting import rendered
from medgo.curation.protocol import Removal
from medgo.errors import InputError
from medgo.knowledge.lexicon import Lexicon
from medgo.schema import Concept, Document, Name, SourceRef
from tests.curation.decontamination.samples import GOUT, ITEMS, LUMP, index

REF = SourceRef("d1", "books", "CC0-1.0", "2026")


def document(text: str, **more: object) -> Document:
    return Document(REF, "en", text, meta=more)


def test_a_document_with_an_item_is_removed_with_the_text_that_was_seen() -> None:
    step = Decontaminator(index())
    clean = document("The kidney receives a fifth of the blood.")
    assert step.apply(clean) is clean
    found = step.apply(document(f"Chapter 3.\n{rendered(LUMP)}"))
    assert isinstance(found, Removal)
    assert (found.step, found.reason) == ("decontamination", "benchmark item, verbatim")
    assert found.evidence.startswith("exam_en/1: A 54-year-old gardener")


def test_title_and_question_of_a_document_are_looked_at_too() -> None:
    step = Decontaminator(index())
    assert isinstance(step.apply(document("Chest radiography.", question=LUMP.question)), Removal)
    assert isinstance(step.apply(Document(REF, "en", "See there.", LUMP.question)), Removal)
    assert isinstance(step.apply(document("See there.", question=7)), Document)


def test_the_list_is_what_evaluation_reads(tmp_path: Path) -> None:
    step, report = Decontaminator(index()), ContaminationReport.of(index().benchmarks, ["medqa"])
    rows = [row for n, item in enumerate(ITEMS[:3]) for row in report.add(f"d{n}", step.matches(rendered(item)))]
    report.add("clean", step.matches("Nothing is here."))
    assert write_hits(tmp_path / "hits.jsonl", iter(rows)) == len(rows)
    read = [json.loads(line) for line in (tmp_path / "hits.jsonl").read_text("utf-8").splitlines()]
    assert {(row["benchmark"], row["item"]) for row in read} == {("exam_en", "1"), ("exam_zh", "1"), ("exam_en", "2")}
    assert read[0]["document"] == "d0"
    assert read[0]["text"].startswith("A 54-year-old")
    value = report.to_dict()
    assert (value["texts"], value["contaminated"], value["absent"]) == (4, 3, ["medqa"])
    assert value["benchmarks"]["exam_en"] == {
        "items": 3, "too_short": 0, "found": 2, "hits": 2, "kinds": {"options": 1, "verbatim": 1},
    }  # fmt: skip
    assert value["benchmarks"]["cases_en"]["found"] == 0


# Concepts of our own, in both languages.
NAMES = {
    "brucellosis": "布鲁氏菌病", "night sweats": "盗汗", "back pain": "腰背痛", "splenomegaly": "脾大",
    "malaria": "疟疾",
    "arthralgia": "关节疼痛", "anorexia nervosa": "神经性厌食", "jaundice": "黄疸", "haematuria": "血尿",
    "gout": "痛风",
}  # fmt: skip


@pytest.fixture(scope="module")
def elements() -> KnowledgeElements:
    concepts = [
        Concept(f"T:{n}", "disease", (Name(en, "en", "preferred", "t"), Name(zh, "zh", "preferred", "t")), "t", "", {})
        for n, (en, zh) in enumerate(NAMES.items())
    ]
    return KnowledgeElements(Lexicon.of(concepts), "t")


def bilingual() -> list[GuardedItem]:
    """One item of five concepts, and many of other mixtures, so that concepts have weights."""
    names = list(NAMES)
    rng = np.random.default_rng(0)
    known = GuardedItem(
        "exam_en",
        "b",
        "A man of 41 years has night sweats, back pain, splenomegaly and arthralgia for 23 days. Is it brucellosis?",
    )
    others = [
        GuardedItem(
            "exam_en",
            f"o{n}",
            "There is " + ", ".join(names[i] for i in rng.permutation(len(names))[:1]) + f" at {n} years.",
        )
        for n in range(60, 99)
    ]
    fillers = [
        GuardedItem(
            "exam_en",
            f"f{n}",
            f"Seen in {n} mg, {n + 1} mL, {n + 2} kg: jaundice, haematuria, gout after {n + 3} hours.",
        )
        for n in range(3000, 4500, 5)
    ]
    return [known, *others, *fillers]


def test_a_translation_is_found_by_its_concepts_and_amounts(elements: KnowledgeElements, tmp_path: Path) -> None:
    items = bilingual()
    translations = Translations.build(items, elements, "names")
    step = Decontaminator(ItemIndex.build(items), translations)
    zh = "男性，41岁。23天来盗汗、腰背痛、脾大、关节疼痛，应考虑布鲁氏菌病。"
    found = step.matches(zh)
    assert [(match.key, match.kind) for match in found] == [("exam_en/b", "translation")]
    assert found[0].score > 0.9
    assert step.find("男性，62岁。盗汗伴黄疸，考虑疟疾。") is None
    assert (
        step.find("盗汗。" + "此处记录其他情况，与上文没有关系。" * 60 + "腰背痛、脾大、关节疼痛，布鲁氏菌病。") is None
    )
    assert Decontaminator(step.index).find(zh) is None
    translations.save(tmp_path / "x.signatures")
    again = Translations.load(tmp_path / "x.signatures", elements, "names")
    assert Decontaminator(step.index, again).matches(zh) == found
    with pytest.raises(InputError, match="other names"):
        Translations.load(tmp_path / "x.signatures", elements, "others")


def letters(texts: object) -> npt.NDArray[np.floating]:
    """A stand-in for a model: how often each word stem of four letters stands in a text."""
    assert isinstance(texts, list)
    found = np.zeros((len(texts), 4096), np.float32)
    for row, text in enumerate(texts):
        for word in text.lower().replace(",", " ").replace(".", " ").split():
            found[row, sum(ord(c) * 31**n for n, c in enumerate(word[:4])) % 4096] += 1
    return found


def test_a_paraphrase_is_found_where_a_model_is_given() -> None:
    paraphrases = Paraphrases.build(ITEMS, letters, "letters", threshold=0.8)
    step = Decontaminator(index(), paraphrases=paraphrases)
    said = (
        "Which examination is to be done first? For six weeks the gardener, a 54-year-old, has had a lump, painless, "
        "below the collarbone on the left and lost 7 kg."
    )
    assert index().find(said) is None
    found = step.matches("Another sentence stands before it, about the weather of that day and the garden. " + said)
    assert [(match.key, match.kind) for match in found] == [(LUMP.key, "paraphrase")]
    assert (
        step.find("The kidney receives about a fifth of the output of the heart, and filters it day and night.") is None
    )


def test_vectors_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="vectors"):
        Paraphrases.build(ITEMS, lambda texts: np.zeros((1, 3)), "broken")
    with pytest.raises(InputError, match="long enough"):
        Paraphrases.build([GOUT], letters, "letters")


def test_whatever_finds_something_else_has_another_fingerprint(elements: KnowledgeElements) -> None:
    items = bilingual()
    built = ItemIndex.build(items)
    marks = {
        Decontaminator(built).fingerprint,
        Decontaminator(built, Translations.build(items, elements, "names")).fingerprint,
        Decontaminator(built, paraphrases=Paraphrases.build(ITEMS, letters, "letters")).fingerprint,
        Decontaminator(index()).fingerprint,
    }
    assert len(marks) == 4
