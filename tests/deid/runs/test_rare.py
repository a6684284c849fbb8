"""A rare disease makes the rest of its record coarse, and the rest of its patient's records."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from medgo.deid.keys import create_key
from medgo.deid.policy import read_policy
from medgo.deid.runs import RunConfig, run_deid, run_folder
from medgo.deid.runs.rare import rare_diagnoses

RARE = "患者逄晓岚，女，47岁，家住安徽省池州市贵池区长江南路12号，2024年3月5日因亨廷顿病收入院。"
COMMON = "患者逄晓岚，女，47岁，家住安徽省池州市贵池区长江南路12号，2024年3月5日因高血压收入院。"
ENGLISH = "Ottoline Brackenbury, a 52-year-old woman from Duluth, MN 55805, was seen on 2024-03-05 for Gaucher disease."


def run(folder: Path, rows: list[dict[str, str]], **changes: object) -> tuple[list[str], dict[str, object]]:
    source = folder / "notes.jsonl"
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    if not (folder / "key").exists():
        create_key(folder / "key")
    config = RunConfig(source, folder / "clean.jsonl", key_file=folder / "key", **changes)  # type: ignore[arg-type]
    run_deid(config)
    texts = [json.loads(line)["text"] for line in config.output.read_text("utf-8").splitlines()]
    return texts, json.loads((run_folder(config.output) / "audit.json").read_text())


def test_only_records_of_a_patient_with_a_rare_disease_become_coarse(tmp_path: Path) -> None:
    rows = [
        {"id": "0", "patient_id": "a", "text": COMMON},
        {"id": "1", "patient_id": "a", "text": RARE},
        {"id": "2", "patient_id": "b", "text": COMMON},
        {"id": "3", "patient_id": "c", "text": ENGLISH},
    ]
    texts, audit = run(tmp_path, rows)
    assert audit["rare"] == 3
    for text in texts[:2]:
        assert "45-49岁" in text
        assert "住安徽省，" in text
        assert "日因" not in text
        assert "年" in text.partition("省，")[2]
    assert "亨廷顿病" in texts[1]
    assert "47岁" in texts[2]
    assert "日因高血压" in texts[2]
    assert "50-54-year-old" in texts[3]
    assert "2024-03-05" not in texts[3]


def test_in_one_pass_each_record_is_judged_alone(tmp_path: Path) -> None:
    rows = [{"id": "0", "patient_id": "a", "text": COMMON}, {"id": "1", "patient_id": "a", "text": RARE}]
    texts, audit = run(tmp_path, rows, one_pass=True)
    assert audit["rare"] == 1
    assert "47岁" in texts[0]
    assert "45-49岁" in texts[1]


def test_tags_leave_a_band_of_ages(tmp_path: Path) -> None:
    texts, audit = run(tmp_path, [{"id": "1", "text": RARE}], mode="tag")
    assert audit["rare"] == 1
    assert "45-49岁" in texts[0]
    assert "[地址]" in texts[0]


def test_a_policy_may_treat_them_as_any_other(tmp_path: Path) -> None:
    policy = tmp_path / "same.yaml"
    rules = read_policy().model_dump() | {"rare_diseases": "same", "name": "same"}
    policy.write_text(json.dumps(rules))
    texts, audit = run(tmp_path, [{"id": "1", "text": RARE}], policy=policy)
    assert audit["rare"] == 0
    assert "47岁" in texts[0]
    assert read_policy(policy).sha256 != read_policy().sha256


def test_a_rare_disease_makes_nothing_finer_than_the_policy(tmp_path: Path) -> None:
    texts, audit = run(tmp_path, [{"id": "1", "text": RARE}], policy="strict")
    assert audit["rare"] == 1
    assert "月" not in texts[0]
    assert "年因亨廷顿病" in texts[0]


def test_a_name_beside_a_code_tells_as_a_text_does(tmp_path: Path) -> None:
    message = (
        "MSH|^~\\&|HIS|HOSP|X|Y|20240305||ADT^A01|7|P|2.5.1\r"
        "PID|1||ZY2026^^^HOSP^MR||Brackenbury^Ottoline||19700101|F\r"
        "DG1|1||E75.22^Gaucher disease^I10\r"
    )
    source = tmp_path / "in.hl7"
    source.write_text(message, newline="")
    create_key(tmp_path / "key")
    report = run_deid(RunConfig(source, tmp_path / "out.hl7", key_file=tmp_path / "key"))
    assert report.totals.rare == 1
    birth = (tmp_path / "out.hl7").read_bytes().decode().split("\r")[1].split("|")[7]
    assert len(birth) == 6
    assert birth.startswith(("1968", "1969"))


@pytest.mark.parametrize(
    ("text", "rare"),
    [
        ("Known Huntington's disease.", True),
        ("HUNTINGTON DISEASE", True),
        ("确诊戈谢病3年", True),
        ("type 2 diabetes, hypertension, COPD", False),
        ("高血压病3级，2型糖尿病，冠心病", False),
        ("注射破伤风抗毒素，狂犬病疫苗", False),
        ("Tetanus toxoid and rabies vaccine were given.", False),
        ("The patient had tetanus.", True),
    ],
)
def test_diseases_are_found_and_what_is_given_against_them_is_not(text: str, rare: bool) -> None:
    assert bool(rare_diagnoses()(text)) == rare


def test_finding_takes_half_a_microsecond_a_character() -> None:
    find = rare_diagnoses()
    text = (COMMON + ENGLISH) * 200
    find(text)
    start = time.process_time()
    find(text)
    assert (time.process_time() - start) / len(text) < 0.5e-6 * 10  # a tenth of what is aimed at, for a busy machine
