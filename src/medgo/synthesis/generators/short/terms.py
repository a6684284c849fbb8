"""Terminology in a few words: a synonym or a foreign name, and the preferred term alone as the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from medgo.knowledge import Knowledge
from medgo.schema import Lang
from medgo.schema.licences import OPEN_LICENCES
from medgo.synthesis.concepts import Concepts
from medgo.synthesis.generators.composing import Sheet
from medgo.synthesis.generators.kinds import Used, proportions, rows_of_kinds
from medgo.synthesis.generators.short.asked import Asked, pick, some
from medgo.synthesis.generators.terminology.terms import Term, terms_of
from medgo.synthesis.protocol import Draft, Generator, Source

Kind = Literal["synonym", "translation"]
_ASK: Mapping[Kind, Mapping[Lang, tuple[str, ...]]] = {
    "synonym": {
        "zh": ("“{mention}”的规范术语是？", "规范术语：{mention}", "把“{mention}”写成规范术语。"),
        "en": ("Preferred term for “{mention}”?", "Give the standard term: {mention}", "Normalise “{mention}”."),
    },
    "translation": {
        "zh": ("“{mention}”的中文术语是？", "译成中文：{mention}"),
        "en": ("English term for “{mention}”?", "Translate into English: {mention}"),
    },
}
_WRONG = 3
# Further terms are compared with the right one by length: the shortest name must not be the likeliest for that alone.
_DRAWN = 12


class ShortTerms(Generator):
    """A name, and the preferred term for it; wrong answers are near terms of about the same length."""

    name: ClassVar[str] = "short_terms"
    version: ClassVar[str] = "2"
    kinds: Mapping[Kind, float] = Field(
        default={"synonym": 0.6, "translation": 0.4},
        description="synonym: to the preferred term; translation: a term of the other language to this one",
    )

    _proportions = field_validator("kinds")(proportions)

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Rows without end; needs nothing but knowledge."""
        desk = _Desk(source.knowledge, source.concepts, rng)

        def write(kind: str, sheet: Sheet) -> Used | None:
            return desk.synonym(sheet) if kind == "synonym" else desk.translation(sheet)

        return rows_of_kinds(self, "terminology_normalisation", self.kinds, write, source, rng)


class _Desk:
    """Where rows are written: the terms of the part, and chance."""

    def __init__(self, knowledge: Knowledge, concepts: Concepts, rng: np.random.Generator) -> None:
        terms = terms_of(knowledge)
        # A name under another licence would cost its whole row, which no other name of the term needs to.
        self._open = {one.id for one in knowledge.sources() if one.licence in OPEN_LICENCES}
        self._terms = terms.only(lambda curie: concepts.take(curie) and not curie.startswith("ICD10"))
        self._rng = rng
        self._peers: dict[tuple[str, Lang], list[Term]] = {}
        for curie, term in sorted(terms.by_id.items()):
            if concepts.take(curie):
                for lang in term.preferred:
                    self._peers.setdefault((_vocabulary(curie), lang), []).append(term)

    def synonym(self, sheet: Sheet) -> Used | None:
        """A synonym or a patient's word → the preferred term."""
        pool = self._terms.named[sheet.lang]
        if not pool:
            return None
        term = pool.draw(self._rng)
        named = [one for one in term.others[sheet.lang] if one.source in self._open]
        if not named:
            return None
        other = pick(named, self._rng)
        return self._write(sheet, "synonym", term, (other.text, other.source))

    def translation(self, sheet: Sheet) -> Used | None:
        """A term of the other language → the term of this one."""
        if not self._terms.both:
            return None
        term = self._terms.both.draw(self._rng)
        there: Lang = "en" if sheet.lang == "zh" else "zh"
        return self._write(sheet, "translation", term, term.preferred[there])

    def _write(self, sheet: Sheet, kind: Kind, term: Term, mention: tuple[str, str]) -> Used | None:
        (text, text_source), (name, name_source) = mention, term.preferred[sheet.lang]
        wrong = self._wrong(term, text, sheet.lang)
        if len(wrong) < _WRONG or text.casefold() == name.casefold():
            return None
        said = sheet.fact("term", term.id, value=text, sources=(text_source,))
        called = sheet.fact("term", term.id, value=name, sources=(name_source,), basis=(said,))
        sheet.say("user", pick(_ASK[kind][sheet.lang], self._rng).format(mention=text), said)
        sheet.say("completion", name, called)
        sheet.labels = Asked(kind, term.id, name, tuple(wrong)).labels()
        return [(term.id, text_source), (term.id, name_source), (term.id, term.source)]

    def _wrong(self, term: Term, mention: str, lang: Lang) -> list[str]:
        """Names of other terms: a sibling, and terms whose names are about as long; none a kind of the other."""
        terms = self._terms
        peers = self._peers.get((_vocabulary(term.id), lang), [])
        siblings = [
            terms.by_id[child]
            for parent in terms.parents.get(term.id, ())
            for child in terms.children.get(parent, ())
            if child in terms.by_id and child != term.id
        ]
        taken = set(map(id, peers))
        near = [one for one in siblings if id(one) in taken]
        length = len(term.preferred[lang][0])
        drawn = sorted(
            some(peers, _DRAWN, self._rng), key=lambda one: (abs(len(one.preferred[lang][0]) - length), one.id)
        )
        found: list[str] = []
        for one in [*some(near, 1, self._rng), *drawn]:
            name = one.preferred[lang][0]
            if self._is_other(one, term, lang) and name not in found and not _holds(name, mention):
                found.append(name)
            if len(found) == _WRONG:
                break
        return found

    def _is_other(self, one: Term, term: Term, lang: Lang) -> bool:
        if one.id == term.id or one.id in self._terms.ancestors(term.id) or term.id in self._terms.ancestors(one.id):
            return False
        return not _holds(one.preferred[lang][0], term.preferred[lang][0])


def _vocabulary(curie: str) -> str:
    """Vocabularies whose names are alike are peers: rare and common diseases, signs of both sorts."""
    prefix = curie.partition(":")[0]
    return {"ORPHA": "DISEASE", "SIGN": "HP", "LOINC": "LAB"}.get(prefix, prefix)


def _holds(one: str, other: str) -> bool:
    """Whether one name stands within the other: they could be taken for the same."""
    a, b = one.casefold(), other.casefold()
    return a in b or b in a
