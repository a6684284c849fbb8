"""Names in running text: the likeliest division of a run of Han characters into words and names.

A unigram model of words and of names (surname, characters of the given name, what stands left and right) scores every
division; a name is found where the best one holds it. Only runs in which a candidate could win are divided.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import exp, log

from medgo.deid.classes import IdentifierClass
from medgo.deid.names_zh.contexts import PERSON, TITLE_WEIGHT, Context, Contexts, whose
from medgo.deid.names_zh.lexicon import NEVER, Lexicon

HAN_RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
# Log probability that a name begins at a word.
PRIOR = log(0.006)
# How long given names are; more than their share, since a name cut short is still a name, one too long costs little.
_GIVEN_LENGTH = {1: log(0.2), 2: log(1.6), 3: log(0.002)}
_TWO_SURNAMES = log(0.02)
# A form of address (张姐, 老张) is rarer than a name.
_ADDRESS = log(0.01)
_OLD_MAN = 4.0
_GOES_ON = -1.5  # 闻伯|庸: nothing that follows a form of address
FAMILIAR = frozenset("老小阿")
# A signature, a cell of a table: nothing else stands between the borders.
_ALONE = 1.5
# 13周, 2万: units after digits.
_UNITS = frozenset("周万时元余")
_LARGEST_CONTEXT = 8.0
# From here on a candidate with a strong neighbour on either side is a name whatever its characters mean.
_SURE_MARGIN = 8.0
_RARE = PRIOR - 7.0
_RARE_SURNAME = -6.8
_LONGEST_GIVEN = 3
_TELLING_RIGHT = 2.0
_PREPOSITIONS = frozenset("于向由从应和经同")
# A title says less of a surname than of a whole name.
_SURNAME_ALONE = 3.0
_STRONG = 6.0
_SHORT = 2  # characters of a name that may lack its last one
_RARE_WORD, _TELLING_LEFT = -9.0, 4.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name that may begin at some place.

    Args:
        start: Position in the text.
        end: After it.
        weight: Log probability with its context.
        label: Whose name it is, as its neighbours tell.
        strong: Whether a neighbour alone tells that a name stands here.
        margin: How much likelier the text is with this name than without, as a logarithm.
    """

    start: int
    end: int
    weight: float
    label: IdentifierClass
    strong: bool
    margin: float = 0.0

    @property
    def score(self) -> float:
        """How sure it is, 0.5 to 0.97."""
        if self.strong and self.margin >= _SURE_MARGIN:
            return 0.97
        return 0.5 + 0.44 * (1 - exp(-self.margin / 6))


@dataclass(frozen=True)
class RunningNames:
    """Finds names in running text.

    Args:
        lexicon: Words and parts of names.
        contexts: Neighbours.
    """

    lexicon: Lexicon
    contexts: Contexts

    @cached_property
    def _surname(self) -> re.Pattern[str]:
        return re.compile(f"[{''.join(sorted({one[0] for one in self.lexicon.surnames}))}]")

    def find(self, text: str) -> Iterator[Candidate]:
        """Names in order, without overlaps; linear in the length of the text."""
        search = self._surname.search
        for run in HAN_RUN.finditer(text):
            start, end = run.span()
            at = search(text, start, end)
            if at is None:
                continue
            arcs = self._arcs(text, start, end, at.start())
            if arcs:
                yield from self._divided(text, start, end, arcs)

    def _arcs(self, text: str, start: int, end: int, at: int) -> dict[int, list[Candidate]]:
        """Candidates of a run by where they begin, those that single characters beat left out."""
        arcs: dict[int, list[Candidate]] = {}
        surnames = self.lexicon.surnames
        for place in range(at, end):
            single = surnames.get(text[place])
            if single is not None and not (text[place] in _UNITS and text[place - 1 : place].isdigit()):
                self._from_surname(text, start, end, place, 1, single, arcs)
            double = surnames.get(text[place : place + 2]) if place + 2 <= end else None
            if double is not None:
                self._from_surname(text, start, end, place, 2, double, arcs)
        return arcs

    def _from_surname(
        self, text: str, first: int, end: int, start: int, size: int, surname: float, arcs: dict[int, list[Candidate]]
    ) -> None:
        lexicon, given = self.lexicon, self.lexicon.given
        words, unknown = lexicon.words, lexicon.unknown
        after = start + size
        # Probability as single characters: a candidate that does not reach it cannot win.
        singles = sum(words.get(one, unknown) for one in text[start:after])
        base = PRIOR + surname
        left: Context | None = None
        parts = 0.0
        for length in _GIVEN_LENGTH:
            stop = after + length
            if stop > end:
                break
            parts += given.get(text[stop - 1], lexicon.unlisted)
            if parts <= NEVER:
                break
            singles += words.get(text[stop - 1], unknown)
            if length == _LONGEST_GIVEN and surname < _RARE_SURNAME:
                break
            weight = base + parts + _GIVEN_LENGTH[length]
            if weight + 2 * _LARGEST_CONTEXT < singles:
                continue
            left = left or self.contexts.left(text, start)
            if start == first and stop == end:
                weight += _ALONE
            self._add(text, start, stop, weight, left, singles, arcs)
        if size == 1 and after + 3 <= end:
            self._two_surnames(text, start, base, left, arcs)
        self._forms(text, first, end, start, after, base, arcs)

    def _add(
        self,
        text: str,
        start: int,
        end: int,
        weight: float,
        left: Context,
        singles: float,
        arcs: dict[int, list[Candidate]],
    ) -> None:
        right = self.contexts.right(text, end)
        weight += left.weight + right.weight
        if weight > singles:
            strong = left.weight >= _STRONG or right.weight >= _STRONG
            arcs.setdefault(start, []).append(Candidate(start, end, weight, whose(left, right), strong))

    def _two_surnames(
        self, text: str, start: int, base: float, left: Context | None, arcs: dict[int, list[Candidate]]
    ) -> None:
        lexicon = self.lexicon
        second = lexicon.surnames.get(text[start + 1])
        if second is None or second < -7:
            return
        parts = sum(lexicon.given.get(one, lexicon.unlisted) for one in text[start + 2 : start + 4])
        if parts > NEVER:
            singles = sum(lexicon.words.get(one, lexicon.unknown) for one in text[start : start + 4])
            weight = base + second + parts + _TWO_SURNAMES
            if weight + 2 * _LARGEST_CONTEXT > singles:
                self._add(text, start, start + 4, weight, left or self.contexts.left(text, start), singles, arcs)

    def _forms(
        self, text: str, first: int, end: int, start: int, after: int, base: float, arcs: dict[int, list[Candidate]]
    ) -> None:
        """A surname with a title (the surname alone is the name), or a form of address (all of it is)."""
        title = self.contexts.title(text, after)
        if title is not None:
            left = self.contexts.left(text, start)
            # 经医生诊断, 和主任沟通: a surname that is a preposition needs more than a title.
            weight = base + TITLE_WEIGHT - _SURNAME_ALONE + min(left.weight, 1.0) - self._doubt(text, start, base)
            # 小张护士: the familiar word is of the name.
            familiar = start > first and text[start - 1] in FAMILIAR
            for begin in (start, start - 1) if familiar else (start,):
                arcs.setdefault(begin, []).append(Candidate(begin, after, weight, whose(left, title), True))
        elif after < end and text[after] in self.contexts.addresses:
            right = self.contexts.right(text, after + 1)
            weight = base + _ADDRESS + (right.weight or _GOES_ON) + self.contexts.left(text, start).weight
            arcs.setdefault(start, []).append(Candidate(start, after + 1, weight, "name", False))
        elif start == first and after == end and self.contexts.right(text, after) is PERSON:
            # 沈，女，45岁
            weight = base + PERSON.weight - _SURNAME_ALONE
            arcs.setdefault(start, []).append(Candidate(start, after, weight, "name", False))
        if start > first and text[start - 1] in FAMILIAR:
            right = self.contexts.right(text, after)
            left = self.contexts.left(text, start - 1)
            if (right.weight or left.weight) and not right.title:
                weight = base + _ADDRESS + right.weight + left.weight
                arcs.setdefault(start - 1, []).append(Candidate(start - 1, after, weight, "name", False))
            # 老李头, but not 老李|头痛
            old_man = text[start - 1] == "老" and after < end and text[after] == "头"
            if old_man and text[after : after + 2] not in self.lexicon.words:
                weight = base + _ADDRESS + _OLD_MAN + left.weight
                arcs.setdefault(start - 1, []).append(Candidate(start - 1, after + 1, weight, "name", False))

    def _doubt(self, text: str, start: int, base: float) -> float:
        """What is taken off a surname alone before a title."""
        if text[start] not in _PREPOSITIONS:
            return 2.0 if base < _RARE else 0.0
        title = next(
            size
            for size in range(self.contexts.longest_title, 1, -1)
            if text[start + 1 : start + 1 + size] in self.contexts.titles
        )
        return 1.0 if self.contexts.right(text, start + 1 + title).weight > _TELLING_RIGHT else 6.0

    def _divided(self, text: str, start: int, end: int, arcs: dict[int, list[Candidate]]) -> Iterator[Candidate]:
        """The names of the likeliest division of ``text[start:end]``."""
        words, longest, unknown = self.lexicon.words, self.lexicon.longest, self.lexicon.unknown
        run = text[start:end]
        size = end - start
        best = [0.0] + [-1e9] * size
        back: list[int | Candidate] = [0] * (size + 1)
        for at in range(size):
            here = best[at]
            score = here + words.get(run[at], unknown)
            if score > best[at + 1]:
                best[at + 1], back[at + 1] = score, at
            for length in range(2, min(longest.get(run[at : at + 2], 1), size - at) + 1):
                word = words.get(run[at : at + length])
                if word is not None and here + word > best[at + length]:
                    best[at + length], back[at + length] = here + word, at
            for arc in arcs.get(start + at, ()):
                if here + arc.weight > best[arc.end - start]:
                    best[arc.end - start], back[arc.end - start] = here + arc.weight, arc
        yield from self._on_path(run, start, best, back)

    def _on_path(self, run: str, start: int, best: list[float], back: list[int | Candidate]) -> Iterator[Candidate]:
        ends: list[int] = [len(run)]
        while ends[-1]:
            step = back[ends[-1]]
            ends.append(step if isinstance(step, int) else step.start - start)
        ends.reverse()
        for index in range(1, len(ends)):
            step = back[ends[index]]
            if isinstance(step, int):
                continue
            # With the neighbouring words: a name that wins by cutting one of them has to win against it.
            first = index - 2 if index > 1 and isinstance(back[ends[index - 1]], int) else index - 1
            last = index + 1 if index + 1 < len(ends) and isinstance(back[ends[index + 1]], int) else index
            without = self.lexicon.path(run, ends[first], ends[last])
            margin = best[ends[last]] - best[ends[first]] - without
            found = Candidate(step.start, step.end, step.weight, step.label, step.strong, margin)
            yield self._completed(run, found, start)

    def _completed(self, run: str, found: Candidate, start: int) -> Candidate:
        """With the rare character that is left between it and the end of its run: 护士闻伯|庸，."""
        at = found.end - start
        if found.end - found.start == _SHORT and at == len(run) - 1:
            rest = run[at]
            if self.contexts.left(run, found.start - start).weight < _TELLING_LEFT:
                return found
            if self.lexicon.words.get(rest, -99.0) < _RARE_WORD and self.lexicon.given.get(rest) != NEVER:
                return replace(found, end=found.end + 1)
        return found
