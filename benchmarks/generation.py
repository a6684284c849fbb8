"""Speed, memory and fidelity of every engine, as ratios of one run.

    make bench                                                      # all of it: about 25 minutes on two cores
    python benchmarks/generation.py --only transformers,openvino    # some engines
    python benchmarks/generation.py --write                         # also into docs/performance.md

Each figure is measured in a process of its own. The baseline (the model card's own one-at-a-time loop) is measured
first and last; ratios are taken against the mean of both, and both are printed, so that a machine that changed its
speed in between shows. vLLM is measured with the interpreter of ``.venv-vllm`` where that exists.
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

import psutil
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
ENGINES = ("transformers", "openvino", "vllm")
NEW_TOKENS = 128
console = Console()
Row = dict[str, Any]


def measure(kind: str, python: Path, **job: Any) -> Row:
    """Run one measurement in a fresh process.

    Raises:
        RuntimeError: It failed; the message holds the end of what it printed.
    """
    command = [str(python), str(ROOT / "benchmarks" / "_measure.py"), json.dumps({"kind": kind, **job})]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    result = [line for line in run.stdout.splitlines() if line.startswith("RESULT ")]
    if run.returncode or not result:
        raise RuntimeError(f"{kind} {job} failed:\n{(run.stdout + run.stderr)[-3000:]}")
    row: Row = json.loads(result[-1].removeprefix("RESULT "))
    console.print(f"  {kind} {job} → {row}", style="dim")
    return row


def python_of(engine: str) -> Path:
    """Interpreter of the environment that has the engine."""
    return ROOT / ".venv-vllm/bin/python" if engine == "vllm" else Path(sys.executable)


def naive() -> float:
    """Output tokens per second of the card's own loop."""
    return float(measure("naive", Path(sys.executable), prompts=4, new_tokens=NEW_TOKENS)["tokens_per_s"])


def best_direct(engine: str, dtype: str) -> float:
    """Output tokens per second of the library itself, the best of the settings tried."""
    python = python_of(engine)
    if engine == "transformers":
        jobs = [
            {"kind": "static_transformers", "batch_size": size, "dtype": d}
            for size in (32, 64)
            for d in {dtype, "bfloat16"}
        ]
    else:
        jobs = [{"kind": f"direct_{engine}", "engine": engine}]
    return max(float(measure(**job, python=python, new_tokens=NEW_TOKENS)["tokens_per_s"]) for job in jobs)


def measure_engine(engine: str, reference: Path) -> Row:
    """All figures of one engine."""
    python = python_of(engine)
    ours = measure("ours", python, engine=engine, new_tokens=NEW_TOKENS)
    refilled = measure("skewed", python, engine=engine, prompts=200, group=None)
    static = measure("skewed", python, engine=engine, prompts=200, group=16)
    fidelity = measure("fidelity", python, engine=engine, file=str(reference))
    return {
        "engine": engine,
        "dtype": ours["dtype"],
        "tokens_per_s": ours["tokens_per_s"],
        "direct": best_direct(engine, ours["dtype"]),
        "skewed_gain": static["seconds"] / refilled["seconds"],
        "agreement": fidelity["agreement"],
        "positions": fidelity["positions"],
        "peak_rss_mb": ours["peak_rss_mb"],
        "peak_rss_skewed_mb": refilled["peak_rss_mb"],
    }


def first_token_seconds(engine: str) -> float:
    """Seconds from the start of ``medgo batch`` until its first row is on disk, warm cache."""
    with tempfile.TemporaryDirectory() as folder:
        questions, answers = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        questions.write_text('{"prompt": "What is gout?"}\n', encoding="utf-8")
        command = [str(python_of(engine).parent / "medgo"), "batch", str(questions), str(answers)]
        began = time.perf_counter()
        subprocess.run([*command, "--engine", engine, "--max-new-tokens", "1"], check=True, capture_output=True)
        return time.perf_counter() - began


def import_seconds() -> float:
    """Seconds that ``import medgo`` adds to an interpreter's start, the best of five."""
    code = "import time; t = time.perf_counter(); import medgo; print(time.perf_counter() - t)"
    runs = (subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True) for _ in range(5))
    return min(float(run.stdout) for run in runs)


def report(rows: list[Row], baselines: list[float], extra: Row) -> Table:
    """The table that a person reads."""
    base = sum(baselines) / len(baselines)
    table = Table(title=f"card's loop: {' … '.join(f'{b:.1f}' for b in baselines)} tokens/s")
    for column in (
        "engine",
        "numbers",
        "tokens/s",
        "× card",
        "÷ library",
        "skewed ÷ static 16",
        "top-1",
        "peak MB",
        "1st row s",
    ):
        table.add_column(column, justify="left" if column in ("engine", "numbers") else "right")
    for row in rows:
        table.add_row(
            row["engine"],
            row["dtype"],
            f"{row['tokens_per_s']:.0f}",
            f"{row['tokens_per_s'] / base:.1f}",
            f"{row['tokens_per_s'] / row['direct']:.2f}",
            f"{row['skewed_gain']:.2f}",
            f"{row['agreement']:.2%} of {row['positions']}",
            f"{row['peak_rss_mb']} ({row['peak_rss_skewed_mb']})",
            f"{extra['first_row_s'][row['engine']]:.1f}",
        )
    return table


def as_markdown(rows: list[Row], baselines: list[float], extra: Row) -> str:
    """The same as a section of docs/performance.md."""
    base = sum(baselines) / len(baselines)
    head = (
        "| engine | numbers | tokens/s | × card's loop | ÷ library itself | skewed: ÷ static 16 | top-1 agreement | "
        "peak memory MB (skewed) | first row, s |\n|---|---|---|---|---|---|---|---|---|\n"
    )
    body = "".join(
        f"| {r['engine']} | {r['dtype']} | {r['tokens_per_s']:.0f} | **{r['tokens_per_s'] / base:.1f}** | "
        f"{r['tokens_per_s'] / r['direct']:.2f} | {r['skewed_gain']:.2f} | {r['agreement']:.2%} of {r['positions']} | "
        f"{r['peak_rss_mb']} ({r['peak_rss_skewed_mb']}) | {extra['first_row_s'][r['engine']]:.1f} |\n"
        for r in rows
    )
    return (
        f"Baseline (the card's loop), first and last: {', '.join(f'{b:.1f}' for b in baselines)} tokens/s. "
        f"`import medgo`: {extra['import_s']:.2f} s. Machine: {extra['machine']}.\n\n{head}{body}"
    )


def machine() -> str:
    """Processor, cores and memory."""
    about = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    name = next((line.split(":")[1].strip() for line in about.splitlines() if line.startswith("model name")), "?")
    extras = [flag for flag in ("amx_bf16", "avx512_bf16", "avx512_fp16") if f" {flag}" in about]
    memory = psutil.virtual_memory().total / 2**30
    return f"{name} ({', '.join(extras) or 'no bf16'}), {psutil.cpu_count()} cores, {memory:.0f} GiB"


def write(section: str) -> None:
    """Replace the measured section of docs/performance.md."""
    file = ROOT / "docs" / "performance.md"
    before, _, rest = file.read_text(encoding="utf-8").partition("<!-- generation -->")
    _, _, after = rest.partition("<!-- /generation -->")
    file.write_text(f"{before}<!-- generation -->\n{section}<!-- /generation -->{after}", encoding="utf-8")


def main() -> None:
    """Measure and print; see the module's description."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(ENGINES), help="engines, separated by commas")
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    arguments = parser.parse_args()
    engines = [engine for engine in arguments.only.split(",") if python_of(engine).exists()]
    baselines = [naive()]
    with tempfile.TemporaryDirectory() as folder:
        reference = Path(folder) / "reference.json"
        measure("reference", Path(sys.executable), prompts=32, new_tokens=96, file=str(reference))
        rows = [measure_engine(engine, reference) for engine in engines]
    baselines.append(naive())
    extra = {
        "first_row_s": {engine: first_token_seconds(engine) for engine in engines},
        "import_s": import_seconds(),
        "machine": machine(),
    }
    console.print(report(rows, baselines, extra))
    console.print(f"import medgo: {extra['import_s']:.3f} s · {extra['machine']}")
    if arguments.write:
        write(as_markdown(rows, baselines, extra))


if __name__ == "__main__":
    main()
