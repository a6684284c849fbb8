"""What it costs to score the options of multiple-choice questions, as ratios of one run against lm-eval's ``hf``.

    scripts/make_peer_env.sh                         # once: lm-eval in an environment of its own, .venv-peers
    python benchmarks/scoring.py                     # all of it
    python benchmarks/scoring.py --items 12 --rounds 1 --json scoring.json

Both sides get the same bytes, weights, float32 and two processes of their own; the sides take turns, and every ratio is
of two measurements that stand next to each other. The questions come from the benchmarks' files under ``MEDGO_DATA``
(default: ``../shared/data``). What is counted:

- *forwarded ÷ minimum*: tokens that go through the model, over the distinct beginnings of all prompts and labels;
- *rows ÷ items*: positions that go through the output layer, over questions;
- *× faster*, *÷ CPU*: their seconds over ours on the clock, and of the processor (which a busy machine disturbs less);
- *same choice*, *largest difference*: of the two sides' log-probabilities, over all options.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from medgo.evaluation.benchmarks.load import DataSources, load_benchmark
from medgo.evaluation.benchmarks.prompts import CARD, CLOZE
from medgo.evaluation.benchmarks.registry import BENCHMARKS
from medgo.evaluation.prompting import ask
from medgo.inference.models import ensure_hf_folder, resolve_model
from medgo.inference.prompt import ChatRenderer
from medgo.schema import EvalItem, Message

ROOT = Path(__file__).parent.parent
SETS = ("medqa", "medmcqa", "pubmedqa", "cmexam")
SHOTS = 5
console = Console(width=None if sys.stdout.isatty() else 130)
Row = dict[str, Any]


def load_items(name: str) -> list[EvalItem]:
    """Questions with one right answer each.

    Raises:
        BenchmarkDataError: The file is not under ``MEDGO_DATA``.
    """
    data = Path(os.environ.get("MEDGO_DATA", ROOT.parent / "shared" / "data"))
    benchmark = next(benchmark for benchmark in BENCHMARKS if benchmark.name == name)
    items = load_benchmark(benchmark, DataSources(folders=(data,))).items
    return [item for item in items if len(item.answer) == 1]


def spread(items: Sequence[EvalItem], count: int) -> list[EvalItem]:
    """``count`` of the items, evenly over the file."""
    return [items[i * len(items) // count] for i in range(min(count, len(items)))]


def prompt_of(item: EvalItem, shots: Sequence[EvalItem], *, text: bool) -> Row:
    """A prompt and its labels: letters, or the options' own text."""
    protocol = CLOZE if text else CARD
    word, gap = {"en": ("Answer:", " "), "zh": ("答案：", "")}[item.lang]
    labels = {key: gap + (option if text else key) for key, option in item.options.items()}
    messages = []
    for shot in shots:
        answer = shot.options[shot.answer[0]] if text else shot.answer[0]
        messages += [{"role": "user", "content": ask(shot, protocol)}]
        messages += [{"role": "assistant", "content": word + gap + answer}]
    messages += [{"role": "user", "content": ask(item, protocol)}]
    return {
        "id": item.key,
        "messages": messages,
        "answer_prefix": word,
        "labels": list(labels.values()),
        "gold": list(labels).index(item.answer[0]),
    }


def make_prompts(names: Sequence[str], count: int, shots: int, *, text: bool = False) -> list[Row]:
    """Prompts of several benchmarks; examples are questions that are not asked."""
    prompts = []
    for name in names:
        items = load_items(name)
        asked = spread(items, count)
        keys = {item.key for item in asked}
        examples = [item for item in items if item.key not in keys][:shots]
        prompts += [prompt_of(item, examples, text=text) for item in asked]
    return prompts


def write_prompts(prompts: list[Row], renderer: ChatRenderer, path: Path) -> None:
    """One prompt a line, with the text that the other side gets."""
    lines = []
    for prompt in prompts:
        messages = tuple(Message(**message) for message in prompt["messages"])
        text = renderer.render_text(messages) + prompt["answer_prefix"]
        lines.append(json.dumps({**prompt, "text": text}, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def minimum(prompts: list[Row], renderer: ChatRenderer) -> int:
    """Distinct beginnings of all prompts and labels, in tokens; a label's last token is only predicted."""
    sequences = []
    for prompt in prompts:
        messages = tuple(Message(**message) for message in prompt["messages"])
        ids = renderer.render(messages, answer_prefix=prompt["answer_prefix"]).token_ids
        sequences += [ids + tuple(renderer.encode(label))[:-1] for label in prompt["labels"]]
    sequences.sort()
    return len(sequences[0]) + sum(len(here) - _shared(before, here) for before, here in pairwise(sequences))


def _shared(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def measure(script: str, python: Path, job: Row) -> tuple[Row, dict[str, list[float]]]:
    """Run one side in a fresh process; its figures, and the log-probabilities by prompt.

    Raises:
        RuntimeError: It failed; the message holds the end of what it printed.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "scores.json"
        command = [str(python), str(ROOT / "benchmarks" / script), json.dumps({**job, "out": str(out)})]
        run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        result = [line for line in run.stdout.splitlines() if line.startswith("RESULT ")]
        if run.returncode or not result:
            raise RuntimeError(f"{script} failed:\n{(run.stdout + run.stderr)[-3000:]}")
        row: Row = json.loads(result[-1].removeprefix("RESULT "))
        console.print(f"  {script} {job.get('batch_size', '')} → {row}", style="dim")
        return row, json.loads(out.read_text(encoding="utf-8"))


class Comparison:
    """Ours against lm-eval on one set of prompts.

    Args:
        prompts: What is scored.
        peer: Interpreter of the environment with lm-eval.
        batch_sizes: Those of lm-eval that are tried; the fastest counts.
    """

    def __init__(self, prompts: list[Row], peer: Path, batch_sizes: Sequence[int]) -> None:
        self._prompts, self._peer, self._batch_sizes = prompts, peer, list(batch_sizes)
        self._model = ensure_hf_folder(resolve_model("embedded"))
        self._renderer = ChatRenderer.load(self._model)

    def run(self, rounds: int) -> Row:
        """Measure both sides in turns, and compare."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "prompts.jsonl"
            write_prompts(self._prompts, self._renderer, file)
            sizes = self._batch_sizes
            ratios: list[float] = []
            cpu_ratios: list[float] = []
            for _ in range(rounds):
                ours, our_scores = self._ours(file)
                tried = [(*self._theirs(file, size), size) for size in sizes]
                theirs, their_scores, best = min(tried, key=lambda entry: float(entry[0]["seconds"]))
                sizes = [best]
                ratios.append(theirs["seconds"] / ours["seconds"])
                cpu_ratios.append(theirs["cpu_seconds"] / ours["cpu_seconds"])
        return {
            **self._agreement(our_scores, their_scores),
            "items": len(self._prompts),
            "forwarded": ours["forwarded"] / minimum(self._prompts, self._renderer),
            "rows_per_item": ours["rows"] / len(self._prompts),
            "their_forwarded": theirs["forwarded"] / minimum(self._prompts, self._renderer),
            "their_rows_per_item": theirs["rows"] / len(self._prompts),
            "their_batch_size": best,
            "seconds": ours["seconds"],
            "their_seconds": theirs["seconds"],
            "ratios": ratios,
            "faster": statistics.median(ratios),
            "cpu_ratios": cpu_ratios,
            "less_cpu": statistics.median(cpu_ratios),
            "peer": f"lm-eval {theirs['version']}",
        }

    def _ours(self, prompts: Path) -> tuple[Row, dict[str, list[float]]]:
        job = {"engine": "transformers", "dtype": "float32", "prompts": str(prompts)}
        return measure("_measure_scoring.py", Path(sys.executable), job)

    def _theirs(self, prompts: Path, batch_size: int) -> tuple[Row, dict[str, list[float]]]:
        job = {"model": str(self._model), "batch_size": batch_size, "prompts": str(prompts)}
        return measure("peers/lm_eval_scoring.py", self._peer, job)

    def _agreement(self, ours: dict[str, list[float]], theirs: dict[str, list[float]]) -> Row:
        pairs = [(ours[prompt["id"]], theirs[prompt["id"]]) for prompt in self._prompts]
        return {
            "same_choice": sum(one.index(max(one)) == other.index(max(other)) for one, other in pairs),
            "difference": max(abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True)),
        }


def as_table(rows: dict[str, Row]) -> Table:
    """The figures for a terminal."""
    table = Table(title="Scoring labels: transformers engine against lm-eval hf, float32")
    names = ("prompts", "items", "forwarded ÷ minimum", "rows ÷ items", "same choice", "largest difference")
    names += ("× faster", "÷ CPU")
    for name in names:
        table.add_column(name, justify="left" if name == "prompts" else "right")
    for name, row in rows.items():
        table.add_row(
            name,
            str(row["items"]),
            f"{row['forwarded']:.3f} (theirs {row['their_forwarded']:.2f})",
            f"{row['rows_per_item']:.1f} (theirs {row['their_rows_per_item']:.0f})",
            f"{row['same_choice']}/{row['items']}",
            f"{row['difference']:.1e}",
            f"{row['faster']:.2f} ({min(row['ratios']):.2f}-{max(row['ratios']):.2f})",
            f"{row['less_cpu']:.2f} ({min(row['cpu_ratios']):.2f}-{max(row['cpu_ratios']):.2f})",
        )
    return table


def main() -> None:
    """Measure and print; see the module's description."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", type=Path, default=ROOT / ".venv-peers/bin/python", help="with lm-eval")
    parser.add_argument("--items", type=int, default=40, help="questions of each benchmark")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each side")
    parser.add_argument("--batch-sizes", default="4,16,64", help="lm-eval's, separated by commas; the best counts")
    parser.add_argument("--only", default="zero-shot,five-shot,option text", help="prompts, separated by commas")
    parser.add_argument("--json", type=Path, help="write the figures there")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.batch_sizes.split(",")]
    makers = {
        "zero-shot": lambda: make_prompts(SETS, arguments.items, 0),
        "five-shot": lambda: make_prompts(SETS, arguments.items, SHOTS),
        "option text": lambda: make_prompts(("medqa", "medmcqa"), arguments.items, 0, text=True),
    }
    rows = {
        name: Comparison(makers[name](), arguments.peer_python, sizes).run(arguments.rounds)
        for name in arguments.only.split(",")
    }
    console.print(as_table(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
