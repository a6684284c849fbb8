from __future__ import annotations

from pathlib import Path

import pytest

from medgo.inference.models import doctor
from medgo.inference.models.doctor import examine, fits_of
from medgo.inference.models.machine import Gpu, _within_container, available_memory, read_machine


@pytest.fixture
def quick(caches: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, tuple[tuple[str, ...], str]]:
    """Engines whose imports take no time: one works, one is absent, one raises, one kills its process."""
    for name, code in {
        "raises": "raise OSError('libfoo.so.1 not found')",
        "dies": "import os; os.kill(os.getpid(), 4)",
    }.items():
        (tmp_path / f"medgo_test_{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    engines = {
        "transformers": (("json",), "-"),
        "openvino": (("medgo_test_raises",), "-"),
        "vllm": (("medgo_test_absent",), "get it"),
        "openai": (("medgo_test_dies",), "-"),
    }
    monkeypatch.setattr(doctor, "_ENGINES", engines)
    return engines


def test_engines_say_why_they_do_not_work(quick: object) -> None:
    states = {state.engine: state for state in examine().engines}
    assert states["transformers"].works
    assert "libfoo.so.1 not found" in states["openvino"].detail
    assert states["vllm"].detail == "medgo_test_absent not installed: get it"
    assert "signal 4" in states["openai"].detail


def test_hanging_import_is_cut(
    quick: dict[str, tuple[tuple[str, ...], str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "medgo_test_hangs.py").write_text("import time; time.sleep(60)")
    quick["vllm"] = (("medgo_test_hangs",), "-")
    monkeypatch.setattr(doctor, "_IMPORT_TIMEOUT", 0.5)
    assert "more than" in next(state for state in examine().engines if state.engine == "vllm").detail


def test_health_needs_an_engine_of_ours_and_the_embedded_model(
    quick: dict[str, tuple[tuple[str, ...], str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert examine().healthy
    quick["transformers"], quick["openai"] = quick["openai"], quick["transformers"]
    assert not examine().healthy  # an endpoint alone runs nothing here
    quick["transformers"], quick["openai"] = quick["openai"], quick["transformers"]
    monkeypatch.setattr("medgo.inference.models.embedded.DISTRIBUTION", "no-such-package")
    report = examine()
    assert not report.healthy
    assert "pip install" in report.embedded.detail


def test_every_model_is_weighed_on_every_device() -> None:
    import dataclasses

    gib = 1 << 30
    machine = dataclasses.replace(
        read_machine(),
        memory_available=24 * gib,
        gpus=(Gpu("big", 140 * gib, 139 * gib), Gpu("small", 16 * gib, 15 * gib)),
    )
    fits = {model.alias: model.fits for model in fits_of(machine, context=4096, batch=1)}
    assert set(fits) >= {"embedded", "medgo", "qwen3-0.6b", "qwen3-32b"}
    verdicts = {(fit.device, fit.number_format): fit.fits for fit in fits["medgo"]}
    assert verdicts == {
        ("RAM", "float32"): False,
        ("RAM", "bfloat16"): False,
        ("RAM", "q8_0"): False,
        ("GPU 0", "float32"): True,
        ("GPU 0", "bfloat16"): True,
        ("GPU 1", "float32"): False,
        ("GPU 1", "bfloat16"): False,
    }


@pytest.mark.parametrize(
    ("maximum", "current", "expected"),
    [("max", "5", (1000, 800)), ("600", "200", (600, 400)), ("600", "700", (600, 0)), ("5000", "0", (1000, 800))],
)
def test_memory_limit_of_a_container(tmp_path: Path, maximum: str, current: str, expected: tuple[int, int]) -> None:
    (tmp_path / "memory.max").write_text(maximum + "\n")
    (tmp_path / "memory.current").write_text(current + "\n")
    (tmp_path / "memory.stat").write_text("anon 50\ninactive_file 0\n")
    assert _within_container(1000, 800, tmp_path) == expected


def test_no_container(tmp_path: Path) -> None:
    assert _within_container(1000, 800, tmp_path) == (1000, 800)


def test_this_machine() -> None:
    machine = read_machine()
    assert 0 < machine.memory_available <= machine.memory_total
    assert machine.cores > 0
    assert machine.disk_free > 0
    assert {"medgo", "torch"} <= set(machine.packages)


def test_files_that_a_container_keeps_in_memory_count_as_free(tmp_path: Path) -> None:
    for name, text in {"max": "600\n", "current": "500\n", "stat": "anon 100\ninactive_file 400\n"}.items():
        (tmp_path / f"memory.{name}").write_text(text)
    assert _within_container(1000, 800, tmp_path) == (600, 500)


def test_available_memory_is_what_the_doctor_says() -> None:
    assert available_memory() == pytest.approx(read_machine().memory_available, rel=0.2)
