"""The file that answers: one SQLite database with concepts, names and relations. Knows no source format and no cache.

Tables (all ``n`` are integers, given in the order of the CURIEs)::

    meta(key, value)                                     JSON values; the row ``complete`` is written last
    source(rank, id, json)                               in the order of precedence
    node(n, id)                                          every CURIE that a concept or a relation names
    concept(n, kind, source, definition, attributes)     source: rank of the one that defines it
    alias(id, n)                                         replaced identifiers
    name(r, n, lang, role, source, seq, text, norm)      r grows with the length of the name: the shortest hit is first
    word(tokens)                                         full text over the names, rowid = name.r
    relation(predicate, subject, seq, object, source, a) clustered by predicate and subject
    attributes(a, json)                                  each distinct set of attributes once
    vocabulary(term, names)                              English words of the names, and in how many each stands
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, get_args

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.names import normalised, tokens
from medgo.knowledge.sources.reader import Label, Statement
from medgo.schema import Concept, ConceptKind, KnowledgeSource, Name, NameRole, Predicate, Relation

# Changes whenever the tables or what is folded in names change: older files are built again.
FORMAT = 1
PREDICATES: tuple[Predicate, ...] = get_args(Predicate)
KINDS: tuple[ConceptKind, ...] = get_args(ConceptKind)
ROLES: tuple[NameRole, ...] = get_args(NameRole)
_BATCH = 20_000

_STAGE = """
CREATE TEMP TABLE s_concept(id TEXT, kind TEXT, source INT, definition TEXT, attributes TEXT);
CREATE TEMP TABLE s_alias(id TEXT, concept TEXT);
CREATE TEMP TABLE s_name(concept TEXT, lang TEXT, role INT, source INT, seq INT, text TEXT, norm TEXT);
CREATE TEMP TABLE s_relation(predicate INT, subject TEXT, object TEXT, source INT, attributes TEXT);
"""
_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE source(rank INTEGER PRIMARY KEY, id TEXT UNIQUE, json TEXT);
CREATE TABLE node(n INTEGER PRIMARY KEY, id TEXT UNIQUE);
CREATE TABLE concept(n INTEGER PRIMARY KEY, kind TEXT, source INT, definition TEXT, attributes TEXT);
CREATE TABLE alias(id TEXT PRIMARY KEY, n INT) WITHOUT ROWID;
CREATE TABLE name(r INTEGER PRIMARY KEY, n INT, lang TEXT, role INT, source INT, seq INT, text TEXT, norm TEXT);
CREATE TABLE attributes(a INTEGER PRIMARY KEY, json TEXT UNIQUE);
CREATE TABLE relation(predicate INT, subject INT, seq INT, object INT, source INT, a INT,
    PRIMARY KEY(predicate, subject, seq)) WITHOUT ROWID;
CREATE VIRTUAL TABLE word USING fts5(tokens, content='', detail='none', columnsize=0,
    tokenize="unicode61 remove_diacritics 0");
CREATE TABLE vocabulary(term TEXT PRIMARY KEY, names INT) WITHOUT ROWID;
"""
# A name of a concept that nobody defines is left out, and counted by its source.
_FILL = """
INSERT INTO node(id) SELECT id FROM (SELECT id FROM s_concept UNION SELECT subject FROM s_relation
    UNION SELECT object FROM s_relation) ORDER BY id;
INSERT INTO concept SELECT node.n, kind, source, definition, attributes FROM s_concept JOIN node USING (id)
    WHERE s_concept.rowid IN (SELECT min(rowid) FROM s_concept GROUP BY id) ORDER BY node.n;
INSERT OR IGNORE INTO alias SELECT s_alias.id, node.n FROM s_alias JOIN node ON node.id = s_alias.concept
    WHERE s_alias.id NOT IN (SELECT node.id FROM concept JOIN node USING (n)) ORDER BY s_alias.rowid;
INSERT INTO name(n, lang, role, source, seq, text, norm)
    SELECT n, lang, role, source, seq, text, norm FROM
        (SELECT concept.n AS n, lang, min(role * 1000000 + s_name.source) AS best, role, s_name.source AS source,
            seq, text, norm
         FROM s_name JOIN node ON node.id = s_name.concept JOIN concept USING (n) GROUP BY concept.n, lang, text)
    ORDER BY length(norm), role, source, seq;
INSERT INTO attributes(json) SELECT DISTINCT attributes FROM s_relation;
INSERT INTO relation SELECT predicate, s.n, row_number() OVER (PARTITION BY predicate, s.n ORDER BY r.first), o.n,
        source, a
    FROM (SELECT predicate, subject, object, source, attributes, min(rowid) AS first FROM s_relation
          GROUP BY predicate, subject, object, source, attributes) r
    JOIN node s ON s.id = r.subject JOIN node o ON o.id = r.object JOIN attributes ON json = r.attributes
    ORDER BY predicate, s.n, r.first;
"""
_INDEXES = """
CREATE INDEX name_norm ON name(norm);
CREATE INDEX name_concept ON name(n);
CREATE INDEX relation_object ON relation(object, predicate);
CREATE INDEX concept_kind ON concept(kind);
ANALYZE;
"""


class IndexWriter:
    """Writes a new index into an empty file; what is there is of use only after :meth:`finish`."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(
            "PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;"
            "PRAGMA cache_size=-65536;"
        )
        try:
            self._database.executescript(_STAGE + _TABLES)
        except sqlite3.OperationalError as error:
            self._database.close()
            raise KnowledgeSourceError(
                f"this Python's SQLite {sqlite3.sqlite_version} cannot search text: {error}",
                hint="use a Python whose sqlite3 has FTS5, as those of python.org, conda and the distributions have",
            ) from error
        self._ranks: dict[str, int] = {}
        self._seq = count()

    def declare(self, source: KnowledgeSource) -> None:
        """Make a source known, before anything of it is added; the first declared has precedence."""
        if source.id in self._ranks:
            raise KnowledgeSourceError(
                f"two readers say that they read {source.id!r}", hint="remove one of the added files"
            )
        self._ranks[source.id] = len(self._ranks)
        fields = {name: getattr(source, name) for name in source.__slots__}
        self._database.execute("INSERT INTO source VALUES (?,?,?)", (self._ranks[source.id], source.id, _json(fields)))

    def add(self, statements: Iterator[Statement]) -> int:
        """Add what a reader says.

        Returns:
            How many statements it made.
        """
        self._database.execute("BEGIN")
        total = 0
        batch = _Batch()
        for statement in statements:
            total += 1
            self._stage(statement, batch)
            if total % _BATCH == 0:
                batch.write(self._database)
        batch.write(self._database)
        self._database.execute("COMMIT")
        return total

    def finish(self, meta: dict[str, Any]) -> dict[str, int]:
        """Make the tables from what was added, and close the file.

        Returns:
            For each source with names of concepts that nothing defines: how many were left out.
        """
        database = self._database
        database.execute("BEGIN")
        for statement in _FILL.split(";\n"):
            database.execute(statement)
        names = database.execute("SELECT r, norm FROM name ORDER BY r")
        database.executemany(
            "INSERT INTO word(rowid, tokens) VALUES (?,?)", ((r, " ".join(tokens(norm))) for r, norm in names)
        )
        # The words themselves, for the spelling of a search that finds nothing.
        database.execute("CREATE VIRTUAL TABLE temp.seen USING fts5vocab('main', 'word', 'row')")
        database.execute(
            "INSERT INTO vocabulary SELECT term, doc FROM temp.seen WHERE term GLOB '[a-z]*' AND length(term) > 3"
        )
        orphans = dict(
            database.execute(
                "SELECT source.id, count(*) FROM s_name JOIN source ON source.rank = s_name.source"
                " WHERE concept NOT IN (SELECT id FROM s_concept) GROUP BY source.id"
            )
        )
        for statement in _INDEXES.split(";\n"):
            database.execute(statement)
        database.execute("INSERT INTO word(word) VALUES ('optimize')")
        rows = {**meta, "format": FORMAT, "orphans": orphans, "complete": True}
        database.executemany("INSERT INTO meta VALUES (?,?)", ((key, _json(value)) for key, value in rows.items()))
        database.execute("COMMIT")
        database.close()
        return orphans

    def close(self) -> None:
        """Give the file up; nothing in it is of use."""
        self._database.close()

    def _stage(self, statement: Statement, batch: _Batch) -> None:
        if isinstance(statement, Relation):
            batch.relations.append(
                (
                    PREDICATES.index(statement.predicate),
                    statement.subject,
                    statement.object,
                    self._rank(statement.source, statement.subject),
                    _json(dict(statement.attributes)),
                )
            )
        elif isinstance(statement, Label):
            self._stage_name(statement.concept, statement.name, batch)
        else:
            self._stage_concept(statement, batch)

    def _stage_concept(self, concept: Concept, batch: _Batch) -> None:
        if not any(name.text.strip() for name in concept.names):
            raise KnowledgeSourceError(f"{concept.source}: {concept.id} has no name", hint="report this reader's file")
        rank = self._rank(concept.source, concept.id)
        batch.concepts.append((concept.id, concept.kind, rank, concept.definition, _json(dict(concept.attributes))))
        batch.aliases.extend((old, concept.id) for old in concept.attributes.get("alt_ids", ()))
        for name in concept.names:
            self._stage_name(concept.id, name, batch)

    def _stage_name(self, concept: str, name: Name, batch: _Batch) -> None:
        rank = self._rank(name.source, concept)
        role = ROLES.index(name.role)
        batch.names.append((concept, name.lang, role, rank, next(self._seq), name.text, normalised(name.text)))

    def _rank(self, source: str, subject: str) -> int:
        if source not in self._ranks:
            raise KnowledgeSourceError(
                f"{subject} names the source {source!r}, which no reader declares",
                hint="a reader may only name its own source or one that is read before it",
            )
        return self._ranks[source]


class _Batch:
    """Rows that wait to be written."""

    def __init__(self) -> None:
        self.concepts: list[tuple[Any, ...]] = []
        self.aliases: list[tuple[Any, ...]] = []
        self.names: list[tuple[Any, ...]] = []
        self.relations: list[tuple[Any, ...]] = []

    def write(self, database: sqlite3.Connection) -> None:
        """Write them, and be empty again."""
        database.executemany("INSERT INTO s_concept VALUES (?,?,?,?,?)", self.concepts)
        database.executemany("INSERT INTO s_alias VALUES (?,?)", self.aliases)
        database.executemany("INSERT INTO s_name VALUES (?,?,?,?,?,?,?)", self.names)
        database.executemany("INSERT INTO s_relation VALUES (?,?,?,?,?)", self.relations)
        for rows in (self.concepts, self.aliases, self.names, self.relations):
            rows.clear()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
