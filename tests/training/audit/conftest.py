"""A small model folder with Qwen3's real template, which loads at once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from medgo.inference.prompt import ChatRenderer
from medgo.training.rows.tokens import RowTokenizer
from tests.support.tiny_models import small_qwen3, tiny_qwen3


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One token a byte; the template is the one that Qwen publishes."""
    config = json.loads((tiny_qwen3() / "tokenizer_config.json").read_text(encoding="utf-8"))
    target = tmp_path_factory.mktemp("model") / "small"
    shutil.copytree(small_qwen3(), target)
    (target / "chat_template.jinja").write_text(config["chat_template"], encoding="utf-8")
    # As in Qwen's: characters are composed before the tokenizer looks at them.
    tokenizer = json.loads((target / "tokenizer.json").read_text(encoding="utf-8"))
    (target / "tokenizer.json").write_text(json.dumps({**tokenizer, "normalizer": {"type": "NFC"}}), encoding="utf-8")
    return target


@pytest.fixture(scope="session")
def tokenizer(folder: Path) -> RowTokenizer:
    return RowTokenizer(ChatRenderer.load(folder))
