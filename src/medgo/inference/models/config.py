"""Reading a model's configuration with transformers, without ever running code from its folder. Knows no engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from medgo.errors import CorruptModelError


def read_config(folder: Path) -> Any:
    """Load the configuration of a model in Hugging Face format, offline.

    Returns:
        A ``transformers.PreTrainedConfig``.

    Raises:
        CorruptModelError: It cannot be read, or only Python code in the folder could read it.
    """
    from transformers import AutoConfig

    try:
        # Left out, trust_remote_code makes transformers ask at the terminal whether to run the folder's code.
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # for damaged files transformers raises all kinds
        raise CorruptModelError(
            f"the configuration in {folder} cannot be read: {error}",
            hint="the type of model must be one that the installed transformers knows; MedGo runs no code of a model",
        ) from error
