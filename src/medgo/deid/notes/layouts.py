"""What records go through: scanners, forms, input methods, hurried typing. Each layout keeps the gold labels right."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from medgo.deid.classes import NAMES
from medgo.deid.notes.pieces import Piece
from medgo.deid.notes.values import Draw
from medgo.errors import EngineUnavailableError

Layout = Callable[[Sequence[Piece], Draw], list[Piece]]
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_ZERO_WIDTH = ("\u200b", "\u200c", "\u2060", "\ufeff")
_HEADER_LINES = 5
_LONGEST_SPACED = 60


def full_width(pieces: Sequence[Piece], _draw: Draw) -> list[Piece]:
    """Letters and digits of identifiers as wide as Chinese characters."""
    return [Piece(text.translate(_FULL_WIDTH), label) if label else Piece(text, label) for text, label in pieces]


def zero_width(pieces: Sequence[Piece], draw: Draw) -> list[Piece]:
    """Invisible characters inside identifiers."""
    return [
        Piece(
            text[:1] + "".join((draw.choice(_ZERO_WIDTH) if draw.chance(0.3) else "") + letter for letter in text[1:]),
            label,
        )
        if label
        else Piece(text, label)
        for text, label in pieces
    ]


def scanned_header(pieces: Sequence[Piece], _draw: Draw) -> list[Piece]:
    """A space between any two characters of the first lines, as optical recognition leaves them."""
    done: list[Piece] = []
    lines = 0
    for text, label in pieces:
        if lines < _HEADER_LINES:
            head, newline, rest = text.partition("\n") if label is None else (text, "", "")
            lines += bool(newline) + rest.count("\n")
            done.append(Piece(_spaced(head) + newline + rest if newline else _spaced(head), label))
            if not newline and done[-1].text:
                done.append(Piece(" "))
        else:
            done.append(Piece(text, label))
    return done


def table(pieces: Sequence[Piece], draw: Draw) -> list[Piece]:
    """Columns instead of runs of spaces."""
    column = draw.choice(["\t", " | ", "\t\t"])
    return [
        Piece(re.sub(r" {2,}", column, text), label) if label is None else Piece(text, label) for text, label in pieces
    ]


def no_punctuation(pieces: Sequence[Piece], _draw: Draw) -> list[Piece]:
    """Commas and stops left out, as in dictated notes."""
    return [
        Piece(re.sub("[，。；、]", " ", text), label) if label is None else Piece(text, label) for text, label in pieces
    ]


def broken_names(pieces: Sequence[Piece], draw: Draw) -> list[Piece]:
    """Some names run over the end of a line."""
    done = []
    for text, label in pieces:
        if label in NAMES and len(text) > 1 and draw.chance(0.2):
            cut = draw.between(1, len(text) - 1)
            done.append(Piece(f"{text[:cut]}\n{text[cut:]}" if " " not in text else text.replace(" ", "\n", 1), label))
        else:
            done.append(Piece(text, label))
    return done


def wrapped(pieces: Sequence[Piece], draw: Draw) -> list[Piece]:
    """Lines of one width, broken between any two Chinese characters or at a space."""
    width, column = draw.between(36, 72), 0
    done = []
    for text, label in pieces:
        letters = []
        for letter in text:
            column = 0 if letter == "\n" else column + 1
            if column > width and letter == " ":
                letters.append("\n")
                column = 0
            elif column > width and "\u4e00" <= letter <= "\u9fff":
                letters.append("\n" + letter)
                column = 1
            else:
                letters.append(letter)
        done.append(Piece("".join(letters).lstrip("\n") if label else "".join(letters), label))
    return done


def traditional(pieces: Sequence[Piece], _draw: Draw) -> list[Piece]:
    """Traditional characters throughout.

    Raises:
        EngineUnavailableError: opencc-python-reimplemented is not installed.
    """
    return [Piece(in_traditional(text), label) for text, label in pieces]


def one_line(pieces: Sequence[Piece], _draw: Draw) -> list[Piece]:
    """All line ends lost, as when a form is copied into a text field."""
    return [Piece(text.replace("\n", " "), label) for text, label in pieces]


def upper_case(pieces: Sequence[Piece], _draw: Draw) -> list[Piece]:
    """Capitals throughout, as old systems print."""
    return [Piece(text.upper(), label) for text, label in pieces]


LAYOUTS_ZH: dict[str, Layout] = {
    "full_width": full_width,
    "zero_width": zero_width,
    "scanned_header": scanned_header,
    "table": table,
    "no_punctuation": no_punctuation,
    "broken_names": broken_names,
    "wrapped": wrapped,
    "traditional": traditional,
    "one_line": one_line,
}
LAYOUTS_EN: dict[str, Layout] = {
    "zero_width": zero_width,
    "table": table,
    "broken_names": broken_names,
    "wrapped": wrapped,
    "one_line": one_line,
    "upper_case": upper_case,
}


def in_traditional(text: str) -> str:
    """A text in traditional characters; as long as before.

    Raises:
        EngineUnavailableError: opencc-python-reimplemented is not installed.
    """
    # Letter by letter: phrases could change the length, and a term has to look the same wherever it stands.
    convert = _converter().convert
    return "".join(convert(letter) if "\u4e00" <= letter <= "\u9fff" else letter for letter in text)


@lru_cache(maxsize=1)
def _converter() -> Any:
    try:
        from opencc import OpenCC  # type: ignore[import-untyped]  # only for this layout
    except ImportError as error:
        raise EngineUnavailableError(
            "opencc-python-reimplemented is not installed", hint="pip install opencc-python-reimplemented"
        ) from error
    return OpenCC("s2t")


def _spaced(text: str) -> str:
    return "\n".join(
        " ".join(line.replace(" ", "")) if len(line) <= _LONGEST_SPACED else line for line in text.split("\n")
    )
