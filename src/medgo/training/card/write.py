"""``README.md``, ``README_zh.md``, ``lineage.json`` and ``recipe.yaml`` of a run's last model. Works nothing out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from medgo.errors import RecipeError, RunFolderError
from medgo.evaluation.report.words import Words
from medgo.schema import Lang
from medgo.store import replacing
from medgo.store.recipes import expand_path
from medgo.training.card.document import Code, Section, as_markdown
from medgo.training.card.evaluations import Evaluations, read_evaluations
from medgo.training.card.front_matter import front_matter
from medgo.training.card.lineage import StageLineage, trace
from medgo.training.card.procedure import (
    checks_section,
    hashes_section,
    machines_section,
    procedure_section,
    public_recipe,
)
from medgo.training.card.records import RunRecords, read_records
from medgo.training.card.sections import data_section, evaluation_section, languages_of, model_section
from medgo.training.card.use import INTENDED, LIMITS, SUMMARY

CARDS: Mapping[Lang, str] = {"en": "README.md", "zh": "README_zh.md"}
LINEAGE, RECIPE = "lineage.json", "recipe.yaml"
_OTHER: Mapping[Lang, str] = {"en": "[简体中文](README_zh.md)", "zh": "[English](README.md)"}


@dataclass(frozen=True, slots=True)
class CardRequest:
    """What a card is asked for.

    Args:
        run: Folder of a training run.
        evaluations: Folders with evaluations of its base and stages.
        output: Folder that the card is written into.
        licence: SPDX id that the publisher chose; empty takes the base model's where that is known.
        name: Of the model; empty takes the recipe's.
    """

    run: Path
    evaluations: tuple[Path, ...]
    output: Path
    licence: str = ""
    name: str = ""


def write_card(request: CardRequest) -> tuple[Path, ...]:
    """Write the card of a run's last model.

    Returns:
        The files.

    Raises:
        RunFolderError: The run or an evaluation is damaged.
        InputError: An evaluation is of another model.
        StorageError: The disk did not take it.
    """
    records = read_records(request.run)
    found = read_evaluations(records, request.evaluations)
    lineages = trace(records)
    licence = request.licence or (records.base.licence if records.base else "")
    languages = languages_of(records)
    name = request.name or records.recipe.name
    sections = _sections(records, found, lineages, licence, languages)
    head = front_matter(records, found, name=name, licence=licence, languages=languages)
    for lang, file_name in CARDS.items():
        body = f"{head}\n# {name}\n\n{_OTHER[lang]}\n\n{SUMMARY[lang]}\n\n{as_markdown(sections, lang)}"
        with replacing(request.output / file_name) as file:
            file.write(body.encode())
    with replacing(request.output / LINEAGE) as file:
        file.write(json.dumps(_lineage(records, lineages), ensure_ascii=False, indent=1).encode() + b"\n")
    with replacing(request.output / RECIPE) as file:
        value = public_recipe(records, defaults=True)
        file.write(yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=110).encode())
    return tuple(request.output / name for name in (*CARDS.values(), LINEAGE, RECIPE))


def synthesis_reports(records: RunRecords) -> dict[str, dict[str, Any]]:
    """Folder of rows, as the recipe names it → the report of the synthesis that made them, where it is beside them.

    Raises:
        RunFolderError: A report is damaged.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in (entry.path for stage in records.stages for entry in stage.job.stage.data):
        try:
            place = expand_path(path)
        except RecipeError:
            continue  # a variable is not set on this machine: the rows cannot be looked at here, and lineage says so
        # Named as in the recipe, with its variables: a card tells nothing of the machine.
        folder, name = (place, path) if place.is_dir() else (place.parent, str(Path(path).parent))
        report = folder / "report.json"
        if name in found or not report.exists():
            continue
        try:
            found[name] = json.loads(report.read_bytes())
        except (OSError, ValueError) as error:
            raise RunFolderError(f"{report} cannot be read: {error}", hint="medgo synthesize writes it anew") from error
    return found


def _sections(
    records: RunRecords,
    found: Evaluations,
    lineages: Sequence[StageLineage],
    licence: str,
    languages: Sequence[str],
) -> list[Section]:
    return [
        model_section(records, licence, languages),
        INTENDED,
        _how_to_run(),
        evaluation_section(found, [stage.name for stage in records.stages]),
        data_section(lineages, synthesis_reports(records)),
        procedure_section(records),
        checks_section(records),
        LIMITS,
        machines_section(records),
        hashes_section(records),
    ]


def _how_to_run() -> Section:
    return Section(
        Words("Use", "使用"),
        (
            Words(
                "In this folder, with MedGo installed; or with any program that reads Hugging Face folders.",
                "在本目录下，安装 MedGo 后运行；也可使用任何能读取 Hugging Face 目录的程序。",
            ),
            Code("bash", "medgo chat --model .\nmedgo batch questions.jsonl answers.jsonl --model ."),
        ),
    )


def _lineage(records: RunRecords, lineages: Sequence[StageLineage]) -> dict[str, Any]:
    last = records.last
    return {
        "run": records.recipe.name,
        "base": records.base_name,
        "model": last.name if last else None,
        "list_rows": "medgo card RUN --rows STAGE",
        "stages": [asdict(lineage) for lineage in lineages],
    }
