"""Numbers behind a label: ``住院号：ZY0012``, ``MRN 12-34-567``, ``微信 x``. The label gives the class."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.deid.numbers.hits import Hit, Reading
from medgo.deid.numbers.labels import Meaning, labels
from medgo.deid.numbers.values import value_end

# Between a label and its value: 号码, "No.", "(门诊)", "is", a colon, a table's bar, a line's end.
_NOTE = r"(?:\([^()\d\n]{1,24}\)\s{0,2})?"
_IS = (
    r"(?:ending in|ends in|ends with|ending|is|was|are|of record|at|on|via|on file|changed to|me|us|him|her|them|back"
    r")(?![a-z])|分别为|后四位|尾号|是|为|系"
)
_GLUE = re.compile(
    # "MRN/Acct:", "Room/Bed #": two labels of two values.
    rf"(?:\s?/\s?[a-z]{{2,10}}(?:\s(?:no|id)\.?)?(?=\s?[:#]))?(?:[ \t]{{4,16}}(?=[:=|])|\s{{0,3}}){_NOTE}"
    r"(?:numbered|numbers?|(?:nos?|num|nr)(?![a-z])\.?|id(?![a-z])|#|号码|编号|号|码)?"
    rf"\s{{0,2}}{_NOTE}"
    rf"(?:(?:{_IS}|[:#=|;\t.]|-(?=[\s:])|\n)[ \t]{{0,8}}){{0,4}}+"
    r"[ \t]{0,4}(?:['\"\[<{]|\((?!\d{2,5}\)))?"
)
_BLANK_NAME = re.compile(r"[ \t\-]{1,3}")
_TIME = re.compile(r"(?<![a-z])at(?![a-z])")  # "went to bed at 10"
_MORE = re.compile(r"\s{0,2}(?:[、,/;&和及与]|and |or )\s{0,2}")


def labelled(reading: Reading) -> Iterator[tuple[Hit | None, int, int]]:
    """Values behind labels.

    Yields:
        The hit, or None for a value that a label shows to be no identifier (ICD, LOINC, 批号), and its stretch.
    """
    known = labels()
    for pattern in (known.zh, known.en) if reading.has_han else (known.en,):
        for match in pattern.finditer(reading.lowered):
            name = _BLANK_NAME.sub(" ", match[0]).replace(" #", "#")
            meaning = known.meanings.get(name)
            if meaning is not None:
                yield from _values(reading, match.start(), match.end(), meaning)


def _values(reading: Reading, label: int, position: int, meaning: Meaning) -> Iterator[tuple[Hit | None, int, int]]:
    glue = _GLUE.match(reading.lowered, position)
    if glue is None:  # every part of it is optional
        return
    if meaning.value == "place" and _TIME.search(glue[0]):
        return
    start = glue.end()
    marked = start > position and not reading.text[position:start].isspace()
    end = value_end(reading.text, start, meaning, marked)
    while end is not None:
        if meaning.class_ == "none":
            yield None, start, end
        else:
            # 护照号E12345678, written in one, is one token to whoever annotates it.
            joined = start == position and meaning.class_ == "passport" and reading.has_han
            score = 0.85 if meaning.class_ == "other_id" else 0.97 if marked else 0.93
            yield Hit(label if joined else start, end, meaning.class_, score), start, end
        more = _MORE.match(reading.lowered, end)
        if more is None or meaning.value in {"place", "zip"}:
            return
        start = more.end()
        end = value_end(reading.text, start, meaning, marked=False)
        # `住院号 123456, 45`: a further value is about as long as the first.
        if end is not None and (" " in reading.text[start:end] or sum(map(str.isdigit, reading.text[start:end])) < 5):
            return
