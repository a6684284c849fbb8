"""Fixtures that every part of the suite may use."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def embedded_folder() -> Path:
    """The embedded model as a folder in Hugging Face format; converted into the user's cache if it was not yet."""
    from medgo.inference.models import ensure_hf_folder, resolve_model

    return ensure_hf_folder(resolve_model("embedded"))
