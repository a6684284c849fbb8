"""AWQ and FP8: what llm-compressor is given, what is made of it, and what is left of an export that fails.

A stand-in takes what version 0.14 of the library takes, and refuses every other argument, as the library does
(``entrypoints/oneshot.py``, ``modifiers/transform/awq/base.py``, ``modifiers/quantization/quantization/mixin.py``).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest
import torch
from pydantic import BaseModel, ConfigDict
from safetensors.torch import load_file

from medgo.errors import EngineUnavailableError, StorageError
from medgo.inference.prompt import ChatRenderer
from medgo.schema import Row
from medgo.training.after.export import ExportForm, ExportOptions, export
from medgo.training.rows.token_file import write_token_file
from medgo.training.rows.tokens import RowTokenizer
from tests.support.trained_models import as_stored
from tests.training.rows.made_rows import dialogue, sft

CHANGED = "model.layers.0.mlp.up_proj.weight"


class AWQModifier(BaseModel):
    model_config = ConfigDict(extra="forbid")
    mappings: list[Any] | None = None
    duo_scaling: bool | Literal["both"] = True
    n_grid: int = 20


class QuantizationModifier(BaseModel):
    model_config = ConfigDict(extra="forbid")
    config_groups: dict[str, Any] | None = None
    targets: str | list[str] = "Linear"
    ignore: list[str] = []
    scheme: Literal["W4A16_ASYM", "FP8_DYNAMIC"]
    kv_cache_scheme: Any = None


@dataclass
class Library:
    """What the stand-in was given; ``then`` happens at the end of its work."""

    recipe: list[Any] = field(default_factory=list)
    dataset: Any = None
    options: dict[str, Any] = field(default_factory=dict)
    compressed: list[bool] = field(default_factory=list)
    then: Callable[[Any], None] = lambda model: None

    def oneshot(
        self,
        model: Any,
        tokenizer: Any = None,
        recipe: Any = None,
        dataset: Any = None,
        num_calibration_samples: int = 512,
        shuffle_calibration_samples: bool = True,
        max_seq_length: int | None = None,
        output_dir: str | None = None,
    ) -> Any:
        """Remember; change a weight, and have the model save itself in the library's way."""
        self.recipe, self.dataset = recipe, dataset
        self.options = {
            "samples": num_calibration_samples,
            "shuffle": shuffle_calibration_samples,
            "tokens": max_seq_length,
            "output_dir": output_dir,
        }
        save = model.save_pretrained

        def save_pretrained(folder: Any, save_compressed: bool = True) -> None:
            self.compressed.append(save_compressed)
            save(folder)

        model.save_pretrained = save_pretrained
        model.get_parameter(CHANGED).data.mul_(1.0001)
        self.then(model)
        return model


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    """llm-compressor as it can be imported, on a machine with a GPU."""
    made = Library()
    attributes: dict[str, dict[str, Any]] = {
        "llmcompressor": {"oneshot": made.oneshot},
        "llmcompressor.modifiers": {},
        "llmcompressor.modifiers.quantization": {"QuantizationModifier": QuantizationModifier},
        "llmcompressor.modifiers.transform": {},
        "llmcompressor.modifiers.transform.awq": {"AWQModifier": AWQModifier},
    }
    for name, values in attributes.items():
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None, is_package=True)
        vars(module).update(values)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    return made


ROWS: tuple[Row, ...] = (
    *(sft(f"问题{number}？", f"Answer {number}.", "reasons" if number % 3 else "") for number in range(298)),
    dialogue([("user", "hi"), ("assistant", "Hello."), ("user", "and?")], "That is all."),
    sft("long?", "word " * 3000),
)


@pytest.fixture(scope="module")
def stage(real_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``rows.arrow`` of a prepared stage."""
    path = tmp_path_factory.mktemp("stage") / "rows.arrow"
    write_token_file(path, map(RowTokenizer(ChatRenderer.load(real_base)), ROWS))
    return path


def quick(calibration: Path | None = None) -> ExportOptions:
    return ExportOptions(prompts=("hi",), reply_tokens=4, calibration=calibration)


def test_fp8_rounds_all_but_the_head_and_reads_no_rows(
    library: Library, base: Path, stage: Path, tmp_path: Path
) -> None:
    report = export(base, tmp_path / "out", "fp8", quick(stage))
    (modifier,) = library.recipe
    assert modifier == QuantizationModifier(targets=["Linear"], scheme="FP8_DYNAMIC", ignore=["lm_head"])
    assert library.dataset is None
    assert library.options["output_dir"] is None, "the library saves nothing by itself"
    assert library.compressed == [True]
    assert report.passed, report


def test_awq_scales_before_it_rounds(library: Library, base: Path, stage: Path, tmp_path: Path) -> None:
    export(base, tmp_path / "out", "awq", quick(stage))
    scales, rounds = library.recipe
    assert scales == AWQModifier(duo_scaling="both")
    assert rounds == QuantizationModifier(targets=["Linear"], scheme="W4A16_ASYM", ignore=["lm_head"])
    assert library.options == {"samples": 256, "shuffle": False, "tokens": 2048, "output_dir": None}
    assert library.compressed == [True]


def test_awq_is_calibrated_on_rows_as_they_are_served(
    library: Library, real_base: Path, stage: Path, tmp_path: Path
) -> None:
    export(real_base, tmp_path / "out", "awq", quick(stage))
    tokenizer = ChatRenderer.load(real_base).tokenizer
    served = {tuple(tokenizer(_served(row, tokenizer))["input_ids"][:2048]) for row in ROWS}
    drawn = {tuple(ids) for ids in library.dataset["input_ids"]}
    assert len(drawn) == len(library.dataset) == 256
    assert drawn <= served
    assert library.dataset.column_names == ["input_ids", "attention_mask"]
    assert all(row["attention_mask"] == [1] * len(row["input_ids"]) for row in library.dataset)
    assert [path.name for path in stage.parent.iterdir()] == ["rows.arrow"], "nothing is left beside the stage's rows"


def _served(row: Row, tokenizer: Any) -> str:
    """A row as the model's own template writes it, up to the end of the last turn."""
    turns = [message.to_dict() for message in (*row.prompt, *row.turns().values())]
    text: str = tokenizer.apply_chat_template(turns, tokenize=False, enable_thinking=row.thinking)
    return text.removesuffix("\n")


def test_the_same_rows_are_drawn_again(library: Library, base: Path, stage: Path, tmp_path: Path) -> None:
    export(base, tmp_path / "one", "awq", quick(stage))
    first = library.dataset["input_ids"]
    export(base, tmp_path / "two", "awq", quick(stage))
    assert library.dataset["input_ids"] == first


def test_an_export_is_what_was_rounded_with_all_that_a_server_needs(
    library: Library, base: Path, tmp_path: Path
) -> None:
    """Template and tokenizer byte for byte; a reply ends where the template ends it, whatever the model's own say."""
    merged = as_stored(base, tmp_path / "merged")
    (merged / "LICENSE").write_text("terms")
    settings = json.loads((merged / "generation_config.json").read_text())
    (merged / "generation_config.json").write_text(json.dumps(settings | {"eos_token_id": 256}))  # <|endoftext|> alone
    report = export(merged, tmp_path / "out", "fp8", quick())
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "LICENSE"):
        assert (tmp_path / "out" / name).read_bytes() == (merged / name).read_bytes()
    ends = json.loads((tmp_path / "out" / "generation_config.json").read_text())["eos_token_id"]
    assert set(ends) == {256, 258}
    before, after = (load_file(folder / "model.safetensors") for folder in (merged, tmp_path / "out"))
    assert {name for name in before if not torch.equal(before[name], after[name])} == {CHANGED}
    assert [check.name for check in report.checks] == ["files", "chat template", "says what the model says"]


def _out_of_memory(model: Any) -> None:
    raise RuntimeError("CUDA out of memory")


def _disk_full_while_saving(model: Any) -> None:
    def save_pretrained(folder: Path, **_: Any) -> None:
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    model.save_pretrained = save_pretrained


@pytest.mark.parametrize(
    ("then", "error"), [(_out_of_memory, RuntimeError), (_disk_full_while_saving, StorageError)], ids=["work", "save"]
)
@pytest.mark.parametrize("before", [True, False], ids=["replacing", "new"])
def test_a_failure_leaves_what_was_there_before(
    library: Library,
    base: Path,
    tmp_path: Path,
    then: Callable[[Any], None],
    error: type[Exception],
    before: bool,
) -> None:
    out = tmp_path / "out"
    if before:
        export(base, out, "fp8", quick())
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    library.then = then
    with pytest.raises(error):
        export(base, out, "fp8", quick())
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files
    assert list(tmp_path.iterdir()) == ([out] if before else [])


def test_awq_without_a_gpu_is_refused_before_any_work(
    library: Library, base: Path, stage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    out = tmp_path / "exports" / "out"
    with pytest.raises(EngineUnavailableError, match="awq needs a GPU"):
        export(base, out, "awq", quick(stage))
    assert not out.parent.exists()
    forms: list[ExportForm] = ["fp8", "gguf-q8_0"]
    for form in forms:
        export(base, out, form, quick())
