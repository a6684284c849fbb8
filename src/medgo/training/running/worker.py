"""Trains one prepared stage: ``python -m medgo.training.running.worker FOLDER``, alone or under a launcher.

Reads nothing but the stage's folder and its base model. Everything slow or faulty about data is behind it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.elastic.multiprocessing.errors import record
from transformers import PrinterCallback

from medgo.inference.prompt import ChatRenderer
from medgo.store.atomic import fsync_folder
from medgo.training.card.environment import write_environment
from medgo.training.job import Job
from medgo.training.methods.arguments import common_arguments
from medgo.training.methods.dpo import make_dpo
from medgo.training.methods.kto import make_kto
from medgo.training.methods.ordered import OrderedTrainer, accumulation
from medgo.training.methods.sft import make_sft
from medgo.training.methods.tally import TaskTally, task_codes
from medgo.training.ordering.order import Order
from medgo.training.probes.callback import forget_kept, probe_callback
from medgo.training.rows.token_file import read_token_file
from medgo.training.running.checkpoints import find_resume, written_or_storage_error
from medgo.training.running.curves import Curves
from medgo.training.running.model import numbers_for, open_model
from medgo.training.running.progress import TrainingProgress
from medgo.training.running.sharding import sharding_arguments
from medgo.training.running.speed import speedometer_of
from medgo.training.running.step_tokens import StepTokens
from medgo.training.running.tracking import set_up_trackers

# A pickle, and a stub of a card.
_NOT_WEIGHTS = ("training_args.bin", "README.md")
Maker = Callable[[Job, Any, Any, Any, dict[str, Any]], OrderedTrainer]


def train(job: Job, *, silent: bool = False) -> None:
    """Train a stage, from its last good checkpoint where there is one, and write what was learnt.

    Args:
        job: The stage.
        silent: Show no progress.

    Raises:
        MedGoError: The stage cannot be trained here, its files changed, or training failed; what failed and which
            checkpoint is good is said.
    """
    set_up_trackers(job.trackers, job.folder)
    if int(os.environ.get("RANK", "0")) == 0:
        write_environment(job.folder)
    order = Order.load(job.order_file)
    with warnings.catch_warnings():
        # TRL 1.16 still sets fields that transformers 5.23 has renamed, and transformers says so at every start.
        warnings.simplefilter("ignore", FutureWarning)
        trainer = make_trainer(job, order)
        _add_followers(trainer, job, order, silent)
        resume = find_resume(job)
        trainer.train(resume_from_checkpoint=None if resume is None else str(resume))
    write_learnt(trainer, job)


def _add_followers(trainer: OrderedTrainer, job: Job, order: Order, silent: bool) -> None:
    rows = read_token_file(job.rows_file)
    tokens = StepTokens.of(rows, order)
    trainer.remove_callback(PrinterCallback)  # it prints every log line as a dictionary
    trainer.add_callback(Curves(job.folder / "curves.jsonl", tokens, lambda: trainer.last_tasks))
    trainer.add_callback(TrainingProgress(job.stage.name, tokens, speedometer_of(job, rows, order), silent=silent))
    if (probe := probe_callback(job, tokens.at)) is not None:
        trainer.add_callback(probe)


def make_trainer(job: Job, order: Order) -> OrderedTrainer:
    """The trainer of a stage's method, with model, data and order."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    sharding = sharding_arguments(job.devices, job.stage.adapter.kind, cpu=device == "cpu")
    dataset = read_token_file(job.rows_file)
    model = open_model(job, device)
    arguments = common_arguments(
        job,
        order.steps,
        accumulation(order, job.devices.processes * job.devices.machines),
        cpu=device == "cpu",
        autocast=numbers_for(job, device).autocast,
    )
    arguments |= sharding
    tokenizer = ChatRenderer.load(job.model_dir).tokenizer
    make: Maker = {"sft": make_sft, "dpo": make_dpo, "kto": make_kto}[job.stage.method]
    trainer = make(job, model, dataset, tokenizer, arguments)
    trainer.follow(order, TaskTally(tuple(task_codes(dataset))))
    return trainer


def write_learnt(trainer: OrderedTrainer, job: Job) -> None:
    """Write what was learnt, whole or not at all; ``medgo.json`` in it says of which job it is.

    Raises:
        StorageError: The disk did not take it; names the last good checkpoint, from which the same command goes on.
    """
    partial = job.learnt.with_name(job.learnt.name + ".partial")
    first = trainer.is_world_process_zero()
    with written_or_storage_error(job.learnt, partial, job.checkpoints, remove=first):
        if first:
            shutil.rmtree(partial, ignore_errors=True)
        trainer.accelerator.wait_for_everyone()
        trainer.save_model(str(partial), _internal_call=True)
        if first:
            _publish(partial, job)
        trainer.accelerator.wait_for_everyone()


def _publish(partial: Path, job: Job) -> None:
    stamp = {"inputs": job.inputs, "base": job.model_hash, "template": job.template_hash}
    for name in _NOT_WEIGHTS:
        (partial / name).unlink(missing_ok=True)
    _sort_modules(partial / "adapter_config.json")
    (partial / "medgo.json").write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    shutil.rmtree(job.learnt, ignore_errors=True)
    partial.rename(job.learnt)
    fsync_folder(job.folder)
    forget_kept(job.folder)


def _sort_modules(path: Path) -> None:
    """PEFT writes a set of module names in an order that changes from process to process."""
    if path.is_file():
        config = json.loads(path.read_bytes())
        if isinstance(config["target_modules"], list):
            config["target_modules"].sort()
        path.write_text(json.dumps(config, indent=2, sort_keys=True), encoding="utf-8")


@record  # a failure is written where the launcher (ours or torchrun) asks for it
def main() -> None:
    """Train the stage in the folder that was given."""
    train(Job.load(Path(sys.argv[1])))
    # Its threads must end before the interpreter does, which now and then aborts a process whose work is done.
    if dist.is_initialized():
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
