"""What probes measured while stages trained: a short table for the card, lines for the report. Reads no file."""

from __future__ import annotations

from collections.abc import Sequence

from medgo.evaluation.report.words import Words
from medgo.training.card.document import NOT_RECORDED, Cell, Part, Table, joined, number, percent
from medgo.training.card.records import Record, RunRecords, StageRecords


def kinds_of(lines: Sequence[Record]) -> list[str]:
    """Kinds that a stage's probes measured, without those of one language."""
    return sorted({name for line in lines for name in line["estimates"] if "/" not in name})


def probe_parts(records: RunRecords) -> list[Part]:
    """Start, kept and last step of every stage that was probed; and why a stage was not promoted."""
    probed = [stage for stage in records.stages if stage.probes]
    kinds = kinds_of([line for stage in probed for line in stage.probes])
    head = (
        Words("stage", "阶段"), Words("step", "步"), Words("tokens", "词元"), Words("kept", "保留"),
        *(Words(f"{kind}, %", f"{kind}，%") for kind in kinds), Words("guarded mean, %", "守护均值，%"),
        Words("fell", "下降项"),
    )  # fmt: skip
    rows = [_row(stage, line, kinds) for stage in probed for line in _shown(stage)]
    parts: list[Part] = [
        Words(
            "**Probes while it trained**: start, kept step and last step of each stage; percent without intervals.",
            "**训练中的探测**：各阶段的起点、保留步与末步；百分数，不含区间。",
        ),
        Table(head, tuple(rows)),
    ]
    refused = [(stage.name, stage.promotion["why"]) for stage in probed if stage.promotion and stage.promotion["why"]]
    parts += [Words(f"**{name} was not promoted**: {why}.", f"**{name} 未晋级**：{why}。") for name, why in refused]
    return parts


def _shown(stage: StageRecords) -> list[Record]:
    kept = stage.promotion["promoted_step"] if stage.promotion else None
    steps = {0, kept, stage.probes[-1]["step"]}
    return [line for line in stage.probes if line["step"] in steps]


def _row(stage: StageRecords, line: Record, kinds: Sequence[str]) -> tuple[Cell, ...]:
    kept = stage.promotion is not None and stage.promotion["promoted_step"] == line["step"]
    shares = [line["estimates"].get(kind) for kind in kinds]
    fell = list(dict.fromkeys((*line["fell"], *line["fell_from_base"])))
    return (
        stage.name, number(line["step"]), number(line["tokens"]), number(True) if kept else "",
        *(NOT_RECORDED if share is None else percent(share["value"]) for share in shares), percent(line["mean"]),
        joined(fell),
    )  # fmt: skip
