"""AWQ and FP8 with llm-compressor, which vLLM reads. Knows that library (0.14) and a stage's file of rows, no more.

llm-compressor pins an older transformers than MedGo, so it lives in an environment of its own: a merged folder and
``rows.arrow`` are all it needs from the run. https://docs.vllm.ai/projects/llm-compressor
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from medgo.errors import EngineUnavailableError, InputError
from medgo.inference.models import quiet_transformers
from medgo.training.rows.token_file import read_token_file

QuantisedForm = Literal["awq", "fp8"]
# The head stays as it is: it is a small part of a large model, and errors in it are errors in what is said.
_KEPT = ["lm_head"]
_SCHEMES = {"awq": "W4A16_ASYM", "fp8": "FP8_DYNAMIC"}
_CALIBRATION_ROWS, _CALIBRATION_TOKENS = 256, 2048


def expect_library(form: QuantisedForm, calibration: Path | None) -> None:
    """Stop before any work when something that the form needs is not here.

    Raises:
        EngineUnavailableError: llm-compressor is not installed, or AWQ was asked for without a GPU.
        InputError: AWQ was asked for without rows to calibrate on.
    """
    if find_spec("llmcompressor") is None:
        raise EngineUnavailableError(
            f"{form} needs the package llmcompressor, which is not installed",
            hint="in an environment of its own: pip install llmcompressor typer gguf zstandard; pip install --no-deps "
            "medgo (it asks for a newer transformers); then export again from there",
        )
    if form == "awq" and calibration is None:
        raise InputError(
            "awq finds its scales on rows like those that will be asked",
            hint="give --calibration rows.arrow, from the folder of a prepared stage",
        )
    # Version 0.14 pins the memory of what it measured (pipelines/cache.py), which torch refuses without a device: after
    # the model was loaded and run.
    if form == "awq" and not torch.accelerator.is_available():
        raise EngineUnavailableError(
            "awq needs a GPU: llm-compressor cannot find its scales without one",
            hint="export on a machine that has one; fp8 and the gguf forms need none",
        )


def quantise(merged: Path, into: Path, form: QuantisedForm, calibration: Path | None, seed: int = 0) -> None:
    """Write quantised weights and their ``config.json``.

    Args:
        merged: The model.
        into: Folder to write into; its ``generation_config.json`` stays as it is.
        form: ``awq`` (4-bit weights, https://arxiv.org/abs/2306.00978) or ``fp8`` (weights and activations).
        calibration: ``rows.arrow`` of a stage, for AWQ.
        seed: Which rows AWQ looks at.
    """
    from transformers import AutoModelForCausalLM

    quantization = import_module("llmcompressor.modifiers.quantization")
    recipe: list[Any] = [quantization.QuantizationModifier(targets=["Linear"], scheme=_SCHEMES[form], ignore=_KEPT)]
    options: dict[str, Any] = {}
    if calibration is not None and form == "awq":
        recipe.insert(0, import_module("llmcompressor.modifiers.transform.awq").AWQModifier(duo_scaling="both"))
        rows = _calibration(calibration, seed)
        options = {
            "dataset": rows,
            "num_calibration_samples": len(rows),
            "shuffle_calibration_samples": False,  # drawn already, and by a seed
            "max_seq_length": _CALIBRATION_TOKENS,
        }
    settings = into / "generation_config.json"
    kept = settings.read_bytes()
    with quiet_transformers():
        model = AutoModelForCausalLM.from_pretrained(merged, dtype="auto", local_files_only=True)
        import_module("llmcompressor").oneshot(model=model, recipe=recipe, **options)
        model.save_pretrained(into, save_compressed=True)
    # The model's own may lack tokens at which replies end; those were added to the folder's.
    settings.write_bytes(kept)


def _calibration(path: Path, seed: int) -> Any:
    """Rows of prompt and answer, drawn from all of a stage's."""
    rows = read_token_file(path)
    drawn = np.random.default_rng(seed).permutation(len(rows))[:_CALIBRATION_ROWS]

    def join(row: dict[str, Any]) -> dict[str, list[int]]:
        ids = [*row["prompt_ids"], *row["answer_ids"]][:_CALIBRATION_TOKENS]
        return {"input_ids": ids, "attention_mask": [1] * len(ids)}

    # In memory: datasets would leave its cache beside the stage's rows.
    return rows.select(sorted(drawn.tolist())).map(join, remove_columns=rows.column_names, keep_in_memory=True)
