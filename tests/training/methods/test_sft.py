"""SFT learns what TRL's trainer learns from the same rows, and its steps do not depend on micro-batches."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from medgo.training.methods.collate import IGNORED, SftCollator
from medgo.training.running.model import open_model
from tests.training.running.stages import prepare_stage
from tests.training.running.trainers import learnt_state, make

_ROWS = [
    {"prompt_ids": [1, 2, 3], "answer_ids": [4, 258], "task": "terms"},
    {"prompt_ids": [5], "answer_ids": [6, 7, 258], "task": "questions"},
]
_TASKS = {"questions": 0, "terms": 1}


def test_padding_carries_no_loss_and_no_attention() -> None:
    batch = SftCollator(256, _TASKS)(_ROWS)
    assert batch["input_ids"].tolist() == [[1, 2, 3, 4, 258], [5, 6, 7, 258, 256]]
    assert batch["labels"].tolist() == [[IGNORED] * 3 + [4, 258], [IGNORED, 6, 7, 258, IGNORED]]
    assert batch["attention_mask"].tolist() == [[1] * 5, [1] * 4 + [0]]


def test_joined_rows_start_anew_and_have_no_attention_mask() -> None:
    batch = SftCollator(256, _TASKS, packed=True)(_ROWS)
    assert "attention_mask" not in batch
    assert batch["position_ids"].tolist() == [[0, 1, 2, 3, 4, 0, 1, 2, 3]]
    assert batch["labels"].tolist() == [[IGNORED] * 3 + [4, 258] + [IGNORED, 6, 7, 258]]
    assert batch["task_ids"].tolist() == [[1] * 5 + [0] * 4]


def _losses(trainer: Any) -> list[float]:
    return [line["loss"] for line in trainer.state.log_history if "loss" in line]


def test_the_loss_curve_is_trl_s(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path, steps=3, rows=4, micro_rows=4)
    ours = make(job)
    ours.train()
    theirs = SFTTrainer(
        model=_plain(job),
        args=_settings(tmp_path / "trl", ours.args),
        train_dataset=Dataset.from_list([_as_trl(row) for row in ours.train_dataset]),
        processing_class=ours.processing_class,
    )
    theirs.train()
    assert _losses(ours) == pytest.approx(_losses(theirs), abs=2e-4)


def _plain(job: Any) -> Any:
    """The stage's model with PEFT's own layers, as TRL's users have it."""
    from types import MethodType

    from peft.tuners.lora.layer import Linear

    model = open_model(job, "cpu")
    for module in model.modules():
        if isinstance(module, Linear):
            module.forward = MethodType(Linear.forward, module)  # type: ignore[method-assign]
    return model


def _settings(folder: Path, ours: Any) -> SFTConfig:
    warnings.simplefilter("ignore", FutureWarning)
    same = ("learning_rate", "max_steps", "per_device_train_batch_size", "lr_scheduler_type", "warmup_steps", "seed")
    return SFTConfig(
        str(folder),
        **{name: getattr(ours, name) for name in same},
        optim="adamw_torch",
        gradient_checkpointing=False,
        use_cpu=True,
        bf16=False,
        max_length=None,
        logging_steps=1,
        train_sampling_strategy="sequential",
        dataset_kwargs={"skip_prepare_dataset": True},
        report_to=[],
        disable_tqdm=True,
    )


def _as_trl(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "input_ids": row["prompt_ids"] + row["answer_ids"],
        "labels": [IGNORED] * len(row["prompt_ids"]) + row["answer_ids"],
    }


def test_a_step_is_the_same_however_it_is_split(tmp_path: Path) -> None:
    """R11: a mean per micro-batch would weigh the tokens of short answers more; the step's own sum does not."""
    states = []
    for micro in (1, 2, 4):
        trainer = make(prepare_stage(tmp_path / str(micro), steps=3, rows=4, micro_rows=micro))
        trainer.train()
        states.append(learnt_state(trainer))
    for other in states[1:]:
        for name, weight in states[0].items():
            torch.testing.assert_close(other[name], weight, atol=3e-5, rtol=1e-4)


def test_loss_by_task_adds_up_to_the_loss(tmp_path: Path) -> None:
    trainer = make(prepare_stage(tmp_path, steps=1, rows=4, micro_rows=2))
    trainer.train()
    tasks = trainer.last_tasks
    whole = sum(part["loss"] * part["tokens"] for part in tasks.values()) / sum(p["tokens"] for p in tasks.values())
    assert set(tasks) == {"terms", "questions"}
    assert whole == pytest.approx(_losses(trainer)[0], rel=1e-4)
