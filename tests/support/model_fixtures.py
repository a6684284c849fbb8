"""Fixtures for tests of models: caches of their own, so that nothing on this machine makes them pass or fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hub_server import Hub, running_hub
from tests.support.tiny_models import small_qwen3

MODEL_ID = "acme/tiny-qwen3"


@pytest.fixture
def tiny_folder() -> Path:
    """A small complete model in Hugging Face format; not to be written to."""
    return small_qwen3()


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_folder: Path) -> Path:
    """Empty caches of MedGo, Hugging Face and ModelScope under one folder, which is also the working directory."""
    from huggingface_hub import constants

    monkeypatch.setenv("MEDGO_CACHE", str(tmp_path / "medgo"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "modelscope"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf"))
    for name in ("HF_TOKEN", "MODELSCOPE_API_TOKEN", "HF_ENDPOINT", "MODELSCOPE_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "no-token"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@pytest.fixture
def hub(caches: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that has the small model, a pickle and some Python code; both environment variables point to it."""
    files = {path.name: path.read_bytes() for path in tiny_folder.iterdir()}
    files |= {"pytorch_model.bin": b"pickle", "modeling_evil.py": b"import os", "onnx/model.onnx": b"onnx"}
    with running_hub(MODEL_ID, files) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        monkeypatch.setenv("MODELSCOPE_ENDPOINT", running.url)
        # Waiting between tries is tested by itself; here it would only take time.
        monkeypatch.setattr("medgo.inference.models.retry.sleep", lambda seconds: None)
        yield running
