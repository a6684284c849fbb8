"""How far the planner is off, where that can be measured: peak memory and time of real training steps on this CPU.

    PYTHONPATH=. python benchmarks/planning.py

Each case trains a few steps in a process of its own, with the worker's own trainer, on random rows of the stated
lengths; shapes are SmolLM2-135M's and random Qwen3 ones. Memory is the highest resident size after loading; time is
processor time over threads of the fastest step, since other programs slow the clock on the wall. The largest errors are
what src/medgo/training/plan/measured.py says.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

_MODELS: dict[str, dict[str, int]] = {
    "embedded": {},
    "wide": {"hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 6, "num_attention_heads": 16,
             "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 32_000},
    "narrow": {"hidden_size": 384, "intermediate_size": 1152, "num_hidden_layers": 12, "num_attention_heads": 6,
               "num_key_value_heads": 2, "head_dim": 64, "vocab_size": 60_000},
}  # fmt: skip
# Model, method, adapter, recompute, rows at once, tokens of each.
_CASES: tuple[tuple[str, str, str, bool, int, int], ...] = (
    ("embedded", "sft", "lora", False, 4, 512),
    ("embedded", "sft", "lora", True, 4, 512),
    ("embedded", "sft", "full", False, 2, 512),
    ("embedded", "dpo", "lora", False, 2, 384),
    ("embedded", "kto", "lora", False, 4, 256),
    ("wide", "sft", "lora", False, 4, 512),
    ("wide", "sft", "full", False, 2, 512),
    ("wide", "sft", "full", True, 4, 512),
    ("narrow", "sft", "lora", False, 2, 2048),
    ("narrow", "sft", "full", False, 4, 256),
)
_STEPS = 2


def main() -> None:
    """Print a line a case, then the largest errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", type=int, help=argparse.SUPPRESS)
    case = parser.parse_args().case
    if case is not None:
        print(json.dumps(measure(*_CASES[case])))
        return
    header = ("model", "method", "adapter", "recompute", "batch", "GB: planned, measured, off", "step s: the same")
    print(f"| {' | '.join(header)} |\n{'|---' * len(header)}|")
    errors: list[tuple[float, float]] = []
    for number, (model, method, adapter, recompute, rows, length) in enumerate(_CASES):
        run = subprocess.run(
            [sys.executable, __file__, "--case", str(number)], stdout=subprocess.PIPE, check=True, text=True
        )
        found = json.loads(run.stdout.splitlines()[-1])
        memory = found["planned_bytes"] / found["bytes"] - 1
        seconds = found["planned_seconds"] / found["seconds"] - 1
        errors.append((abs(memory), abs(seconds)))
        print(
            f"| {model} | {method} | {adapter} | {'on' if recompute else 'off'} | {rows} × {length} "
            f"| {found['planned_bytes'] / 1e9:.2f}, {found['bytes'] / 1e9:.2f}, {100 * memory:+.0f} % "
            f"| {found['planned_seconds']:.2f}, {found['seconds']:.2f}, {100 * seconds:+.0f} % |",
            flush=True,
        )
    worst = np.array(errors).max(axis=0)
    print(f"largest error: memory {100 * worst[0]:.0f} %, time {100 * worst[1]:.0f} %; CPU only")


def measure(model: str, method: str, adapter: str, recompute: bool, rows: int, length: int) -> dict[str, float]:
    """Train a few steps and set them beside the plan."""
    import torch
    from transformers import TrainerCallback

    from medgo.training.ordering.order import Order
    from medgo.training.plan.devices import measured_cpu
    from medgo.training.plan.memory import memory_of
    from medgo.training.plan.planning import setting_of
    from medgo.training.plan.shapes import model_shape
    from medgo.training.plan.time import passes_before, passes_in_steps, time_of
    from medgo.training.plan.tokens import count_tokens
    from medgo.training.plan.work import forward_work, training_work
    from medgo.training.running.worker import make_trainer

    class Clock(TrainerCallback):  # type: ignore[misc]
        def __init__(self) -> None:
            self.steps: list[float] = []
            self.start = 0.0

        def on_step_begin(self, *_: Any, **__: Any) -> None:
            self.start = time.process_time()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            self.steps.append((time.process_time() - self.start) / torch.get_num_threads())

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        recipe, job = _prepared(folder, model_folder(model, folder), (method, adapter, recompute, rows, length))
        shape, device = model_shape(str(job.model_dir)), measured_cpu()
        tokens = count_tokens(recipe, recipe.stages[0], None, gpu=False)
        assert tokens is not None
        setting = setting_of(recipe, recipe.stages[0], tokens, gpu=False)
        planned = time_of(shape, setting, tokens, device, 1, recipe.stages[0]).seconds / _STEPS
        forward = forward_work(shape, tokens.work)
        learnt = training_work(shape, setting.adapter, tokens.work, recompute=recompute).executed
        steps = learnt + passes_in_steps(setting, recipe.stages[0]) * forward
        planned *= steps / (steps + passes_before(setting, recipe.stages[0]) * forward)  # scoring is done before
        trainer, clock = make_trainer(job, Order.load(job.order_file)), Clock()
        trainer.add_callback(clock)
        Path("/proc/self/clear_refs").write_text("5")  # the highest resident size counts from here
        trainer.train()
        return {
            "planned_bytes": memory_of(shape, setting).total,
            "bytes": _highest_resident(),
            "planned_seconds": planned,
            "seconds": min(clock.steps),
        }


def model_folder(name: str, folder: Path) -> Path:
    """A model of a shape, with random weights, or the embedded one."""
    from tests.support.tiny_models import small_qwen3
    from transformers import Qwen3Config, Qwen3ForCausalLM

    from medgo.inference.models import ensure_hf_folder, resolve_model

    if name == "embedded":
        return ensure_hf_folder(resolve_model("embedded"))
    target = folder / "model"
    config = Qwen3Config(**_MODELS[name], tie_word_embeddings=True, max_position_embeddings=8192)
    Qwen3ForCausalLM(config).save_pretrained(target)
    for file in small_qwen3().glob("*token*"):
        (target / file.name).write_bytes(file.read_bytes())
    for file in small_qwen3().glob("*.jinja"):
        (target / file.name).write_bytes(file.read_bytes())
    return target


def _prepared(folder: Path, model: Path, case: tuple[str, str, bool, int, int]) -> tuple[Any, Any]:
    """A stage whose rows all have the stated length, half prompt and half answer."""
    from medgo.training.job import Job
    from medgo.training.ordering.order import Order
    from medgo.training.recipe import TrainingRecipe
    from medgo.training.rows.token_file import write_token_file
    from medgo.training.rows.tokens import Answer, TokenRow

    method, adapter, recompute, rows, length = case
    stage = {
        "name": "one", "method": method, "data": [{"path": "none"}], "optimiser": {"learning_rate": 1e-5},
        "adapter": {"kind": adapter}, "batch": {"rows": rows, "micro_rows": rows}, "lengths": {"max_tokens": length},
        "checkpoints": {"every": 1000},
    }  # fmt: skip
    recipe = TrainingRecipe.model_validate(
        {"name": "test", "model": str(model), "output": str(folder / "out"), "stages": [stage],
         "devices": {"recompute": recompute}, "trackers": []}
    )  # fmt: skip
    job = Job(folder / "out" / "1-one", model, "m", "t", recipe.stages[0], 0, "auto", recipe.devices, (), "inputs")
    job.folder.mkdir(parents=True)
    rng = np.random.default_rng(0)

    def ids() -> tuple[int, ...]:
        return tuple(rng.integers(3, 250, length // 2).tolist())

    names = ("chosen", "rejected") if method == "dpo" else ("completion",)
    kinds = {"sft": "sft", "dpo": "preference", "kto": "labelled"}
    token_rows = [
        TokenRow(
            str(n), kinds[method], "task", "en", False, ids(), {name: Answer(ids(), 0) for name in names},  # type: ignore[arg-type]
            label=bool(n % 2) if method == "kto" else None,
        )
        for n in range(rows * _STEPS)
    ]  # fmt: skip
    write_token_file(job.rows_file, token_rows)
    Order.of([[list(range(step * rows, (step + 1) * rows))] for step in range(_STEPS)]).save(job.order_file)
    job.save()
    return recipe, job


def _highest_resident() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return 1024.0 * int(line.split()[1])
    raise SystemExit("this kernel does not tell the highest resident size")


if __name__ == "__main__":
    main()
