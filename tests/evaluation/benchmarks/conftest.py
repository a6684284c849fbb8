from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def empty_caches(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Caches of their own: what was downloaded on this machine must not make a test pass or fail."""
    from huggingface_hub import constants

    folder = tmp_path_factory.mktemp("caches")
    monkeypatch.setenv("MEDGO_CACHE", str(folder / "medgo"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "hf"))
    monkeypatch.setenv("HF_TOKEN_PATH", str(folder / "no-token"))
    for name in ("HF_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    return folder
