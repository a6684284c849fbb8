"""Finding names in the index: same text, beginning, all words, and at last what is nearly so. Knows the tables only."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from medgo.knowledge.index import ROLES
from medgo.knowledge.names import is_han, normalised, query_tokens

Rows = Callable[..., list[Any]]
# A row of a hit (id, text, lang, role, source, norm, kind), and its score.
Found = tuple[Any, float]

_PREFIX, _WORDS, _NEARLY = (0.6, 0.99), (0.3, 0.6), (0.0, 0.3)
_LEAST = 0.1  # below it a name shares so little with a search that it only misleads
_VARIANT = 0.95  # of the score that the usual spelling would have
# What many write, and what the vocabularies write.
VARIANTS: tuple[tuple[str, str], ...] = (
    ("斯匹林", "司匹林"),
    ("斯匹灵", "司匹林"),
    ("司匹灵", "司匹林"),
    ("综合症候群", "综合征"),
    ("症候群", "综合征"),
    ("综合症", "综合征"),
    ("梗塞", "梗死"),
    ("癫癎", "癫痫"),
    ("癫疯", "癫痫"),
    ("返流", "反流"),
    ("粘膜", "黏膜"),
    ("粘液", "黏液"),
    ("甘油三脂", "甘油三酯"),
    ("机能", "功能"),
    ("末稍", "末梢"),
    ("碳疽", "炭疽"),
    ("泡疹", "疱疹"),
    ("兰尾", "阑尾"),
    ("付鼻窦", "副鼻窦"),
)
_SELECT = (
    "SELECT node.id, text, lang, role, name.source, norm, kind FROM name JOIN node USING (n) JOIN concept USING (n)"
)
_LAST = "\U0010ffff"
# The number of a name grows with its length: the order in which they come is that of the score.
_SHORTEST_NAME = "r"
_PREFERRED_NAME = "role * 1000000000 + seq"
_MATCH = "r IN (SELECT rowid FROM word WHERE word MATCH ?)"
_NEAR_ROWS = 3_000  # names that share a piece with a misspelt search and are compared with it
_SHORTEST, _LONG = 4, 8  # letters from which a word may have one slip, and two


def find(rows: Rows, text: str, *, kind: str | None, lang: str | None, limit: int) -> list[Found]:
    """Names like a text, one for each concept, best first.

    Args:
        rows: Runs a query over the index.
        text: What is looked for: a name, the beginning or some words of one, a code, or an id.
        kind: Only concepts of this kind.
        lang: Only names in this language.
        limit: At most so many.

    Returns:
        Rows (id, text, lang, role, source, norm, kind) with scores: 1 for the same text, above 0.6 for a beginning,
        above 0.3 where all words or neighbouring characters are there, less where only nearly all are. A Chinese text
        in which nothing is called so is also looked for in the spelling of :data:`VARIANTS`.
    """
    norm = normalised(text)
    if limit < 1 or not (norm or text.strip()):
        return []
    query = _Query(rows, kind, lang, limit)
    best: dict[str, Found] = {}
    for step in (_by_code, _same, _beginning, _words, _variant, _nearly):
        if step in (_variant, _nearly) and best:
            break
        for row, score in step(query, text, norm):
            if score >= _LEAST and (row[0] not in best or best[row[0]][1] < score):
                best[row[0]] = (row, score)
        if len(best) >= limit:
            break
    return sorted(best.values(), key=_order)[:limit]


def _order(hit: Found) -> tuple[object, ...]:
    """The best score first, then preferred names; a disease before a sign of the same abbreviation."""
    (curie, _, _, role, source, norm, kind), score = hit[0][:7], hit[1]
    sign = ROLES[role] == "abbreviation" and kind != "disease"
    return (-score, role, sign, source, len(norm), curie)


class _Query:
    """A query with the same conditions at every step."""

    def __init__(self, rows: Rows, kind: str | None, lang: str | None, limit: int) -> None:
        self.rows = rows
        self._limit = limit
        self._conditions = [("kind=?", kind), ("lang=?", lang)]

    def names(self, condition: str, *values: str, best: str = _SHORTEST_NAME) -> list[Any]:
        """Of each concept the best name that meets a condition, the best ones first."""
        # SQLite takes the other columns of a group from the row of the minimum.
        chosen = _SELECT.replace(" FROM ", f", min({best}) AS first FROM ", 1)
        return self._run(chosen, condition, values, "GROUP BY n ORDER BY first", self._limit)

    def all_names(self, condition: str, *values: str) -> list[Any]:
        """All names that meet a condition, the shortest first."""
        return self._run(_SELECT, condition, values, f"ORDER BY {_SHORTEST_NAME}", _NEAR_ROWS)

    def _run(self, select: str, condition: str, values: tuple[str, ...], order: str, limit: int) -> list[Any]:
        given = [(text, value) for text, value in self._conditions if value is not None]
        where = " AND ".join([condition, *(text for text, _ in given)])
        return self.rows(f"{select} WHERE {where} {order} LIMIT ?", *values, *(value for _, value in given), limit)

    def is_rare(self, word: str) -> bool:
        """Whether so few names have a word that all can be compared; two Chinese characters mostly are."""
        rows = self.rows("SELECT names FROM vocabulary WHERE term=?", word)
        return rows[0][0] <= _NEAR_ROWS if rows else is_han(word)


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
        best=_PREFERRED_NAME,
    )
    return [(row, 1.0) for row in found]


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
    found = query.names(_MATCH, match)
    return [(row, _scaled(_WORDS, len(norm) / max(len(row[5]), len(norm)))) for row in found]


def _variant(query: _Query, text: str, norm: str) -> list[Found]:
    """The usual spelling of a word that many write otherwise (阿斯匹林)."""
    usual = norm
    for other, word in VARIANTS:
        usual = usual.replace(other, word)
    if usual == norm:
        return []
    found = [hit for step in (_same, _beginning, _words) for hit in step(query, text, usual)]
    return [(row, round(score * _VARIANT, 4)) for row, score in found]


def _nearly(query: _Query, _text: str, norm: str) -> list[Found]:
    """Names with a slip of the pen in a word allowed; where there are none, names that share the rarer half."""
    choices = [_spellings(query, word) for word in query_tokens(norm)]
    spelt = " AND ".join(_any_of(words) for words in choices if words)
    rows = query.names(_MATCH, spelt) if spelt else []
    if not rows:
        rare = [word for words in choices for word in words if query.is_rare(word)]
        rows = query.all_names(_MATCH, _any_of(rare)) if rare else []
    scored = []
    for row in rows:
        there = set(query_tokens(row[5]))
        shared = sum(not there.isdisjoint(words) for words in choices)
        if len(norm) >= _SHORTEST and is_han(norm) and _slips(norm, row[5], 1) == 1:
            scored.append((row, _scaled(_NEARLY, 1 - 1 / len(norm))))
        elif shared * 2 >= len(choices):
            scored.append((row, _scaled(_NEARLY, 2 * shared / (len(choices) + len(there)))))
    return scored


def _any_of(words: list[str]) -> str:
    return "(" + " OR ".join(f'"{word}"' for word in words) + ")"


def _spellings(query: _Query, word: str) -> list[str]:
    """The word itself where the index has it or it is too short to tell, else the nearest, two slips away at most."""
    allowed = 0 if len(word) < _SHORTEST or is_han(word) else 1 if len(word) < _LONG else 2
    if not allowed or query.rows("SELECT 1 FROM vocabulary WHERE term=?", word):
        return [word]
    rows = query.rows(
        "SELECT term FROM vocabulary WHERE length(term) BETWEEN ? AND ?"
        " AND (substr(term, 1, 1)=? OR substr(term, 2, 2)=?)",
        len(word) - allowed,
        len(word) + allowed,
        word[:1],
        word[1:3],
    )
    letters = set(word)
    # A slip changes at most two letters of the set: few words are left to compare letter by letter.
    near = (term for (term,) in rows if len(letters.symmetric_difference(term)) <= 2 * allowed)
    slips = {term: _slips(word, term, allowed) for term in near}
    fewest = min(slips.values(), default=allowed + 1)
    return [term for term, count in slips.items() if count == fewest <= allowed]


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
