"""``medgo train probes``: writes probe items, asks a model, compares it with another. No logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from medgo.cli._engine_options import Threads
from medgo.cli._errors import errors_shown
from medgo.errors import InputError

if TYPE_CHECKING:
    from medgo.training.probes.comparing import ProbeDifference
    from medgo.training.probes.scoring import ProbeSummary

Items = Annotated[Path, typer.Argument(help="File of items; written where it is not there. 题目文件，不存在则生成。")]
Rows = Annotated[
    list[Path] | None,
    typer.Option(
        "--rows",
        help="Folder of medgo synthesize: items are about what it holds out and its rows never name. 训练数据目录。",
    ),
]
Seed = Annotated[int, typer.Option(help="Another seed gives other items. 题目随机种子。")]
Model = Annotated[str | None, typer.Option(help="Model folder or name to ask. 待评模型。")]
Out = Annotated[Path | None, typer.Option(help="Folder for its answers. 结果目录。")]
Against = Annotated[Path | None, typer.Option(help="Answers of a base, to compare with. 对比基线的结果目录。")]
Limit = Annotated[int | None, typer.Option(min=1, help="At most so many items of each kind. 每类题数上限。")]


def probes(
    items: Items,
    rows: Rows = None,
    seed: Seed = 0,
    model: Model = None,
    out: Out = None,
    against: Against = None,
    limit: Limit = None,
    threads: Threads = None,
) -> None:
    """Questions about what training never told of: write them, ask a model, compare it. 生成留出题目并评测模型。"""
    from medgo.training.probes.comparing import compare_probes
    from medgo.training.probes.scoring import evaluate_probes

    console, errors = Console(), Console(stderr=True)
    with errors_shown(errors):
        if not items.exists():
            _write(items, rows or [], seed, console)
        elif model is None:
            raise InputError(
                f"{items} is there already", hint="name another file, remove this one, or ask a --model with it"
            )
        if model is None:
            return
        if out is None:
            raise InputError("--model needs --out, the folder for its answers")
        with errors.status("asking") as status:
            summary = evaluate_probes(
                Path(model),
                items,
                out,
                limit=limit,
                threads=threads,
                tell=lambda done, all_: status.update(f"{done} of {all_} items"),
            )
        console.print(_summary(summary))
        for kind, share in summary.cut.items():
            console.print(f"{kind}: {share:.1%} of replies were cut at the most tokens", highlight=False)
        if against is not None:
            console.print(_differences(compare_probes(against, out, items)))


def _write(items: Path, rows: list[Path], seed: int, console: Console) -> None:
    from medgo.training.probes.writing import concepts_of, files_of_rows, write_probes

    if not rows:
        raise InputError(
            f"{items} is not there, and no rows say what was held out",
            hint="medgo train probes FILE --rows FOLDER, a folder that medgo synthesize wrote",
        )
    concepts, files = concepts_of(rows), files_of_rows(rows)
    written = write_probes(items, concepts=concepts, seed=seed, training_rows=files)
    console.print(
        f"{len(written.items):,} items → {escape(str(items))}; held out: share {concepts.share}, seed {concepts.seed}",
        highlight=False,
    )
    if written.left_out:
        console.print("left out, by kind and reason:", highlight=False)
    for reason, count in written.left_out.most_common():
        console.print(f"  {count:>7,}  {escape(reason)}", highlight=False)


def _summary(summary: ProbeSummary) -> Table:
    table = Table(title=f"probes · {escape(summary.model)}", title_justify="left")
    for name in ("measure", "share", "95 %", "n"):
        table.add_column(name, justify="left" if name == "measure" else "right")
    for name, one in summary.estimates.items():
        table.add_row(name, f"{one.value:.1%}", f"{one.low:.1%} … {one.high:.1%}", str(one.n))
    return table


def _differences(found: list[ProbeDifference]) -> Table:
    table = Table(title="against the base", title_justify="left")
    for name in ("measure", "base", "model", "difference", "95 %", "p by concept", "McNemar p by item"):
        table.add_column(name, justify="left" if name == "measure" else "right")
    for one in found:
        colour = "green" if one.better else "red" if one.worse else "default"
        interval = f"{one.difference.low:+.1%} … {one.difference.high:+.1%}"
        change = f"[{colour}]{one.difference.value:+.1%}[/]"
        shares = (f"{one.base:.1%}", f"{one.other:.1%}")
        table.add_row(one.measure, *shares, change, interval, f"{one.p_concepts:.2g}", f"{one.p:.2g}")
    return table
