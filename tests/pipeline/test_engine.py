"""A pipeline does what must be done and no more, whenever it is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from medgo.errors import InputError, RecipeError, RunFolderError, StorageError
from medgo.pipeline.engine import Outcome, run_pipeline, survey
from medgo.pipeline.state import State
from medgo.pipeline.step import Inputs, Step, in_order
from medgo.store import sole_writer


class Quiet:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, str]] = []
        self.ended: list[tuple[str, str, str]] = []

    def begins(self, step: Step, why: str) -> None:
        self.begun.append((step.name, why))

    def ends(self, step: Step, outcome: Outcome, words: str, seconds: float) -> None:
        self.ended.append((step.name, outcome, words))


class Small:
    """Four steps on text files: rows → training → card, and a count of rows that training does not need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder / "source.txt"
        self.source.write_text("a\nb\n")
        self.options = {"rows": 1, "training": 1, "count": 1, "card": 1}
        self.calls: list[str] = []
        self.failing: set[str] = set()

    def _step(self, name: str, needs: tuple[str, ...], make: Callable[[], str], **files: Path) -> Step:
        folder = self.folder / name

        def work() -> None:
            self.calls.append(name)
            if name in self.failing:
                raise InputError(f"{name} cannot", hint="do otherwise")
            folder.mkdir(exist_ok=True)
            (folder / "out.txt").write_text(make())

        return Step(name, folder, lambda: Inputs({"option": self.options[name]}, files), work, ("*.txt",), needs)

    def steps(self) -> list[Step]:
        rows, training = self.folder / "rows/out.txt", self.folder / "training/out.txt"
        return [
            self._step("card", ("training",), lambda: f"card of {training.read_text()}"),
            self._step("count", ("rows",), lambda: str(len(rows.read_text()))),
            self._step("training", ("rows",), lambda: rows.read_text().upper()),
            self._step("rows", (), lambda: self.source.read_text().strip(), source=self.source),
        ]

    def run(self) -> tuple[list[str], dict[str, Outcome], Quiet]:
        self.calls, watch = [], Quiet()
        outcomes = run_pipeline(self.steps(), self.folder / "pipeline.json", watch)
        return self.calls, outcomes, watch


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return Small(tmp_path)


def test_steps_come_after_what_they_need_and_are_skipped_when_unchanged(small: Small) -> None:
    calls, outcomes, _ = small.run()
    assert calls.index("rows") < calls.index("training") < calls.index("card")
    assert set(outcomes.values()) == {"done"}
    calls, outcomes, watch = small.run()
    assert calls == []
    assert set(outcomes.values()) == {"skipped"}
    assert not watch.begun


def test_a_changed_input_reruns_exactly_the_dependants(small: Small) -> None:
    small.run()
    small.options["training"] = 2
    calls, _, watch = small.run()
    assert calls == ["training"], "it left the same, so the card needs not be written again"
    assert watch.begun == [("training", "changed: option")]
    small.source.write_text("a\nc\n")
    calls, _, watch = small.run()
    assert calls == ["rows", "count", "training", "card"]
    assert watch.begun[0] == ("rows", "changed: file source")
    assert ("count", "changed: step rows") in watch.begun


def test_a_change_that_changes_no_result_stops_there(small: Small) -> None:
    small.run()
    small.source.write_text("a\nb\n\n")
    assert small.run()[0] == ["rows"]


def test_touching_a_file_is_no_change(small: Small) -> None:
    small.run()
    os.utime(small.source, (1, 1))
    assert small.run()[0] == []


@pytest.mark.parametrize("damage", ["removed", "changed", "added"])
def test_results_that_are_not_as_they_were_left_are_made_again(small: Small, damage: str) -> None:
    small.run()
    out = small.folder / "training/out.txt"
    if damage == "removed":
        out.unlink()
    else:
        (out if damage == "changed" else out.with_name("more.txt")).write_text("xyz")
    calls, _, watch = small.run()
    assert calls[0] == "training"
    assert "not as it was" in watch.begun[0][1]


def test_a_failed_step_stops_those_that_need_it_and_no_others(small: Small) -> None:
    small.failing = {"training"}
    calls, outcomes, watch = small.run()
    assert outcomes == {"rows": "done", "count": "done", "training": "failed", "card": "blocked"}
    assert ("card", "blocked", "needs training") in watch.ended
    assert any(name == "training" and "training cannot" in words for name, _, words in watch.ended)
    small.failing = set()
    calls, outcomes, _ = small.run()
    assert calls == ["training", "card"]
    assert set(outcomes.values()) == {"skipped", "done"}


def test_results_of_other_inputs_are_put_aside_and_never_removed(small: Small) -> None:
    small.run()
    (small.folder / "training/extra.bin").write_bytes(b"stale")
    for option in (2, 3):
        small.options["training"] = option
        small.run()
    assert not (small.folder / "training/extra.bin").exists()
    assert (small.folder / "training.before-1/extra.bin").read_bytes() == b"stale"
    assert (small.folder / "training.before-2/out.txt").exists()


def test_a_step_that_reworks_keeps_its_folder(tmp_path: Path) -> None:
    option = [1]

    def work() -> None:
        (tmp_path / "s").mkdir(exist_ok=True)
        with (tmp_path / "s/out.txt").open("a") as file:
            file.write("x")

    def step() -> Step:
        return Step("s", tmp_path / "s", lambda: Inputs({"o": option[0]}), work, ("*.txt",), reworks=True)

    run_pipeline([step()], tmp_path / "p.json", Quiet())
    option[0] = 2
    run_pipeline([step()], tmp_path / "p.json", Quiet())
    assert (tmp_path / "s/out.txt").read_text() == "xx"


def test_a_step_that_leaves_nothing_has_failed(tmp_path: Path) -> None:
    step = Step("s", tmp_path / "s", Inputs, lambda: None, ("*.txt",))
    watch = Quiet()
    assert run_pipeline([step], tmp_path / "p.json", watch) == {"s": "failed"}
    assert "left none of *.txt" in watch.ended[0][2]


def test_an_input_that_is_not_there_fails_the_step(small: Small) -> None:
    small.source.unlink()
    assert small.run()[1] == {"rows": "failed", "count": "blocked", "training": "blocked", "card": "blocked"}


def test_two_runs_do_not_collide(small: Small) -> None:
    with sole_writer(small.folder / "pipeline.json"), pytest.raises(StorageError, match="another process"):
        small.run()
    assert small.calls == []


def test_survey_says_what_a_run_would_do(small: Small) -> None:
    state = small.folder / "pipeline.json"
    assert {name: j.verdict for name, j in survey(small.steps(), state).items()} == {
        "rows": "new", "count": "waits", "training": "waits", "card": "waits",
    }  # fmt: skip
    small.run()
    small.options["count"] = 5
    before = state.read_bytes()
    found = survey(small.steps(), state)
    assert {name: j.verdict for name, j in found.items()} == {
        "rows": "current", "count": "changed", "training": "current", "card": "current",
    }  # fmt: skip
    assert state.read_bytes() == before


def test_circles_strangers_and_twins_are_refused(tmp_path: Path) -> None:
    def step(name: str, *needs: str) -> Step:
        return Step(name, tmp_path, Inputs, lambda: None, (), needs)

    with pytest.raises(RecipeError, match="wait for each other: a needs b, b needs a"):
        in_order([step("a", "b"), step("b", "a")])
    with pytest.raises(RecipeError, match="a needs nobody, which is no step"):
        in_order([step("a", "nobody")])
    with pytest.raises(RecipeError, match="one name: a"):
        in_order([step("a"), step("a")])


def test_a_damaged_state_is_named_with_the_way_out(small: Small) -> None:
    small.run()
    (small.folder / "pipeline.json").write_text("{")
    with pytest.raises(RunFolderError, match="remove it"):
        small.run()
    (small.folder / "pipeline.json").unlink()
    assert small.run()[0], "everything is looked at again"
    assert not list(small.folder.glob("*.before*")), "and goes on from what its folder holds"


_SCRIPT = """
import os, signal, sys
from pathlib import Path
from medgo.pipeline.engine import run_pipeline
from medgo.pipeline.step import Inputs, Step

folder, kill_at = Path(sys.argv[1]), sys.argv[2]

class Quiet:
    def begins(self, step, why): pass
    def ends(self, step, outcome, words, seconds): pass

def step(name, needs):
    place = folder / name
    def work():
        place.mkdir(exist_ok=True)
        log = place / "log.txt"
        for line in range(len(log.read_text().split()) if log.exists() else 0, 4):
            before = "".join((folder / need / "log.txt").read_text() for need in needs)
            with log.open("a") as file:
                file.write(f"{line}-{len(before)}\\n")
            with (folder / "work.log").open("a") as file:
                file.write(f"{name}/{line}\\n")
            if f"{name}/{line}" == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
    return Step(name, place, lambda: Inputs({"v": 1}), work, ("log.txt",), needs)

print(run_pipeline([step("a", ()), step("b", ("a",)), step("c", ("a", "b"))], folder / "pipeline.json", Quiet()))
"""


def _run_script(folder: Path, kill_at: str) -> int:
    folder.mkdir(exist_ok=True)
    script = textwrap.dedent(_SCRIPT)
    return subprocess.run([sys.executable, "-c", script, str(folder), kill_at], check=False).returncode


def test_killed_anywhere_and_started_again_it_gives_the_same(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert _run_script(whole, "") == 0
    for place in ("a/1", "b/0", "b/3", "c/2"):
        assert _run_script(broken, place) == -signal.SIGKILL
        killed = State(broken / "pipeline.json").steps[place[0]]
        assert killed.status == "running"
    assert _run_script(broken, "") == 0
    assert (broken / "work.log").read_text() == (whole / "work.log").read_text(), "nothing is done twice"
    ours, theirs = (json.loads((f / "pipeline.json").read_text())["steps"] for f in (broken, whole))
    for name in ours:
        assert {k: m["sha256"] for k, m in ours[name]["outputs"].items()} == {
            k: m["sha256"] for k, m in theirs[name]["outputs"].items()
        }
        assert ours[name]["status"] == "done"
    assert [ours[name]["runs"] for name in "abc"] == [2, 3, 2]


def test_the_lock_of_a_killed_run_is_free(tmp_path: Path) -> None:
    assert _run_script(tmp_path / "x", "a/0") == -signal.SIGKILL
    began = time.monotonic()
    assert _run_script(tmp_path / "x", "") == 0
    assert time.monotonic() - began < 30
