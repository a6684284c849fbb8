"""Training on one GPU: tokens/s, MFU and peak memory of Qwen3 shapes, ours beside TRL's SFTTrainer, beside the plan.

    PYTHONPATH=. python benchmarks/gpu/training.py [--smoke] [--only qwen3-8b] [--device h200]

Random weights made on the device, random rows of realistic lengths, half of each learnt, packed. *Ours* is the worker's
trainer on our packs; *TRL* is ``SFTTrainer`` with its own packing (bfd) and defaults, the same adapter and rows, loaded
in bfloat16 (by name it would take float32, which 32B does not fit). MFU counts what the method needs, without gradients
of frozen weights (``medgo.training.plan.work``); TRL's own helper counts three times forward and so overstates LoRA by
up to a half. ``--smoke`` runs the same code with a tiny shape on a CPU. Each case has a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

_STEPS, _WARM = 8, 3  # steps in all, and those that are not timed
_PACKS = 2  # a step
_SMOKE = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
          "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 320}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One measurement: ``runner`` is ours or trl, ``tokens`` the length of a pack."""

    model: str
    adapter: str
    tokens: int
    recompute: bool
    runner: str


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="a tiny shape on a CPU")
    parser.add_argument("--only", default="", help="cases whose model contains this")
    parser.add_argument("--device", default="h200", help="for its peak and its memory")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measure(Case(**json.loads(options.case)), options.device)))
        return
    header = ("model", "weights", "pack", "recompute", "runner", "tokens/s", "MFU", "peak GB", "planned tokens/s, GB")
    print(f"| {' | '.join(header)} |\n{'|---' * len(header)}|")
    for case in _smoke_cases() if options.smoke else _gpu_cases(options.device):
        if options.only in case.model:
            print(_row(case, _in_own_process(case, "cpu" if options.smoke else options.device)), flush=True)


def _smoke_cases() -> list[Case]:
    return [Case("smoke", adapter, 256, True, runner) for adapter in ("lora", "full") for runner in ("ours", "trl")]


def _gpu_cases(device: str) -> list[Case]:
    """Every shape, adapter and length that the planner says fits one such device; recomputation only where needed."""
    from medgo.training.plan.devices import plan_device
    from medgo.training.plan.fitting import fits
    from medgo.training.plan.memory import memory_of
    from medgo.training.plan.shapes import model_shape

    cases = []
    for model in ("qwen3-0.6b", "qwen3-8b", "qwen3-32b"):
        for adapter in ("lora", "full"):
            for tokens in (4096, 8192):
                for recompute in (False, True):
                    case = Case(model, adapter, tokens, recompute, "ours")
                    if fits(memory_of(model_shape(model), _setting(case, gpu=True)).total, plan_device(device)):
                        cases += [case, Case(model, adapter, tokens, recompute, "trl")]
    return cases


def _row(case: Case, found: dict[str, float] | str) -> str:
    start = (case.model, case.adapter, str(case.tokens), "on" if case.recompute else "off", case.runner)
    if isinstance(found, str):
        return f"| {' | '.join(start)} | {found} | – | – | – |"
    figures = (
        f"{found['rate']:,.0f}",
        f"{100 * found['mfu']:.1f} %",
        f"{found['bytes'] / 1e9:.1f}",
        f"{found['planned_rate']:,.0f}, {found['planned_bytes'] / 1e9:.1f}",
    )
    return f"| {' | '.join((*start, *figures))} |"


def _in_own_process(case: Case, device: str) -> dict[str, float] | str:
    """Memory starts at nothing, and a case that runs out of it is a line and ends no other."""
    command = [sys.executable, __file__, "--case", json.dumps(asdict(case)), "--device", device]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode == 0:
        return dict(json.loads(run.stdout.splitlines()[-1]))
    return "out of memory" if "OutOfMemory" in run.stderr else f"failed: {run.stderr.strip().splitlines()[-1][:120]}"


def measure(case: Case, device: str) -> dict[str, float]:
    """Train some steps and time all but the first few."""
    import torch
    from transformers import TrainerCallback

    from medgo.training.plan.devices import plan_device
    from medgo.training.plan.memory import memory_of
    from medgo.training.plan.shapes import shape_of_config
    from medgo.training.plan.time import time_of
    from medgo.training.plan.tokens import StageTokens
    from medgo.training.plan.work import Tokens, training_work

    gpu = device != "cpu"

    class Clock(TrainerCallback):  # type: ignore[misc]
        """Time and tokens after each step; both trainers count tokens in the same field."""

        def __init__(self, trainer: Any) -> None:
            self.trainer, self.marks = trainer, [(0.0, 0.0)]

        def on_step_end(self, *_: Any, **__: Any) -> None:
            if gpu:
                torch.cuda.synchronize()
            self.marks.append((time.perf_counter(), float(self.trainer._total_train_tokens)))

    with tempfile.TemporaryDirectory() as temporary:
        rows, packs = _rows(case)
        job = _job(Path(temporary), case, rows, packs)
        config = _config(case)
        make = _ours if case.runner == "ours" else _trl
        trainer = make(job, case, config, rows, gpu=gpu)
        clock = Clock(trainer)
        trainer.add_callback(clock)
        trainer.train()
    timed = [length for pack in packs[_WARM * _PACKS :] for length in (len(rows[at][0]) * 2 for at in pack)]
    work = Tokens(sum(timed), sum(timed) / 2, sum(length**2 for length in timed))
    shape, target = shape_of_config(config), plan_device(device)
    useful = training_work(shape, job.stage.adapter, work, recompute=case.recompute).useful
    (start, before), (end, after) = clock.marks[_WARM], clock.marks[-1]
    seconds, seen = end - start, after - before
    setting = _setting(case, gpu=gpu)
    planned = time_of(shape, setting, StageTokens(work, work.total, 0, 0, "prepared"), target, 1, job.stage)
    return {
        "rate": seen / seconds,
        "mfu": useful * seen / work.total / seconds / target.flops,
        "bytes": float(torch.cuda.max_memory_allocated() if gpu else _highest_resident()),
        "planned_rate": planned.tokens_per_second,
        "planned_bytes": memory_of(shape, setting).total,
    }


def _setting(case: Case, *, gpu: bool) -> Any:
    from medgo.training.plan.memory import Setting
    from medgo.training.recipe import AdapterRecipe

    adapter = AdapterRecipe.model_validate({"kind": case.adapter})
    return Setting("sft", adapter, "none", 1, False, case.recompute, 1, case.tokens, packed=True, gpu=gpu)


def _rows(case: Case) -> tuple[list[tuple[tuple[int, ...], tuple[int, ...]]], list[list[int]]]:
    """Rows (prompt, answer) about a quarter of a pack long, and packs of them by best fit."""
    from medgo.training.ordering.packing import pack

    rng = np.random.default_rng(0)
    count = 8 * _STEPS * _PACKS
    halves = np.clip(rng.lognormal(np.log(case.tokens / 10), 0.7, count), 8, case.tokens / 2).astype(np.int64)
    rows = [(tuple(rng.integers(3, 250, n).tolist()), tuple(rng.integers(3, 250, n).tolist())) for n in halves]
    joined, ends = pack(2 * halves, case.tokens, rng)
    packs = [part.tolist() for part in np.split(joined, ends[:-1])]
    packs.sort(key=lambda one: -sum(2 * int(halves[at]) for at in one))
    return rows, packs[: _STEPS * _PACKS]


def _job(folder: Path, case: Case, rows: list[Any], packs: list[list[int]]) -> Any:
    from medgo.training.job import Job
    from medgo.training.ordering.order import Order
    from medgo.training.recipe import Devices, StageRecipe
    from medgo.training.rows.token_file import write_token_file
    from medgo.training.rows.tokens import Answer, TokenRow

    stage = StageRecipe.model_validate(
        {"name": "one", "method": "sft", "data": [{"path": "none"}], "optimiser": {"learning_rate": 1e-5},
         "adapter": {"kind": case.adapter}, "batch": {"rows": _PACKS, "micro_rows": 1, "packing": "on"},
         "lengths": {"max_tokens": case.tokens}, "checkpoints": {"every": 1000}}
    )  # fmt: skip
    devices = Devices(recompute=case.recompute)
    job = Job(folder / "1-one", folder, "m", "t", stage, 0, "auto", devices, (), "inputs", packed=True)
    job.folder.mkdir(parents=True)
    write_token_file(
        job.rows_file,
        (
            TokenRow(str(n), "sft", "task", "en", False, prompt, {"completion": Answer(answer, 0)})
            for n, (prompt, answer) in enumerate(rows)
        ),
    )
    steps = [packs[at : at + _PACKS] for at in range(0, len(packs), _PACKS)]
    Order.of(steps).save(job.order_file)
    job.save()
    return job


def _config(case: Case) -> Any:
    from transformers import Qwen3Config

    from medgo.training.plan.shapes import model_shape

    if case.model == "smoke":
        return Qwen3Config(**_SMOKE, max_position_embeddings=4096, tie_word_embeddings=True)
    shape = model_shape(case.model)
    return Qwen3Config(
        hidden_size=shape.hidden,
        intermediate_size=shape.intermediate,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.head_dim,
        vocab_size=shape.vocabulary,
        max_position_embeddings=shape.context,
        tie_word_embeddings=shape.tied_embeddings,
    )


def _model(case: Case, config: Any, *, gpu: bool) -> Any:
    """Random weights, on the device from the start; float32 where all of them learn."""
    import torch
    from transformers import AutoModelForCausalLM

    with torch.device("cuda" if gpu else "cpu"):
        dtype = torch.float32 if case.adapter == "full" else torch.bfloat16
        model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    model.config.use_cache = False
    return model


def _lora() -> Any:
    from peft import LoraConfig

    return LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")


def _ours(job: Any, case: Case, config: Any, _: list[Any], *, gpu: bool) -> Any:
    """The worker's own trainer on the prepared order."""
    from peft import get_peft_model

    from medgo.training.methods.arguments import common_arguments
    from medgo.training.methods.lora_kernel import fuse_adapters
    from medgo.training.methods.sft import make_sft
    from medgo.training.methods.tally import TaskTally
    from medgo.training.ordering.order import Order
    from medgo.training.rows.token_file import read_token_file

    model = _model(case, config, gpu=gpu)
    if case.adapter == "lora":
        model = get_peft_model(model, _lora())
        fuse_adapters(model)
    order = Order.load(job.order_file)
    arguments = common_arguments(job, order.steps, _PACKS, cpu=not gpu, autocast=case.adapter == "full")
    trainer = make_sft(job, model, read_token_file(job.rows_file), _tokenizer(), arguments)
    trainer.follow(order, TaskTally(["task"]))
    return trainer


def _trl(job: Any, case: Case, config: Any, rows: list[Any], *, gpu: bool) -> Any:
    """TRL at its defaults, with packing on and rows tokenised before."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    columns = {
        "input_ids": [[*prompt, *answer] for prompt, answer in rows],
        "completion_mask": [[0] * len(prompt) + [1] * len(answer) for prompt, answer in rows],
    }
    arguments = SFTConfig(
        output_dir=str(job.folder / "trl"), max_length=case.tokens, packing=True, completion_only_loss=True,
        max_steps=_STEPS, per_device_train_batch_size=1, gradient_accumulation_steps=_PACKS, save_strategy="no",
        gradient_checkpointing=case.recompute, report_to=[], use_cpu=not gpu, bf16=True, disable_tqdm=True,
    )  # fmt: skip
    return SFTTrainer(
        model=_model(case, config, gpu=gpu),
        args=arguments,
        train_dataset=Dataset.from_dict(columns),
        processing_class=_tokenizer(),
        peft_config=_lora() if case.adapter == "lora" else None,
    )


def _tokenizer() -> Any:
    """Any will do: rows are tokens already."""
    from tests.support.tiny_models import small_qwen3
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(small_qwen3())


def _highest_resident() -> int:
    import resource

    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
