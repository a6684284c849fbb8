"""MedXpertQA: options that the question repeats, options as a list, partial copies, and the half that needs images."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.medxpertqa import MEDXPERTQA
from tests.evaluation.benchmarks.exam_files import REAL, load, load_real, prompts, write

OPTIONS = {letter: f"Invented diagnosis {letter.lower()}" for letter in "ABCDEFGHIJ"}
STEM = "An invented patient has an invented sign. Which diagnosis is it?"
CHOICES = "\nAnswer Choices: " + " ".join(f"({letter}) {text}" for letter, text in OPTIONS.items())


def official(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"Text-{number}",
        "question": STEM + CHOICES,
        "options": OPTIONS,
        "label": "H",
        "medical_task": "Diagnosis",
        "body_system": "Nervous",
        "question_type": "Reasoning",
        **changes,
    }


def packed(number: int) -> dict[str, Any]:
    return {
        "realidx": f"Text-{number}",
        "question": STEM + CHOICES,
        "options": OPTIONS,
        "answer_idx": "H",
        "answer": OPTIONS["H"],
    }


def test_all_shapes_give_the_same_item(tmp_path: Path) -> None:
    listed = [{"letter": letter, "content": text} for letter, text in OPTIONS.items()]
    write(tmp_path / "a/MedXpertQA/Text/test.jsonl", [official(1)])
    write(tmp_path / "b/medxpertqa-r/test.jsonl", [packed(1)])
    write(tmp_path / "c/medreason/MedXpertQA_test.jsonl", [official(1, question=STEM)])
    write(tmp_path / "d/medxpertqa_sampled_text_input.jsonl", [official(1, options=listed, label=["H"])])
    found = {name: load(MEDXPERTQA, tmp_path / name) for name in "abcd"}
    assert [loaded.form for loaded in found.values()] == ["official", "medagentsbench", "medreason", "official sample"]
    items = [loaded.items[0] for loaded in found.values()]
    assert len({(i.id, i.question, tuple(i.options.items()), i.answer, i.category) for i in items}) == 1
    assert items[0].question == STEM


def test_the_two_files_of_medagentsbench_are_one_benchmark_with_two_categories(tmp_path: Path) -> None:
    write(tmp_path / "medxpertqa-r/test.jsonl", [packed(1), packed(3)])
    write(tmp_path / "medxpertqa-u/test.jsonl", [packed(2)])
    write(tmp_path / "medxpertqa-r/train.jsonl", [packed(2450)])
    loaded = load(MEDXPERTQA, tmp_path)
    assert Counter(item.category for item in loaded.items) == {"Reasoning": 2, "Understanding": 1}
    assert [item.id for item in loaded.dev] == ["Text-2450"]


def test_items_with_images_are_left_out_and_counted(tmp_path: Path) -> None:
    write(tmp_path / "MedXpertQA/test.jsonl", [official(1), official(2, id="MM-2", images=["MM-2-a.jpeg"])])
    loaded = load(MEDXPERTQA, tmp_path)
    assert (len(loaded.items), loaded.left_out) == (1, 1)


def test_the_prompt_prints_the_options_once_as_published(tmp_path: Path) -> None:
    write(tmp_path / "medxpertqa/test.jsonl", [official(1)])
    (prompt,) = prompts(load(MEDXPERTQA, tmp_path))
    assert prompt == f"Q: {STEM}{CHOICES}\nA: Let's think step by step."


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "K"}, "'label': expected letters among A, B, C, D, E, F, G, H, I, J, found str 'K'"),
        ({"label": ["A", "B"]}, "'label': expected one letter"),
        ({"question": CHOICES.strip()}, None),
        ({"options": {"A": "alone"}}, "'options': expected at least two options"),
    ],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, change: dict[str, Any], message: str | None) -> None:
    write(tmp_path / "medxpertqa/test.jsonl", [official(1), official(2, **change)])
    if message is None:  # without a line break before them, the choices are the question's own words
        assert load(MEDXPERTQA, tmp_path).items[1].question.startswith("Answer Choices:")
        return
    with pytest.raises(BenchmarkDataError, match=rf"medxpertqa/test\.jsonl, row 2, field {message}"):
        load(MEDXPERTQA, tmp_path)


@pytest.mark.data
def test_real_files_have_the_published_counts() -> None:
    loaded = load_real(MEDXPERTQA, "medxpertqa")
    assert (len(loaded.items), len(loaded.dev)) == (2450, 5)
    assert {item.id for item in loaded.items} == {f"Text-{number}" for number in range(2450)}
    assert Counter(item.category for item in loaded.items) == {"Reasoning": 1861, "Understanding": 589}
    assert {len(item.options) for item in loaded.items} == {10}
    assert Counter(item.answer[0] for item in loaded.items)["E"] == 263


@pytest.mark.data
def test_real_copies_agree_item_by_item(tmp_path: Path) -> None:
    whole = {item.id: item for item in load_real(MEDXPERTQA, "medxpertqa").items}
    for number, name in enumerate(("medreason_MedXpertQA_test_1449.jsonl", "medxpertqa_sampled_text_input.jsonl")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / name).symlink_to(REAL / "medxpertqa" / name)
        part = load(MEDXPERTQA, folder)
        assert len(part.items) == (1449, 244)[number]
        for item in part.items:
            twin = whole[item.id]
            assert (item.question, item.options, item.answer, item.category) == (
                twin.question,
                twin.options,
                twin.answer,
                twin.category,
            )


@pytest.mark.data
def test_real_prompts_are_the_publishers_to_the_letter() -> None:
    """Cutting the repeated options off and printing them again gives back what was published.

    In two questions the repeated options are not those of the field, which is asked.
    """
    loaded = load_real(MEDXPERTQA, "medxpertqa")
    published = {}
    for half in "ru":
        with (REAL / f"medxpertqa/medagentsbench_medxpertqa-{half}_test.jsonl").open(encoding="utf-8") as lines:
            published |= {row["realidx"]: row["question"] for row in map(json.loads, lines)}
    asked = dict(zip((item.id for item in loaded.items), prompts(loaded), strict=True))
    expected = {ident: f"Q: {question}\nA: Let's think step by step." for ident, question in published.items()}
    assert {ident for ident, prompt in asked.items() if prompt != expected[ident]} == {"Text-2230", "Text-2270"}
