"""Exports: every form that can be loaded here says what the model says, and carries its template."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from medgo.errors import EngineUnavailableError, InputError
from medgo.training.after import export as module
from medgo.training.after import quantise
from medgo.training.after.export import ExportForm, ExportOptions, export
from medgo.training.after.merge import merge
from tests.support.trained_models import as_stored, load, random_full

QUICK = ExportOptions(reply_tokens=8)


@pytest.fixture(scope="module")
def merged(base: Path, adapter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("export") / "merged"
    merge(base, adapter, out)
    return out


@pytest.mark.parametrize("form", ["gguf-f16", "gguf-bf16", "gguf-q8_0", "safetensors"])
def test_a_form_says_what_the_model_says(merged: Path, tmp_path: Path, form: ExportForm) -> None:
    report = export(merged, tmp_path / "out", form, QUICK)
    assert [check.name for check in report.checks if not check.passed] == []
    assert report.drift.kl < 0.01
    assert report.bytes == sum(path.stat().st_size for path in (tmp_path / "out").iterdir())


@pytest.mark.parametrize("stored", ["float32", "bfloat16"])
def test_openvino_says_what_the_model_says(merged: Path, tmp_path: Path, stored: str) -> None:
    pytest.importorskip("openvino")
    report = export(as_stored(merged, tmp_path / "model", dtype=stored), tmp_path / "out", "openvino", QUICK)
    assert report.passed, report
    assert report.drift.kl < 1e-5
    names = {"openvino_model.xml", "openvino_model.bin", "config.json", "tokenizer.json", "chat_template.jinja"}
    assert names <= report.files.keys()


def test_safetensors_are_bfloat16_with_all_that_vllm_needs(sharded_base: Path, base: Path, tmp_path: Path) -> None:
    export(base, tmp_path / "out", "safetensors", QUICK)
    assert load(tmp_path / "out").dtype == torch.bfloat16
    assert json.loads((tmp_path / "out" / "config.json").read_text())["dtype"] == "bfloat16"
    export(sharded_base, tmp_path / "shards", "safetensors", QUICK)
    before, after = load(sharded_base).state_dict(), load(tmp_path / "shards").state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.slow
def test_the_real_template_goes_into_a_gguf(real_base: Path, tmp_path: Path) -> None:
    from gguf import GGUFReader

    few = ExportOptions(prompts=("你好",), reply_tokens=4, min_agreement=0.0)
    report = export(real_base, tmp_path / "out", "gguf-q8_0", few)
    assert report.passed
    fields = GGUFReader(tmp_path / "out" / "out.gguf")
    template = fields.get_field("tokenizer.chat_template")
    assert template is not None
    assert template.contents() == json.loads((real_base / "tokenizer_config.json").read_text())["chat_template"]


def test_an_export_that_is_another_model_fails(
    base: Path, merged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = random_full(base, tmp_path / "other", spread=0.3)
    write = module._write_bfloat16
    monkeypatch.setattr(module, "_write_bfloat16", lambda merged, into: write(_with_texts(other, base), into))
    report = export(merged, tmp_path / "out", "safetensors", QUICK)
    assert [check.name for check in report.checks if not check.passed] == ["says what the model says"]


def _with_texts(folder: Path, base: Path) -> Path:
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(base / name, folder)
    return folder


@pytest.mark.parametrize("form", ["awq", "fp8"])
def test_a_missing_library_is_named_before_any_work(
    merged: Path, tmp_path: Path, form: ExportForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantise, "find_spec", lambda name: None)
    with pytest.raises(EngineUnavailableError, match="llmcompressor"):
        export(merged, tmp_path / "out", form, QUICK)
    assert list(tmp_path.iterdir()) == []


def test_awq_asks_for_rows(merged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantise, "find_spec", lambda name: object())
    with pytest.raises(InputError, match="rows"):
        export(merged, tmp_path / "out", "awq", QUICK)


def test_the_model_itself_is_not_overwritten(merged: Path) -> None:
    with pytest.raises(InputError, match="take the place"):
        export(merged, merged, "safetensors", QUICK)
