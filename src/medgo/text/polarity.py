"""Whether a text says that a finding is there, is not, may be, was, would be, or belongs to a relative.

Works by cues and their scopes within one sentence, after the manner of ConText (Harkema et al., J Biomed Inform 2009),
with rules of our own for Chinese, which has no word boundaries and lists with 、. Knows no finding: callers say where
the mention stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from medgo.schema import Lang
from medgo.text._cues import Cue, find_cues, scope_end, scope_start
from medgo.text.folding import fold
from medgo.text.sentences import sentences
from medgo.text.span import Span

Assertion = Literal["present", "absent", "uncertain", "family", "past", "conditional"]
# What wins where several scopes hold a mention: "若无胸痛" is a condition, "否认家族高血压史" a negation.
_ORDER: tuple[Assertion, ...] = ("conditional", "absent", "uncertain", "family", "past")


class Assertions:
    """The cues of one sentence, found once and asked for each mention in it.

    Args:
        sentence: One sentence, as written.
        lang: Its language.
        names: Spans of concept names; a cue inside one (无力, non-Hodgkin) is part of the name.
    """

    def __init__(self, sentence: str, lang: Lang, names: Iterable[Span] = ()) -> None:
        self._text = fold(sentence)
        self.cues: tuple[Cue, ...] = tuple(
            _cut_off(cue, names) for cue in find_cues(self._text.text, lang) if not _inside(cue, names)
        )
        cues = list(self.cues)
        # Kind, start and end of each reach, in the folded sentence.
        self.scopes: tuple[tuple[Assertion, int, int], ...] = tuple(
            scope for cue in cues for scope in _scopes(self._text.text, cue, cues, lang)
        )

    @property
    def folded(self) -> str:
        """The sentence in one spelling, which cues and scopes count in."""
        return self._text.text

    def first(self, kind: Assertion) -> str:
        """The first cue of a kind; empty for none."""
        return next((self.folded[cue.start : cue.end].strip() for cue in self.cues if cue.kind == kind), "")

    def of(self, start: int, end: int) -> Assertion:
        """How a mention at ``start`` to ``end`` of the sentence is meant."""
        if not self.scopes:
            return "present"
        if self._text.origins is not None:
            origins = self._text.origins
            start, end = _nearest(origins, start), _nearest(origins, end)
        held = {kind for kind, first, last in self.scopes if first <= start < last}
        return next((kind for kind in _ORDER if kind in held), "present")


def polarity_of(text: str, start: int, end: int, lang: Lang) -> Assertion:
    """How a mention is meant.

    Args:
        text: Any text; only the sentence that holds the mention is looked at.
        start: First character of the mention.
        end: After its last one.
        lang: Language of the text.

    Returns:
        ``present`` where nothing says otherwise.
    """
    for span in sentences(text, lang):
        if span.start <= start < span.end:
            names = [Span(start - span.start, end - span.start)]
            return Assertions(span.of(text), lang, names).of(start - span.start, end - span.start)
    return "present"


def _inside(cue: Cue, names: Iterable[Span]) -> bool:
    return any(name.start <= cue.start and cue.end <= name.end for name in names)


def _cut_off(cue: Cue, names: Iterable[Span]) -> Cue:
    """A look-alike that ends in a name is none: "no decrease in height" denies the finding "decrease in height"."""
    if cue.kind != "none":
        return cue
    name = next((name for name in names if cue.start < name.start < cue.end <= name.end), None)
    return cue if name is None else Cue(cue.start, name.start, "absent", "forward")


def _nearest(origins: tuple[int, ...], position: int) -> int:
    return next((index for index, origin in enumerate(origins) if origin >= position), len(origins) - 1)


def _scopes(text: str, cue: Cue, cues: list[Cue], lang: Lang) -> Iterable[tuple[Assertion, int, int]]:
    """Where a cue holds."""
    if cue.kind == "none":
        return
    if cue.direction in ("forward", "either"):
        end = scope_end(text, cue, cues, lang)
        if cue.direction == "forward" or end - cue.end > 1:
            yield cue.kind, cue.end, end
            return
    if cue.direction == "sentence":
        yield cue.kind, 0, len(text)
        return
    yield cue.kind, scope_start(text, cue, cues, lang), cue.start


__all__ = ["Assertion", "Assertions", "polarity_of"]
