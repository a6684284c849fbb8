"""The parts of a card that hold a run's facts: model, evaluation, data. Takes every number from a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from medgo.evaluation.report.words import Words
from medgo.training.card.document import NOT_RECORDED, Cell, Code, Part, Section, Table, joined, number, percent
from medgo.training.card.evaluations import Evaluations
from medgo.training.card.lineage import StageLineage
from medgo.training.card.measurement import BASE, Measurement
from medgo.training.card.records import RunRecords, StageRecords
from medgo.training.card.use import NEVER_EVALUATED

_BASE = Words("base", "基座")
_STAGE = Words("stage", "阶段")
_TASK = Words("task", "任务")
_ROWS = Words("rows", "行数")
_HOLDS = {"documents": Words("documents", "文档"), "records": Words("records", "病历")}


def model_section(records: RunRecords, licence: str, languages: Sequence[str]) -> Section:
    """What the model is, on one table."""
    last = records.stages.index(records.last) if records.last else -1
    chain, unfinished = records.stages[: last + 1], [stage.name for stage in records.stages[last + 1 :]]
    rows: list[tuple[Cell, ...]] = [
        (Words("name", "名称"), records.recipe.name),
        (Words("base model", "基座模型"), records.base_name),
        (Words("stages", "训练阶段"), " → ".join(f"{s.name} ({s.job.stage.method})" for s in chain) or "–"),
        (Words("languages of the rows", "数据语言"), joined(list(languages)) if languages else NOT_RECORDED),
        (Words("licence", "许可证"), licence or NOT_RECORDED),
        (Words("weights (SHA-256)", "权重 (SHA-256)"), _weights(records.last)),
    ]
    parts: list[Part] = [Table((Words("", ""), Words("", "")), tuple(rows))]
    if untrained := [*unfinished, *records.not_begun]:
        words = ", ".join(untrained)
        parts.append(
            Words(f"**Not trained: {words}** (stages of the recipe).", f"**未训练：{words}**（配方中的阶段）。")
        )
    if records.last is None:
        parts.append(Words("**No stage has left a model yet.**", "**尚无任何阶段产生模型。**"))
    return Section(Words("Model", "模型"), tuple(parts))


def evaluation_section(found: Evaluations, stages: Sequence[str]) -> Section:
    """Every number with its interval, beside the base's; and what was not measured."""
    parts: list[Part] = []
    if found.measured:
        parts += [
            Words(
                "Percent with its 95 % interval; the difference from the base is paired item by item, p by McNemar's "
                "exact test (or the bootstrap, where a score is no yes or no), adjusted by Holm. Where several items "
                "are about one concept, concepts are what is counted and resampled, and p is that of all flips of the "
                "signs of their differences; McNemar's p that takes each item by itself stands beside the test.",
                "百分数及 95 % 区间；与基座的差值逐题配对，p 值采用 McNemar 精确检验（非二值得分用自助法），"
                "经 Holm 校正。多道题同属一个概念时，按概念计数与重抽样，p 值取自各概念差值符号的全部翻转；"
                "逐题的 McNemar p 值列于检验之后。",
            ),
            Table(
                (
                    Words("measured on", "评测内容"), Words("model", "模型"), Words("metric", "指标"),
                    Words("independent n", "独立样本数"),
                    Words("value", "数值"), Words("interval", "区间"), Words("minus base, points", "与基座之差（分）"),
                    Words("p", "p"), Words("test", "检验"),
                ),
                tuple(_measured(each) for each in _by_name(found.measured) if not each.is_part),
            ),
        ]  # fmt: skip
        if any(each.is_part for each in found.measured):
            parts.append(_by_language(found))
    else:
        parts.append(Words("**No evaluation is recorded.**", "**没有评测记录。**"))
    for each in found.chosen_on:
        parts.append(
            Words(
                f"**The step of {each.stage} was chosen with the same items: {each.shared:,} of the {each.asked:,} "
                "probe items here.** Its figures and those of stages after it are too favourable by that choice.",
                f"**{each.stage} 的保留步是用相同题目选出的：此处 {each.asked:,} 道探测题中的 {each.shared:,} 道。**"
                "因此该阶段及其后各阶段的数值偏乐观。",
            )
        )
    missing = [name for name in (BASE, *stages) if name in found.unmeasured]
    if missing and found.measured:
        words = ", ".join(missing)
        parts.append(Words(f"No measurement of: {words}.", f"未评测的模型：{words}。"))
    if found.absent:
        names = ", ".join(found.absent)
        parts.append(Words(f"Benchmarks not run: {names}.", f"未运行的评测集：{names}。"))
    parts.append(NEVER_EVALUATED)
    return Section(Words("Evaluation", "评测"), tuple(parts))


def data_section(lineages: Sequence[StageLineage], synthesis: Mapping[str, Mapping[str, Any]]) -> Section:
    """What was learnt from: sources with licences, generators, certificates, benchmark overlap."""
    parts: list[Part] = [
        Table(
            (_STAGE, Words("rows learnt", "学习行数"), Words("with repeats", "含重复"),
             Words("traced to sources", "可追溯行数"), Words("row ids (SHA-256)", "行号列表 (SHA-256)")),
            tuple((s.stage, number(s.rows), number(s.draws), number(s.found), s.row_ids_sha256) for s in lineages),
        ),
        Table(
            (Words("source", "来源"), Words("licence", "许可证"), Words("version or date", "版本或日期"),
             _STAGE, _ROWS),
            tuple(_sources(lineages)) or ((NOT_RECORDED,) * 5,),
        ),
        Table(
            (Words("generator", "生成器"), _STAGE, _ROWS),
            tuple((f"`{name}`", s.stage, number(rows)) for s in lineages for name, rows in s.generators.items())
            or ((NOT_RECORDED,) * 3,),
        ),
    ]  # fmt: skip
    for title, none, counts in (
        (Words("De-identification certificates", "去标识化证书"),
         Words("no row is made from a record", "没有行来自病历"),
         [(s.stage, s.certificates) for s in lineages]),
        (Words("Models that wrote part of rows", "参与撰写的教师模型"), Words("none", "无"),
         [(s.stage, s.teachers) for s in lineages]),
    ):  # fmt: skip
        named = [f"`{name}` ({stage}: {rows:,})" for stage, by in counts for name, rows in by.items()]
        found = any(lineage.found for lineage in lineages)
        words = Words(", ".join(named), "、".join(named)) if named else none if found else NOT_RECORDED
        parts.append(Words(f"{title.en}: {words.en}.", f"{title.zh}：{words.zh}。"))
    parts += _material(synthesis)
    parts += [_overlap(folder, report) for folder, report in synthesis.items()]
    parts.append(
        Words(
            "`lineage.json` leads from these weights to row files and hashes; this lists every row of a stage with its "
            "sources:",
            "`lineage.json` 从权重追溯到数据文件与哈希；以下命令列出某一阶段的每一行及其来源：",
        )
    )
    stage = lineages[-1].stage if lineages else "STAGE"
    parts.append(Code("bash", f"medgo card RUN --rows {stage}"))
    return Section(Words("Training data", "训练数据"), tuple(parts))


def languages_of(records: RunRecords) -> list[str]:
    """Languages of the rows, from the realised mix."""
    return sorted({part["name"] for stage in records.stages if stage.mix for part in stage.mix.get("langs", ())})


def _weights(stage: StageRecords | None) -> Cell:
    if stage is None:
        return NOT_RECORDED
    files = {name: value for name, value in stage.hashes.items() if name.startswith("merged/")}
    weights = [f"`{name}` {value}" for name, value in files.items() if name.endswith(".safetensors")]
    return joined(weights) if weights else NOT_RECORDED


def _by_language(found: Evaluations) -> Table:
    """Numbers of one language, a column a model."""
    subjects = list(dict.fromkeys(each.subject for each in found.measured))
    values = {(each.title, each.subject): each.estimate for each in found.measured if each.is_part}
    rows: list[tuple[Cell, ...]] = []
    for title in dict.fromkeys(title for title, _ in values):
        cells: list[Cell] = [title]
        for subject in subjects:
            e = values.get((title, subject))
            shown = NOT_RECORDED if e is None else f"{percent(e.value)} ({percent(e.low)} – {percent(e.high)})"
            cells.append(shown)
        rows.append(tuple(cells))
    names = (_BASE if subject == BASE else Words(subject, subject) for subject in subjects)
    return Table((Words("of these, in one language", "其中单一语言"), *names), tuple(rows))


def _by_name(measured: Sequence[Measurement]) -> list[Measurement]:
    """All models of one measurement side by side."""
    names = list(dict.fromkeys(each.name for each in measured))
    return sorted(measured, key=lambda each: names.index(each.name))


def _measured(each: Measurement) -> tuple[Cell, ...]:
    e, against = each.estimate, each.against
    row: list[Cell] = [each.title, _BASE if each.subject == BASE else each.subject, each.metric, number(e.n)]
    row += [percent(e.value), f"{percent(e.low)} – {percent(e.high)}"]
    if against is None:
        return (*row, "", "", "") if each.subject == BASE else (*row, NOT_RECORDED, NOT_RECORDED, "")
    d = against.difference
    difference = f"{100 * d.value:+.1f} ({100 * d.low:+.1f}, {100 * d.high:+.1f})"
    test = f"{against.test} {against.better:,} : {against.worse:,}"
    if against.p_items is not None:
        test += f" (McNemar {against.p_items:.3g})"
    return (*row, difference, f"{against.p:.3g}", test)


def _sources(lineages: Sequence[StageLineage]) -> Iterator[tuple[Cell, ...]]:
    for lineage in lineages:
        for use in lineage.sources:
            version = ", ".join(use.retrieved) or NOT_RECORDED
            yield f"`{use.source}`", ", ".join(use.licences), version, lineage.stage, number(use.rows)


def _material(synthesis: Mapping[str, Mapping[str, Any]]) -> Iterator[Part]:
    """Documents and records that rows could be made from, of every synthesis that had any."""
    rows: list[tuple[Cell, ...]] = [
        (
            f"`{one['source']}`", one["licence"], _HOLDS[one["holds"]],
            number(one["count"]), f"`{one['certificate']}`" if one["certificate"] else "–", f"`{folder}`",
        )
        for folder, report in synthesis.items()
        for one in report.get("material", ())
    ]  # fmt: skip
    if rows:
        yield Words(
            "Documents and records that were at hand when rows were made, whether or not rows came of them:",
            "生成数据时可用的文档与病历，无论是否由其生成了数据：",
        )
        head = (
            Words("source", "来源"), Words("licence", "许可证"), Words("holds", "内容"), Words("count", "数量"),
            Words("certificate", "证书"), Words("for", "用于"),
        )  # fmt: skip
        yield Table(head, tuple(rows))


def _overlap(folder: str, report: Mapping[str, Any]) -> Words:
    """What a synthesis run says of benchmark items in its rows."""
    overlap = report.get("overlap", {})
    items, names = overlap.get("items", 0), overlap.get("benchmarks", [])
    absent = overlap.get("absent", [])
    if not items:
        return Words(
            f"`{folder}`: **rows were not compared with benchmark items when they were made.**",
            f"`{folder}`：**生成数据时未与评测题目比对。**",
        )
    listed = ", ".join(names)
    left = ", ".join(absent) or "–"
    return Words(
        f"`{folder}`: rows with most of a benchmark's item were left out; compared with {items:,} items of {listed}; "
        f"not at hand: {left}.",
        f"`{folder}`：含评测题目大部分内容的行已去除；比对了 {items:,} 道题（{listed}）；未能比对：{left}。",
    )
