"""``medgo curate``: a recipe in, one run, a table and an exit code out. No logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from medgo.cli._corpus import ExecutorOption, RayAddress, Workers
from medgo.cli._errors import errors_shown

if TYPE_CHECKING:
    from medgo.curation.decontamination import ContaminationReport
    from medgo.curation.protocol import Comparison, Step
    from medgo.curation.runs.runner import CurationPlan, CurationReport
    from medgo.execution import ExecutorName

Benchmarks = Annotated[
    list[str] | None,
    typer.Option(help="Folders of benchmark files, as for `medgo eval run --data`; default: $MEDGO_DATA. 评测集目录。"),
]
Source = Annotated[Path, typer.Argument(metavar="INPUT", help="Documents: a JSONL file, or a folder. 文档文件或目录。")]
Output = Annotated[
    Path, typer.Argument(metavar="OUTPUT", help="Folder; the same command continues it. 输出目录，可续跑。")
]


def build_curate() -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(
        no_args_is_help=True, help="Documents become a clean, licensed corpus. 将文档整理为干净、合规的语料。"
    )
    app.command("run", no_args_is_help=True)(curate_run_command)
    app.command("dedup", no_args_is_help=True)(curate_dedup_command)
    app.command("decontaminate", no_args_is_help=True)(curate_decontaminate_command)
    app.command("steps")(curate_steps_command)
    return app


def curate_run_command(
    recipe: Annotated[Path, typer.Argument(help="A YAML file; see recipes/. 配方文件。")],
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Change any field. 覆盖任意字段。")
    ] = None,
    benchmarks: Benchmarks = None,
    workers: Workers = 1,
    executor: ExecutorOption = "local",
    ray_address: RayAddress = "",
) -> None:
    """Run a recipe: steps over every document, comparisons of all, a data card. 按配方整理语料。

    Every removal is named with its reason in OUTPUT/removed/. A stopped run goes on where it was; workers and executor
    do not change a byte.

    Exit codes: 0 done, 2 nothing could start or shards failed (run again), 4 a file could not be written.
    """
    console = Console(stderr=True)
    with errors_shown(console):
        from medgo.cli._benchmark_items import open_guard
        from medgo.curation.planning import make_plan
        from medgo.curation.recipe import Recipe
        from medgo.store.recipes import read_recipe

        plan = make_plan(read_recipe(recipe, Recipe, overrides or ()), open_guard(benchmarks))
        _run(console, plan, executor, workers, ray_address)


def curate_dedup_command(
    source: Source,
    output: Output,
    bands: Annotated[int, typer.Option(min=1, help="Bands of a MinHash signature. MinHash 签名的带数。")] = 16,
    rows: Annotated[int, typer.Option(min=1, help="Rows of a band. 每带的行数。")] = 8,
    threshold: Annotated[
        float,
        typer.Option(
            min=0.01, max=1, help="Share of equal rows from which texts are copies. 判为近似重复的相同行比例。"
        ),
    ] = 0.7,
    workers: Workers = 1,
    executor: ExecutorOption = "local",
    ray_address: RayAddress = "",
) -> None:
    """Remove older versions, exact and near duplicates; the first text stays. 去除旧版本、完全重复与近似重复。"""
    console = Console(stderr=True)
    with errors_shown(console):
        from medgo.curation.comparisons import ExactDuplicates, NearDuplicates, Versions
        from medgo.curation.comparisons.minhash import s_curve

        near = NearDuplicates(bands=bands, rows=rows, threshold=threshold, seed=0, engine="auto")
        curve = ", ".join(f"{s:g}: {s_curve(s, bands, rows):.2f}" for s in (0.5, 0.6, 0.7, 0.8, 0.9))
        console.print(
            f"texts are compared with probability, by similarity 按相似度的比较概率: {curve}", highlight=False
        )
        plan = _plan(source, output, "dedup", comparisons=(Versions(), ExactDuplicates(), near))
        _run(console, plan, executor, workers, ray_address)


def curate_decontaminate_command(
    source: Source,
    output: Output,
    benchmarks: Benchmarks = None,
    workers: Workers = 1,
    executor: ExecutorOption = "local",
    ray_address: RayAddress = "",
) -> None:
    """Remove documents that hold items of the benchmarks. 去除含评测题目的文档。

    Fails where no benchmark is at hand: an empty index would pass everything. OUTPUT/contamination.jsonl lists the
    items that were found, as `medgo eval contamination` reads them.
    """
    console = Console(stderr=True)
    with errors_shown(console):
        from medgo.cli._benchmark_items import open_decontaminator
        from medgo.curation.decontamination.listing import list_contamination

        guard, said = open_decontaminator(benchmarks)
        plan = _plan(source, output, "decontaminate", steps=(guard,), notes=(("decontaminate", dict(said)),))
        _run(console, plan, executor, workers, ray_address)
        _show_contamination(console, list_contamination(plan, guard, said["absent"]))


def curate_steps_command() -> None:
    """Steps and comparisons with their options. 列出所有步骤、比较及其选项。"""
    from medgo.curation.comparisons import COMPARISONS
    from medgo.curation.configured import Configured
    from medgo.curation.steps import STEPS

    table = Table("use 名称", "does 作用", "options 选项", show_lines=True)
    kinds: dict[str, type[Configured]] = {**STEPS, **COMPARISONS}
    for name, kind in kinds.items():
        options = [
            f"{field}={info.get_default(call_default_factory=True)!r}: {info.description}"
            for field, info in kind.model_fields.items()
        ]
        table.add_row(name, (kind.__doc__ or "").strip().splitlines()[0], "\n".join(options))
    table.add_row("decontaminate", "Removes documents that hold items of the benchmarks.", "")
    Console().print(table)


class _Bar:
    """Shows how far a run is."""

    _WORDS: ClassVar[dict[str, str]] = {"clean": "clean 清洗", "compare": "compare 比较", "write": "write 写出"}

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
        )
        self._task: TaskID | None = None

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, what: str, total: int) -> None:
        """See :class:`medgo.curation.runs.runner.Watch`."""
        self._task = self._bar.add_task(self._WORDS.get(what, what), total=total)

    def advance(self) -> None:
        """See :class:`medgo.curation.runs.runner.Watch`."""
        if self._task is not None:
            self._bar.advance(self._task)


def _plan(
    source: Path,
    output: Path,
    name: str,
    *,
    steps: tuple[Step, ...] = (),
    comparisons: tuple[Comparison, ...] = (),
    notes: tuple[tuple[str, Any], ...] = (),
) -> CurationPlan:
    from medgo.curation.runs.runner import CurationPlan

    return CurationPlan(name, output, (source,), steps, comparisons, 64 * 2**20, (), notes)


def _run(console: Console, plan: CurationPlan, executor: ExecutorName, workers: int, ray_address: str) -> None:
    from medgo.curation.card import write_cards
    from medgo.curation.runs.runner import run_curation
    from medgo.execution import open_executor

    with _Bar(console) as bar:
        report = run_curation(plan, open_executor(executor, workers=workers, address=ray_address), bar)
    write_cards(report, plan.output)
    _show(console, plan, report)


def _show(console: Console, plan: CurationPlan, report: CurationReport) -> None:
    before, after = report.before, report.after
    table = Table("", "documents 文档", "characters 字符")
    table.add_row("read 读入", f"{before.documents:,}", f"{before.characters:,}")
    for reason, count in sorted(report.removed.items(), key=lambda one: -one[1]):
        table.add_row(f"− {reason}", f"{count:,}", "")
    table.add_row("kept 保留", f"{after.documents:,}", f"{after.characters:,}")
    console.print(table)
    compared = dict(report.notes).get("decontaminate")
    if compared is not None and not compared["items"]:
        console.print("NOT COMPARED WITH ANY BENCHMARK: none is at hand. 未与任何评测集比对。", style="bold red")
    for path in report.missing:
        console.print(f"not here 未找到: {path}", style="yellow", soft_wrap=True)
    console.print(f"corpus 语料: {plan.output}/documents · card 数据卡: {plan.output}/README.md", soft_wrap=True)


def _show_contamination(console: Console, report: ContaminationReport) -> None:
    table = Table("benchmark 评测集", "items 题目", "too short 过短", "found 发现", "kinds 方式")
    for name, one in report.benchmarks.items():
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in one.kinds.most_common())
        table.add_row(name, f"{one.items:,}", f"{one.too_short:,}", f"{len(one.found):,}", kinds)
    console.print(table)
