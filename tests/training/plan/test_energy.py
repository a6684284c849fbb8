"""Energy of a plan: watts of a device, times hours, times devices, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from medgo.inference.devices import Device
from medgo.training.plan.planning import plan_run
from medgo.training.plan.time import StageTime
from medgo.training.recipe import TrainingRecipe

_DEVICE = Device("made up", flops=1e15, bandwidth=1e12, memory=1e12, watts=700, price=3.5)


def _time(device: Device, processes: int, machines: int = 1) -> StageTime:
    """Of 60 million tokens."""
    recipe = TrainingRecipe.model_validate(
        {
            "name": "test",
            "model": "qwen3-8b",
            "output": "out",
            "stages": [
                {"name": "one", "method": "sft", "data": [{"path": "none"}], "optimiser": {"learning_rate": 1e-4}}
            ],
            "devices": {"processes": processes, "machines": machines},
        }
    )
    (stage,) = plan_run(recipe, device, {"one": 60e6}).stages
    assert stage.time is not None
    return stage.time


def _so_fast_that_it_takes(seconds: float, processes: int, machines: int = 1) -> Device:
    """A device of 700 W on which the stage takes so long: time goes as one over operations a second."""
    return replace(_DEVICE, flops=_DEVICE.flops * _time(_DEVICE, processes, machines).seconds / seconds)


def test_eight_devices_of_700_watts_draw_11_2_kilowatt_hours_in_two_hours() -> None:
    time = _time(_so_fast_that_it_takes(7200, processes=8), processes=8)
    assert time.seconds == pytest.approx(7200)
    assert time.kilowatt_hours == pytest.approx(11.2)  # 8 x 2 h x 0.7 kW
    assert time.dollars == pytest.approx(56)  # 8 x 2 h x US$ 3.5


@pytest.mark.parametrize("machines", [1, 2])
def test_hosts_are_not_counted(machines: int) -> None:
    """Sixteen devices for half an hour draw the same in one machine as in two."""
    each = 16 // machines
    time = _time(_so_fast_that_it_takes(1800, each, machines), each, machines)
    assert time.kilowatt_hours == pytest.approx(5.6)  # 16 x 0.5 h x 0.7 kW


def test_energy_goes_with_watts_and_time_does_not() -> None:
    usual, hotter = _time(_DEVICE, 1), _time(replace(_DEVICE, watts=1400), 1)
    assert hotter.kilowatt_hours == pytest.approx(2 * usual.kilowatt_hours)
    assert (hotter.seconds, hotter.dollars) == (usual.seconds, usual.dollars)
