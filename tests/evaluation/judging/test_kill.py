"""``kill -9`` in the middle of a grading: nothing is lost and nothing is asked twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medgo.evaluation.judging import Grader, VerdictCache
from tests.evaluation.judging.items import RUBRIC, judge
from tests.evaluation.judging.slow_grading import PAIRS
from tests.support.judge_engine import JudgeEngine, by_words

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_three_times_and_finished(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    for at in (10, 50, 110):
        program = [sys.executable, "-m", "tests.evaluation.judging.slow_grading", str(file)]
        process = subprocess.Popen(program, cwd=ROOT)
        while process.poll() is None and (not file.exists() or file.read_bytes().count(b"\n") < at):
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    kept = file.read_bytes().count(b"\n")
    assert 110 <= kept < len(PAIRS) * len(RUBRIC)
    engine = JudgeEngine(by_words(calls=True))
    with VerdictCache(file) as cache:
        grades = list(Grader("rubric", [judge(engine)], cache=cache).grade(PAIRS))
    assert len(engine.asked) == len(PAIRS) * len(RUBRIC) - kept
    keys = [line.split(b'"key": "')[1][:64] for line in file.read_bytes().splitlines()]
    assert len(keys) == len(set(keys)) == len(PAIRS) * len(RUBRIC)
    assert {grade.coverage for grade in grades} == {1.0}
