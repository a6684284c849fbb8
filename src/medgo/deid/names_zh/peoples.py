"""Names of peoples without surnames, in characters that seldom stand side by side otherwise: 木合塔尔, 格桑梅朵."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import ahocorasick

from medgo.deid.names_zh.contexts import NOTHING, PERSON, Contexts, whose
from medgo.deid.names_zh.form import Form
from medgo.deid.names_zh.lexicon import Lexicon

_LEAST, _LONGEST, _WHOLE = 3, 12, 4
_TOLD, _SAID, _BEGUN = 4.0, 1.5, 1.0
_SCORE = 0.9


@dataclass(frozen=True)
class NamesOfPeoples:
    """Finds them from known parts and from the characters that they are spelt with.

    Args:
        lexicon: Parts of names, characters, words.
        contexts: Titles and neighbours.
    """

    lexicon: Lexicon
    contexts: Contexts

    def find(self, text: str) -> Iterator[Form]:
        """Names in order of their kind; linear in the length of the text."""
        spelt = [form for run in self._letters.finditer(text) for form in self._in_run(text, *run.span())]
        yield from spelt
        taken = {at for one in spelt for at in range(one.start, one.end)}
        yield from (one for one in self._of_parts(text) if taken.isdisjoint(range(one.start, one.end)))

    @cached_property
    def _letters(self) -> re.Pattern[str]:
        letters = self.lexicon.minority_letters.union(*self.lexicon.minority)
        return re.compile(f"[{''.join(sorted(letters))}]{{{_LEAST},}}")

    @cached_property
    def _parts(self) -> ahocorasick.Automaton:
        automaton = ahocorasick.Automaton()
        for part in self.lexicon.minority:
            automaton.add_word(part, len(part))
        automaton.make_automaton()
        return automaton

    def _in_run(self, text: str, start: int, end: int) -> Iterator[Form]:
        """The name that fills a run of such characters, up to the words that follow names."""
        end = min(end, start + _LONGEST)
        stops = range(start + _LEAST, end)
        stop = next((at for at in stops if self.contexts.right(text, at).weight >= _SAID), end)
        left, right = self.contexts.left(text, start), self.contexts.right(text, stop)
        size = stop - start
        told = left.weight >= _TOLD and right is not NOTHING and right.weight > 0
        described = right is PERSON or right.title
        begun = left.weight >= _BEGUN and right.weight >= _SAID
        part = self._has_part(text, start, stop)
        whole = part and size >= _WHOLE and right.weight > 0 and left.weight > 0
        if (told or described or begun or whole) and not self._is_words(text[start:stop], known=part):
            yield Form(start, stop, whose(left, right), _SCORE)

    def _has_part(self, text: str, start: int, end: int) -> bool:
        return next(self._parts.iter(text, start, end), None) is not None

    def _is_words(self, run: str, *, known: bool) -> bool:
        """Whether it is a word, or ordinary words fill a stretch without known parts better than single characters."""
        return run in self.lexicon.words or (not known and self.lexicon.path(run) > -6.0 * len(run) - 3.0)

    def _of_parts(self, text: str) -> Iterator[Form]:
        """扎西次仁, 阿依古丽: two known parts, or one of four characters, or one beside a context."""
        stretches: list[list[int]] = []
        for last, size in self._parts.iter_long(text):
            if stretches and stretches[-1][1] == last + 1 - size:
                stretches[-1][1] = last + 1
            else:
                stretches.append([last + 1 - size, last + 1])
        for start, end in stretches:
            left, right = self.contexts.left(text, start), self.contexts.right(text, end)
            if end - start >= _WHOLE or max(left.weight, right.weight) >= _TOLD:
                yield Form(start, end, whose(left, right), _SCORE)
