"""Options that a file keeps in one text ("A 甲\\nB 乙", "(A) 甲.", "A. one B. two"), apart. Knows no benchmark."""

from __future__ import annotations

import re
from collections.abc import Iterable

from medgo.evaluation.benchmarks.row import LETTERS, Row

# Full-width letters and brackets occur in files that were typed in China.
_LABEL = r"[(（]?{0}(?:[)）]\s*[.．、:：]?|\s*[.．、:：]|\s)"


def inline_options(row: Row, field: str) -> dict[str, str]:
    """Read a field with all options in one text.

    Where lines begin with the letters, lines are what counts (a text may then hold " B. " itself). Otherwise a letter
    counts when it is the next one, something stands before it, and white space if any letter has that
    (``A. E. coli B. Klebsiella`` has two options). The two characters ``\\n`` count as a line's end, as spreadsheets
    write them.

    Raises:
        BenchmarkDataError: There are fewer than two options.
    """
    text = row.text(field).replace("\\n", "\n")
    lines = _by_lines(text)
    complete = len(lines) > 1 and all(label == LETTERS[place] for place, (label, _) in enumerate(lines))
    # Several options in one line look like lines that skip a letter: the cut that finds more is right then.
    ways = [lines] if complete else [lines, _by_letters(text, r"\s+"), _by_letters(text, r"\s*")]
    most: list[tuple[str, str]] = max(ways, key=len)
    return row.checked_options(field, most)


def labelled_options(row: Row, field: str, texts: Iterable[str]) -> dict[str, str]:
    """Take the letters off texts that each begin with theirs: ``["A.甲", "B.乙"]``.

    Raises:
        BenchmarkDataError: A text does not begin with the letter of its place, or there are fewer than two.
    """
    pairs = []
    for label, text in zip(LETTERS, texts, strict=False):
        match = re.match(_LABEL.format(label), text.strip())
        if match is None:
            raise row.error(field, f"an option that begins with {label}", text)
        pairs.append((label, text.strip()[match.end() :]))
    return row.checked_options(field, pairs)


def _by_lines(text: str) -> list[tuple[str, str]]:
    """Cut where a line begins with the next letter, or the one after it; other lines belong to the option before.

    Files lack a letter now and then (CMExam has "B …, C …, D …, E …" without A): the letters as printed are kept,
    because the gold refers to them.
    """
    pairs: list[tuple[str, str]] = []
    for line in (line.strip() for line in text.strip().split("\n")):
        start = LETTERS.index(pairs[-1][0]) + 1 if pairs else 0
        due = "[" + LETTERS[start : start + 2] + "]" if start < len(LETTERS) else "(?!)"
        if match := re.match(_LABEL.format(f"({due})"), line + "\n"):
            pairs.append((match[1], line[match.end() :]))
        elif pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]}\n{line}")
        else:
            return []
    return [(label, option.strip()) for label, option in pairs]


def _by_letters(text: str, space: str) -> list[tuple[str, str]]:
    """Cut at "A.", "B." … in order, where ``space`` (a pattern) stands before each but the first."""
    cuts: list[tuple[str, int, int]] = []
    for label in LETTERS:
        position = cuts[-1][2] if cuts else 0
        before = rf"(?<=\S){space}" if position else r"^\s*"
        match = re.compile(rf"{before}[(（]?{label}(?:[)）]|\s*[.．、])\s*(?=\S)").search(text, position)
        if match is None:
            break
        cuts.append((label, match.start(), match.end()))
    ends = [*(start for _, start, _ in cuts[1:]), len(text)][: len(cuts)]
    return [(label, text[end:until].strip()) for (label, _, end), until in zip(cuts, ends, strict=True)]
