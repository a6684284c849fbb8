"""A merged model in the form that something else serves: vLLM, OpenVINO, llama.cpp; loaded again and compared.

Every form carries the tokenizer and the chat template that the model was trained with. Trains nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, cast

import torch

from medgo.errors import CorruptModelError, EngineUnavailableError, InputError
from medgo.inference.models import quiet_transformers
from medgo.inference.models.check import check_hf_folder
from medgo.inference.models.config import read_config
from medgo.inference.models.gguf_export import GgufDtype, export_gguf
from medgo.inference.models.safetensors_folder import SafetensorsFolder
from medgo.inference.prompt import ChatRenderer
from medgo.store import sole_writer
from medgo.store.hashing import sha256_of_file
from medgo.training.after.comparing import LogitsOf, recording, render_prompts
from medgo.training.after.drift import Drift
from medgo.training.after.merge import STORED
from medgo.training.after.model_checks import Check, required_files, stored_types
from medgo.training.after.model_folder import (
    copy_text_files,
    expect_room,
    staged_folder,
    write_index,
    write_settings,
)
from medgo.training.after.prompts import DEFAULT_PROMPTS
from medgo.training.after.quantise import QuantisedForm, expect_library, quantise
from medgo.training.after.shards import DTYPES, TensorPlan, write_shard
from medgo.training.after.speaker import Place, Speaker, choose_place, pad_id, speaking

ExportForm = Literal["safetensors", "openvino", "gguf-f16", "gguf-bf16", "gguf-q8_0", "awq", "fp8"]
# Least top-1 agreement with the model it was made from. 16 bits: as for merges (verify.py). Q8_0 holds 32 values as
# 8-bit steps of their largest: an error of up to 0.4 % of it. FP8 has 3 bits of mantissa, AWQ 4 bits in all.
_AGREEMENT: dict[ExportForm, float] = {
    "safetensors": 0.97,
    "openvino": 0.97,
    "gguf-f16": 0.97,
    "gguf-bf16": 0.97,
    "gguf-q8_0": 0.95,
    "awq": 0.85,
    "fp8": 0.9,
}


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How to export and how closely to look.

    Args:
        prompts: What is asked.
        reply_tokens: Most tokens of each compared reply.
        min_agreement: Least top-1 agreement; None takes the form's own.
        calibration: ``rows.arrow`` of a stage; only AWQ needs it.
    """

    prompts: tuple[str, ...] = DEFAULT_PROMPTS
    reply_tokens: int = 24
    min_agreement: float | None = None
    calibration: Path | None = None


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written and whether it is the same model.

    Args:
        form: Of the export.
        files: Name → sha256.
        bytes: Of all files.
        checks: What had to hold.
        drift: From the model to what was exported, over the former's replies.
    """

    form: ExportForm
    files: dict[str, str]
    bytes: int
    checks: tuple[Check, ...]
    drift: Drift

    @property
    def passed(self) -> bool:
        """Whether everything held."""
        return all(check.passed for check in self.checks)


def export(merged: Path, out: Path, form: ExportForm, options: ExportOptions = ExportOptions()) -> ExportReport:
    """Write a model folder in another form, load that again and compare.

    Args:
        merged: Model folder.
        out: Folder to write or replace; appears whole or not at all.
        form: ``safetensors`` is bfloat16 with all that vLLM needs; ``openvino`` an IR; ``gguf-…`` one file for
            llama.cpp and Ollama; ``awq`` and ``fp8`` quantised for vLLM.
        options: See there.

    Returns:
        A report, also of an export that is not the same model; ask its ``passed``.

    Raises:
        EngineUnavailableError: The library that the form needs is not installed.
        UnsupportedRequestError: The model has no such form.
        CorruptModelError: The model is damaged.
        StorageError: The disk did not take it.
    """
    if out.resolve() == merged.resolve():
        raise InputError("an export cannot take the place of its model", hint="choose another folder")
    files = check_hf_folder(merged)
    _expect_tools(form, options)
    with sole_writer(out):
        expect_room(out, sum(file.size for file in files))
        with staged_folder(out) as staging:
            _write(merged, staging, form, options, name=out.name)
    drift = _compare(merged, out, form, options)
    least = _AGREEMENT[form] if options.min_agreement is None else options.min_agreement
    found = f"top-1 agreement {drift.top1_agreement:.2%} over {drift.positions} tokens, at least {least:.0%} wanted"
    same = Check("says what the model says", drift.top1_agreement >= least, found)
    written = [path for path in sorted(out.rglob("*")) if path.is_file()]
    return ExportReport(
        form,
        {str(path.relative_to(out)): sha256_of_file(path) for path in written},
        sum(path.stat().st_size for path in written),
        (*_checks(merged, out, form), same),
        drift,
    )


def _expect_tools(form: ExportForm, options: ExportOptions) -> None:
    if form in ("awq", "fp8"):
        expect_library(form, options.calibration)
    if form == "openvino" and find_spec("openvino") is None:
        raise EngineUnavailableError(
            "this form needs the package openvino, which is not installed", hint="pip install 'medgo[openvino]'"
        )


def _write(merged: Path, into: Path, form: ExportForm, options: ExportOptions, name: str) -> None:
    if form.startswith("gguf-"):
        export_gguf(merged, into / f"{name}.gguf", cast("GgufDtype", form.removeprefix("gguf-")))
        return
    copy_text_files(merged, into)
    if form == "safetensors":
        _write_bfloat16(merged, into)
        return
    write_settings(merged, into, None)
    if form == "openvino":
        from medgo.inference.engines.openvino_export import export_openvino

        export_openvino(merged, into / "ir")
        for path in (into / "ir").iterdir():
            path.rename(into / path.name)
        (into / "ir").rmdir()
    else:
        quantise(merged, into, cast("QuantisedForm", form), options.calibration)


def _write_bfloat16(merged: Path, into: Path) -> None:
    weights = SafetensorsFolder(merged)
    floats = {name for name in weights if DTYPES[weights.dtype(name)].is_floating_point}
    plans = {
        name: TensorPlan(name, STORED["bfloat16"] if name in floats else weights.dtype(name), weights.shape(name))
        for name in weights
    }
    for file in sorted(set(weights.shards.values())):
        part = [plans[name] for name, holder in weights.shards.items() if holder == file]
        write_shard(into / file, part, lambda plan: weights[plan.name].to(plan.torch_dtype))
    write_settings(merged, into, None if stored_types(merged) == STORED["bfloat16"] else STORED["bfloat16"])
    write_index(into, weights.shards, sum(plan.bytes for plan in plans.values()))


def _compare(merged: Path, out: Path, form: ExportForm, options: ExportOptions) -> Drift:
    renderer = ChatRenderer.load(merged)
    place, pad = choose_place(merged), pad_id(renderer)
    prompts = render_prompts(renderer, options.prompts)
    with ExitStack() as stack:
        with speaking(merged, None, place, pad) as speaker:
            said = stack.enter_context(recording(speaker, prompts, sorted(renderer.eos_ids), options.reply_tokens))
        return said.compare(stack.enter_context(_reloaded(merged, out, form, place)))


@contextmanager
def _reloaded(merged: Path, out: Path, form: ExportForm, place: Place) -> Iterator[LogitsOf]:
    """Load an export with what reads it: transformers, OpenVINO, or the reader of GGUF files."""
    if form == "openvino":
        from medgo.inference.engines.openvino_export import open_logits

        yield open_logits(out)
    elif form.startswith("gguf-"):
        yield Speaker(_load_gguf(_gguf_in(out), read_config(merged), place), 0).logits
    else:
        with speaking(out, None, place, 0) as speaker:
            yield speaker.logits


def _load_gguf(file: Path, config: Any, place: Place) -> Any:
    from transformers import AutoModelForCausalLM
    from transformers.utils.quantization_config import GgufConfig

    try:
        with quiet_transformers():
            model = AutoModelForCausalLM.from_pretrained(
                str(file.parent),
                gguf_file=file.name,
                config=config,  # transformers 5.23 takes Qwen3's head width for 128 whatever the file says
                dtype=torch.float32,
                quantization_config=GgufConfig(dequantize=True),
                trust_remote_code=False,
            )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise CorruptModelError(f"{file} cannot be loaded again: {error}") from error
    return model.to(place.device).eval()


def _checks(merged: Path, out: Path, form: ExportForm) -> list[Check]:
    """Files and chat template of an export."""
    own = ChatRenderer.load(merged)
    if form.startswith("gguf-"):
        from gguf import GGUFReader

        field = GGUFReader(_gguf_in(out)).get_field("tokenizer.chat_template")
        same = field is not None and field.contents() == own.tokenizer.chat_template
        return [Check("chat template", same, "the model's own" if same else "another than the model's")]
    missing = required_files(out)
    complete = Check("files", not missing, f"missing: {', '.join(missing)}" if missing else "all that a server needs")
    same = not missing and ChatRenderer.load(out).tokenizer.chat_template == own.tokenizer.chat_template
    return [complete, Check("chat template", same, "the model's own" if same else "another than the model's")]


def _gguf_in(out: Path) -> Path:
    return next(out.glob("*.gguf"))
