"""Prepared DPO and KTO stages of a 2-layer Qwen3 with the real tokenizer and chat template, and trainers for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from medgo.inference.prompt import ChatRenderer
from medgo.schema import LabelledRow, Message, PreferenceRow, Provenance, SourceRef
from medgo.training.job import Job
from medgo.training.methods.arguments import common_arguments
from medgo.training.methods.dpo import OrderedDPOTrainer, make_dpo
from medgo.training.methods.kto import OrderedKTOTrainer, make_kto
from medgo.training.methods.ordered import accumulation
from medgo.training.methods.tally import TaskTally
from medgo.training.ordering.labels import interleave
from medgo.training.ordering.order import Order
from medgo.training.recipe import Devices, StageRecipe
from medgo.training.rows.token_file import read_token_file, write_token_file
from medgo.training.rows.tokens import RowTokenizer
from medgo.training.running.model import open_model
from tests.support.tiny_models import tiny_qwen3

_COMMON: dict[str, Any] = {
    "thinking": False,
    "stage": "preference",
    "provenance": Provenance((SourceRef("medgo:1", "medgo", "Apache-2.0"),), "tests", "1", "7/0"),
}
_THINGS = ("高血压", "asthma", "糖尿病", "gout", "肺炎", "anaemia", "胃炎", "migraine")


def _asked(number: int) -> dict[str, Any]:
    thing = _THINGS[number % len(_THINGS)]
    zh = number % 2 == 0
    question = f"第{number}题：{thing}怎么处理？" if zh else f"Question {number}: what should be done about {thing}?"
    task = ("safety", "questions")[number % 4 < 2]
    return {"prompt": (Message("user", question),), "task": task, "lang": "zh" if zh else "en", **_COMMON}


def _good(number: int) -> Message:
    more = " Ask about warning signs first." * (number % 3)
    return Message("assistant", f"{_THINGS[number % len(_THINGS)]}: see a physician.{more}")


def _bad(number: int) -> Message:
    return Message("assistant", f"不用看医生。{number}" + "没事。" * (number % 4))


def pairs(count: int) -> list[PreferenceRow]:
    return [PreferenceRow(chosen=_good(n), rejected=_bad(n), **_asked(n)) for n in range(count)]


def labelled(count: int) -> list[LabelledRow]:
    """Pairs taken apart: a prompt's wanted and unwanted answers stand side by side."""
    answers = [(number, label) for number in range(count // 2) for label in (True, False)]
    return [LabelledRow(completion=_good(n) if label else _bad(n), label=label, **_asked(n)) for n, label in answers]


def prepare(folder: Path, method: str, rows: int = 16, **stage: Any) -> Job:
    """Write rows and their order as preparation does: two epochs of steps of 8 rows."""
    recipe = StageRecipe.model_validate(
        {
            "name": "stage",
            "method": method,
            "data": [{"path": "rows.jsonl"}],
            "batch": {"rows": 8, "micro_rows": 4},
            "optimiser": {"learning_rate": 5e-3, "warmup": 0, "schedule": "constant"},
            "adapter": {"r": 4},
            "epochs": 2,
        }
        | stage
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = RowTokenizer(ChatRenderer.load(tiny_qwen3()))
    made = pairs(rows) if method == "dpo" else labelled(rows)
    write_token_file(folder / "rows.arrow", map(tokenizer, made))
    labels = [True] * rows if method == "dpo" else [row.label for row in labelled(rows)]
    rng = np.random.default_rng(5)
    learnt = np.concatenate([interleave(labels, rng) for _ in range(int(recipe.epochs))])
    shape = (-1, recipe.batch.rows // recipe.batch.micro_rows, recipe.batch.micro_rows)
    Order.of(learnt.reshape(shape).tolist()).save(folder / "order.npz")
    job = Job(
        folder=folder,
        model_dir=tiny_qwen3(),
        model_hash="base",
        template_hash="template",
        stage=recipe,
        seed=3,
        precision="float32",
        devices=Devices(),
        trackers=(),
        inputs="inputs",
    )
    job.save()
    return job


def arguments(job: Job, order: Order) -> dict[str, Any]:
    return common_arguments(job, order.steps, accumulation(order, 1), cpu=True, autocast=False) | {
        "save_strategy": "no",
        "logging_steps": 1,
    }


def trainer_of(job: Job, model: Any = None) -> OrderedDPOTrainer | OrderedKTOTrainer:
    order, dataset = Order.load(job.order_file), read_token_file(job.rows_file)
    make = make_dpo if job.stage.method == "dpo" else make_kto
    tokenizer = ChatRenderer.load(job.model_dir).tokenizer
    model = open_model(job, "cpu") if model is None else model
    trainer = make(job, model, dataset, tokenizer, arguments(job, order))
    trainer.follow(order, TaskTally(sorted(dataset.unique("task"))))
    return trainer  # type: ignore[no-any-return]


def logged(trainer: Any, name: str) -> list[float]:
    """A value of every log line that has it."""
    return [line[name] for line in trainer.state.log_history if name in line]
