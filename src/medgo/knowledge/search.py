"""Finding names in the index: same text, beginning, all words, and at last what is nearly so. Knows the tables only."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from medgo.knowledge.names import is_han, normalised, query_tokens, tokens

Rows = Callable[..., list[Any]]
# A row of a hit (id, text, lang, role, source, norm), and its score.
Found = tuple[Any, float]

_PREFIX, _WORDS, _NEARLY = (0.6, 0.99), (0.3, 0.6), (0.0, 0.3)
# Of each concept the shortest name that matches: SQLite takes the other columns from the row of the minimum.
_SELECT = (
    "SELECT node.id, text, lang, role, name.source, norm, min(r) AS first"
    " FROM name JOIN node USING (n) JOIN concept USING (n)"
)
_LAST = "\U0010ffff"
_NEAR_ROWS = 3_000  # names that share a piece with a misspelt search and are compared with it


def find(rows: Rows, text: str, *, kind: str | None, lang: str | None, limit: int) -> list[Found]:
    """Names like a text, one for each concept, best first.

    Args:
        rows: Runs a query over the index.
        text: What is looked for: a name, the beginning or some words of one, a code, or an id.
        kind: Only concepts of this kind.
        lang: Only names in this language.
        limit: At most so many.

    Returns:
        Rows (id, text, lang, role, source, norm) with scores: 1 for the same text, above 0.6 for a beginning, above 0.3
        where all words or neighbouring characters are there, less where only nearly all are.
    """
    norm = normalised(text)
    if limit < 1 or not (norm or text.strip()):
        return []
    query = _Query(rows, kind, lang, limit)
    best: dict[str, Found] = {}
    for step in (_by_code, _same, _beginning, _words, _nearly):
        if step is _nearly and best:
            break
        for row, score in step(query, text, norm):
            if row[0] not in best or best[row[0]][1] < score:
                best[row[0]] = (row, score)
        if len(best) >= limit:
            break
    return sorted(best.values(), key=lambda hit: (-hit[1], hit[0][3], hit[0][4], len(hit[0][5]), hit[0][0]))[:limit]


class _Query:
    """A query with the same conditions at every step."""

    def __init__(self, rows: Rows, kind: str | None, lang: str | None, limit: int) -> None:
        self.rows = rows
        self._limit = limit
        self._conditions = [("kind=?", kind), ("lang=?", lang)]

    def names(self, condition: str, *values: str, limit: int | None = None) -> list[Any]:
        given = [(text, value) for text, value in self._conditions if value is not None]
        where = " AND ".join([condition, *(text for text, _ in given)])
        # The number of a name grows with its length: the order in which they come is that of the score.
        query = f"{_SELECT} WHERE {where} GROUP BY n ORDER BY first LIMIT ?"
        return self.rows(query, *values, *(value for _, value in given), limit or self._limit)


def _by_code(query: _Query, text: str, _norm: str) -> list[Found]:
    """Text that is an id, or one without its vocabulary (``E11.9``)."""
    text = unicodedata.normalize("NFKC", text.strip())
    if " " in text or not text.isascii() or not any(c.isdigit() for c in text):
        return []
    prefixes = [] if ":" in text else [row[0] for row in query.rows(_PREFIXES)]
    ids = [text, text.upper(), *(f"{prefix}{text.upper()}" for prefix in prefixes)]
    marks = ",".join("?" * len(ids))
    found = query.names(
        f"n IN (SELECT n FROM node WHERE id IN ({marks})"  # noqa: S608
        f" UNION SELECT n FROM alias WHERE id IN ({marks}))",
        *ids,
        *ids,
    )
    return [(row, 1.0) for row in sorted(found, key=lambda row: row[3])]


# Jumps from one vocabulary to the next instead of reading all ids.
_PREFIXES = (
    "WITH RECURSIVE p(prefix) AS (SELECT substr(min(id), 1, instr(min(id), ':')) FROM node UNION ALL"
    " SELECT (SELECT substr(id, 1, instr(id, ':')) FROM node WHERE id > prefix || x'F48FBFBF' ORDER BY id LIMIT 1)"
    " FROM p WHERE prefix IS NOT NULL) SELECT prefix FROM p WHERE prefix > ''"
)


def _same(query: _Query, _text: str, norm: str) -> list[Found]:
    return [(row, 1.0) for row in query.names("norm=?", norm)] if norm else []


def _beginning(query: _Query, _text: str, norm: str) -> list[Found]:
    if not norm:
        return []
    found = query.names("norm>? AND norm<?", norm, norm + _LAST)
    return [(row, _scaled(_PREFIX, len(norm) / len(row[5]))) for row in found]


def _words(query: _Query, _text: str, norm: str) -> list[Found]:
    wanted = query_tokens(norm)
    if not wanted:
        return []
    match = " AND ".join(f'"{token}"' for token in wanted)
    if not is_han(wanted[-1]):
        match += "*"  # the last word may still be typed
    found = query.names("r IN (SELECT rowid FROM word WHERE word MATCH ?)", match)
    return [(row, _scaled(_WORDS, len(norm) / max(len(row[5]), len(norm)))) for row in found]


def _nearly(query: _Query, _text: str, norm: str) -> list[Found]:
    """Names that hold most of what is looked for, a slip of the pen in a word allowed."""
    wanted = tokens(norm)
    spelt = {token: [token] if is_han(token) else _spellings(query, token) for token in wanted}
    choices = [f'"{word}"' for words in spelt.values() for word in words]
    if not choices:
        return []
    found = query.names("r IN (SELECT rowid FROM word WHERE word MATCH ?)", " OR ".join(choices), limit=_NEAR_ROWS)
    scored = []
    for row in found:
        there = set(tokens(row[5]))
        shared = sum(not there.isdisjoint(words) for words in spelt.values())
        likeness = 2 * shared / (len(wanted) + len(there))
        if shared * 2 >= len(wanted):
            scored.append((row, _scaled(_NEARLY, likeness)))
    return scored


def _spellings(query: _Query, word: str) -> list[str]:
    """Words of the index that are one slip away from this one (two in a long word)."""
    allowed = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
    rows = query.rows(
        "SELECT term FROM vocabulary WHERE length(term) BETWEEN ? AND ?"
        " AND (substr(term, 1, 1)=? OR substr(term, 2, 2)=?)",
        len(word) - allowed,
        len(word) + allowed,
        word[:1],
        word[1:3],
    )
    return [term for (term,) in rows if _slips(word, term, allowed) <= allowed]


def _slips(first: str, second: str, most: int) -> int:
    """Letters inserted, left out, replaced or swapped with their neighbour, counted up to one more than ``most``."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def _scaled(bounds: tuple[float, float], share: float) -> float:
    low, high = bounds
    return round(low + (high - low) * share, 4)
