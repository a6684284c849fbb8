"""``medgo eval list``: the benchmarks by the card's groups, and which of them are here. No logic of its own."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from medgo.cli._errors import without_controls
from medgo.errors import MedGoError
from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.benchmarks.load import DataSources, LoadedBenchmark, how_to_get, load_benchmark
from medgo.evaluation.benchmarks.registry import BENCHMARKS, card_average, notes_on_names
from medgo.evaluation.benchmarks.unread import unread_files
from medgo.evaluation.selection import parse_sources

_GROUPS = {
    "Medical Knowledge": "Medical Knowledge 医学知识",
    "Clinical Reasoning": "Clinical Reasoning 临床推理",
    "Medical Standard": "Medical Standard 医学规范",
    "Beyond the card": "Beyond the card 模型卡之外",
}
_GAP = 2  # spaces between columns
_NARROWEST = 12
_SHOWN_FILES = 10


@dataclass(frozen=True, slots=True)
class _State:
    """What is here of a benchmark: its items, or why not."""

    loaded: LoadedBenchmark | None
    error: MedGoError | None


def eval_list_command(
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output. 输出 JSON。")] = False,
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="Folder with benchmark files, or NAME=PATH: says what is there. Default: $MEDGO_DATA. 数据目录。"
        ),
    ] = None,
) -> None:
    """List the benchmarks, the model card's figures, and what is here of them. 列出评测基准与模型卡成绩。"""
    sources = parse_sources(data, download=False)
    states = _look(sources) if sources.folders or sources.named else {}
    if as_json:
        rows = [_row(benchmark, states.get(benchmark.name)) for benchmark in BENCHMARKS]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    console = Console()
    for place, (group, title) in enumerate(_GROUPS.items()):
        table = _table(group, states, console.width)
        console.print(f"\n[bold cyan]{title}[/]" if place else f"[bold cyan]{title}[/]", highlight=False)
        console.print(table, highlight=False)
    _show_remarks(console)
    if states:
        _show_notes(console, states)
        _show_missing(console, states)
        _show_unread(console, sources, states)


def _show_remarks(console: Console) -> None:
    average = card_average()
    console.print(
        f"\nMean of the card's 20 benchmarks: MedGo [bold]{average.medgo}[/], Lingshu-32B {average.lingshu_32b}, "
        f"MedGemma-27B {average.medgemma_27b} (computed from its table; the card's text says “~70”).\n"
        f"模型卡 20 项基准的平均分：MedGo [bold]{average.medgo}[/]（按其表格计算，卡片正文写作“~70”）。",
        highlight=False,
    )
    for note in notes_on_names():
        console.print(note, highlight=False)
    console.print("[dim]Licences, sources, known faults in full: --json. 许可证、来源与已知缺陷详见 --json。[/]")


def _look(sources: DataSources) -> dict[str, _State]:
    states = {}
    for benchmark in BENCHMARKS:
        try:
            states[benchmark.name] = _State(load_benchmark(benchmark, sources), None)
        except MedGoError as error:
            states[benchmark.name] = _State(None, error)
    return states


def _columns(states: dict[str, _State], width: int) -> dict[str, int]:
    """Columns and their widths in characters; what matters least goes first where the terminal is narrow.

    No number and no name is ever cut; a licence may be (``--json`` has it whole).
    """
    widths = {"name": max(len(benchmark.name) for benchmark in BENCHMARKS), "items": 6, "in": 5, "kind": 9}
    widths |= {"chance": 6, "MedGo": 5, "Lingshu": 7, "MedGemma": 8}
    if states:
        widths["here"] = max(Text.from_markup(_here(state)).cell_len for state in states.values())
    else:
        widths["licence"] = max(_NARROWEST, width - sum(widths.values()) - _GAP * len(widths))
    for name in ("licence", "kind", "chance", "in", "MedGemma", "Lingshu"):
        if sum(widths.values()) + _GAP * (len(widths) - 1) > width:
            widths.pop(name, None)
    return widths


def _table(group: str, states: dict[str, _State], width: int) -> Table:
    """One group; all have the same widths, so that they read as one table with headings."""
    table = Table(box=None, header_style="bold", pad_edge=False, show_header=group == next(iter(_GROUPS)))
    columns = _columns(states, width)
    for name, cells in columns.items():
        left = name in ("name", "in", "kind", "here", "licence")
        table.add_column(name, justify="left" if left else "right", no_wrap=True, overflow="ellipsis", width=cells)
    for benchmark in BENCHMARKS:
        if benchmark.group == group:
            row = _cells(benchmark)
            row["here"] = _here(states[benchmark.name]) if states else ""
            table.add_row(*(row[name] for name in columns))
    return table


def _cells(benchmark: Benchmark) -> dict[str, str]:
    card = benchmark.card
    return {
        "name": benchmark.name,
        "items": f"{benchmark.size:,}",
        "in": "+".join(benchmark.langs),
        "kind": benchmark.kind,
        "chance": "" if benchmark.chance is None else f"{benchmark.chance:.1f}",
        "MedGo": f"{card.medgo:.1f}" if card else "",
        "Lingshu": f"{card.lingshu_32b:.1f}" if card else "",
        "MedGemma": f"{card.medgemma_27b:.1f}" if card else "",
        "licence": escape(benchmark.source.licence),
    }


def _here(state: _State) -> str:
    loaded = state.loaded
    if loaded is None:
        return "[dim]no[/]"
    colour = "green" if len(loaded.items) == loaded.benchmark.size else "yellow"
    return f"[{colour}]{len(loaded.items):,}[/] ({loaded.form})"


def _show_notes(console: Console, states: dict[str, _State]) -> None:
    notes = [(name, note) for name, state in states.items() if state.loaded for note in state.loaded.notes]
    if notes:
        console.print("\n[bold]To know 说明[/]")
    for name, note in notes:
        console.print(f"{name}: {without_controls(note)}", highlight=False, markup=False)


def _show_missing(console: Console, states: dict[str, _State]) -> None:
    missing = {name: state for name, state in states.items() if state.loaded is None}
    if not missing:
        return
    console.print(f"\n[bold]Not here 缺少的数据[/] ({len(missing)})", highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for benchmark in BENCHMARKS:
        if (state := missing.get(benchmark.name)) is not None and state.error is not None:
            table.add_row(benchmark.name, without_controls(state.error.message.removeprefix(f"{benchmark.name}: ")))
            table.add_row("", f"[cyan]→[/] {without_controls(state.error.hint)}")
    console.print(table, highlight=False)


def _show_unread(console: Console, sources: DataSources, states: dict[str, _State]) -> None:
    read = [file.path for state in states.values() if state.loaded for file in state.loaded.files]
    files = unread_files(sources, BENCHMARKS, read)
    if not files:
        return
    console.print(f"\n[bold]Seen but not recognised 无法识别的文件[/] ({len(files)})", highlight=False)
    for file in files[:_SHOWN_FILES]:
        console.print(without_controls(f"{file.path}: {file.why}"), highlight=False, markup=False)
    if len(files) > _SHOWN_FILES:
        console.print(f"… and {len(files) - _SHOWN_FILES} more", highlight=False)


def _row(benchmark: Benchmark, state: _State | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": benchmark.name,
        "title": benchmark.title,
        "aliases": list(benchmark.aliases),
        "group": benchmark.group,
        "kind": benchmark.kind,
        "langs": list(benchmark.langs),
        "items": benchmark.size,
        "chance": benchmark.chance,
        "card": asdict(benchmark.card) if benchmark.card else None,
        "licence": benchmark.source.licence,
        "hub": benchmark.source.hub,
        "revision": benchmark.source.revision,
        "page": benchmark.source.page,
        "paper": benchmark.source.paper,
        "gated": benchmark.source.gated,
        "confidential": benchmark.confidential,
        "faults": list(benchmark.faults),
        "get": how_to_get(benchmark),
    }
    if state is not None:
        row["here"] = _found(state.loaded) if state.loaded else None
        row["error"] = str(state.error) if state.error else None
    return row


def _found(loaded: LoadedBenchmark) -> dict[str, Any]:
    return {
        "items": len(loaded.items),
        "dev": len(loaded.dev),
        "form": loaded.form,
        "left_out": loaded.left_out,
        "revision": loaded.revision,
        "files": [{"path": str(file.path), "sha256": file.sha256, "rows": file.rows} for file in loaded.files],
        "notes": list(loaded.notes),
    }
