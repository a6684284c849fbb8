"""The model card's vLLM snippet runs as we print it, with the pinned vLLM."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "examples" / "quickstart_vllm.py"


@pytest.mark.vllm
@pytest.mark.timeout(900)  # the snippet's own settings start three processes
def test_it_answers_with_the_embedded_model() -> None:
    from medgo.inference.models import ensure_hf_folder, resolve_model

    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(ensure_hf_folder(resolve_model("embedded")))],
        capture_output=True,
        text=True,
        encoding="utf-8",
        # Without the second vLLM takes nearly all memory for its cache; the third leaves out minutes of compiling.
        env=os.environ | {"VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "2", "VLLM_CPU_CI_ENV": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = done.stdout.split("What are the symptoms", 1)[1].split("What dietary precautions", 1)
    assert "diabetes" in first.lower() and "blood" in second.lower()
    assert "<|im_" not in done.stdout
