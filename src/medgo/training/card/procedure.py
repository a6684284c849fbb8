"""The parts of a card on how a model was made: settings, audit, mix, curves, checks, machines, hashes. No prose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml

from medgo.evaluation.report.words import Words
from medgo.training.card.document import NOT_RECORDED, Cell, Code, Part, Section, Table, number, percent
from medgo.training.card.learnt import Learnt
from medgo.training.card.probe_curves import probe_parts
from medgo.training.card.records import Record, RunRecords, StageRecords

_STAGE = Words("stage", "阶段")
_TASK = Words("task", "任务")
_SETTING = Words("", "")
_Value = Callable[[StageRecords], Cell]
_DEEP = 4


def procedure_section(records: RunRecords) -> Section:
    """How it was trained: a column a stage."""
    head = (_SETTING, *(Words(stage.name, stage.name) for stage in records.stages))
    rows = tuple((name, *(value(stage) for stage in records.stages)) for name, value in _SETTINGS)
    parts: list[Part] = [Table(head, rows)]
    if any(stage.audit for stage in records.stages):
        parts += [Words("**Rows kept and left out**", "**保留与去除的行**"), _audit(records)]
        notes = [(stage.name, gate) for stage in records.stages for gate in _notes(stage)]
        if notes:
            lines = "\n".join(f"- {name}: {gate['name']} [{gate['state']}]: {gate['why']}" for name, gate in notes)
            parts.append(Words(f"The audit says:\n\n{lines}", f"审计说明：\n\n{lines}"))
    if any(stage.mix for stage in records.stages):
        parts += [Words("**Realised mix of the whole order**", "**完整计划的实际配比**"), _mix(records)]
    if any(stage.curves for stage in records.stages):
        parts += [Words("**First and last logged figures**", "**首次与末次记录的数值**"), _curves(records)]
    if any(stage.probes for stage in records.stages):
        parts += probe_parts(records)
    text = yaml.safe_dump(public_recipe(records, defaults=False), allow_unicode=True, sort_keys=False, width=110)
    parts += [
        Words(
            "What the recipe says besides defaults; `recipe.yaml` spells them all out and makes the run again:",
            "配方中的非默认项；`recipe.yaml` 列出全部设置，可重新运行：",
        ),
        Code("yaml", text),
    ]
    return Section(Words("Training", "训练过程"), tuple(parts))


def checks_section(records: RunRecords) -> Section:
    """What was found of each merged model: reloaded, compared with base and adapter."""
    head = (_STAGE, Words("check", "检查项"), Words("value", "数值"))
    rows: list[tuple[Cell, ...]] = []
    for stage in records.stages:
        if stage.verify is None:
            rows.append((stage.name, "`verify.json`", NOT_RECORDED))
            continue
        rows += [(stage.name, f"`{name}`", value) for name, value in _flat(stage.verify)]
    return Section(Words("Checks after merging", "合并后的检查"), (Table(head, tuple(rows)),))


def machines_section(records: RunRecords) -> Section:
    """Versions, devices, time and energy."""
    rows: list[tuple[Cell, ...]] = []
    for stage in records.stages:
        for title, record in (("done.json", stage.done), ("environment.json", stage.environment)):
            if record is None:
                rows.append((stage.name, f"`{title}`", NOT_RECORDED))
            else:
                rows += [(stage.name, f"`{name}`", value) for name, value in _flat(record)]
        if "energy" not in " ".join(name for name, _ in _flat(stage.done or {})):
            rows.append((stage.name, Words("energy", "能耗"), NOT_RECORDED))
    head = (_STAGE, Words("record", "记录"), Words("value", "数值"))
    return Section(Words("Time, energy, environment", "时间、能耗与环境"), (Table(head, tuple(rows)),))


def hashes_section(records: RunRecords) -> Section:
    """Hashes of everything that was left, to check a copy against."""
    rows = [(stage.name, f"`{name}`", f"`{value}`") for stage in records.stages for name, value in stage.hashes.items()]
    head = (_STAGE, Words("file", "文件"), Words("SHA-256", "SHA-256"))
    return Section(Words("Hashes", "哈希"), (Table(head, tuple(rows) or (("–", NOT_RECORDED, NOT_RECORDED),)),))


def public_recipe(records: RunRecords, *, defaults: bool) -> dict[str, Any]:
    """The recipe without where the run lay; a base that lay in a folder is named by the folder alone."""
    value = records.recipe.model_dump(mode="json", exclude={"output"}, exclude_defaults=not defaults)
    return {**value, "model": records.base_name}


def _loss(stage: StageRecords) -> Cell:
    recipe = stage.job.stage
    if recipe.method == "dpo":
        parts = zip(recipe.dpo.loss, recipe.dpo.weights, strict=True)
        return f"{' + '.join(f'{weight:g} {name}' for name, weight in parts)}, beta {recipe.dpo.beta:g}"
    if recipe.method == "kto":
        return f"{recipe.kto.loss}, beta {recipe.kto.beta:g}"
    return Words("cross-entropy of the answer", "答案的交叉熵")


def _adapter(stage: StageRecords) -> Cell:
    adapter = stage.job.stage.adapter
    if adapter.kind == "full":
        return Words("all weights", "全部权重")
    layers = (
        Words("", "")
        if adapter.layers is None
        else Words(f", last {adapter.layers} layers", f"，末 {adapter.layers} 层")
    )
    return Words(
        f"{adapter.kind} r {adapter.r}, alpha {adapter.alpha}{layers.en}",
        f"{adapter.kind} r {adapter.r}，alpha {adapter.alpha}{layers.zh}",
    )


def _of_mix(key: str) -> _Value:
    return lambda stage: number(stage.mix.get(key)) if stage.mix else NOT_RECORDED


def _learnt(count: Callable[[Learnt], int]) -> _Value:
    return lambda stage: number(count(stage.learnt)) if stage.learnt else NOT_RECORDED


def _promoted(stage: StageRecords) -> Cell:
    if stage.promotion is None:
        return Words("the last one", "最后一步")
    step = stage.promotion["promoted_step"]
    return Words("none", "无") if step is None else number(step)


_SETTINGS: tuple[tuple[Words, _Value], ...] = (
    (Words("method", "方法"), lambda s: s.job.stage.method),
    (Words("loss", "损失"), _loss),
    (Words("weights that learn", "训练的权重"), _adapter),
    (Words("learning rate", "学习率"), lambda s: number(s.job.stage.optimiser.learning_rate)),
    (Words("schedule", "学习率调度"), lambda s: s.job.stage.optimiser.schedule),
    (Words("epochs asked", "计划轮数"), lambda s: number(s.job.stage.epochs)),
    (Words("optimiser steps planned", "计划优化步数"), _of_mix("steps")),
    (Words("step that was kept", "保留的步"), _promoted),
    (Words("steps learnt", "学习步数"), _learnt(lambda learnt: learnt.steps)),
    (Words("rows a step", "每步行数"), lambda s: number(s.job.stage.batch.rows)),
    (Words("rows learnt, with repeats", "学习行数（含重复）"), _learnt(lambda learnt: learnt.rows)),
    (Words("tokens", "词元"), _learnt(lambda learnt: learnt.tokens)),
    (Words("tokens with a loss", "计损失的词元"), _learnt(lambda learnt: learnt.loss_tokens)),
    (Words("most tokens of a row", "单行最大词元"), lambda s: number(s.job.stage.lengths.max_tokens)),
    (Words("packed", "是否打包"), lambda s: number(s.job.packed)),
    (Words("precision asked", "精度设置"), lambda s: s.job.precision),
    (Words("processes × machines", "进程 × 机器"), lambda s: f"{s.job.devices.processes} × {s.job.devices.machines}"),
    (Words("sharding", "分片"), lambda s: s.job.devices.sharding),
    (Words("seed", "随机种子"), lambda s: number(s.job.seed)),
    (Words("started from (hash of weights)", "起始权重哈希"), lambda s: f"`{s.job.model_hash}`"),
    (Words("template (hash)", "对话模板哈希"), lambda s: f"`{s.job.template_hash}`"),
    (Words("finished", "是否完成"), lambda s: number(s.done is not None)),
)  # fmt: skip


def _audit(records: RunRecords) -> Table:
    audits = {stage.name: stage.audit.get("tasks", {}) for stage in records.stages if stage.audit}
    reasons = sorted({reason for tasks in audits.values() for task in tasks.values() for reason in task["refused"]})
    rows = [
        (
            name, task, number(of["read"]), number(of["kept"]), number(of["loss_tokens"]), number(of["reasoning"]),
            *(number(of["refused"].get(reason, {}).get("rows", 0)) for reason in reasons),
        )
        for name, tasks in audits.items()
        for task, of in tasks.items()
    ]  # fmt: skip
    head = (
        _STAGE, _TASK, Words("read", "读入"), Words("kept", "保留"), Words("loss tokens", "计损失词元"),
        Words("of these reasoning", "其中推理"), *(Words(f"left out: {r}", f"去除：{r}") for r in reasons),
    )  # fmt: skip
    return Table(head, tuple(rows))


def _notes(stage: StageRecords) -> list[Record]:
    return [gate for gate in (stage.audit or {}).get("gates", ()) if gate["state"] != "PASS"]


def _mix(records: RunRecords) -> Table:
    head = (
        _STAGE, _TASK, Words("rows", "行数"), Words("tokens", "词元"), Words("loss tokens", "计损失词元"),
        Words("asked %", "计划 %"), Words("realised %", "实际 %"), Words("repeats", "重复次数"),
    )  # fmt: skip
    rows = [
        (
            stage.name, part["name"], number(part["rows"]), number(part["tokens"]), number(part["loss_tokens"]),
            "–" if part["asked"] is None else percent(part["asked"]), percent(part["realised"]),
            number(float(part["repeats"])),
        )
        for stage in records.stages
        if stage.mix
        for part in stage.mix["tasks"]
    ]  # fmt: skip
    return Table(head, tuple(rows))


def _curves(records: RunRecords) -> Table:
    head = (_STAGE, Words("figure", "指标"), Words("first", "首次"), Words("last", "末次"))
    rows: list[tuple[Cell, ...]] = []
    for stage in records.stages:
        series: dict[str, list[float]] = {}
        for line in stage.curves:
            for name, value in numbers_in(line):
                series.setdefault(name, []).append(value)
        rows += [(stage.name, f"`{name}`", number(of[0]), number(of[-1])) for name, of in series.items()]
    return Table(head, tuple(rows))


def numbers_in(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a record with its dotted name."""
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from numbers_in(value, f"{prefix}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}{name}", value


def _flat(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Cell]]:
    """Every plain value of a record with its dotted name; of other lists, their length."""
    for name, value in record.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and key.count(".") < _DEEP:
            yield from _flat(value, f"{key}.")
        elif isinstance(value, list | tuple) and all(isinstance(each, Mapping) and "name" in each for each in value):
            for each in value:  # checks: what was looked at and what was found
                rest = {inner: part for inner, part in each.items() if inner != "name"}
                yield from _flat(rest, f"{key}.{each['name']}.")
        elif isinstance(value, list | tuple):
            plain = all(isinstance(each, str | int | float) for each in value)
            yield key, ", ".join(map(str, value)) or "–" if plain else f"[{len(value)}]"
        elif isinstance(value, Mapping):
            yield key, f"{{{len(value)}}}"
        elif isinstance(value, int | float):
            yield key, number(value)
        else:
            yield key, NOT_RECORDED if value is None else str(value)
