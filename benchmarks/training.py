"""Supervised fine-tuning beside TRL's trainer: real tokens a second, memory and held-out loss, from one run.

    python benchmarks/training.py [--rows 96] [--ways ours trl]

The embedded model, LoRA r16 on all linear layers, the same rows in the same process-by-process conditions:

    ours       this package as ``medgo train`` runs it: like lengths together, head only where there is a loss, one node
               an adapted layer, base in bfloat16; eight rows at once, as TRL has them
    one row    the same, one row at once: as ``micro_rows`` is best set for long rows on a CPU
    packed     the same with rows joined end to end, one pack of 1,024 tokens at once
    trl        ``SFTTrainer`` as it comes (bfloat16 autocast, activation checkpointing, batches of 8, random order)
    trl best   its activation checkpointing off, base in bfloat16: what a careful user sets

Real tokens are those of rows, without padding. Each is a process of its own; ``ours, …`` are with packing, or with one
of our measures switched off. Held-out loss is measured with the same function on 32 rows that none has seen.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

console = Console(width=132)
_CORES = psutil.cpu_count(logical=False) or 1
_HELD_OUT = 32
_WAYS = (
    "ours",
    "ours, one row",
    "ours, packed",
    "ours, PEFT's layers",
    "ours, TRL's head",
    "ours, random order",
    "trl best",
    "trl",
)
_RATE = 2e-4


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=96, help="rows learnt from, a multiple of 8")
    parser.add_argument("--ways", nargs="+", choices=_WAYS, default=_WAYS, help="which; the ratios need trl")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options: Any = parser.parse_args()
    if options.way:
        sys.stdout.write("\n" + json.dumps(measure(options.way, options.folder)) + "\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        write_rows(Path(folder), options.rows)
        results: dict[str, dict[str, float]] = {}
        for way in options.ways:  # each figure is said as it comes: the slow ways take minutes
            results[way] = _in_its_own_process(way, Path(folder))
            console.print(
                f"{way}: {results[way]['tokens_per_s']:.0f} tokens/s, {results[way]['held_out']:.3f} held out"
            )
    show(results)


def _in_its_own_process(way: str, folder: Path) -> dict[str, float]:
    console.print(f"{way} …", style="dim")
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{way} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])  # type: ignore[no-any-return]


def write_rows(folder: Path, count: int) -> None:
    """Short rows and whole cases, as stages I and II mix them; at most 1,024 tokens, TRL's default limit."""
    import numpy as np

    from medgo.inference.models import ensure_hf_folder, resolve_model
    from medgo.inference.prompt import ChatRenderer
    from medgo.schema.rows import row_from_dict
    from medgo.training.rows.tokens import RowTokenizer

    short = [{"generator": name, "weight": 0.5} for name in ("terminology", "multiple_choice")]
    long = [{"generator": name, "weight": 0.5} for name in ("complex_cases", "case_records")]
    wanted = count + _HELD_OUT
    recipe = {
        "name": "rows",
        "output": str(folder / "synthesis"),
        "seed": 5,
        "sets": {"stage1": {"rows": 4 * wanted, "mix": short}, "stage2": {"rows": 4 * wanted, "mix": long}},
        "keep": {"overlap": "off"},
    }
    (folder / "rows.yaml").write_text(json.dumps(recipe))  # JSON is YAML
    command = [sys.executable, "-m", "medgo", "synthesize", str(folder / "rows.yaml")]
    subprocess.run(command, capture_output=True, check=True)
    tokenizer = RowTokenizer(ChatRenderer.load(ensure_hf_folder(resolve_model("embedded"))))
    found: list[dict[str, Any]] = []
    rng = np.random.default_rng(3)
    for name, part in (("stage1", 0.75), ("stage2", 0.25)):
        lines = (folder / "synthesis" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        fitting = [value for value in map(json.loads, lines) if not value["chat_template_kwargs"]["enable_thinking"]]
        fitting = [value for value in fitting if tokenizer(row_from_dict(value)).tokens <= 1024]
        found += [fitting[at] for at in rng.permutation(len(fitting))[: round(part * wanted)]]
    found = [found[at] for at in rng.permutation(len(found))]
    for name, part in (("train", found[_HELD_OUT:]), ("held_out", found[:_HELD_OUT])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part), encoding="utf-8")


def measure(way: str, folder: Path) -> dict[str, float]:
    """Train one epoch in this process."""
    import torch

    torch.set_num_threads(_CORES)
    warnings.simplefilter("ignore", FutureWarning)
    trainer = (trl if way.startswith("trl") else ours)(way, folder)
    real = trainer.real_tokens
    start = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - start
    return {
        "tokens_per_s": real / seconds,
        "held_out": held_out_loss(trainer.model, folder),
        "last_losses": float(mean([line["loss"] for line in trainer.state.log_history if "loss" in line][-4:])),
        "megabytes": peak_bytes() / 2**20,
    }


def ours(way: str, folder: Path) -> Any:
    """A trainer as the worker makes it, with one of its measures switched off where the way says so."""
    from unittest import mock

    from medgo.inference.models import resolve_model
    from medgo.training.methods import sft
    from medgo.training.ordering.order import Order
    from medgo.training.prepare import Surroundings, prepare_stage
    from medgo.training.recipe import TrainingRecipe
    from medgo.training.running import model, worker

    packed = way.endswith("packed")
    at_once = 1 if packed or way.endswith("one row") else 8
    stage = {
        "name": "stage1",
        "method": "sft",
        "data": [{"path": str(folder / "train.jsonl")}],
        "lengths": {"max_tokens": 1024},
        "optimiser": {"learning_rate": _RATE, "schedule": "linear", "warmup": 0},
        # A pack of 1,024 tokens holds about four rows.
        "batch": {"rows": 2 if packed else 8, "micro_rows": at_once, "packing": "on" if packed else "off"},
    }
    recipe = TrainingRecipe.model_validate(
        {
            "name": "b",
            "model": "embedded",
            "output": str(folder / way),
            "trackers": [],
            "gates": {"overlap": "off"},
            "stages": [stage],
        }
    )
    job = prepare_stage(recipe, 0, resolve_model("embedded"), Surroundings(date.today(), None)).job
    order = Order.load(job.order_file)
    if way.endswith("random order"):
        import numpy as np

        rows = np.random.default_rng(0).permutation(order.rows)
        order = Order(rows, order.ends, order.per_step)
    off = {"PEFT's layers": (model, "fuse_adapters"), "TRL's head": (sft, "compact_head")}
    switched = [mock.patch.object(*place, lambda *_: 0) for name, place in off.items() if way.endswith(name)]
    for switch in switched:
        switch.start()
    trainer: Any = worker.make_trainer(job, order)
    trainer.real_tokens = sum(
        len(trainer.train_dataset[row]["prompt_ids"]) + len(trainer.train_dataset[row]["answer_ids"])
        for row in order.rows.tolist()
    )
    return trainer


def trl(way: str, folder: Path) -> Any:
    """TRL's trainer with the same adapter and rate, on the same rows."""
    import torch
    from datasets import load_dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    from medgo.inference.models import ensure_hf_folder, resolve_model

    model_dir = ensure_hf_folder(resolve_model("embedded"))
    best = way == "trl best"
    model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.bfloat16 if best else torch.float32)
    rows = load_dataset("json", data_files=str(folder / "train.jsonl"), split="train")
    careful = {"gradient_checkpointing": False, "bf16": False} if best else {}
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            str(folder / way),
            learning_rate=_RATE,
            max_steps=-1,
            num_train_epochs=1,
            use_cpu=True,
            report_to=[],
            disable_tqdm=True,
            logging_steps=1,
            save_strategy="no",
            **careful,
        ),
        train_dataset=rows.select_columns(["prompt", "completion", "chat_template_kwargs"]),
        processing_class=AutoTokenizer.from_pretrained(model_dir),
        peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.real_tokens = sum(map(len, trainer.train_dataset["input_ids"]))
    return trainer


def held_out_loss(model: Any, folder: Path) -> float:
    """Mean negative log-likelihood (nats) of the answers' tokens of rows that were not learnt from."""
    import torch

    from medgo.inference.models import ensure_hf_folder, resolve_model
    from medgo.inference.prompt import ChatRenderer
    from medgo.schema.rows import row_from_dict
    from medgo.training.rows.tokens import RowTokenizer

    tokenizer = RowTokenizer(ChatRenderer.load(ensure_hf_folder(resolve_model("embedded"))))
    total, count = 0.0, 0
    model.eval()
    for line in (folder / "held_out.jsonl").read_text(encoding="utf-8").splitlines():
        row = tokenizer(row_from_dict(json.loads(line)))
        answer = row.answers["completion"].ids
        ids = torch.tensor([[*row.prompt, *answer]])
        with torch.no_grad():
            logits = model(input_ids=ids).logits[0, len(row.prompt) - 1 : -1].float()
        total += float(torch.nn.functional.cross_entropy(logits, ids[0, len(row.prompt) :], reduction="sum"))
        count += len(answer)
    return total / count


def mean(values: list[float]) -> float:
    """Their mean."""
    return sum(values) / len(values)


def peak_bytes() -> int:
    """Most memory that this process has held."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def show(results: dict[str, dict[str, float]]) -> None:
    """One table, with ratios to TRL as it comes."""
    table = Table(title="supervised fine-tuning, SmolLM2-135M, LoRA r16, 2 cores" if _CORES == 2 else None)
    table.add_column("way")
    for column in ("real tokens/s", "of TRL as it comes", "held-out loss", "peak MB"):
        table.add_column(column, justify="right")
    for way, found in results.items():
        table.add_row(
            way,
            f"{found['tokens_per_s']:.0f}",
            f"{found['tokens_per_s'] / results['trl']['tokens_per_s']:.2f} x" if "trl" in results else "–",
            f"{found['held_out']:.3f}",
            f"{found['megabytes']:,.0f}",
        )
    console.print(table)


if __name__ == "__main__":
    main()
