"""What a stage's model knows after so many tokens: each kept checkpoint merged and asked the held-out items.

    medgo pipeline run recipes/nano/pipeline.yaml 'steps.training.set={stages.0.checkpoints: {every: 52, keep: 9}}'
    python benchmarks/token_curve.py results/nano/training/1-stage1 results/nano/probes/items.jsonl

Reads a stage that has been trained; writes nothing into its folder. One line a checkpoint, its figures as they come.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from medgo.training.after.merge import merge
from medgo.training.job import Job
from medgo.training.probes.items import ProbeKind
from medgo.training.probes.scoring import evaluate_probes
from medgo.training.running.checkpoints import checkpoint_step, list_checkpoints

console = Console(width=132)
_KINDS: tuple[ProbeKind, ...] = ("term", "escalation")
# Measure → its column.
_COLUMNS = {
    "term": "terms",
    "term/en": "– English",
    "term/zh": "– Chinese",
    "escalation": "emergencies",
    "over_escalation": "needless alarm",
}


def main() -> None:
    """Ask every checkpoint, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", type=Path, help="folder of a trained stage")
    parser.add_argument("items", type=Path, help="file of medgo train probes")
    parser.add_argument("--threads", type=int)
    asked = parser.parse_args()
    job = Job.load(asked.stage)
    table = Table("steps", "tokens", "with a loss", *_COLUMNS.values())
    for checkpoint in sorted(list_checkpoints(job.checkpoints), key=checkpoint_step):
        step = checkpoint_step(checkpoint)
        seen = tokens_at(asked.stage, step)
        found = ask(job, checkpoint, asked.items, asked.threads)
        table.add_row(str(step), *(f"{count:,}" for count in seen), *(f"{100 * found[name]:.1f}" for name in _COLUMNS))
        console.print(f"step {step}: {', '.join(f'{name} {100 * found[name]:.1f}' for name in _COLUMNS)}")
    console.print(table)


def tokens_at(stage: Path, step: int) -> tuple[int, int]:
    """Tokens that a stage has read at a step, and those with a loss."""
    for line in (stage / "curves.jsonl").read_text(encoding="utf-8").splitlines():
        found = json.loads(line)
        if found["step"] == step:
            return found["tokens"], found["loss_tokens"]
    raise SystemExit(f"{stage} has no line of step {step} in curves.jsonl")


def ask(job: Job, checkpoint: Path, items: Path, threads: int | None) -> dict[str, float]:
    """Figures of one checkpoint."""
    with tempfile.TemporaryDirectory() as name:
        merged = Path(name) / "merged"
        merge(job.model_dir, checkpoint, merged)
        summary = evaluate_probes(merged, items, Path(name) / "answers", kinds=_KINDS, threads=threads)
    return {measure: summary.estimates[measure].value for measure in _COLUMNS}


if __name__ == "__main__":
    main()
