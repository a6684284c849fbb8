"""The registry holds the card's twenty, its figures, and the names that people use for them."""

from __future__ import annotations

import pytest

from medgo.errors import InputError
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures
from medgo.evaluation.benchmarks.prompts import CARD as CARD_PROTOCOL
from medgo.evaluation.benchmarks.registry import BENCHMARKS, CARD, card_average, find, note_for, notes_on_names, select

# The results table of the model card, row by row: name, MedGo, Lingshu-32B, MedGemma-27B.
CARD_TABLE = {
    "Medical Knowledge": {
        "hle": (19.4, 12.6, 14.6),
        "supergpqa": (37.2, 41.1, 36.7),
        "medbullets": (57.8, 59.1, 51.6),
        "mmlu_pro": (64.3, 64.3, 54.3),
        "afrimedqa": (74.7, 74.7, 69.5),
        "medmcqa": (68.3, 66.3, 64.1),
        "medqa": (76.8, 73.8, 70.6),
        "cmb": (92.5, 75.4, 56.8),
        "cmexam": (87.4, 82.0, 57.8),
        "pubmedqa": (76.6, 77.0, 77.4),
        "medexqa": (81.5, 79.9, 77.5),
        "explaincpe": (89.5, 90.0, 66.3),
        "mmlu_med": (87.4, 85.4, 81.3),
    },
    "Clinical Reasoning": {
        "medxpertqa": (20.7, 20.0, 16.9),
        "anesbench": (53.1, 54.9, 45.2),
        "diagnosisarena": (64.4, 53.4, 46.6),
        "clinbench_hbp": (80.6, 78.5, 76.4),
    },
    "Medical Standard": {
        "medpair": (32.3, 32.9, 27.6),
        "amqa": (72.7, 71.8, 72.3),
        "medethiceval": (92.2, 83.5, 71.4),
    },
}
BEYOND = {
    "medbullets_op4",
    "mmlu_pro_all",
    "medqa_5",
    "mmlu_med_9",
    "anesbench_zh",
    "diagnosisarena_open",
    "clinbench_cases",
    "medpair_full",
    "medethiceval_safety",
    "healthbench",
    "cmb_clin",
}


def test_the_card_is_complete_and_its_figures_are_right() -> None:
    table = {(group, name): CardFigures(*row) for group, rows in CARD_TABLE.items() for name, row in rows.items()}
    assert {(benchmark.group, benchmark.name): benchmark.card for benchmark in CARD} == table
    assert len(CARD) == 20
    assert [benchmark.name for benchmark in CARD] == [name for rows in CARD_TABLE.values() for name in rows]


def test_the_average_is_the_tables() -> None:
    assert card_average() == CardFigures(66.5, 63.8, 56.7)


def test_everything_else_is_beyond_the_card() -> None:
    names = {benchmark.name for benchmark in BENCHMARKS if benchmark.card is None}
    assert names >= BEYOND
    assert {benchmark.group for benchmark in BENCHMARKS if benchmark.card is None} == {"Beyond the card"}


def test_every_name_and_alias_leads_to_its_benchmark() -> None:
    """Case and punctuation do not count, so two names that differ in nothing else would hide one another."""
    assert len({benchmark.name for benchmark in BENCHMARKS}) == len(BENCHMARKS)
    for benchmark in BENCHMARKS:
        for name in (benchmark.name, *benchmark.aliases):
            assert find(name) is benchmark, name


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("MMLU-Pro", "mmlu_pro"),
        ("mmlupro", "mmlu_pro"),
        ("Medical-Eval-HLE", "hle"),
        ("SuperGPQA", "supergpqa"),
        ("AfrimedQA", "afrimedqa"),
        ("MedQA-USMLE", "medqa"),
        ("MedXperQA", "medxpertqa"),
        ("Clinbench-HBP", "clinbench_hbp"),
        ("Medethiceval", "medethiceval"),
        ("MMLU-Med", "mmlu_med"),
        ("CMB", "cmb"),
        ("AIMedQA", "afrimedqa"),
        ("CME", "cmexam"),
    ],
)
def test_the_cards_spellings_are_understood(name: str, found: str) -> None:
    assert find(name).name == found


def test_names_that_are_no_data_sets_come_with_a_remark() -> None:
    assert "AfriMed-QA" in note_for("AIMedQA")
    assert "CMExam" in note_for("cme")
    assert note_for("cmexam") == ""
    assert len(notes_on_names()) == 2


def test_unknown_names_get_a_suggestion() -> None:
    with pytest.raises(InputError) as caught:
        find("mmlu-prp")
    assert caught.value.hint.startswith("did you mean mmlu_pro")
    with pytest.raises(InputError) as caught:
        find("imagenet")
    assert "medgo eval list" in caught.value.hint


def test_select() -> None:
    assert select("card") == CARD
    assert select("all") == BENCHMARKS
    assert [benchmark.name for benchmark in select("MedQA, cmb,medqa")] == ["medqa", "cmb"]
    assert len(select("card,mmlu_pro_all")) == 21
    for nothing in ("", " , "):
        with pytest.raises(InputError, match="no benchmark was named"):
            select(nothing)


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda benchmark: benchmark.name)
def test_definitions_are_complete(benchmark: Benchmark) -> None:
    assert benchmark.size > 0
    assert benchmark.source.licence
    assert benchmark.source.page
    assert benchmark.source.hub or benchmark.source.get or benchmark.source.page
    assert not benchmark.source.hub or benchmark.source.files
    assert benchmark.reads
    assert benchmark.forms
    assert any(form.split == "test" for form in benchmark.forms)
    assert all(fragment.isalnum() and fragment == fragment.lower() for fragment in benchmark.paths)
    assert (benchmark.chance is not None) == (benchmark.kind == "choice")
    assert set(benchmark.langs) <= set(CARD_PROTOCOL.prompt)
    for form in benchmark.forms:
        assert form.fields <= set(form.columns) or not form.columns
    assert benchmark.source.revision == "" or set(benchmark.source.revision) <= set("0123456789abcdef")


def test_what_may_not_leave_the_machine() -> None:
    assert {benchmark.name for benchmark in BENCHMARKS if benchmark.confidential} >= {"hle", "medpair", "medpair_full"}
