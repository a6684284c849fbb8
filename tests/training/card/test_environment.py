"""The environment is recorded, and tells nothing of the machine's name or user."""

from __future__ import annotations

import getpass
import json
import platform
from pathlib import Path

import torch

from medgo.training.card.environment import write_environment


def test_versions_are_recorded_and_no_names(tmp_path: Path) -> None:
    write_environment(tmp_path)
    text = (tmp_path / "environment.json").read_text()
    assert json.loads(text)["packages"]["torch"] == torch.__version__
    assert platform.node() not in text
    assert getpass.getuser() not in text
