"""``medgo eval list`` as a user sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from medgo.cli._eval_list import eval_list_command
from medgo.errors import MedGoError
from medgo.evaluation.benchmarks.registry import BENCHMARKS
from tests.support.tables import jsonl, put


@pytest.fixture(autouse=True)
def no_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEDGO_DATA", raising=False)


def run(*arguments: str, width: int = 100) -> Result:
    app = typer.Typer()
    app.command()(eval_list_command)
    result = CliRunner(env={"COLUMNS": str(width)}).invoke(app, list(arguments))
    if isinstance(result.exception, MedGoError):
        raise result.exception
    return result


@pytest.fixture
def data(caches: Path) -> Path:
    """A folder with one whole benchmark, half a file of another, and nothing of the rest."""
    rows = [
        {
            "id": str(number),
            "question": f"虚构题目{number}",
            "options": ["甲", "乙"],
            "answer": "A",
            "explanation": "无",
        }
        for number in range(190)
    ]
    put(caches / "data/explaincpe/test.json", json.dumps(rows).encode())
    medbullets = [
        {"question": f"Case {number}?", "options": dict.fromkeys("ABCDE", "drug"), "answer_idx": "A"}
        for number in range(4)
    ]
    put(caches / "data/medbullets/test.jsonl", jsonl(medbullets)[:-9])
    return caches / "data"


def test_groups_figures_and_remarks() -> None:
    result = run()
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    groups = [line for line in lines if line.startswith(("Medical ", "Clinical ", "Beyond "))]
    assert [group.split()[0] for group in groups] == ["Medical", "Clinical", "Medical", "Beyond"]
    (hle,) = [line for line in lines if line.startswith("hle ")]
    assert hle.split()[1:8] == ["103", "en", "choice", "16.9", "19.4", "12.6", "14.6"]
    assert "MedGo 66.5, Lingshu-32B 63.8, MedGemma-27B 56.7" in result.stdout
    assert "模型卡 20 项基准的平均分：MedGo 66.5" in result.stdout
    assert "AIMedQA" in result.stdout
    assert "AfriMed-QA" in result.stdout


@pytest.mark.parametrize("width", [100, 80])
def test_columns_of_all_groups_stand_below_one_another(width: int) -> None:
    lines = run(width=width).stdout.splitlines()
    assert max(len(line) for line in lines) <= width
    ends = {line.index(" choice ") for line in lines if " choice " in line}
    assert len(ends) == 1


@pytest.mark.parametrize("width", [200, 100, 80, 60])
@pytest.mark.parametrize("with_data", [False, True])
def test_numbers_and_names_are_whole_at_any_width(width: int, with_data: bool, data: Path) -> None:
    lines = run(*(("--data", str(data)) if with_data else ()), width=width).stdout.splitlines()
    table = [line.split() for line in lines[: next(n for n, line in enumerate(lines) if "Mean of" in line)]]
    rows = {row[0]: row for row in table if len(row) > 2}
    assert rows.keys() >= {benchmark.name for benchmark in BENCHMARKS}
    assert [rows["cmb"][place] for place in (0, 1)] == ["cmb", "10,010"]
    assert "92.5" in rows["cmb"]
    assert "16.9" in rows["hle"] or width < 80 or with_data
    assert not with_data or rows["explaincpe"][-2:] == ["190", "(official)"]


def test_what_is_here_and_how_to_get_the_rest(data: Path) -> None:
    result = run("--data", str(data))
    (found,) = [line for line in result.stdout.splitlines() if line.startswith("explaincpe")]
    assert found.rstrip().endswith("190 (official)")
    text = " ".join(result.stdout.split())
    assert "medbullets/test.jsonl is not usable: it ends in the middle of row 4" in text
    assert "supergpqa its data is not in" in text
    assert "`medgo eval run … --download` gets m-a-p/SuperGPQA" in text


def test_files_that_nobody_can_read_are_seen(data: Path) -> None:
    for number in range(12):
        put(data / f"notes/{number:02}.csv", b"a,b\n1,2\n")
    text = " ".join(run("--data", str(data), width=200).stdout.split())
    assert "Seen but not recognised 无法识别的文件 (12)" in text  # half a file of Medbullets is spoken of there
    assert "notes/09.csv: its path names no benchmark" in text
    assert "notes/10.csv" not in text
    assert "… and 2 more" in text
    assert "explaincpe/test.json:" not in text


def test_the_folder_may_come_from_the_environment(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDGO_DATA", str(data))
    assert "190 (official)" in run().stdout


def test_json_has_everything(data: Path) -> None:
    rows = {row["name"]: row for row in json.loads(run("--json", "--data", str(data)).stdout)}
    assert rows["mmlu_pro"]["card"] == {"medgo": 64.3, "lingshu_32b": 64.3, "medgemma_27b": 54.3}
    assert rows["healthbench"]["card"] is None
    assert rows["hle"]["confidential"]
    assert rows["explaincpe"]["here"]["items"] == 190
    assert len(rows["explaincpe"]["here"]["files"][0]["sha256"]) == 64
    assert rows["medbullets"]["here"] is None
    assert "row 4" in rows["medbullets"]["error"]
    assert "here" not in {row["name"]: row for row in json.loads(run("--json").stdout)}["cmb"]


def test_a_folder_that_is_not_there_is_an_error(caches: Path) -> None:
    with pytest.raises(MedGoError, match="nowhere"):
        run("--data", "nowhere")
