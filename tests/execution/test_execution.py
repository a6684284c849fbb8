"""The same outcomes in this process, in several, and on Ray; a failure or a killed process stops no other task."""

from __future__ import annotations

import os
import signal
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import InputError
from medgo.execution import ExecutionError, Executor, LocalExecutor, Outcome, open_executor

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="pip install 'medgo[ray]'")


@pytest.fixture(scope="module", params=[1, 2])
def executor(request: pytest.FixtureRequest) -> Executor:
    return LocalExecutor(request.param)


def cube(number: int) -> int:
    if number == 3:
        raise InputError("three is not taken")
    if number == 5:
        raise KeyError("what a patient said")
    return number**3


def dies(marks: Path, number: int) -> int:
    """Task 1 kills its process once, task 2 each time."""
    mark = marks / str(number)
    if number == 2 or (number == 1 and not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def by_number(outcomes: Any) -> dict[int, Outcome[Any]]:
    return {one.number: one for one in outcomes}


def test_every_task_has_its_outcome(executor: Executor) -> None:
    found = by_number(executor.run(cube, range(8)))
    assert {number: one.value for number, one in found.items() if one.error is None} == {
        number: number**3 for number in (0, 1, 2, 4, 6, 7)
    }
    assert isinstance(found[3].error, InputError)
    assert "three" in found[3].error.message


def test_an_unexpected_error_names_its_place_and_quotes_nothing(executor: Executor) -> None:
    error = by_number(executor.run(cube, [5, 0]))[0].error
    assert isinstance(error, ExecutionError)
    assert "KeyError in test_execution.py" in error.message
    assert "patient" not in str(error)


def test_a_killed_process_costs_one_try(tmp_path: Path) -> None:
    _check_deaths(by_number(LocalExecutor(2).run(partial(dies, tmp_path), range(6))))


@needs_ray
def test_ray_does_the_same(tmp_path: Path) -> None:
    executor = open_executor("ray", workers=2)
    _check_deaths(by_number(executor.run(partial(dies, tmp_path), range(6))))
    found = by_number(executor.run(cube, range(8)))
    assert {one.number: one.value for one in found.values() if one.error is None} == {
        number: number**3 for number in (0, 1, 2, 4, 6, 7)
    }
    assert isinstance(found[3].error, InputError)
    assert "KeyError in test_execution.py" in str(found[5].error)


def test_no_tasks_no_outcomes(executor: Executor) -> None:
    assert list(executor.run(cube, [])) == []


def _check_deaths(found: dict[int, Outcome[Any]]) -> None:
    assert [number for number in range(6) if found[number].value == number] == [0, 1, 3, 4, 5]
    assert isinstance(found[2].error, ExecutionError)
    assert "died" in found[2].error.message


@needs_ray
def test_no_cluster_at_the_address() -> None:
    with pytest.raises(ExecutionError, match="no Ray cluster"):
        list(open_executor("ray", address="127.0.0.1:9").run(cube, [1]))
