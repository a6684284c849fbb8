"""``medgo train plan``: what a run would take, before it starts. No logic of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from medgo.cli._errors import errors_shown

if TYPE_CHECKING:
    from medgo.training.plan.planning import RunPlan, StagePlan
    from medgo.training.plan.time import ProbeTime, StageTime

RecipeArgument = Annotated[Path, typer.Argument(help="The recipe, a YAML file. 配方文件。")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(help="Changes, key=value: devices.recompute=true, stages.0.adapter.r=32. 修改配方中的字段。"),
]
DeviceOption = Annotated[
    str, typer.Option(help="h200, h100, a100, a100-40, l40s, rtx4090, or cpu: this machine, measured. 设备。")
]
Count = Annotated[
    int | None, typer.Option(min=1, help="Devices of a machine; default: the recipe's. 每台机器的设备数。")
]
Machines = Annotated[int | None, typer.Option(min=1, help="Machines; default: the recipe's. 机器数。")]
Stated = Annotated[
    list[str] | None,
    typer.Option("--tokens", help="Tokens of one epoch, STAGE=60M, where rows are not made yet. 每轮词元数。"),
]
Price = Annotated[
    float | None, typer.Option(min=0, help="An hour of one device costs so much; default: assumed, US$. 设备时价。")
]
Reference = Annotated[
    bool,
    typer.Option(help="Hold the reference model instead of its cached log-probabilities. 参考模型常驻内存。"),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of tables. 输出 JSON。")]


def plan(
    recipe: RecipeArgument,
    overrides: Overrides = None,
    device: DeviceOption = "h200",
    count: Count = None,
    machines: Machines = None,
    tokens: Stated = None,
    price: Price = None,
    reference_model: Reference = False,
    as_json: AsJson = False,
) -> None:
    """Memory, time, energy and cost of a run; exit code 1 and what would fit, where it does not. 训练前的规划。"""
    from dataclasses import replace

    from medgo.training.plan.devices import plan_device
    from medgo.training.plan.planning import plan_run, require_fit
    from medgo.training.plan.tokens import parse_stated
    from medgo.training.recipe import load_training_recipe

    changes = list(overrides or ())
    changes += [f"devices.processes={count}"] if count else []
    changes += [f"devices.machines={machines}"] if machines else []
    errors = Console(stderr=True)
    with errors_shown(errors):
        loaded = load_training_recipe(recipe, changes)
        stated = parse_stated(tuple(tokens or ()), loaded)
        target = plan_device(device)
        target = target if price is None else replace(target, price=price)
        planned = plan_run(loaded, target, stated, cached_reference=not reference_model)
        if as_json:
            typer.echo(json.dumps(planned.to_dict(), ensure_ascii=False, indent=1))
        else:
            show_plan(Console(), planned)
        require_fit(planned)


def show_plan(console: Console, planned: RunPlan) -> None:
    """Print memory part by part, then time and cost, then what all of it assumes."""
    devices = planned.recipe.devices
    console.print(
        f"[bold]{escape(planned.recipe.name)}[/]: {escape(planned.recipe.model)}, "
        f"{planned.shape.parameters / 1e9:.2f} B parameters, on {devices.machines} × {devices.processes} × "
        f"{escape(planned.device.name)} ({planned.device.memory / 1e9:.0f} GB each), sharding {devices.sharding}, "
        f"recompute {'on' if devices.recompute else 'off'}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(_memory_table(planned))
    console.print(_time_table(planned))
    _show_assumptions(console, planned)


def _memory_table(planned: RunPlan) -> Table:
    from medgo.training.plan.measured import MEMORY_ERROR

    table = Table(title=f"GB on each device, ± {100 * MEMORY_ERROR:.0f} % (measured on CPU only)", pad_edge=False)
    table.add_column("", no_wrap=True, max_width=30)
    for stage in planned.stages:
        table.add_column(f"{stage.name}\n{stage.setting.method} {stage.setting.adapter.kind}", justify="right")
    for part in planned.stages[0].memory.parts():
        table.add_row(part, *(f"{stage.memory.parts()[part] / 1e9:.2f}" for stage in planned.stages))
    table.add_section()
    table.add_row("all", *(f"{stage.memory.total / 1e9:.2f}" for stage in planned.stages))
    if any(stage.scoring for stage in planned.stages):
        before = (f"{stage.scoring / 1e9:.2f}" if stage.scoring else "" for stage in planned.stages)
        table.add_row("before: scoring the reference", *before)
    table.add_row("fits", *("[green]yes[/]" if stage.fits else "[red]no[/]" for stage in planned.stages))
    table.add_row("micro-batch", *(f"{s.setting.sequences} × {s.setting.row_tokens:,}" for s in planned.stages))
    table.add_row("weights that learn", *(f"{stage.learnt / 1e6:,.1f} M" for stage in planned.stages))
    return table


def _time_table(planned: RunPlan) -> Table:
    from medgo.training.plan.measured import TIME_ERROR

    table = Table(title=f"All epochs, ± {100 * TIME_ERROR:.0f} % (measured on CPU only)", pad_edge=False)
    table.add_column("stage", no_wrap=True)
    for column in ("tokens", "steps", "tokens/s", "MFU", "time", "kWh", "US$"):
        table.add_column(column, justify="right", no_wrap=True)
    for stage in planned.stages:
        table.add_row(stage.name, *_time_row(stage))
        if stage.probes and stage.probe_time:
            asked = f"{stage.probes.times} × {stage.probes.items:,} items"
            table.add_row("  probes", asked, *[""] * 3, *_spent(stage.probe_time))
    if len(planned.times) > 1:
        table.add_section()
        energy, cost = sum(time.kilowatt_hours for time in planned.times), sum(time.dollars for time in planned.times)
        table.add_row("all", *[""] * 4, duration(planned.seconds), f"{energy:,.2f}", f"{cost:,.0f}")
    return table


def _time_row(stage: StagePlan) -> list[str]:
    if stage.tokens is None or stage.time is None:
        return ["no rows: --tokens", *["–"] * 6]
    return [
        f"{stage.tokens.work.total / 1e6:,.1f} M {stage.tokens.source}",
        f"{stage.tokens.steps:,.0f}",
        f"{stage.time.tokens_per_second:,.0f}",
        f"{100 * stage.time.mfu:.0f} %",
        *_spent(stage.time),
    ]


def _spent(time: StageTime | ProbeTime) -> tuple[str, str, str]:
    return duration(time.seconds), f"{time.kilowatt_hours:,.2f}", f"{time.dollars:,.0f}"


def _show_assumptions(console: Console, planned: RunPlan) -> None:
    from medgo.training.plan.fitting import USABLE
    from medgo.training.plan.time import ASSUMED
    from medgo.training.plan.tokens import STATED_LOSS, STATED_ROW

    gpu = planned.device.bandwidth > 0
    use = ASSUMED.use if gpu else ASSUMED.cpu_use
    peak = "the maker's bfloat16 peak" if gpu else "a product timed here"
    lines = [
        "Worked out, not measured: no GPU was at hand." if gpu else "Worked out from the speed of this CPU.",
        f"Hardware use {100 * use:.0f} % of {peak}, {planned.device.flops / 1e12:,.1f} TFLOP/s; × "
        f"{ASSUMED.in_node} over the devices of a machine, × {ASSUMED.across_nodes} over machines; "
        f"4-bit weights × {ASSUMED.four_bits}.",
        f"A stage fits when it takes at most {100 * USABLE:.0f} % of a device's memory.",
    ]
    sources = {stage.tokens.source for stage in planned.stages if stage.tokens}
    if sources & {"counted", "guessed"}:
        lines.append("Rows were read as they are, before gates and mixing; medgo train prepare makes it exact.")
    if "stated" in sources:
        lines.append(f"Stated tokens: rows of {STATED_ROW:,}, {100 * STATED_LOSS:.0f} % of them with a loss.")
    if any(stage.probes and stage.probes.source == "assumed" for stage in planned.stages):
        lines.append("The probes' items are not made yet: as many and as long as medgo train probes usually makes.")
    if planned.device.price:
        lines.append(f"US$ {planned.device.price} a device hour (--price).")
    for line in lines:
        console.print(line, style="dim", highlight=False, soft_wrap=True)


def duration(seconds: float) -> str:
    """Seconds for people: ``2.5 h``."""
    if seconds >= 2 * 86_400:
        return f"{seconds / 86_400:.1f} d"
    if seconds >= 2 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.1f} min" if seconds >= 120 else f"{seconds:.0f} s"
