"""``medgo deid evaluate``: how well identifiers are found in texts in which every one is marked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from medgo.cli._deid_options import PolicyOption
from medgo.cli._errors import OK, errors_shown, without_controls
from medgo.deid.assembling import PLUGINS, Tier, deidentifier
from medgo.deid.deidentifier import Deidentifier
from medgo.deid.policy import BUILT_IN, read_policy
from medgo.deid.protocol import Note
from medgo.deid.scoring import GoldNote, Tally
from medgo.errors import InputError
from medgo.evaluation.statistics import wilson
from medgo.schema import Lang
from medgo.store import RowFile
from medgo.store.atomic import replacing
from medgo.text import language_of

_SHOWN = 40


def deid_evaluate_command(
    gold: Annotated[
        list[Path], typer.Argument(help="JSONL: {id, lang, text, spans, keep?, hard_negative?}. 标注文件。")
    ],
    tier: Annotated[Tier, typer.Option(help="a: rules and lexicons. ab: models beside them. 检测层级。")] = "a",
    plugins: Annotated[str, typer.Option(help="Models of tier b, with commas between them.")] = ",".join(PLUGINS),
    policy: PolicyOption = BUILT_IN,
    errors: Annotated[
        Path | None, typer.Option(help="Write what was missed, broken and spurious here; holds the texts. 错误明细。")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write the figures here as JSON. 结果文件。")] = None,
) -> None:
    """Recall by class, terms kept, texts touched needlessly; each with its 95 % interval.

    What the policy keeps counts as not found: safe_harbor keeps ages under 90 and origin, strict does not.
    按类别的召回率、术语保留率与误伤率（附 95 % 置信区间）。
    """
    with errors_shown(Console(stderr=True)):
        finder = deidentifier(tier, tuple(filter(None, plugins.split(","))), read_policy(policy))
        tally, wrong = _tally(gold, finder)
        Console().print(_table(tally))
        if errors is not None:
            with replacing(errors) as file:
                file.writelines(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in wrong)
        if output is not None:
            with replacing(output) as file:
                file.write(json.dumps(_figures(tally), ensure_ascii=False, indent=2).encode() + b"\n")
    raise typer.Exit(OK)


def _tally(paths: list[Path], finder: Deidentifier) -> tuple[Tally, list[dict[str, Any]]]:
    tally, wrong = Tally(), []
    for path in paths:
        for raw in RowFile(path):
            where = f"{path}, line {raw.number}"
            if raw.value is None:
                raise InputError(f"{where}: {raw.error}")
            note = GoldNote.from_dict(raw.value, where)
            found = finder.find(Note(note.text, _language(note)))
            for sort, stretches in tally.add(note, found.findings).items():
                wrong += [_error(note, sort, one) for one in stretches]
    if not tally.spans and not tally.negatives:
        raise InputError("there is nothing to score", hint="gold files hold {id, lang, text, spans} a line")
    return tally, wrong


def _language(note: GoldNote) -> Lang:
    if note.lang == "zh":
        return "zh"
    return "en" if note.lang == "en" else language_of(note.text) or "en"


def _error(note: GoldNote, sort: str, stretch: tuple[int, int, str]) -> dict[str, Any]:
    start, end, label = stretch
    before, after = note.text[max(0, start - _SHOWN) : start], note.text[end : end + _SHOWN]
    return {"id": note.id, "sort": sort, "label": label, "text": note.text[start:end], "before": before, "after": after}


def _shares(tally: Tally) -> dict[str, tuple[int, int]]:
    """What is counted: name → how many, of how many."""
    shares = {f"recall {label}": (tally.found[label], count) for label, count in sorted(tally.spans.items())}
    shares["recall of all"] = (sum(tally.found.values()), sum(tally.spans.values()))
    shares["terms kept intact 术语保留"] = (tally.intact, tally.keep)
    shares["texts without identifiers touched 误伤文本"] = (tally.negatives_touched, tally.negatives)
    shares["letters redacted needlessly 误删字符"] = (tally.redacted, tally.characters)
    shares["findings beside any identifier 多余标记"] = (tally.spurious, tally.findings)
    return {name: (count, total) for name, (count, total) in shares.items() if total}


def _figures(tally: Tally) -> dict[str, Any]:
    return {
        name: {"value": one.value, "low": one.low, "high": one.high, "count": count, "of": total}
        for name, (count, total) in _shares(tally).items()
        for one in [wilson(count, total)]
    }


def _table(tally: Tally) -> Table:
    table = Table(title="de-identification 去标识化")
    for name in ("what 项目", "share 比例", "95 % interval 置信区间", "count 数量"):
        table.add_column(name, justify="left" if name.startswith("what") else "right")
    for name, (count, total) in _shares(tally).items():
        one = wilson(count, total)
        interval = f"{one.low:.2%} – {one.high:.2%}"
        table.add_row(without_controls(name), f"{one.value:.2%}", interval, f"{count:,} / {total:,}")
    return table
