"""The model card's snippet runs as we print it, with the pinned transformers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tiny_models import small_qwen3

SCRIPT = Path(__file__).parents[2] / "examples" / "quickstart_transformers.py"


def _run(model: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(model)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_it_runs_on_a_small_qwen3() -> None:
    assert _run(small_qwen3())


@pytest.mark.slow
@pytest.mark.timeout(1200)  # one sequence of up to 512 tokens, in float32, the way the card does it
def test_it_answers_with_the_embedded_model() -> None:
    from medgo.inference.models import ensure_hf_folder, resolve_model

    answer = _run(ensure_hf_folder(resolve_model("embedded")))
    assert "blood pressure" in answer.lower()
    assert "assistant" not in answer[:20]  # the prompt is not part of the answer
