"""What a pipeline's page says: the card's own sections, curves of the stages, what steps took. Lays nothing out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from medgo.evaluation.report.words import Words
from medgo.pipeline.report.charts import Series, line_chart
from medgo.pipeline.state import StepState
from medgo.training.card.document import Cell, Section, Table, number
from medgo.training.card.evaluations import Evaluations, read_evaluations
from medgo.training.card.measurement import BASE
from medgo.training.card.probe_curves import kinds_of
from medgo.training.card.procedure import checks_section, hashes_section, machines_section, procedure_section
from medgo.training.card.records import Record, RunRecords, read_records
from medgo.training.card.sections import evaluation_section

_LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with its heading."""

    title: Words
    svg: str


@dataclass(frozen=True, slots=True)
class Page:
    """All of it.

    Args:
        name: Of the pipeline.
        results: Tables of the evaluation.
        over_tokens: What probes measured over tokens learnt.
        curves: Of the stages.
        rest: Texts, durations, training, checks, hashes.
    """

    name: str
    results: Section
    over_tokens: tuple[Chart, ...]
    curves: tuple[Chart, ...]
    rest: tuple[Section, ...]


def gather_page(
    name: str, run: Path, evaluations: Sequence[Path], steps: Mapping[str, StepState], texts: Section | None = None
) -> Page:
    """Read everything.

    Args:
        name: Of the pipeline.
        run: Folder of the training run.
        evaluations: Folders of measurements.
        steps: What the steps took.
        texts: What rows could be made from; None where the pipeline reads no texts.

    Raises:
        RunFolderError: A record is damaged.
        InputError: A measurement is of another model.
    """
    records = read_records(run)
    found = read_evaluations(records, evaluations)
    return Page(
        name,
        evaluation_section(found, [stage.name for stage in records.stages]),
        tuple(_over_tokens(records, found)),
        (*_probes(records), *_curves(records)),
        (
            *([] if texts is None else [texts]),
            _steps_section(steps),
            procedure_section(records),
            checks_section(records),
            machines_section(records),
            hashes_section(records),
        ),
    )


def _steps_section(steps: Mapping[str, StepState]) -> Section:
    head = (
        Words("step", "步骤"), Words("state", "状态"), Words("seconds of the last run", "末次运行秒数"),
        Words("runs with these inputs", "相同输入运行次数"), Words("finished (UTC)", "完成时间 (UTC)"),
        Words("files", "文件数"), Words("results (hash)", "结果哈希"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (
            name, each.status, f"{each.seconds:,.1f}", number(each.runs), each.finished or "–",
            number(len(each.outputs)), each.results[:16],
        )
        for name, each in steps.items()
    ]  # fmt: skip
    return Section(Words("Steps", "步骤"), (Table(head, tuple(rows)),))


def _over_tokens(records: RunRecords, found: Evaluations) -> Iterator[Chart]:
    """Each measure over the tokens that had a loss, stage by stage, with intervals."""
    places = _tokens_at(records)
    for measure in dict.fromkeys(each.name for each in found.measured if not each.is_part):
        points = sorted(
            (places[each.subject], each) for each in found.measured if each.name == measure and each.subject in places
        )
        if len(points) < 2:
            continue
        title = points[0][1].title
        estimates = [each.estimate for _, each in points]
        series = Series(
            ", ".join(each.subject for _, each in points),
            tuple((tokens, 100 * e.value) for (tokens, _), e in zip(points, estimates, strict=True)),
            tuple((100 * e.low, 100 * e.high) for e in estimates),
        )
        yield Chart(
            Words(f"{title}, %", f"{title}，%"),
            line_chart([series], "tokens with a loss · 计损失词元", y_range=(0, 100)),
        )


def _tokens_at(records: RunRecords) -> dict[str, float]:
    """Model → tokens with a loss that it has learnt from, those of the stages before it included."""
    places, tokens = {BASE: 0.0}, 0.0
    for stage in records.stages:
        if stage.learnt is None:
            break
        tokens += stage.learnt.loss_tokens
        places[stage.name] = tokens
    return places


def _probes(records: RunRecords) -> Iterator[Chart]:
    """What was measured while stages trained, over the tokens that a stage has seen, with intervals."""
    for stage in records.stages:
        series = []
        for kind in kinds_of(stage.probes):
            lines = [(float(line["tokens"]), line["estimates"].get(kind)) for line in stage.probes]
            found = [(tokens, each) for tokens, each in lines if each is not None]
            points = tuple((tokens, 100 * each["value"]) for tokens, each in found)
            series.append(Series(kind, points, tuple((100 * each["low"], 100 * each["high"]) for _, each in found)))
        if series:
            yield Chart(
                Words(f"{stage.name}: probes while it trained, %", f"{stage.name}：训练中的探测，%"),
                line_chart(series, "tokens seen · 已见词元", y_range=(0, 100)),
            )


def _curves(records: RunRecords) -> Iterator[Chart]:
    for stage in records.stages:
        lines = [line for line in stage.curves if "step" in line]
        if not lines:
            continue
        whole = _series(lines, (_LOSS,), "all")
        tasks = sorted({task for line in lines for task in line.get("tasks", {})})
        by_task = [_series(lines, ("tasks", task, _LOSS), task) for task in tasks]
        yield Chart(Words(f"{stage.name}: loss", f"{stage.name}：损失"), line_chart([whole, *by_task], "steps · 步"))
        accuracy = [name for name in _names(lines, "more") if "accurac" in name]
        margins = [name for name in _names(lines, "more") if "margin" in name or "logps" in name]
        for words, names in ((("accuracy", "准确率"), accuracy), (("margins", "差距"), margins)):
            if names:
                series = [_series(lines, ("more", name), name) for name in names]
                title = Words(f"{stage.name}: {words[0]}", f"{stage.name}：{words[1]}")
                yield Chart(title, line_chart(series, "steps · 步"))


def _names(lines: Sequence[Record], part: str) -> list[str]:
    return sorted({name for line in lines for name in line.get(part, {})})


def _series(lines: Sequence[Record], path: tuple[str, ...], name: str) -> Series:
    points = []
    for line in lines:
        value: object = line
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(value, int | float):
            points.append((float(line["step"]), float(value)))
    return Series(name, tuple(points))
