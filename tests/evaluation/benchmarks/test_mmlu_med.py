"""MMLU-Med: six ways to write the same questions give the same items, ids included."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.load import DataSources, load_benchmark
from medgo.evaluation.benchmarks.mmlu_med import BENCHMARKS, NINE, SIX
from tests.evaluation.benchmarks.exam_files import REAL, load, load_real, prompts
from tests.support.tables import cells, jsonl, parquet, put

MED, MED_9 = BENCHMARKS
PLACES = {"anatomy": 100, "virology": 13705, "college_medicine": 1196}  # in the file of all 57 subjects
TEXTS = ["the first", "0.01", "a third, longer one", "none of these"]


def questions(subject: str, count: int = 3) -> list[dict[str, Any]]:
    return [
        {"question": f"Invented question {n} on {subject}?", "choices": TEXTS, "answer": n % 4, "subject": subject}
        for n in range(count)
    ]


def bare(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"question": row["question"], **dict(zip("ABCD", row["choices"], strict=True)), "answer": "ABCD"[row["answer"]]}
        for row in rows
    ]


def numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"question": row["question"], **{f"choice{n}": text for n, text in enumerate(TEXTS)}, "answer": row["answer"]}
        for row in rows
    ]


def lettered(row: dict[str, Any]) -> dict[str, str]:
    return dict(zip("ABCD", row["choices"], strict=True))


def write_form(folder: Path, form: str) -> None:
    everything = []
    for subject, place in PLACES.items():
        rows = questions(subject)
        everything += [(place + number, row) for number, row in enumerate(rows)]
        name = f"mmlu/test/{subject}_test.csv"
        if form == "official":
            put(folder / name, cells(bare(rows), header=False))
        elif form == "official_header":
            put(folder / name, cells(bare(rows)))
        elif form == "numbered":
            put(folder / name, cells(numbered(rows)))
        elif form == "hub":
            put(folder / f"mmlu/{subject}/test-00000-of-00001.parquet", parquet(rows))
    if form == "hub_all":
        rows = [{"question": "other", "choices": TEXTS, "answer": 0, "subject": "law"} for _ in range(14042)]
        for place, row in everything:
            rows[place] = row
        put(folder / "mmlu/all/test-00000-of-00001.parquet", parquet(rows))
    if form == "medagentsbench":
        lines = [
            {
                "realidx": place,
                "question": row["question"],
                "options": lettered(row),
                "answer_idx": "ABCD"[row["answer"]],
                "subject": row["subject"],
                "answer": row["choices"][row["answer"]],
            }
            for place, row in everything
        ]
        put(folder / "mmlu/test.jsonl", jsonl(lines))
    if form == "mirage":
        named = {
            f"{row['subject']}-{place - PLACES[row['subject']]:03d}": {
                "question": row["question"],
                "options": lettered(row),
                "answer": "ABCD"[row["answer"]],
            }
            for place, row in everything
        }
        medqa = {"0000": {"question": "q", "options": {"A": "x", "B": "y"}, "answer": "A"}}
        put(folder / "MIRAGE/benchmark.json", json.dumps({"medqa": medqa, "mmlu": named}).encode())


@pytest.mark.parametrize(
    "form", ["official", "official_header", "numbered", "hub", "hub_all", "medagentsbench", "mirage"]
)
def test_every_form_gives_the_same_items(tmp_path: Path, form: str) -> None:
    write_form(tmp_path, form)
    loaded = load(MED, tmp_path)
    assert loaded.form == form
    assert sorted(item.id for item in loaded.items) == [
        *(f"anatomy-{n:03d}" for n in range(3)),
        *(f"college_medicine-{n:03d}" for n in range(3)),
    ]
    for item in loaded.items:
        place = int(item.id[-3:])
        assert item.question == f"Invented question {place} on {item.category.replace(' ', '_')}?"
        assert dict(item.options) == dict(zip("ABCD", TEXTS, strict=True))
        assert item.answer == ("ABCD"[place],)
    assert loaded.left_out > 0
    assert {item.id.rpartition("-")[0] for item in load(MED_9, tmp_path).items} == set(PLACES)


def test_examples_come_from_the_dev_files(tmp_path: Path) -> None:
    write_form(tmp_path, "official")
    put(tmp_path / "mmlu/dev/anatomy_dev.csv", cells(bare(questions("anatomy", 5)), header=False))
    loaded = load(MED, tmp_path)
    assert (len(loaded.items), len(loaded.dev)) == (6, 5)
    assert {item.category for item in loaded.dev} == {"anatomy"}


def test_an_answer_that_is_none_is_named(tmp_path: Path) -> None:
    rows = numbered(questions("anatomy"))
    rows[1]["answer"] = 4
    put(tmp_path / "mmlu/anatomy_test.csv", cells(rows))
    with pytest.raises(BenchmarkDataError, match=r"anatomy_test\.csv, row 2, field 'answer': expected A to D"):
        load(MED, tmp_path)


def test_the_official_prompt_names_the_subject(tmp_path: Path) -> None:
    write_form(tmp_path, "official")
    prompt = prompts(load(MED, tmp_path))[-1]
    assert "(with answers) about college medicine.\n\nInvented question 2" in prompt
    assert prompt.endswith("C. a third, longer one\nD. none of these\nAnswer:")


@pytest.mark.data
def test_real_copies_agree_on_all_items() -> None:
    """Two sets of CSV files, one with header and numbers, one without and with letters, and one JSONL."""
    copies = []
    for part in ("test", "mirage_test", "medagentsbench_test_1089.jsonl"):
        load_real(MED, "mmlu-med")
        loaded = load_benchmark(MED, DataSources(named={"mmlu_med": REAL / "mmlu-med" / part}))
        assert len(loaded.items) == 1089
        copies.append({item.id: item for item in loaded.items})
    assert copies[0] == copies[1] == copies[2]
    assert Counter(item.category.replace(" ", "_") for item in copies[0].values()) == dict(
        zip(SIX, (135, 265, 144, 173, 100, 272), strict=True)
    )


@pytest.mark.data
def test_real_nine_subjects() -> None:
    loaded = load_real(MED_9, "mmlu-med")
    assert len(loaded.items) == MED_9.size == 1871
    assert {item.category.replace(" ", "_") for item in loaded.items} == set(NINE)
    assert len(loaded.dev) == 45
    assert loaded.notes == ()
