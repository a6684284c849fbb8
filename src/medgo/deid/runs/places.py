"""Which files a run reads and writes, and what stands in the way before anything is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from medgo.deid.formats import FormatName, detect_format, files_of
from medgo.deid.runs.config import RunConfig, run_folder
from medgo.errors import InputError, ResumeMismatchError

# Files are named after patients as often as not. A name of these words and a few digits says nothing of anybody.
_HARMLESS = frozenset({
    "note", "notes", "record", "records", "text", "file", "doc", "document", "report", "summary", "discharge",
    "admission", "progress", "case", "sample", "test", "page", "part", "data", "bundle", "message",
    "messages", "adt", "oru", "mdm", "ccd", "lab", "labs", "nursing", "radiology", "pathology", "imaging",
    "export", "batch", "zh", "en", "gb", "utf", "bom", "empty", "good", "bad", "big", "long", "short",
    "plain", "入院", "出院", "小结", "记录", "病程", "首次", "日常", "护理", "影像", "病理", "检验", "会诊",
    "手术", "报告", "入院记录", "出院小结", "出院记录", "病程记录", "首次病程记录", "手术记录", "护理记录",
    "病历", "文书", "示例",
})  # fmt: skip
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Place:
    """A file of the run.

    Args:
        source: It.
        target: What is written for it.
        format: Its format; None where it is none that is read.
    """

    source: Path
    target: Path
    format: FormatName | None


def places_of(config: RunConfig) -> list[Place]:
    """All files of a run, in order.

    Files of a folder keep their names where these cannot be anybody's, and are numbered where they might.

    Raises:
        InputError: There is no input, its format is not read, or the output lies in the input.
    """
    source, target = config.input.absolute(), config.output.absolute()
    if target == source or source in target.parents or target in source.parents:
        raise InputError("the output must lie outside the input", hint="choose another output")
    files = files_of(config.input)
    if config.input.is_file():
        place = Place(files[0], config.output, _format(config, files[0]))
        if place.format is None:
            raise InputError(
                f"{files[0]} has no format that is read",
                hint="--format says which; JSONL, CSV, FHIR, C-CDA, HL7 v2, text",
            )
        return [place]
    return [
        Place(file, config.output / _target(file.relative_to(config.input), number), _format(config, file))
        for number, file in enumerate(files, 1)
    ]


def check_output(config: RunConfig, *, has_checkpoint: bool) -> None:
    """Refuse to write where somebody else's file stands.

    Raises:
        ResumeMismatchError: The output exists and is of no run.
    """
    there = config.output.exists() and not (config.output.is_dir() and not any(config.output.iterdir()))
    if there and not has_checkpoint:
        raise ResumeMismatchError(
            f"{config.output} exists, and {run_folder(config.output).name} does not say of which run",
            hint="choose another output, or move this one away",
        )


def is_harmless(name: str) -> bool:
    """Whether a file's name (without its suffix) is made of words that stand in the name of any record."""
    return all(
        len(word) <= _DIGITS if word.isdigit() else word.casefold() in _HARMLESS for word in _WORDS.findall(name)
    )


def _target(path: Path, number: int) -> Path:
    suffix = "".join(path.suffixes[-2:] if path.suffix in (".gz", ".zst") else path.suffixes[-1:])
    stem = path.name.removesuffix(suffix)
    # Output is written plain, whatever the input was packed in.
    plain = suffix.removesuffix(".gz").removesuffix(".zst")
    if all(is_harmless(part) for part in (*path.parts[:-1], stem)):
        return path.with_name(stem + plain)
    return Path(f"{number:06d}{plain if re.fullmatch(r'[.][A-Za-z0-9]{1,6}', plain) else ''}")


def _format(config: RunConfig, path: Path) -> FormatName | None:
    return detect_format(path) if config.format == "auto" else config.format
