"""Names in Latin letters in all spellings: any order, initials, either name alone, nicknames. Knows no text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.deid.classes import IdentifierClass
from medgo.deid.known.spelling import LATIN_END, LATIN_START, Spelling, letter, word
from medgo.deid.protection.curated import english_lists
from medgo.deid.protection.spelling import words_of

_TITLES = "mr mrs ms miss mx dr prof sir jr sr ii iii iv md do rn np pa phd dds the"
_NOT_NAMES = frozenset(_TITLES.split())
_SMALL_WORDS = "van von der den de la le du di da dos del el al bin ibn ten ter st"
_PARTICLES = frozenset(_SMALL_WORDS.split())
# Words that begin sentences as well as they name people.
_ORDINARY_WORDS = """
    will may mark grace hope faith joy rose art bill pat rob sue june april august summer dawn drew chase
    grant guy jack john ray rich roman rusty sandy sky star stormy sunny virginia white black brown green gray
    grey young old long short little small big good best love day knight king page price rice bean wood woods
    stone hill field fields rivers brooks lake lane street church park parks house hall room bush berry cherry
    lily iris daisy heather ivy olive pearl ruby jade crystal amber ginger basil angel christian major early
    weeks month weekly wise sharp moody blunt strong power powers payne pain walker cane frank ernest dean
    bishop pope abbott nurse doctor baker cook mason carter porter sexton foot hand head heart blood bone
    skinner waters snow frost winter christmas
"""
_ORDINARY = frozenset(_ORDINARY_WORDS.split())
# Where a name was taken together with its employer, these are the employer's.
_INSTITUTIONS = frozenset(
    [
        "hospital",
        "medical",
        "center",
        "centre",
        "clinic",
        "community",
        "general",
        "regional",
        "memorial",
        "health",
        "university",
        "college",
        "institute",
        "department",
        "service",
        "services",
        "surgery",
        "medicine",
    ]
)
_SHORT_FORMS = """
    william bill billy will liam | robert bob bobby rob robbie | richard dick rick rich ricky | james jim jimmy jamie
    | elizabeth liz beth betty lizzie eliza | margaret maggie peggy meg marge | john jack johnny | michael mike mikey
    | thomas tom tommy | edward ed eddie ted | charles charlie chuck | joseph joe joey | katherine kate kathy katie
    | catherine cathy kate katie | patricia pat patty tricia | jennifer jen jenny | christopher chris | daniel dan danny
    | matthew matt | anthony tony | steven steve | stephen steve | andrew andy drew | kenneth ken kenny | victoria vicky
    | ronald ron ronnie | timothy tim | samuel sam | benjamin ben | alexander alex | nicholas nick | jonathan jon
    | rebecca becky | deborah deb debbie | susan sue susie | barbara barb | dorothy dot dottie | theodore ted theo
    | frederick fred | lawrence larry | donald don | francis frank | henry hank harry | raymond ray | pamela pam
    | cynthia cindy | judith judy
"""
_SHORTEST_BROKEN = 4
_NICKNAMES = {name: short for name, *short in map(str.split, _SHORT_FORMS.split("|"))}


def spellings(name: str, label: IdentifierClass) -> Iterator[Spelling]:
    """All spellings of a name.

    Args:
        name: As the header has it: "Jane Q. Doe", "DOE, JANE", "Doe^Jane".
        label: Whose name it is.
    """
    given, family = _parted(name)
    every = [*given, *family]
    if not every:
        return
    if given and family:
        yield Spelling(re.compile(f"{LATIN_START}(?:{'|'.join(_whole(given, family))}){LATIN_END}"), label, _is_capital)
    alone = {one.lower(): one for one in every if len(one) > 2}
    if given:
        nicknames = _NICKNAMES.get(given[0].lower(), [])
        alone |= {one: one for one in nicknames}
    if family and len(family) > 1:
        yield Spelling(re.compile(f"{LATIN_START}{_joined(family)}{LATIN_END}"), label, _is_capital)
    names = [one for one in alone.values() if one.lower() not in _PARTICLES | _INSTITUTIONS]
    if names:
        pattern = "|".join(word(one) for one in sorted(names, key=len, reverse=True))
        yield Spelling(re.compile(f"{LATIN_START}(?:{pattern}){LATIN_END}"), label, _stands_alone)
        broken = "|".join(_broken(one) for one in names if len(one) > _SHORTEST_BROKEN)
        if broken:
            yield Spelling(re.compile(f"{LATIN_START}(?:{broken}){LATIN_END}"), label, _is_capital)


def _broken(name: str) -> str:
    """A pattern for a name that a line's end breaks within the word, with two letters at least on either side."""
    return "|".join(rf"{word(name[:at])}-?[ ]?\n[ >|]{{0,4}}{word(name[at:])}" for at in range(2, len(name) - 1))


def _parted(name: str) -> tuple[list[str], list[str]]:
    """Given names and surname, each as words."""
    if re.search(r"[,^]", name):
        parts = [_words(part) for part in re.split(r"[,^]", name)]
        return [one for part in parts[1:] for one in part], parts[0]
    words = _words(name)
    if len(words) < 2:
        return [], words
    at = len(words) - 1
    while at > 1 and words[at - 1].lower() in _PARTICLES:
        at -= 1
    return words[:at], words[at:]


def _words(text: str) -> list[str]:
    found = re.findall(r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'\-]*", text)
    return [one for one in found if one.lower() not in _NOT_NAMES]


def _whole(given: list[str], family: list[str]) -> Iterator[str]:
    """Patterns of both names together; further given names may be missing or be initials."""
    last = _joined(family)
    first = rf"(?:{word(given[0])}|{letter(given[0][0])}\.?)"
    further = "".join(rf"(?:[ \-.]{{0,2}}(?:{word(one)}|{letter(one[0])}\.?))?" for one in given[1:4])
    middle = further or r"(?: ?[A-Z]\.?)?"
    yield rf"{first}{middle}[ \n]{{0,2}}{last}"
    yield rf"{last}(?:, ?|\^|[ \n]){first}{middle}"


def _joined(words: list[str]) -> str:
    return r"[ \-]?".join(map(word, words))


def _is_capital(match: re.Match[str]) -> bool:
    """In lower case only a name of some length counts: "j doe" may be half a sentence."""
    return len(match[0]) > 7 or any(letter.isupper() for letter in match[0])


def _stands_alone(match: re.Match[str]) -> bool:
    """One name alone: written with a capital, no ordinary word at the start of a sentence, no eponym."""
    text = match.string
    found = match[0]
    if not found[0].isupper():
        return (
            found.lower() not in _ORDINARY
            and len(found) > 4
            and text[max(0, match.start() - 40) : match.end() + 40].islower()
        )
    if found.lower() in _ORDINARY and not re.search(
        r"[a-z,] $|(?:Mr|Mrs|Ms|Dr)\. ?$", text[max(0, match.start() - 6) : match.start()]
    ):
        return False
    after = words_of(text, match.end(), min(len(text), match.end() + 24))
    separated = text[match.end() : after[0].start].strip("'s ") if after else "."
    return bool(separated) or after[0].key not in english_lists().heads
