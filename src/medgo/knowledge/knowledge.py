"""One way to ask what medicine knows, whatever vocabulary answers. Knows the index; no source format."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from medgo.errors import StorageError, UnknownConceptError
from medgo.knowledge.index import PREDICATES, ROLES
from medgo.knowledge.search import find
from medgo.schema import Concept, ConceptKind, KnowledgeSource, Lang, Name, Predicate, Relation

_log = logging.getLogger(__name__)
_MAPPED = 1 << 30  # bytes of the file that SQLite may map instead of reading
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept that a search found: its id, the name that matched, and how well (1 is the same text)."""

    id: str
    name: Name
    score: float


class Knowledge:
    """The index of concepts, names and relations. Opened read-only; safe to open in many processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: tuple[int, sqlite3.Connection] | None = None

    def __reduce__(self) -> tuple[type[Knowledge], tuple[Path]]:
        return Knowledge, (self.path,)

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever an answer could."""
        return str(self.meta["fingerprint"])

    def __eq__(self, other: object) -> bool:
        """Two openings of the same index are one, so that tables kept by it are read once."""
        return isinstance(other, Knowledge) and other.fingerprint == self.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @cached_property
    def meta(self) -> Mapping[str, Any]:
        """What the build wrote down: statements of each source (``counts``), names left out (``orphans``)."""
        return {key: json.loads(value) for key, value in self._rows("SELECT key, value FROM meta")}

    def sources(self) -> tuple[KnowledgeSource, ...]:
        """What the index was built from, in the order of precedence."""
        return self._sources

    def source(self, id: str) -> KnowledgeSource:  # noqa: A002
        """One source, for its licence and attribution."""
        for source in self._sources:
            if source.id == id:
                return source
        known = ", ".join(source.id for source in self._sources)
        raise UnknownConceptError(f"the index has no source {id!r}", hint=f"it has: {known}")

    def lookup(self, id: str) -> Concept:  # noqa: A002
        """The concept with that CURIE. Raises UnknownConceptError with near ids in its hint."""
        n = self._number(id)
        row = self._row(
            "SELECT node.id, kind, source, definition, attributes FROM concept JOIN node USING (n) WHERE n=?", n
        )
        return self._concept(row, self._names(n))

    def search(
        self, text: str, *, kind: ConceptKind | None = None, lang: Lang | None = None, limit: int = 20
    ) -> list[Hit]:
        """Concepts with such a name, best first: same text, then beginning, then all words or characters."""
        found = find(self._rows, text, kind=kind, lang=lang, limit=limit)
        return [Hit(row[0], self._name(row[1:5]), score) for row, score in found]

    def synonyms(self, id: str, lang: Lang | None = None) -> tuple[Name, ...]:  # noqa: A002
        """All names of a concept, preferred ones first."""
        names = self._names(self._number(id))
        return names if lang is None else tuple(name for name in names if name.lang == lang)

    def parents(self, id: str) -> tuple[str, ...]:  # noqa: A002
        """What it is a kind of, directly."""
        return self._above(self._number(id))

    def children(self, id: str) -> tuple[str, ...]:  # noqa: A002
        """Its direct kinds."""
        rows = self._rows(
            "SELECT DISTINCT node.id FROM relation JOIN node ON node.n = subject"
            " WHERE predicate=? AND object=? ORDER BY subject",
            _IS_A,
            self._number(id),
        )
        return tuple(id for (id,) in rows)  # noqa: A001

    def ancestors(self, id: str) -> tuple[str, ...]:  # noqa: A002
        """All that it is a kind of, nearest first, without itself."""
        start = self._number(id)
        found: dict[int, str] = {}
        level = [start]
        while level:
            marks = ",".join("?" * len(level))
            rows = self._rows(
                f"SELECT DISTINCT object, node.id FROM relation JOIN node ON node.n = object"  # noqa: S608
                f" WHERE predicate={_IS_A} AND subject IN ({marks}) ORDER BY object",
                *level,
            )
            level = [n for n, curie in rows if n != start and found.setdefault(n, curie) is curie]
        return tuple(found.values())

    def relations(self, id: str, predicate: Predicate | None = None, *, inverse: bool = False) -> tuple[Relation, ...]:  # noqa: A002
        """Statements about it as the subject (as the object where ``inverse``)."""
        wanted = range(len(PREDICATES)) if predicate is None else (PREDICATES.index(predicate),)
        column = "object" if inverse else "subject"
        rows = self._rows(
            f"{_RELATION} WHERE predicate IN ({','.join(map(str, wanted))}) AND {column}=?"
            " ORDER BY predicate, subject, seq",
            self._number(id, relations=True),
        )
        return tuple(self._relation(row, json.loads(row[4])) for row in rows)

    def concepts(self, kind: ConceptKind | None = None, source: str | None = None) -> Iterator[Concept]:
        """All concepts, in the order of their ids: for building models of one's own in memory."""
        where, values = self._narrowed(kind, source)
        last = 0
        while rows := self._rows(
            "SELECT n, node.id, kind, source, definition, attributes FROM concept JOIN node USING (n)"  # noqa: S608
            f" WHERE n > ?{where} ORDER BY n LIMIT {_CHUNK}",
            last,
            *values,
        ):
            names: dict[int, list[Name]] = {}
            for n, *fields in self._rows(
                "SELECT n, text, lang, role, source FROM name WHERE n BETWEEN ? AND ? ORDER BY n, role, source, seq",
                rows[0][0],
                rows[-1][0],
            ):
                names.setdefault(n, []).append(self._name(fields))
            for n, *fields in rows:
                yield self._concept(fields, tuple(names[n]))
            last = rows[-1][0]

    def statements(self, predicate: Predicate, source: str | None = None) -> Iterator[Relation]:
        """All relations of a kind, in the order of their subjects.

        Relations with the same attributes share one mapping: copy it before changing anything.
        """
        where, values = self._narrowed(None, source)
        code = PREDICATES.index(predicate)
        attributes: dict[str, Any] = {}
        place = (0, 0)
        while rows := self._rows(
            f"{_RELATION} WHERE predicate={code} AND (subject, seq) > (?,?){where}"
            f" ORDER BY subject, seq LIMIT {_CHUNK}",
            *place,
            *values,
        ):
            for row in rows:
                if row[4] not in attributes:
                    if len(attributes) >= _CHUNK:
                        attributes.clear()
                    attributes[row[4]] = json.loads(row[4])
                yield self._relation(row, attributes[row[4]])
            place = rows[-1][5:7]

    @cached_property
    def _sources(self) -> tuple[KnowledgeSource, ...]:
        return tuple(
            KnowledgeSource(**json.loads(row[0])) for row in self._rows("SELECT json FROM source ORDER BY rank")
        )

    def _narrowed(self, kind: ConceptKind | None, source: str | None) -> tuple[str, list[Any]]:
        """Further conditions, and their values."""
        where = ""
        values: list[Any] = []
        if kind is not None:
            where, values = where + " AND kind=?", [*values, kind]
        if source is not None:
            where, values = where + " AND source=?", [*values, self._sources.index(self.source(source))]
        return where, values

    def _number(self, id: str, *, relations: bool = False) -> int:  # noqa: A002
        """The number of a CURIE, replaced ones included; of one that only relations name where that is enough."""
        table = "node" if relations else "concept JOIN node USING (n)"
        query = f"SELECT n FROM {table} WHERE node.id=? UNION ALL SELECT n FROM alias WHERE alias.id=?"  # noqa: S608
        rows = self._rows(query, id, id)
        if not rows:
            raise UnknownConceptError(f"no source here knows {id!r}", hint=self._near(id))
        return int(rows[0][0])

    def _near(self, id: str) -> str:  # noqa: A002
        prefix, colon, local = id.partition(":")
        stem = f"{prefix.upper()}:{local[: max(1, len(local) - 2)]}" if colon else id.upper()
        rows = self._rows(
            "SELECT node.id FROM node JOIN concept USING (n) WHERE node.id >= ? AND node.id < ? LIMIT 2000",
            stem,
            stem + "\U0010ffff",
        )
        near = get_close_matches(id.upper(), [row[0] for row in rows], n=3, cutoff=0.5)
        found = f"near it: {', '.join(near)}; or " if near else ""
        return f"{found}medgo knowledge search finds ids by name"

    def _names(self, n: int) -> tuple[Name, ...]:
        rows = self._rows("SELECT text, lang, role, source FROM name WHERE n=? ORDER BY role, source, seq", n)
        return tuple(self._name(row) for row in rows)

    def _above(self, n: int) -> tuple[str, ...]:
        rows = self._rows(
            "SELECT node.id FROM relation JOIN node ON node.n = object WHERE predicate=? AND subject=? ORDER BY seq",
            _IS_A,
            n,
        )
        return tuple(dict.fromkeys(row[0] for row in rows))

    def _name(self, row: Any) -> Name:
        text, lang, role, source = row
        return Name(text, lang, ROLES[role], self._sources[source].id)

    def _concept(self, row: Any, names: tuple[Name, ...]) -> Concept:
        curie, kind, source, definition, attributes = row
        return Concept(curie, kind, names, self._sources[source].id, definition, json.loads(attributes))

    def _relation(self, row: Any, attributes: Mapping[str, Any]) -> Relation:
        return Relation(row[0], PREDICATES[row[1]], row[2], self._sources[row[3]].id, attributes)

    def _row(self, query: str, *values: Any) -> Any:
        return self._rows(query, *values)[0]

    def _rows(self, query: str, *values: Any) -> list[Any]:
        try:
            return self._connection().execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._damage(error) from error

    def _damage(self, error: sqlite3.DatabaseError) -> StorageError:
        """The error to raise. A file whose pages are damaged is removed: it can be made again."""
        hint = "try again; if that does not help, delete the file"
        if type(error) is sqlite3.DatabaseError:
            _log.warning("the knowledge index %s is damaged (%s); it is removed", self.path, error)
            with suppress(OSError):
                self.path.unlink(missing_ok=True)
            hint = "start again: the index is then built anew"
        return StorageError(f"the knowledge index {self.path} cannot be read: {error}", hint=hint)

    def _connection(self) -> sqlite3.Connection:
        """The connection of this process: SQLite's must not be used across a fork."""
        process = os.getpid()
        if self._opened is None or self._opened[0] != process:
            uri = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
            # The file never changes once it has its name, and SQLite is built to serialise threads itself.
            database = sqlite3.connect(uri, uri=True, check_same_thread=False)
            database.execute(f"PRAGMA mmap_size={_MAPPED}")
            self._opened = (process, database)
        return self._opened[1]


_IS_A = PREDICATES.index("is_a")
_RELATION = (
    "SELECT s.id, predicate, o.id, source, json, subject, seq FROM relation"
    " JOIN node s ON s.n = subject JOIN node o ON o.n = object JOIN attributes USING (a)"
)


def open_knowledge(extra: tuple[Path, ...] = ()) -> Knowledge:
    """Open the index over everything installed, everything added with ``medgo knowledge add``, and ``extra``.

    Builds it in the cache on the first call and whenever a source changed.
    """
    from medgo.knowledge.build import ensure, plan
    from medgo.knowledge.installed import present_readers

    return Knowledge(ensure(plan(present_readers(extra))))
