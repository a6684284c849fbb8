"""A small base with what might have been learnt on it, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tiny_models import small_qwen3, tiny_qwen3
from tests.support.trained_models import as_stored, random_adapter


@pytest.fixture(scope="session")
def base() -> Path:
    """A 2-layer Qwen3 with one token a byte, tied embeddings, float32."""
    return small_qwen3()


@pytest.fixture(scope="session")
def real_base() -> Path:
    """A 2-layer Qwen3 with Qwen3's real tokenizer and chat template."""
    return tiny_qwen3()


@pytest.fixture(scope="session")
def sharded_base(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small base in many shards, in bfloat16."""
    return as_stored(base, tmp_path_factory.mktemp("sharded"), dtype="bfloat16", max_shard_size="60KB")


@pytest.fixture(scope="session")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter of the small base that changes all its layers."""
    return random_adapter(base, tmp_path_factory.mktemp("adapter"))


@pytest.fixture(scope="session")
def real_adapter(real_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter of the base with the real tokenizer."""
    return random_adapter(real_base, tmp_path_factory.mktemp("real-adapter"))
