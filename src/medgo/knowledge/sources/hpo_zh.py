"""Official Chinese labels of the Human Phenotype Ontology, from the file that a user has. Knows no index."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.sources.reader import Label, Reader, Statement
from medgo.schema import KnowledgeSource, Name

FILE = "hp-zh.babelon.tsv"
# Columns that every release of the translations has; others may stand between and after them.
COLUMNS = ("source_language", "translation_language", "subject_id", "predicate_id", "source_value", "translation_value")
_ROLES = {"rdfs:label": "preferred", "oio:hasExactSynonym": "synonym"}
_WAY_OUT = "get it whole: github.com/obophenotype/hpo-translations, babelon/hp-zh.babelon.tsv"
# The smallest release had 16,000 labels; a download that broke off has fewer, and most end within a line.
FEWEST_LABELS = 10_000


class HpoChinese:
    """Labels of ``hp-zh.babelon.tsv`` whose status is OFFICIAL, or anything but NOT_TRANSLATED and CANDIDATE."""

    def __init__(self, path: Path | None, fewest: int = FEWEST_LABELS) -> None:
        self._path = path
        self._fewest = fewest

    @property
    def source(self) -> KnowledgeSource:
        """The translation, under the licence of the ontology that it is part of."""
        return KnowledgeSource(
            "hpo_zh",
            "HPO: official Chinese labels 中文人类表型标准用语",
            _day(self._path) if self._path else "",
            "HPO licence",
            "https://github.com/obophenotype/hpo-translations",
            "Human Phenotype Ontology, Chinese translation by CHPO (中文人类表型标准用语联盟)",
        )

    def files(self) -> tuple[Path, ...]:
        """The translation file."""
        return (self._path,) if self._path else ()

    def read(self) -> Iterator[Statement]:
        """Chinese names of terms that the ontology defines.

        Raises:
            KnowledgeSourceError: The header is another, a row is damaged, or the file is too short to be whole.
        """
        if self._path is None:
            return
        number = labels = 0
        line = ""
        for number, line in _lines(self._path):
            fields = line.rstrip("\r\n").split("\t")
            if number == 1:
                columns = _columns(self._path, fields)
                width = len(fields)
                continue
            if len(fields) != width:
                raise _damaged(self._path, number, f"{len(fields)} columns where the header has {width}")
            row = {name: fields[place].strip() for name, place in columns.items()}
            if not row["subject_id"].startswith("HP:") or row["translation_language"] != "zh":
                raise _damaged(self._path, number, f"{row['subject_id']!r} is no HPO term, or the language is not zh")
            role = _ROLES.get(row["predicate_id"])
            official = row.get("translation_status", "OFFICIAL") == "OFFICIAL"
            if role is not None and official and row["translation_value"]:
                labels += 1
                name = Name(row["translation_value"], "zh", "preferred" if role == "preferred" else "synonym", "hpo_zh")
                yield Label(row["subject_id"], name)
        if labels < self._fewest or not line.endswith("\n"):
            raise _damaged(self._path, number, f"the file ends here with {labels:,} labels; it broke off")


def recognises(path: Path) -> bool:
    """Whether a file is the Chinese translation of HPO, by its header and first row."""
    if not path.is_file():
        return False
    try:
        with path.open(encoding="utf-8-sig") as file:
            head = [line.rstrip("\r\n").split("\t") for line in islice(file, 2)]
    except (UnicodeDecodeError, OSError):
        return False
    if len(head) < 2 or not set(COLUMNS) <= set(head[0]):
        return False
    first = dict(zip(head[0], head[1], strict=False))
    return first.get("translation_language") == "zh" and first.get("subject_id", "").startswith("HP:")


def reader() -> Reader:
    """The reader of the file under ``$MEDGO_DATA/knowledge/hpo-zh``, or in any folder directly below ``knowledge``."""
    data = os.environ.get("MEDGO_DATA")
    if not data:
        return HpoChinese(None)
    path = Path(data).expanduser().resolve() / "knowledge" / "hpo-zh" / FILE
    return HpoChinese(path if path.is_file() else None)


def _columns(path: Path, header: list[str]) -> dict[str, int]:
    if missing := [name for name in COLUMNS if name not in header]:
        raise _damaged(path, 1, f"the header has no {', '.join(missing)}")
    wanted = (*COLUMNS, "translation_status")
    return {name: header.index(name) for name in wanted if name in header}


def _day(path: Path) -> str:
    """The file states no version; who downloaded it may have written one beside it."""
    note = path.with_name("SOURCE.txt")
    if not note.is_file():
        return ""
    text = note.read_text(encoding="utf-8", errors="replace")
    _, found, rest = text.partition(" commit ")
    return rest.split()[0][:12] if found and rest.split() else ""


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, 1):
                yield number, line
    except UnicodeDecodeError as error:
        raise _damaged(path, number + 1, "this is not UTF-8") from error
    except OSError as error:
        raise KnowledgeSourceError(f"{path} cannot be read: {error.strerror or error}", hint=_WAY_OUT) from error


def _damaged(path: Path, line: int, why: str) -> KnowledgeSourceError:
    return KnowledgeSourceError(f"{path}:{line}: {why}", hint=_WAY_OUT)
