"""The step that reads sources into documents or records. Hands everything to the room of the corpus."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from medgo import __version__
from medgo.corpus.protocol import Holds
from medgo.corpus.reading import ReadConfig, files_of, read_corpus
from medgo.corpus.registry import find_reader
from medgo.corpus.reports import ReadReport
from medgo.errors import InputError, RecipeError, RunFolderError
from medgo.execution import open_executor
from medgo.pipeline.place import Place
from medgo.pipeline.recipe import CorpusStep
from medgo.pipeline.step import Inputs, Step
from medgo.store import replacing
from medgo.store.recipes import expand_path

ITEMS = "corpus.jsonl"
_ABOUT = "about.json"
_OUTPUTS = (ITEMS, "corpus.*.jsonl", "corpus.report.json", _ABOUT)


@dataclass(frozen=True, slots=True)
class About:
    """What a corpus step left.

    Args:
        holds: Documents or records; empty where nothing was there to be read.
        missing: Optional inputs that were not there.
    """

    holds: Holds | None
    missing: tuple[str, ...]


def corpus_step(name: str, asked: CorpusStep, place: Place) -> Step:
    """Make the step: ``corpus.jsonl``, what was left out and taken back beside it, and counts."""
    folder = place.folder(name)

    def inputs() -> Inputs:
        here, missing = _inputs(asked)
        options = asked.model_dump(mode="json", exclude={"needs", "workers", "executor", "ray_address"})
        files = {f"{number}/{label}": path for number, (label, path) in enumerate(files_of(here) if here else ())}
        if asked.mapping:
            files["mapping"] = expand_path(asked.mapping)
        return Inputs({"medgo": __version__, "missing": missing, "options": options}, files)

    def work() -> None:
        here, missing = _inputs(asked)
        for path in missing:
            place.tools.say(f"not here: {path}")
        report = ReadReport([], {})
        if here:
            report = _read(asked, here, folder, place)
        else:
            with replacing(folder / ITEMS):
                pass
        holds = next((find_reader(one.format).holds for one in report.files if one.format), None)
        with replacing(folder / _ABOUT) as file:
            file.write(json.dumps({"holds": holds, "missing": missing}, ensure_ascii=False, indent=1).encode())

    return Step(name, folder, inputs, work, _OUTPUTS, asked.needs)


def about_of(folder: Path) -> About:
    """What the step in this folder left.

    Raises:
        RunFolderError: It cannot be read.
    """
    try:
        value = json.loads((folder / _ABOUT).read_bytes())
        return About(value["holds"], tuple(value["missing"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFolderError(f"{folder / _ABOUT} cannot be read: {error}", hint=f"remove {folder}") from error


def _inputs(asked: CorpusStep) -> tuple[list[str], list[str]]:
    """Inputs that are here, expanded, and those that are not, as they are named.

    Raises:
        InputError: One is not here and the step does not say that it is optional.
        RecipeError: The same, because a variable is not set.
    """
    here: list[str] = []
    missing: list[str] = []
    for text in asked.inputs:
        try:
            path = str(expand_path(text))
            files_of([path])
        except (InputError, RecipeError):
            if not asked.optional:
                raise
            missing.append(text)
        else:
            here.append(path)
    return here, missing


def _read(asked: CorpusStep, here: list[str], folder: Path, place: Place) -> ReadReport:
    config = ReadConfig(
        tuple(here),
        folder / ITEMS,
        asked.format,
        asked.collection,
        asked.licence,
        asked.retrieved,
        asked.lang,
        expand_path(asked.mapping) if asked.mapping else None,
    )
    workers = asked.workers or place.tools.workers
    executor = open_executor(asked.executor, workers=workers, address=asked.ray_address)
    report = read_corpus(config, executor, lambda _name, _size: None)
    if report.failed and asked.damaged == "stop":
        first = "; ".join(f"{file}: {why}" for file, why in list(report.failed.items())[:3])
        raise InputError(
            f"{len(report.failed):,} of the files cannot be read whole: {first}",
            hint="get them again, or take them out of inputs; damaged: name goes on with what was read of them",
        )
    omitted = ", ".join(f"{reason} {count:,}" for reason, count in report.counted("omitted").most_common()) or "nothing"
    place.tools.say(
        f"{len(report.files):,} files: {report.total('items'):,} items, {report.total('characters'):,} characters, "
        f"{report.total('withdrawn'):,} withdrawals; left out: {omitted}"
    )
    for file, why in report.failed.items():
        place.tools.say(f"not read whole: {file}: {why}")
    return report
