"""Importing ``medgo`` is quick and loads no engine; so does asking the command line for help."""

import subprocess
import sys
import time

import pytest

HEAVY = ["torch", "transformers", "openvino", "openvino_genai", "vllm", "huggingface_hub", "numpy"]
_REPORT = f"import sys; loaded = [name for name in {HEAVY} if name in sys.modules]; assert not loaded, loaded"


def _seconds(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - started


def test_importing_medgo_takes_less_than_a_third_of_a_second() -> None:
    # The best of several: other work on the machine must not decide.
    alone = min(_seconds("pass") for _ in range(3))
    assert min(_seconds("import medgo") for _ in range(5)) - alone <= 0.3


@pytest.mark.parametrize(
    "code",
    [
        "import medgo",
        "import medgo; medgo.MedGo",
        "import medgo.cli; from medgo.cli._app import build_app; build_app()",
    ],
)
def test_no_heavy_library_is_loaded(code: str) -> None:
    subprocess.run([sys.executable, "-c", f"{code}; {_REPORT}"], check=True)
