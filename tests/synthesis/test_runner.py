"""Whole runs: the same recipe gives the same files, whatever happens on the way, and every number adds up."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from medgo.errors import InputError, MedGoError, ResumeMismatchError, StorageError
from medgo.synthesis import registry, runner, shards
from tests.evaluation.benchmarks.exam_files import write as write_exam
from tests.synthesis.datasets.files import sample
from tests.synthesis.rows import Counting, Pairs
from tests.synthesis.runs import COUNTED, Watch, counting_bench, files, lines, one, recipe, run

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEDGO_DATA", raising=False)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generators that only count, and a verifier that lets all pass."""
    real = {"published": registry.Published, "published_pairs": registry.PublishedPairs}
    monkeypatch.setattr(registry, "GENERATORS", (Counting, Pairs, *real.values()))
    monkeypatch.setattr(runner, "open_bench", counting_bench)


def program(output: Path) -> subprocess.Popen[str]:
    """The same run in a process of its own, slowly."""
    return subprocess.Popen([sys.executable, "-m", "tests.synthesis.runs", str(output)], cwd=ROOT, text=True)


def wait_for(pattern: str, folder: Path, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not list(folder.glob(pattern)):
        assert time.monotonic() < deadline, f"no {pattern} after {seconds} s"
        time.sleep(0.01)


def test_the_same_recipe_gives_the_same_files(counting: None, tmp_path: Path) -> None:
    reports = [run(recipe(tmp_path / name, COUNTED)) for name in ("a", "b")]
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert set(files(tmp_path / "a")) == {
        *(f"{name}{end}" for name in COUNTED for end in (".jsonl", ".evidence.jsonl")),
        *("report.json", "README.md", "README_zh.md"),
    }
    assert reports[0].sets["stage1"].rows == 90 - reports[0].sets["stage1"].duplicates
    assert reports[0].sets["labels"].rows == reports[0].sets["labels"].wanted == 10
    other = run(recipe(tmp_path / "c", COUNTED, seed=4))
    assert other.sets["preference"].rows == 30
    assert not set((tmp_path / "a/stage1.jsonl").read_bytes().splitlines()) & set(
        (tmp_path / "c/stage1.jsonl").read_bytes().splitlines()
    )


def test_a_finished_run_makes_nothing_again(counting: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(recipe(tmp_path, COUNTED))
    before = files(tmp_path)
    monkeypatch.setattr(shards, "_kept", lambda *_: pytest.fail("a finished shard was made again"))
    watch = Watch()
    run(recipe(tmp_path, COUNTED), watch=watch)
    assert files(tmp_path) == before
    assert watch.total == 90 + 30 + 5, "five pairs give ten labels"
    assert watch.rows == 125
    assert len(lines(tmp_path / "log.jsonl")) == len(list(tmp_path.glob("shards/*/*/*.done.json"))), "once per shard"


def test_the_number_of_rows_of_a_set_does_not_depend_on_other_sets(counting: None, tmp_path: Path) -> None:
    run(recipe(tmp_path / "a", COUNTED))
    run(recipe(tmp_path / "b", {"preference": COUNTED["preference"]}))
    assert (tmp_path / "a/preference.jsonl").read_bytes() == (tmp_path / "b/preference.jsonl").read_bytes()


def test_a_killed_run_goes_on_and_ends_as_if_nothing_had_been(counting: None, tmp_path: Path) -> None:
    process = program(tmp_path / "killed")
    wait_for("shards/*/*/*.done.json", tmp_path / "killed")
    with pytest.raises(StorageError, match="another process is writing"):
        run(recipe(tmp_path / "killed", COUNTED))
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = list((tmp_path / "killed").glob("shards/*/*/*.done.json"))
    assert not (tmp_path / "killed/report.json").exists()
    run(recipe(tmp_path / "killed", COUNTED))
    run(recipe(tmp_path / "whole", COUNTED))
    assert 0 < len(done) < len(list((tmp_path / "whole").glob("shards/*/*/*.done.json")))
    assert files(tmp_path / "killed") == files(tmp_path / "whole")
    assert not list((tmp_path / "killed").rglob("*.partial"))


def test_another_recipe_does_not_go_into_the_same_folder(counting: None, tmp_path: Path) -> None:
    run(recipe(tmp_path, COUNTED))
    before = files(tmp_path)
    for changes in ({"seed": 4}, {"langs": ["zh"]}, {"keep": {"max_characters": 9000}}, {"shard_rows": 30}):
        with pytest.raises(ResumeMismatchError, match="the recipe's"):
            run(recipe(tmp_path, COUNTED, **changes))
    assert files(tmp_path) == before
    for damaged in ("{", "[]", "{}"):
        (tmp_path / "manifest.json").write_text(damaged)
        with pytest.raises(ResumeMismatchError, match="cannot be read"):
            run(recipe(tmp_path, COUNTED))


def test_documents_that_have_changed_are_another_run(counting: None, tmp_path: Path) -> None:
    each = sample("medquad")
    folder = each.below(tmp_path / "documents")
    asked = recipe(
        tmp_path / "out", {"stage1": one("published", 2)}, documents=[{"dataset": "medquad", "path": str(folder)}]
    )
    run(asked)
    each.below(folder, [*each.rows, {**each.rows[0], "focus": "Desk wrist"}])
    with pytest.raises(ResumeMismatchError, match="the documents"):
        run(asked)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize(
    "name",
    ["manifest.json", "stage1.jsonl", "stage1.evidence.jsonl", "report.json", "README_zh.md",
     "shards/stage1/counting/00001.evidence.jsonl", "shards/preference/pairs/00000.done.json"],
)  # fmt: skip
def test_a_full_disk_stops_the_run_and_room_lets_it_go_on(counting: None, tmp_path: Path, name: str) -> None:
    path = tmp_path / "full" / f"{name}.partial"
    path.parent.mkdir(parents=True)
    path.symlink_to("/dev/full")
    with pytest.raises(StorageError) as error:
        run(recipe(tmp_path / "full", COUNTED))
    assert "No space left" in str(error.value)
    assert not (tmp_path / "full" / name).exists()
    run(recipe(tmp_path / "full", COUNTED))
    run(recipe(tmp_path / "whole", COUNTED))
    assert files(tmp_path / "full") == files(tmp_path / "whole")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_log_that_takes_no_line_stops_the_run(counting: None, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").symlink_to("/dev/full")
    with pytest.raises(StorageError):
        run(recipe(tmp_path, COUNTED))


def test_a_file_where_the_folder_should_be_is_said(counting: None, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    for output in (tmp_path / "out", tmp_path / "out/below"):
        with pytest.raises(StorageError, match="cannot be written"):
            run(recipe(output, COUNTED))


def test_the_report_adds_up(counting: None, tmp_path: Path) -> None:
    sets = {"stage1": COUNTED["stage1"], "labels": COUNTED["labels"]}
    run(recipe(tmp_path, sets, keep={"max_characters": 81}))
    report = json.loads((tmp_path / "report.json").read_bytes())
    assert list(report["components"]) == ["labels/pairs", "stage1/counting", "stage1/counting-2"]
    for part in report["components"].values():
        assert part["kept"] + sum(part["refused"].values()) == part["tried"]
        assert part["kept"] <= part["wanted"]
    assert sum(part["refused"].get("too long", 0) for part in report["components"].values()) > 0
    kept = sum(part["kept"] for name, part in report["components"].items() if name.startswith("stage1"))
    stage1 = report["sets"]["stage1"]
    assert stage1["rows"] + stage1["duplicates"] == kept
    assert stage1["rows"] == sum(stage1["counts"].values()) == len(lines(tmp_path / "stage1.jsonl"))
    log = lines(tmp_path / "log.jsonl")
    assert sum(line["kept"] for line in log) == sum(part["kept"] for part in report["components"].values())


def test_a_set_that_stays_short_is_named_with_what_is_missing(counting: None, tmp_path: Path) -> None:
    report = run(recipe(tmp_path, {"stage1": one("counting", 30, ends=4), "preference": one("pairs", 5)}))
    assert report.short == {"stage1": 22}, "two shards of fifteen rows, four rows each"
    assert "| `stage1.jsonl` | 8 | 30 |" in (tmp_path / "README.md").read_text()


def test_licences_that_the_recipe_does_not_allow_are_refused_and_counted(counting: None, tmp_path: Path) -> None:
    sets = {"stage1": one("counting", 10, licence="CC-BY-NC-4.0")}
    report = run(recipe(tmp_path / "a", sets))
    assert report.sets["stage1"].rows == 0
    assert json.loads((tmp_path / "a/report.json").read_bytes())["components"]["stage1/counting"]["refused"] == {
        "licence": 200
    }
    assert "license: other" not in (tmp_path / "a/README.md").read_text()
    allowed = run(recipe(tmp_path / "b", sets, keep={"licences": ["CC-BY-NC-4.0"]}))
    assert allowed.sets["stage1"].rows == 10
    assert "license: other" in (tmp_path / "b/README.md").read_text()


def numbers_and_cells(text: str) -> tuple[list[str], list[list[str]]]:
    """Numbers of a card, and its tables without their headings (which are words)."""
    tables = [line for line in text.splitlines() if line.startswith("|")]
    rule = [i for i, line in enumerate(tables) if set(line) <= set("|-:")]
    words = {i - 1 for i in rule}
    cells = [re.findall(r"[^|，,（）()]+", line) for i, line in enumerate(tables) if i not in words]
    return sorted(re.findall(r"\d+", text)), [[cell.strip() for cell in row if cell.strip()] for row in cells]


def test_both_data_cards_say_the_same(counting: None, tmp_path: Path) -> None:
    each = sample("medquad")
    asked = recipe(
        tmp_path / "out",
        {**COUNTED, "stage2": {"rows": 12, "mix": [{"generator": "published", "weight": 0.5},
                                                   {"generator": "counting", "weight": 0.5}]}},
        documents=[
            {"dataset": "medquad", "path": str(each.below(tmp_path / "documents"))},
            {"dataset": "toyhom", "path": "nowhere", "optional": True},
        ],
        keep={"max_characters": 200},
    )  # fmt: skip
    run(asked)
    en, zh = ((tmp_path / "out" / name).read_text() for name in ("README.md", "README_zh.md"))
    assert yaml.safe_load(en.split("---")[1])["configs"][1] == {
        "config_name": "preference",
        "data_files": "preference.jsonl",
    }
    en = en.split("---", 2)[2]  # the head is for the hub, which reads it in README.md only
    assert numbers_and_cells(en) == numbers_and_cells(zh.replace("| 文档 |", "| documents |"))
    assert len(numbers_and_cells(en)[1]) > 12
    for card in (en, zh):
        assert "`medquad`" in card
        assert "toyhom: nowhere does not exist" in card
        assert "seed: 3" in card
    assert en.count("\n## ") == zh.count("\n## ")


PLANTED = "A fact sheet of our own: which exercise helps a gardener whose left knee aches on the stairs in May?"


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    """A folder with a benchmark of one question, and no other."""
    options = {"A": "Rest", "B": "Squats", "C": "Chess", "D": "Prayer"}
    row = {"question": PLANTED, "answer": "Squats", "options": options, "meta_info": "step1", "answer_idx": "B"}
    write_exam(tmp_path / "exam/medqa/test.jsonl", [row])
    return tmp_path / "exam"


def with_planted(tmp_path: Path, overlap: str) -> Any:
    each = sample("medquad")
    rows = [*each.rows, {**each.rows[0], "qid": "9", "question": PLANTED, "answer": "Squats, twice a day, with care."}]
    return recipe(
        tmp_path / f"out-{overlap}",
        {"stage1": one("published", 3)},
        documents=[{"dataset": "medquad", "path": str(each.below(tmp_path / "documents", rows))}],
        keep={"overlap": overlap},
    )


def test_a_row_with_a_benchmark_question_is_refused_and_counted(counting: None, tmp_path: Path, exam: Path) -> None:
    for mode in ("required", "if_present"):
        asked = with_planted(tmp_path, mode)
        report = run(asked, benchmarks=[exam])
        assert report.short == {"stage1": 1}
        assert report.shards[0].refused == {"benchmark item": 1}
        assert "in May" not in (Path(asked.output) / "stage1.jsonl").read_text()
        compared = json.loads((Path(asked.output) / "report.json").read_bytes())["overlap"]
        assert (compared["asked"], compared["items"], compared["benchmarks"]) == (mode, 1, ["medqa"])
        assert "medmcqa" in compared["absent"]
        assert "medqa" not in compared["absent"]
        assert "compared with 1 items of medqa" in (Path(asked.output) / "README.md").read_text()


def test_without_items_the_card_says_so_and_required_stops(counting: None, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="none are here"):
        run(with_planted(tmp_path, "required"), benchmarks=[tmp_path / "empty"])
    asked = with_planted(tmp_path, "if_present")
    assert run(asked).sets["stage1"].rows == 3
    assert "no item was at hand" in (Path(asked.output) / "README.md").read_text()
    assert "找不到任何题目" in (Path(asked.output) / "README_zh.md").read_text()


def test_switched_off_is_said_and_not_excused(counting: None, tmp_path: Path, exam: Path) -> None:
    asked = with_planted(tmp_path, "off")
    assert run(asked, benchmarks=[exam]).sets["stage1"].rows == 3
    en, zh = ((Path(asked.output) / name).read_text() for name in ("README.md", "README_zh.md"))
    assert "switched that off" in en
    assert "no item was at hand" not in en
    assert "配方关闭了这项检查" in zh
    assert "找不到" not in zh


def test_items_that_come_later_are_another_run(counting: None, tmp_path: Path, exam: Path) -> None:
    run(with_planted(tmp_path, "if_present"))
    with pytest.raises(ResumeMismatchError):
        run(with_planted(tmp_path, "if_present"), benchmarks=[exam])


REAL = {
    "stage1": {
        "rows": 40,
        "mix": [{"generator": "terminology", "weight": 0.5}, {"generator": "multiple_choice", "weight": 0.5}],
    }
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of real generators in one process that nothing disturbed."""
    output = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MEDGO_DATA", raising=False)
        assert not run(recipe(output, REAL, shard_rows=5)).short
    return output


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_processes_make_the_same_files_even_after_a_kill(whole: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.synthesis.runs import recipe, run;"
        "from tests.synthesis.test_runner import REAL\n"
        "if __name__ == '__main__': run(recipe(Path(sys.argv[1]), REAL, shard_rows=5), workers=2)"
    )
    program = tmp_path / "program.py"
    program.write_text(code)
    output = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, str(program), str(output)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    wait_for("shards/*/*/*.done.json", output, 300)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive, "a worker went on after the run was killed"
    assert not (output / "report.json").exists()
    run(recipe(output, REAL, shard_rows=5), workers=2)
    assert files(output) == files(whole)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_worker_that_dies_is_said_and_the_same_command_goes_on(whole: Path, tmp_path: Path) -> None:
    def kill_a_worker() -> None:
        wait_for("shards/*/*/*.done.json", tmp_path, 300)
        workers = [child for child in multiprocessing.active_children() if child.pid]
        os.kill(workers[0].pid or 0, signal.SIGKILL)

    thread = threading.Thread(target=kill_a_worker)
    thread.start()
    with pytest.raises(MedGoError, match="a process that made rows died") as error:
        run(recipe(tmp_path, REAL, shard_rows=5), workers=2)
    thread.join()
    assert "finished shards stay" in error.value.hint
    done = len(list(tmp_path.glob("shards/*/*/*.done.json")))
    assert done > 0
    run(recipe(tmp_path, REAL, shard_rows=5), workers=2)
    assert files(tmp_path) == files(whole)
