"""Decides which stretches of a run of capitalised words are names, by what is known of each word and by context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from medgo.deid.classes import IdentifierClass
from medgo.deid.names_en.contexts import Context, after, before, is_subject
from medgo.deid.names_en.gazetteer import gazetteer
from medgo.deid.names_en.heads import CHEMICAL, belongs_to_firm, belongs_to_medicine, is_disease
from medgo.deid.names_en.lexicon import GIVEN, NAME, ORDINARY, PINYIN, PLACE, RARE, SURNAME
from medgo.deid.names_en.vocabulary import vocabulary
from medgo.deid.names_en.words import Word

LONGEST = 5
# What the words themselves have to weigh without any context.
_ENOUGH = 1.5
_SHORT = 3
# Most spaces between two words of a run that has no particle there.
_SPACES = 2
# Longest word in capitals that is rather an acronym than a name, where others are not in capitals.
_ACRONYM = 5
_STAGE = re.compile(r"[IVX]{1,4}[a-d]?")
_ARTICLES = frozenset(("A", "I"))
# They open a question or an answer; "Will" before a given name is no name.
_AUXILIARIES = frozenset(("Will", "May", "WILL", "MAY"))
_VERBS = frozenset(("will", "may"))
_FORMED = re.compile(r"(?:ed|ing|ive|ic|al|ous|ent|ant|less|ful|able|ible|ly|ism|ist|es|ia)$")
# Behind a name that heads a block: a number on the next line; a unit, a box, a telephone or an e-mail within four.
_REACHED = re.compile(
    r"[ ]*\n[\s>?*|]{0,8}(?:\d|(?:[^\n]{0,60}\n[\s>?*|]{0,8}){0,3}(?:(?:Unit|Apt|Suite|P\.?O\.? Box|PSC)\b|"
    r"[^\n]{0,30}[\w.]@\w|"
    r"[^\n]{0,20}\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}))"
)
_INSTITUTIONS = frozenset(("Johns Hopkins", "Mount Sinai", "Beth Israel", "St Jude", "Kaiser Permanente"))
_PLACED = vocabulary("in from to at near of toward towards visiting visited leaving via")


@dataclass(frozen=True, slots=True)
class Named:
    """A name.

    Args:
        words: Its words.
        label: Whose it is.
        score: How sure.
    """

    words: Sequence[Word]
    label: IdentifierClass
    score: float


def segments_of(run: Sequence[Word], *, cased: bool) -> Iterator[list[Word]]:
    """Stretches of a run without ordinary words.

    Args:
        run: Adjacent words.
        cased: Whether capitals mean anything; without them a word that no list has can only be the surname behind a
            given name, or stand by itself.
    """
    for stretch in _named_stretches(run):
        for segment in [stretch] if cased else _known_stretches(stretch):
            yield from (segment[at : at + LONGEST] for at in range(0, len(segment), LONGEST))


def _known_stretches(segment: Sequence[Word]) -> Iterator[list[Word]]:
    current: list[Word] = []
    for word in segment:
        # A letter that English does not write makes a name of a word that no list has.
        known = bool(word.flags & (NAME | RARE | PLACE)) or word.initial or not word.text.isascii()
        # "jose will drive": a verb, not a surname.
        if current and word.text in _VERBS:
            yield current
            current = []
            continue
        if current and not known and not (_awaits_surname(current) and unlisted_in_capitals(word)):
            yield current
            current = []
        current.append(word)
        if not known:
            yield current
            current = []
    if current:
        yield current


def _awaits_surname(current: Sequence[Word]) -> bool:
    """Whether a surname is due: behind a given name that is nothing else but perhaps a surname, or its initial."""
    given = current[0].flags & (GIVEN | ORDINARY | RARE | PLACE) == GIVEN
    return given and (len(current) == 1 or (len(current) == 2 and current[1].initial))


def _named_stretches(run: Sequence[Word]) -> Iterator[list[Word]]:
    current: list[Word] = []
    for word in run:
        due = bool(current) and _opens(current) and (bool(word.flags & RARE) or _behind_particle(current[-1], word))
        if word.ordinary and not word.initial and not due:
            if current:
                yield current
            current = []
        elif not _acronym(word):
            current.append(word)
        elif current:
            yield current
            current = []
    if current:
        yield current


def _behind_particle(previous: Word, word: Word) -> bool:
    """Whether particles stand between two words of a run: "William ten Pas"."""
    return word.start - previous.end > _SPACES and word.text[0].isupper()


def _is_opening(word: Word, following: Word) -> bool:
    """Whether a word only opens the sentence: "A Holter", "Will James"."""
    return word.text in _ARTICLES or (word.text in _AUXILIARIES and bool(following.flags & NAME))


def _stands_alone(text: str, word: Word, cased: bool) -> bool:
    """Whether one word may be a name by itself: a given name anywhere, a surname within a sentence with capitals."""
    if word.flags & GIVEN:
        return True
    grade = re.match(r" (?:\d|[IV]+[ab]?\b|[A-D]\b)", text[word.end : word.end + 6])
    return bool(word.flags & SURNAME) and cased and not word.shouted and _within(text, word.start) and grade is None


def _opens(current: Sequence[Word]) -> bool:
    """Whether a surname is due that is an ordinary word: behind a given name, alone or with an initial."""
    given = bool(current[0].flags & GIVEN) and not current[0].shouted
    return given and (len(current) == 1 or (len(current) == 2 and current[1].initial))


def named(text: str, segment: list[Word], *, cased: bool) -> Named | None:
    """The name that a segment is, or None.

    Args:
        text: The text of the segment.
        segment: Adjacent words, none of them an ordinary word only.
        cased: Whether capitals mean anything: not in a text without capitals, or all in capitals.
    """
    if len(segment) > 1 and _is_opening(segment[0], segment[1]):
        segment = segment[1:]
    start, end = segment[0].start, segment[-1].end
    left, right = before(text, start), after(text, end)
    context = _stronger(left, right)
    if segment[0].text == "X" or text[start:end].lower() in gazetteer().regions or text[start:end] in _INSTITUTIONS:
        return None
    weight = _weight(segment, cased)
    placed = _placed(text, segment)
    told = context is not None and context.score >= 0.9 and not (placed and context is not left)
    if told and context is not None and _accepted(text, segment, context, weight, cased):
        return Named(segment, _label(left, right), max(context.score, _relative_score(segment, left, cased)))
    if belongs_to_medicine(text, end, given=_given(segment)) or belongs_to_firm(text, end) or placed:
        return None
    if is_disease(text, start, end):
        return None
    alone = len(segment) == 1
    if alone and (_acronym_like(segment[0], cased) or (context is None and not _stands_alone(text, segment[0], cased))):
        return None
    if weight >= _ENOUGH:
        score = 0.85 if weight >= 2.5 and len(segment) > 1 else 0.6
        return Named(segment, _label(left, right), score)
    doubtful = not cased and bool(segment[0].flags & ORDINARY)
    if context is not None and weight >= _ENOUGH / 3 and segment[0].flags & NAME and not doubtful:
        return Named(segment, _label(left, right), 0.6)
    if cased and len(segment) in (2, 3) and _unknown_pair(text, segment):
        return Named(segment, _label(left, right), 0.5)
    return None


def unlisted_in_capitals(word: Word) -> bool:
    """Whether a word of a text in capitals may be a name though no list has it: it is not formed as others are."""
    lowered = word.text.lower()
    return (
        not word.flags & ~NAME
        and len(lowered) > _SHORT
        and not CHEMICAL.search(lowered)
        and not _FORMED.search(lowered)
    )


def _relative_score(segment: Sequence[Word], left: Context | None, cased: bool) -> float:
    """A given name behind "brother" is one, whatever drug is called so too."""
    related = left is not None and left.label == "name_relative" and cased
    return 0.95 if related and segment[0].flags & GIVEN and not segment[0].flags & ORDINARY else 0.0


def _accepted(text: str, segment: Sequence[Word], context: Context, weight: float, cased: bool) -> bool:
    end = segment[-1].end
    if context.score < 0.95 and (belongs_to_medicine(text, end, given=_given(segment)) or belongs_to_firm(text, end)):
        return False
    if segment[0].flags & NAME and (cased or weight >= 1):
        return True
    if len(segment) == 1 and context.score < 0.95 and _acronym_like(segment[0], cased):
        return False
    if len(segment) == 1 and context.score < 0.95 and CHEMICAL.search(segment[0].text.lower()):
        return False
    if not cased and len(segment) == 1 and context.label != "name" and segment[0].shouted and context.score < 0.95:
        return context.unknown and unlisted_in_capitals(segment[0])
    labelled = context.score >= 0.95 and not CHEMICAL.search(segment[0].text.lower())
    return context.unknown and (cased or labelled) and any(len(word.text) > 2 for word in segment)


def _weight(segment: Sequence[Word], cased: bool) -> float:
    total = 0.0
    for at, word in enumerate(segment):
        total += _word_weight(word, cased, behind=segment[at - 1] if at else None)
    # "Tom R. Vaszary", "T. R. Vaszary": an initial before a last word is a name's, but one alone ("E. Coli") is not.
    middle = len(segment) == 3 and segment[1].initial and not segment[2].initial and cased
    return total + 0.9 if middle and not any(word.shouted or word.flags == PLACE for word in segment) else total


def _word_weight(word: Word, cased: bool, *, behind: Word | None) -> float:
    flags = word.flags
    first = behind is None
    if word.initial:
        return 0.3
    if flags & (NAME | RARE):
        known = 2.0 if flags & GIVEN else 1.5
        if flags & RARE:
            known = 0.3
        elif flags & ORDINARY:
            known = 0.75 if cased or not first else 0.5
        elif flags & PLACE:
            known = 1.0
        elif flags & PINYIN and not flags & GIVEN:
            known = 0.9
        return known if len(word.text) > 2 else known / 2
    if flags & PLACE:
        return -0.5
    if flags & PINYIN and cased and not word.shouted:
        return 0.7
    if behind is not None and behind.flags & GIVEN and not CHEMICAL.search(word.text.lower()):
        # A surname is due; in a text without capitals only behind what is nothing but a given name.
        return 0.8 if cased else 0.3
    if not cased or word.shouted or CHEMICAL.search(word.text.lower()):
        return -1.0
    return 0.3


def _unknown_pair(text: str, segment: Sequence[Word]) -> bool:
    """Whether two or three words that no list has look like a name in the middle of a sentence."""
    start = segment[0].start
    end = segment[-1].end
    if not (_within(text, start) or _heads_address(text, start, end) or is_subject(text, end)):
        return False
    if any(not _unlisted(word, last=word is segment[-1]) for word in segment if not word.initial):
        return False
    if any(CHEMICAL.search(word.text.lower()) for word in segment):
        return False
    # "Filamin B" is a protein.
    if len(segment[-1].text) == 1 and not segment[0].flags & NAME:
        return False
    previous = text[max(0, start - 5) : start].split()
    return not previous or previous[-1].lower() not in ("the", "a", "an")


def _unlisted(word: Word, *, last: bool) -> bool:
    """Whether a word may be a name though no list says so; the last may be an ordinary word that is a surname too."""
    if word.shouted or len(word.text) < _SHORT:
        return False
    return not word.flags & (ORDINARY | PLACE) or (last and bool(word.flags & NAME))


def _within(text: str, start: int) -> bool:
    """Whether a word stands inside a sentence, where a capital means something."""
    return start >= 2 and text[start - 1] == " " and text[start - 2] not in ".:;!?\n|-*>"


def _heads_address(text: str, start: int, end: int) -> bool:
    """Whether it has a line of its own and the next line begins with a number, or a way to reach somebody follows."""
    line = text[max(0, start - 8) : start].rpartition("\n")[2].strip(" >?*|")
    return not line and _REACHED.match(text, end) is not None


def _placed(text: str, segment: Sequence[Word]) -> bool:
    """Whether a place is meant: "from Austin", "Charlotte, NC"."""
    if not all(word.flags & PLACE for word in segment):
        return False
    # "Sofia Lima" is a woman wherever she goes.
    if len(segment) > 1 and segment[0].flags & GIVEN and segment[-1].flags & SURNAME:
        return False
    previous = text[max(0, segment[0].start - 12) : segment[0].start].lower().split()
    if previous and previous[-1] in _PLACED:
        return True
    rest = text[segment[-1].end : segment[-1].end + 4]
    return rest[:2] == ", " and len(rest) == 4 and rest[2:].isupper()


def _given(segment: Sequence[Word]) -> bool:
    """Whether it begins with a given name that is nothing else, or has a surname behind it: no disease is called so."""
    full = len(segment) > 1 and segment[0].end < segment[1].start and not segment[1].initial
    if full and segment[0].flags & (GIVEN | ORDINARY | RARE | PLACE) == GIVEN and not segment[1].flags & ORDINARY:
        return True
    return segment[0].flags & (NAME | ORDINARY | RARE | PLACE) == GIVEN


def _acronym_like(word: Word, cased: bool) -> bool:
    return cased and ((word.shouted and len(word.text) <= _ACRONYM) or _STAGE.fullmatch(word.text) is not None)


def _acronym(word: Word) -> bool:
    return word.shouted and not word.flags & NAME and len(word.text) <= 4 and "." not in word.text


def _stronger(left: Context | None, right: Context | None) -> Context | None:
    if left is None or (right is not None and right.score > left.score):
        return right
    return left


def _label(left: Context | None, right: Context | None) -> IdentifierClass:
    for context in (left, right):
        if context is not None and context.label != "name":
            return context.label
    return "name"
