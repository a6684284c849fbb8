"""DPO and KTO, steps a second over three epochs: our cached references against TRL's two ways, on the same rows.

    python benchmarks/preference.py [--pairs 16] [--rounds 1] [--model FOLDER] [--json FILE]

SmolLM2-135M in the type that a frozen base has here, LoRA r = 16 on all linear layers, rows made in this file, steps
of 8 rows in micro-batches of 4. Timed is everything after the model is loaded: references, trainer, training. The three
take turns within a round, so that their ratios are of one run; absolute figures are of the machine and its load.

    ours           references cached by key, activation checkpointing off, like lengths together, compact head
    trl            TRL's defaults: adapter off beside every step, activation checkpointing on
    trl best       precompute_ref_log_probs=True, activation checkpointing off
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from medgo.inference.models import ensure_hf_folder, quiet_transformers, resolve_model
from medgo.inference.prompt import ChatRenderer
from medgo.schema import LabelledRow, Message, PreferenceRow, Provenance, SourceRef
from medgo.training.job import Job
from medgo.training.methods.arguments import common_arguments
from medgo.training.methods.dpo import make_dpo
from medgo.training.methods.kto import make_kto
from medgo.training.methods.ordered import accumulation
from medgo.training.methods.tally import TaskTally
from medgo.training.ordering.order import Order
from medgo.training.ordering.planning import plan_order
from medgo.training.ordering.sizes import RowSizes
from medgo.training.recipe import Devices, StageRecipe
from medgo.training.rows.token_file import read_token_file, write_token_file
from medgo.training.rows.tokens import RowTokenizer, TokenRow
from medgo.training.running.model import numbers_for, open_model

_EPOCHS, _ROWS, _MICRO = 3, 8, 4
_BETA = 0.1
_SIGNS = ("a cough", "chest pain when climbing stairs", "a rash on both arms", "a headache", "swollen ankles at night")
_ADVICE = (
    "See a physician within a week.",
    "Call an ambulance now, chew no food, and lie down with the upper body raised until help comes.",
    "Keep the skin dry, note what you ate and touched, and ask a pharmacist about an ointment.",
)


def made_rows(method: str, pairs: int) -> list[PreferenceRow] | list[LabelledRow]:
    """Short rows of uneven lengths, chosen and rejected answers alike in length."""
    common: dict[str, Any] = {
        "thinking": False,
        "task": "advice",
        "stage": "preference",
        "lang": "en",
        "provenance": Provenance((SourceRef("medgo:made", "medgo", "Apache-2.0"),), "benchmark", "1"),
    }
    rows: list[Any] = []
    for number in range(pairs):
        detail = " It began after a journey and has become worse since yesterday." * (number % 4)
        question = f"I am {20 + number} years old and have {_SIGNS[number % len(_SIGNS)]}.{detail} What should I do?"
        prompt = (Message("user", question),)
        good = Message("assistant", " ".join(_ADVICE[: 1 + number % 3]))
        bad = Message(
            "assistant", " ".join(["There is nothing to be done about it."] * (1 + number % 4)) + f" {number}"
        )
        if method == "dpo":
            rows.append(PreferenceRow(prompt=prompt, chosen=good, rejected=bad, **common))
        else:
            rows += [LabelledRow(prompt=prompt, completion=good, label=True, **common)]
            rows += [LabelledRow(prompt=prompt, completion=bad, label=False, **common)]
    return rows


def prepare(folder: Path, method: str, pairs: int, model_dir: Path) -> Job:
    """Tokenise the rows and plan their order, as preparation does."""
    folder.mkdir()
    stage = StageRecipe.model_validate(
        {
            "name": method,
            "method": method,
            "data": [{"path": "made"}],
            "optimiser": {"learning_rate": 1e-4},
            "batch": {"rows": _ROWS, "micro_rows": _MICRO},
            "epochs": _EPOCHS,
            "dpo": {"loss": ["sigmoid"], "weights": [1.0], "beta": _BETA},
            "kto": {"beta": _BETA, "desirable_weight": 1.0},
        }
    )
    rows = list(map(RowTokenizer(ChatRenderer.load(model_dir)), made_rows(method, pairs)))
    write_token_file(folder / "rows.arrow", rows)
    order, _ = plan_order(_sizes(rows), stage, seed=0, packing=False)
    order.save(folder / "order.npz")
    return Job(folder, model_dir, "model", "template", stage, 0, "auto", Devices(), (), "benchmark")


def _sizes(rows: list[TokenRow]) -> RowSizes:
    return RowSizes(
        tokens=np.array([row.tokens for row in rows]),
        loss_tokens=np.array([row.loss_tokens for row in rows]),
        task=[row.task for row in rows],
        entry=np.zeros(len(rows), dtype=np.int64),
        label=np.array([row.label is not False for row in rows]),
        lang=[row.lang for row in rows],
    )


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one step, references and trainer included.

    Args:
        seconds: Of the clock.
        cpu: Of all cores together; the steadier one on a machine that others use too.
    """

    seconds: float
    cpu: float

    @classmethod
    def of(cls, work: Callable[[], int]) -> Cost:
        """Time something that says how many steps it made."""
        start, cpu = time.perf_counter(), time.process_time()
        steps = work()
        return cls((time.perf_counter() - start) / steps, (time.process_time() - cpu) / steps)


def ours(job: Job, folder: Path) -> Cost:
    """Our trainer, beginning without any reference."""
    shutil.rmtree(job.folder / "reference", ignore_errors=True)  # nothing of an earlier round is known
    model, dataset, order = open_model(job, "cpu"), read_token_file(job.rows_file), Order.load(job.order_file)
    arguments = _arguments(job, order.steps, accumulation(order, 1)) | {"output_dir": str(folder)}
    make = make_dpo if job.stage.method == "dpo" else make_kto

    def work() -> int:
        trainer = make(job, model, dataset, ChatRenderer.load(job.model_dir).tokenizer, arguments)
        trainer.follow(order, TaskTally(["advice"]))
        trainer.train()
        return order.steps

    return Cost.of(work)


def theirs(job: Job, folder: Path, *, best: bool) -> Cost:
    """TRL's own trainer on the same tokens, by its own order and epochs."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM
    from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer

    dpo = job.stage.method == "dpo"
    base: Any = DPOTrainer if dpo else KTOTrainer
    trainer_class = type("Prepared", (base,), {"_prepare_dataset": lambda _self, dataset, *_: dataset})
    adapter = job.stage.adapter
    lora = LoraConfig(r=adapter.r, lora_alpha=adapter.alpha, target_modules="all-linear", task_type="CAUSAL_LM")
    dataset = Dataset.from_list(_trl_rows(job))
    dataset.save_to_disk(str(folder / "rows"))  # TRL keeps references beside a data set that lies on disk
    model = AutoModelForCausalLM.from_pretrained(job.model_dir, dtype=numbers_for(job, "cpu").weights)
    arguments = _arguments(job, -1, _ROWS // _MICRO) | {
        "num_train_epochs": _EPOCHS,
        "output_dir": str(folder),
        "gradient_checkpointing": not best,
        "precompute_ref_log_probs": best,
        "beta": _BETA,
    }

    def work() -> int:
        trainer = trainer_class(
            model=model,
            args=(DPOConfig if dpo else KTOConfig)(**arguments),
            train_dataset=Dataset.load_from_disk(str(folder / "rows")),
            processing_class=ChatRenderer.load(job.model_dir).tokenizer,
            peft_config=lora,
        )
        trainer.train()
        return int(trainer.state.global_step)

    return Cost.of(work)


def _trl_rows(job: Job) -> list[dict[str, Any]]:
    rows = list(read_token_file(job.rows_file))
    if job.stage.method == "dpo":
        names = {"prompt_ids": "prompt_ids", "chosen_ids": "answer_ids", "rejected_ids": "rejected_ids"}
        return [{name: row[source] for name, source in names.items()} for row in rows]
    # TRL's mismatched pairs: the answers of a batch, rotated by one.
    others = [rows[start + (at - 1) % _MICRO] for start in range(0, len(rows), _MICRO) for at in range(_MICRO)]
    return [
        {
            "prompt_ids": row["prompt_ids"],
            "completion_ids": row["answer_ids"],
            "KL_completion_ids": other["answer_ids"],
            "label": row["label"],
        }
        for row, other in zip(rows, others, strict=True)
    ]


def _arguments(job: Job, steps: int, accumulate: int) -> dict[str, Any]:
    autocast = numbers_for(job, "cpu").autocast
    common = common_arguments(job, steps, accumulate, cpu=True, autocast=autocast)
    return common | {"save_strategy": "no", "logging_steps": 1000, "logging_first_step": False}


WAYS: dict[str, Callable[[Job, Path], Cost]] = {
    "ours": ours,
    "trl": lambda job, folder: theirs(job, folder, best=False),
    "trl best": lambda job, folder: theirs(job, folder, best=True),
}


def main() -> None:
    """Measure, and show a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pairs", type=int, default=16, help="pairs; KTO has both answers of each as rows")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--methods", nargs="+", default=["dpo", "kto"])
    parser.add_argument("--model", type=Path, help="folder of another model than the embedded SmolLM2-135M")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    quiet_transformers()
    model_dir = asked.model or ensure_hf_folder(resolve_model("embedded"))
    seen = Console(stderr=True)
    costs: dict[str, dict[str, list[Cost]]] = {}
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # TRL sets fields that transformers has renamed
        for method in asked.methods:
            pairs = asked.pairs if method == "dpo" else asked.pairs // 2
            job = prepare(Path(name) / method, method, pairs, model_dir)
            costs[method] = {way: [] for way in WAYS}
            for turn in range(asked.rounds):
                for way, measure in WAYS.items():
                    folder = Path(name) / f"{method}-{turn}-{way.replace(' ', '-')}"
                    folder.mkdir()
                    costs[method][way].append(cost := measure(job, folder))
                    seen.print(f"{method} {way}: {cost.seconds:.2f} s a step, {cost.cpu:.2f} s of the cores")
    report = [_line(method, way, ways) for method, ways in costs.items() for way in ways]
    table = Table(*report[0])
    for line in report:
        table.add_row(*(value if isinstance(value, str) else f"{value:.3f}" for value in line.values()))
    Console().print(table)
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


def _line(method: str, way: str, ways: dict[str, list[Cost]]) -> dict[str, str | float]:
    """Best of all rounds, by the clock and by the cores' time, and how many times that is what ours takes."""
    clock, cpu = (
        {name: min(getattr(cost, kind) for cost in costs) for name, costs in ways.items()}
        for kind in ("seconds", "cpu")
    )
    return {
        "method": method,
        "way": way,
        "steps/s": 1 / clock[way],
        "times ours": clock[way] / clock["ours"],
        "CPU s/step": cpu[way],
        "times ours (CPU)": cpu[way] / cpu["ours"],
    }


if __name__ == "__main__":
    main()
