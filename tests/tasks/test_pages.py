"""The pages about tasks say what the registry says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from medgo.tasks import checks
from medgo.tasks.registry import all_tasks

ROOT = Path(__file__).parents[2]


def test_the_pages_are_what_the_script_writes() -> None:
    script = [sys.executable, "scripts/task_pages.py", "--check"]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_task_and_every_check_is_listed_in_both_languages() -> None:
    for name in ("tasks.md", "tasks.zh.md"):
        page = (ROOT / "docs" / name).read_text(encoding="utf-8")
        for task in all_tasks():
            assert f"| `{task.name}`" in page
        helpers = {"LIMITS", "input_text", "output_text", "texts_of", "of_every_document"}
        for check in set(checks.__all__) - helpers:
            assert f"`{check}`" in page
