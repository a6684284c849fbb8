"""``medgo models``, ``medgo download``, ``medgo doctor`` as a user sees them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from medgo.cli._models import doctor_command, download_command, models_command, show_report
from medgo.errors import MedGoError, ModelNotFoundError
from medgo.inference.models import doctor
from medgo.inference.models.doctor import Report, examine
from tests.support.hub_server import Hub
from tests.support.model_fixtures import MODEL_ID


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command("models")(models_command)
    app.command("download")(download_command)
    app.command("doctor")(doctor_command)
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, MedGoError):
        raise result.exception
    return result


@pytest.fixture
def quick_engines(caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_ENGINES", {"transformers": (("json",), "-"), "vllm": (("no_such_module",), "get it")})


def test_models_says_what_is_what(caches: Path) -> None:
    result = run("models")
    assert result.exit_code == 0
    assert all(text in result.stdout for text in ("embedded", "OpenMedZoo/MedGo", "qwen3-32b", "Apache-2.0"))
    assert "no medical skill" in result.stdout
    assert "没有医学能力" in result.stdout


def test_models_as_json(caches: Path) -> None:
    rows = {row["alias"]: row for row in json.loads(run("models", "--json").stdout)}
    assert rows["embedded"]["state"] == "present"
    assert rows["medgo"] | {"state": "absent", "detail": "medgo download medgo", "path": ""} == rows["medgo"]
    assert rows["qwen3-8b"]["parameters"] == 8_190_735_360


def test_damaged_model_is_shown_as_such(caches: Path) -> None:
    folder = Path("models/medgo")
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    result = run("models")
    assert "damaged" in result.stdout
    assert "safetensors" in result.stdout


def test_download_prints_the_folder_alone_on_stdout(hub: Hub) -> None:
    result = run("download", MODEL_ID)
    assert result.exit_code == 0
    folder = Path(result.stdout.rstrip("\n"))
    assert (folder / "model.safetensors").is_file()
    assert "all hashes right" in result.stderr


def test_download_from_modelscope_to_a_folder(hub: Hub, tmp_path: Path) -> None:
    result = run("download", MODEL_ID, "--source", "modelscope", "--revision", "v1", "--local-dir", str(tmp_path / "m"))
    assert result.exit_code == 0
    assert (tmp_path / "m" / "model.safetensors").is_file()


def test_download_of_nothing(hub: Hub) -> None:
    with pytest.raises(ModelNotFoundError):
        run("download", "acme/nothing")


def test_doctor_as_json(quick_engines: None) -> None:
    result = run("doctor", "--json", "--context", "1000", "--batch", "2")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["healthy"] is True
    assert report["machine"]["packages"]["torch"]
    medgo = next(model for model in report["fits"] if model["alias"] == "medgo")
    assert medgo["fits"][1]["kv_cache"] == 262_144 * 2000
    assert {"fits", "reason", "kv_tokens"} <= set(medgo["fits"][0])


def test_doctor_fails_without_the_embedded_model(quick_engines: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medgo.inference.models.embedded.DISTRIBUTION", "no-such-package")
    result = run("doctor")
    assert result.exit_code == 1
    assert "pip install" in result.stdout


@pytest.fixture
def report(quick_engines: None) -> Report:
    return examine(context=32_768, batch=8)


@pytest.mark.parametrize("width", [80, 120])
def test_doctor_keeps_each_verdict_on_one_line(report: Report, width: int) -> None:
    console = Console(width=width, record=True, file=io.StringIO())
    show_report(console, report)
    lines = console.export_text().splitlines()
    assert max(len(line.rstrip()) for line in lines) <= width
    start = next(index for index, line in enumerate(lines) if line.startswith("model "))
    rows = [line for line in lines[start + 1 :] if " RAM " in line]
    assert len(rows) == 3 * len(report.fits)
    assert all("yes: " in row or "no: " in row for row in rows)


@pytest.mark.slow
def test_real_engines(caches: Path) -> None:
    states = {state.engine: state for state in examine().engines}
    assert states["transformers"].works
    assert states["openai"].works
