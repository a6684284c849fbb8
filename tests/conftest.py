"""Fixtures that every part of the suite may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# One process opens engines in all number formats here, and MKL reads this once: without it the float32 ones would fall
# back to tiles (docs/decisions/0001-exact-float32.md), which have a test of their own, and the suite would take hours.
os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")


@pytest.fixture(scope="session")
def embedded_folder() -> Path:
    """The embedded model as a folder in Hugging Face format; converted into the user's cache if it was not yet."""
    from medgo.inference.models import ensure_hf_folder, resolve_model

    return ensure_hf_folder(resolve_model("embedded"))
