"""The kinds of terminology rows: each a function that writes one row on a sheet. Knows words and terms; no file.

A function returns the (id, source) pairs that its row rests on, or None where chance gave it nothing to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from typing import TypeVar

import numpy as np

from medgo.knowledge.curated.tables import Abbreviation, abbreviations
from medgo.schema import Lang
from medgo.synthesis.generators.composing import Sheet
from medgo.synthesis.generators.kinds import Used
from medgo.synthesis.generators.terminology import words as w
from medgo.synthesis.generators.terminology.terms import Term, Terms

T = TypeVar("T")
_OURS = ("medgo:abbreviations",)


@dataclass(frozen=True, slots=True)
class Table:
    """What a row is written with: the terms, chance, and the sheet."""

    terms: Terms
    rng: np.random.Generator
    sheet: Sheet

    @property
    def lang(self) -> Lang:
        """Language of the row."""
        return self.sheet.lang

    def pick(self, choices: Sequence[T]) -> T:
        """One of them by chance."""
        return choices[int(self.rng.integers(len(choices)))]

    def word(self, phrasings: w.Phrasings, **slots: str) -> str:
        """One of the phrasings in the row's language, filled."""
        return self.pick(phrasings[self.lang]).format(**slots)

    def name(self, term: Term) -> str:
        """The term's preferred name in the row's language; its source is noted."""
        text, source = term.preferred[self.lang]
        self.sheet.names.append((term.id, source))
        return text


def preferred(table: Table) -> Used | None:
    """A synonym or a patient's word → preferred term and code, with a near concept that it is not."""
    term = table.terms.named[table.lang].draw(table.rng)
    if term.filed:
        return _filed(table, term)
    synonym = table.pick(term.others[table.lang])
    mention, mention_source = synonym.text, synonym.source
    sheet, name = table.sheet, table.name(term)
    code, system = term.code
    code_too = w.CODE_TOO[table.lang].format(system=system) if code else ""
    said = sheet.fact("term", term.id, value=mention, sources=(mention_source,))
    called = sheet.fact("term", term.id, value=name, sources=(term.preferred[table.lang][1],), basis=(said,))
    lay = w.ASK_LAY if mention_source == "hpo" else w.ASK_COLLOQUIAL  # HPO's plain words are no patient's
    ask = lay if synonym.role == "colloquial" else w.ASK_PREFERRED
    # Brands begin with a capital in a note; the dictionary writes them small.
    shown = mention[0].upper() + mention[1:] if term.id.startswith("DRUG:") and mention.islower() else mention
    sheet.say("user", table.word(ask, mention=shown, code_too=code_too), said)
    sheet.say("completion", table.word(w.IS_PREFERRED, preferred=name), called)
    used = [(term.id, mention_source), (term.id, term.preferred[table.lang][1]), (term.id, term.source)]
    if code:
        coded = sheet.fact("code", term.id, value=code, sources=(term.source,), basis=(called,))
        sheet.say("completion", table.word(w.HAS_CODE, system=system, code=code), coded)
    return used + _beside(table, term)


def _filed(table: Table, term: Term) -> Used:
    """What a classification lists under a category → the category."""
    synonym = table.pick(term.others[table.lang])
    sheet, name = table.sheet, table.name(term)
    code, system = term.code
    said = sheet.fact("term", term.id, value=synonym.text, sources=(synonym.source,))
    called = sheet.fact("term", term.id, value=name, sources=(term.preferred[table.lang][1],), basis=(said,))
    coded = sheet.fact("code", term.id, value=code, sources=(term.source,), basis=(called,))
    sheet.say("user", table.word(w.ASK_FILED, mention=synonym.text, system=system), said)
    sheet.say("completion", table.word(w.IS_FILED, preferred=name, code=code), called, coded)
    sheet.say("completion", table.word(w.MENTION_IS_FILED, mention=synonym.text), said, called)
    return [(term.id, synonym.source), (term.id, term.source), *_beside(table, term)]


def _beside(table: Table, term: Term) -> Used:
    """Now and then: the concept whose name could be taken for the term's."""
    other = _sibling(table, term)
    if not term.code[0] or other is None or not other.code[0] or table.rng.random() >= 0.5:
        return []
    if not _sound_alike(table.name(term), table.name(other), table.lang):
        return []
    sheet = table.sheet
    near = sheet.fact("term", other.id, value=table.name(other), sources=(other.source,))
    its_code = sheet.fact("code", other.id, value=other.code[0], sources=(other.source,), basis=(near,))
    sheet.say("completion", table.word(w.NOT_THE_SAME, other=table.name(other), code=other.code[0]), near, its_code)
    return [(other.id, other.source)]


def _sound_alike(one: str, other: str, lang: Lang) -> bool:
    """Whether two names share a word of five letters, or two characters in a row: only then are they mixed up."""
    if lang == "zh":
        return any(one[at : at + 2] in other for at in range(len(one) - 1))
    words = {word for word in one.casefold().split() if len(word) > 4}
    return not words.isdisjoint(other.casefold().split())


def translation(table: Table) -> Used | None:
    """A term in the other language → its name in this one."""
    if not table.terms.both:
        return None
    term = table.terms.both.draw(table.rng)
    other: Lang = "en" if table.lang == "zh" else "zh"
    (mention, from_source), (name, to_source) = term.preferred[other], term.preferred[table.lang]
    sheet = table.sheet
    said = sheet.fact("term", term.id, value=mention, sources=(from_source,))
    called = sheet.fact("term", term.id, value=name, sources=(to_source,), basis=(said,))
    sheet.say("user", table.word(w.ASK_TRANSLATION, mention=mention), said)
    sheet.say("completion", table.word(w.IS_TRANSLATION, preferred=name), called)
    used = [(term.id, from_source), (term.id, to_source)]
    code, system = term.code
    if code and table.rng.random() < 0.5:
        coded = sheet.fact("code", term.id, value=code, sources=(term.source,), basis=(called,))
        sheet.say("completion", table.word(w.HAS_CODE, system=system, code=code), coded)
        used.append((term.id, term.source))
    return used


def hierarchy(table: Table) -> Used | None:
    """Is this a kind of that: yes with the way up, or no because reversed or side by side."""
    term = table.terms.nested[table.lang].draw(table.rng)
    parent = _parent(table, term)
    if parent is None:
        return None
    case = table.rng.random()
    if case < 0.4:
        return _is_kind(table, term, _higher(table, term) or parent)
    if case < 0.7:
        return _is_not_kind(table, parent, term, term, parent, w.REVERSED)
    sibling = _sibling(table, term, parent)
    return None if sibling is None else _is_not_kind(table, term, sibling, term, parent, w.SIBLINGS)


def exclusion(table: Table) -> Used | None:
    """ICD-10-CM's Excludes1 and Excludes2: may two codes stand together."""
    if not table.terms.exclusions or table.lang != "en":
        return None
    first, second, kind = table.pick(table.terms.exclusions)
    a, b = table.terms.by_id[first], table.terms.by_id[second]
    sheet = table.sheet
    facts = [sheet.fact("code", term.id, value=term.code[0], sources=(term.source,)) for term in (a, b)]
    names = [sheet.fact("term", term.id, value=table.name(term), sources=(term.source,)) for term in (a, b)]
    rule = sheet.fact("rule", value=f"{first} {kind} {second}", sources=(a.source,), basis=tuple(facts))
    slots = {"a": a.code[0], "b": b.code[0], "a_name": table.name(a), "b_name": table.name(b)}
    sheet.say("user", table.word(w.ASK_TOGETHER, **slots), *facts, *names)
    answer, why = (w.EXCLUDES1, w.EXCLUDES1_WHY) if kind == "excludes1" else (w.EXCLUDES2, w.EXCLUDES2_WHY)
    sheet.say("completion", table.word(answer), rule)
    sheet.say("completion", table.word(why, a=a.code[0], b=b.code[0]), rule, *facts)
    if kind == "excludes1":
        sheet.say("completion", table.word(w.EXCLUDES1_EXCEPT), rule)
    return [(first, a.source), (second, b.source)]


def choice(table: Table) -> Used | None:
    """A mention among hard negatives: its parent, its children and its siblings."""
    term = table.terms.named[table.lang].draw(table.rng)
    rivals = _rivals(table, term)
    if not term.code[0] or len(rivals) < 2:
        return None
    synonym = table.pick(term.others[table.lang])
    mention, mention_source = synonym.text, synonym.source
    sheet = table.sheet
    said = sheet.fact("term", term.id, value=mention, sources=(mention_source,))
    ask = w.ASK_FILED_CHOICE if term.filed else w.ASK_CHOICE
    sheet.say("user", table.word(ask, mention=mention, system=term.code[1]), said)
    options = [(term, None), *rivals]
    order = table.rng.permutation(len(options)).tolist()
    labelled = [("ABCDE"[place], *options[i]) for place, i in enumerate(order)]
    facts: dict[str, tuple[str, str]] = {}
    for label, one, _why in labelled:
        name = sheet.fact("term", one.id, value=table.name(one), sources=(one.source,))
        facts[one.id] = (name, sheet.fact("code", one.id, value=one.code[0], sources=(one.source,), basis=(name,)))
        line = table.word(w.CHOICE_LINE, label=label, name=table.name(one), code=one.code[0])
        sheet.say("user", line, *facts[one.id], newline=True)
    right = next(label for label, one, _why in labelled if one is term)
    chosen = table.word(w.CHOSEN, label=right, preferred=table.name(term), code=term.code[0])
    sheet.say("completion", chosen, *facts[term.id])
    same = w.MENTION_IS_FILED if term.filed else w.MENTION_IS_SYNONYM
    sheet.say("completion", table.word(same, mention=mention), said, facts[term.id][0])
    for label, one, why in labelled:
        if why is not None:
            sheet.say("completion", table.word(why, label=label, other=table.name(one)), facts[one.id][0], newline=True)
    return [(term.id, mention_source), *((one.id, one.source) for _label, one, _why in labelled)]


def abbreviation(table: Table) -> Used | None:
    """A clinical abbreviation among words that tell which of its meanings is meant."""
    meanings = table.pick(_abbreviations())
    meant = table.pick(meanings)
    words = meant.context_zh if table.lang == "zh" else meant.context_en
    if not words:
        return None
    near = [words[i] for i in table.rng.permutation(len(words))[:2].tolist()]
    context = ("、" if table.lang == "zh" else " and ").join(near)
    here, there = _expansion(meant, table.lang), _expansion(meant, "en" if table.lang == "zh" else "zh")
    sheet = table.sheet
    said = sheet.fact("rule", value=f"{meant.text}: {here}; {there}; {context}", sources=_OURS)
    sheet.say("user", table.word(w.ASK_ABBREVIATION, context=context, short=meant.text), said)
    sheet.say("completion", table.word(w.STANDS_FOR, short=meant.text, here=here, there=there), said)
    sheet.say("completion", table.word(w.CONTEXT_SAYS, context=context), said)
    others = [_expansion(other, table.lang) for other in meanings if other is not meant]
    if others:
        listed = "、".join(others) if table.lang == "zh" else _alternatives(others)
        known = sheet.fact("rule", value=f"{meant.text}: {listed}", sources=_OURS)
        sheet.say("completion", table.word(w.ELSEWHERE, others=listed), known)
    return [(f"abbreviation:{meant.text}", "medgo")]


KINDS: Mapping[str, Callable[[Table], Used | None]] = {
    "preferred": preferred,
    "translation": translation,
    "hierarchy": hierarchy,
    "exclusion": exclusion,
    "choice": choice,
    "abbreviation": abbreviation,
}


@cache
def _abbreviations() -> tuple[tuple[Abbreviation, ...], ...]:
    """All abbreviations, each with its meanings; one that is ambiguous counts as often as it has meanings."""
    groups = [tuple(group) for _, group in groupby(abbreviations(), key=lambda one: one.text)]
    return tuple(group for group in groups for _ in group)


def _alternatives(words: Sequence[str]) -> str:
    """As an English list: a, b or c."""
    return ", ".join(words[:-1]) + (" or " if len(words) > 1 else "") + words[-1]


def _expansion(meaning: Abbreviation, lang: Lang) -> str:
    return meaning.expansion_zh if lang == "zh" else meaning.expansion_en


def _is_kind(table: Table, term: Term, ancestor: Term) -> Used:
    sheet, terms = table.sheet, table.terms
    way = [terms.by_id[curie] for curie in terms.path(term.id, ancestor.id) if curie in terms.by_id]
    way = [step for step in way if table.lang in step.preferred]
    facts = {step.id: sheet.fact("term", step.id, value=table.name(step), sources=(step.source,)) for step in way}
    ask = table.word(w.ASK_HIERARCHY, narrow=table.name(term), broad=table.name(ancestor))
    sheet.say("user", ask, facts[term.id], facts[ancestor.id])
    sheet.say("completion", table.word(w.YES_HIERARCHY))
    for narrow, broad in pairwise(way):
        step = sheet.fact("rule", value=f"{narrow.id} is_a {broad.id}", sources=(narrow.source,))
        text = table.word(w.LEVEL, narrow=table.name(narrow), broad=table.name(broad))
        sheet.say("completion", text, facts[narrow.id], facts[broad.id], step)
    return [(step.id, step.source) for step in way]


def _is_not_kind(table: Table, asked: Term, of: Term, narrow: Term, broad: Term, why: w.Phrasings) -> Used:
    sheet = table.sheet
    terms = {term.id: term for term in (asked, of, narrow, broad)}
    facts = {curie: sheet.fact("term", curie, value=table.name(t), sources=(t.source,)) for curie, t in terms.items()}
    ask = table.word(w.ASK_HIERARCHY, narrow=table.name(asked), broad=table.name(of))
    sheet.say("user", ask, facts[asked.id], facts[of.id])
    sheet.say("completion", table.word(w.NO_HIERARCHY))
    rule = sheet.fact("rule", value=f"{narrow.id} is_a {broad.id}", sources=(narrow.source,))
    text = table.word(why, narrow=table.name(narrow), broad=table.name(broad))
    sheet.say("completion", text, facts[narrow.id], facts[broad.id], rule)
    return [(curie, term.source) for curie, term in terms.items()]


def _parent(table: Table, term: Term) -> Term | None:
    named = _in_language(table, table.terms.parents.get(term.id, ()))
    return table.pick(named) if named else None


def _higher(table: Table, term: Term) -> Term | None:
    """An ancestor two or more steps up, where there is one with a name."""
    direct = set(table.terms.parents.get(term.id, ()))
    named = _in_language(table, sorted(table.terms.ancestors(term.id) - direct))
    return table.pick(named) if named and table.rng.random() < 0.5 else None


def _sibling(table: Table, term: Term, parent: Term | None = None) -> Term | None:
    """Another kind of the same parent that is neither above nor below the term."""
    parents = (parent.id,) if parent else table.terms.parents.get(term.id, ())
    terms, above = table.terms, table.terms.ancestors(term.id)
    near = [curie for parent_id in parents for curie in terms.children.get(parent_id, ()) if curie != term.id]
    apart = [curie for curie in near if curie not in above and term.id not in terms.ancestors(curie)]
    named = _in_language(table, apart)
    return table.pick(named) if named else None


def _rivals(table: Table, term: Term) -> list[tuple[Term, w.Phrasings]]:
    """Up to four near terms with the reason why each is not the one."""
    terms = table.terms
    above = [(t, w.BROADER) for t in _in_language(table, terms.parents.get(term.id, ()))]
    below = [(t, w.NARROWER) for t in _in_language(table, terms.children.get(term.id, ()))]
    siblings = {s.id: s for _ in range(4) if (s := _sibling(table, term)) is not None}
    known = {t.id for t, _ in (*above, *below)}
    beside = [(t, w.BESIDE) for curie, t in siblings.items() if curie not in known]
    coded = [(t, why) for t, why in (*above[:1], *below[:1], *beside) if t.code[0]]
    return coded[:4]


def _in_language(table: Table, ids: Sequence[str]) -> list[Term]:
    found = (table.terms.by_id.get(curie) for curie in ids)
    return [term for term in found if term is not None and table.lang in term.preferred]
