"""A tokenizer that is loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from medgo.inference.prompt import ChatRenderer
from medgo.training.rows.tokens import RowTokenizer
from tests.support.tiny_models import tiny_qwen3


@pytest.fixture(scope="session")
def qwen_folder() -> Path:
    """A random Qwen3 with the real tokenizer and template."""
    return tiny_qwen3()


@pytest.fixture(scope="session")
def tokenizer(qwen_folder: Path) -> RowTokenizer:
    return RowTokenizer(ChatRenderer.load(qwen_folder))
