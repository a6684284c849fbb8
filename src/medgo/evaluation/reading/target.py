"""What is named at one place of a reply: a label, a list of labels, an option's text, "all of the above".

The rules find the places ("Answer: …", ``\\boxed{…}``, the first line); this file reads what stands there, and refuses
what only looks like a label: an article, a pronoun, an abbreviation, ``C-reactive``, ``B超``.
"""

from __future__ import annotations

import re

from medgo.evaluation.reading.page import Page, Reading

_DECORATION = r"[\s\"'“”‘’(\[{「『《〈<:=>_~|-]*+"
_PREFIX = re.compile(
    rf"{_DECORATION}(?:(?:(?:options?|choices?|letters?|both|either|the)(?![a-z])|选[项择]?){_DECORATION}){{0,4}}+"
)
_SPACE = re.compile(r"\s*+")
_GOES_ON = re.compile(r"[a-z0-9%‰]|[.,][0-9]|['’-][a-z]")
_ARTICLE = re.compile(r"(?:an?|the|to|with|of)\s+")
_LETTERS = re.compile(r"[A-Z]{1,22}(?![A-Za-z0-9])")
_SMALL_LETTER = re.compile(r"[a-z](?=[.):,;}\]\"'”]|\s*$|\s*\n)")
_SPACED = re.compile(r"[A-Z](?:[ \t]+[A-Z])+(?=[ \t]*(?:[.。\n}]|$))")
_BETWEEN = re.compile(r"\s*(?:选项|项)?[\s\"'”]*[.:、,)\]-]*\s*\(?\s*")
_CLOSING = re.compile(r"(?:[ \t]*[)\]\"'”’」』》])*+(?:选项|项|的(?=[,.。!]))?")
# Between two labels: group 1 makes them alternatives, group 2 is a mark that may also end the list.
_SEPARATOR = re.compile(
    r"[ \t]*(?:(?:,[ \t]*)?(或者?|还是|or(?![a-z]))|([,;])(?:[ \t]*(?:(?:and|plus)(?![a-z])|&|和|与|及|以及))?"
    r"|、|/|\+|&|(?:and|plus|as well as)(?![a-z])|以及|还有|和|与|及|跟|而非选)"
)
_NEXT_LINE = re.compile(r"[ \t]*[;,]?[ \t]*\n[ \t]*(?:[-•+]|\d{1,2}[.)])?[ \t]*")
_END_OF_LINE = re.compile(r"[ \t]*[.。;,]?[ \t]*(?:\n|$)")
RANGE = re.compile(r"[ \t]*(?:[-–~—至到]|through|to)[ \t]*([A-Z])(?![A-Za-z]|-[A-Za-z])")
_WHOLE_WORD = re.compile(r"的?+[\u4e00-\u9fff]")
# "A because" is a label, "A patient" and "I think" are not.
_WORD = re.compile(r"[ \t]+[a-z]")
_AFTER_LABEL = re.compile(
    r"[ \t]+(?:because|since|is|as|and|or|for|due|given|based|which|but|not|over|rather|instead|would|in|by|per|via)\b"
)
_AFTER_I = re.compile(r"[ \t]+(?:because|since|is|as|given|for|due|based|and|or)\b")
# What follows a letter that is part of a word.
_WORD_TAIL = re.compile(
    r"['’][a-z]|-[a-z0-9]|[ -](?:cells?|lymphocytes?|waves?|virus|antigen|reactive)(?![a-z])"
    r"|反应|超|型|族|细胞|淋巴|肽|波|线|链球菌|蛋白|酶|受体|-?二聚|抑制剂|类药"
)
_RUN_TAIL = re.compile(r"[和与及或均都皆两三四五六项选正为是的因等共这由,]|[^\u4e00-\u9fff]|$")
_ALL = re.compile(
    r"(?:all of (?:the above|them|these)|all (?:the |of the )?(?:options|choices|answers))"
    r"(?: (?:are|is) (?:correct|right|true))?|all are correct"
    r"|以上(?:选项|各项|说法|答案|几项)?(?:全部|都|均|全|皆)(?:是|对|正确|选|符合)?"
    r"|全选|全部(?:正确|选项|都选|都对|选)?(?![\u4e00-\u9fff])"
)
# "选A的同学", "is the answer B?"
_NOT_SAID = re.compile(r"[ \t]*(?:\?|吗|呢|的(?:同学|人|原因|理由|话|患者|前提))")
_PREDICATE = re.compile(
    r"\s*(?:项|选项)?\s*(?:[都均皆也]|不|错|是|为|属|可|能|会|用|正确|符合|项|选项|:|"
    r"(?:is|are|was|were|do|does|can|cannot|has|have|had|would|may|might|will|could|should)(?![a-z]))"
)


def read_target(page: Page, position: int, *, subject: bool = False) -> Reading | None:
    """Read what is named at a position.

    Args:
        page: The reply.
        position: Where to read; quotes, brackets and words such as "option" are skipped.
        subject: The labels may begin a sentence ("A, B and C are correct"); after an announcement ("故选C，A、B错误")
            they belong to the next one.

    Returns:
        The labels; None when no label and no option is named there, or only in a question.
    """
    start = skip(_PREFIX, page.lower, position)
    spaced = _SPACED.match(page.text, start)
    if spaced is not None:
        letters = spaced[0].split()
        if len(set(letters)) == len(letters) and page.options.labels.keys() >= set(letters):
            return Reading(frozenset(letters), start, spaced.end())
    # A text may itself begin with what is skipped: "<5 %", "“B” symptoms".
    bare = skip(_SPACE, page.lower, position)
    quoted = _read_text(page, bare) if bare < start else None
    if quoted is not None:
        start = bare
    item = quoted or _read_item(page, start) or _read_small_letter(page, start) or _read_all(page, start)
    if item is None:
        return None
    reading = _read_list(page, start, item, subject=subject)
    return None if _NOT_SAID.match(page.lower, reading.end) else reading


def names_letters(page: Page, reading: Reading) -> bool:
    """Whether the reading begins with a label, and not with an option's text."""
    first = page.text[reading.start]
    return first.upper() in reading.labels and not page.text[reading.start + 1 : reading.start + 2].islower()


def skip(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return where the pattern, if it stands at the position, ends; else the position."""
    match = pattern.match(text, position)
    return position if match is None else match.end()


def is_alone(page: Page, reading: Reading) -> bool:
    """Whether nothing but punctuation stands between the reading and the end of its line."""
    return _END_OF_LINE.match(page.lower, reading.end) is not None


def _read_list(page: Page, start: int, item: tuple[frozenset[str], int], *, subject: bool) -> Reading:
    """Read further labels after the first."""
    labels, end = item
    hedged = False
    before_comma: tuple[frozenset[str], int] | None = None
    for _ in range(26):
        separator = _SEPARATOR.match(page.lower, end)
        if separator is None:
            break
        following = _read_item(page, skip(_PREFIX, page.lower, separator.end()))
        if following is None:
            break
        if separator[2] and before_comma is None:
            before_comma = labels, end
        hedged = hedged or bool(separator[1])
        labels, end = labels | following[0], following[1]
    if before_comma is not None and not subject and _PREDICATE.match(page.lower, end):
        labels, end = before_comma
    if page.multiple is not False and not hedged:
        labels, end = _read_lines(page, labels, end)
    return Reading(labels, start, end, hedged)


def _read_lines(page: Page, labels: frozenset[str], end: int) -> tuple[frozenset[str], int]:
    """Read a list that goes on line by line; each line must hold a label and nothing else."""
    for _ in range(26):
        line = _NEXT_LINE.match(page.lower, end)
        if line is None:
            break
        item = _read_item(page, skip(_PREFIX, page.lower, line.end()))
        if item is None or item[0] <= labels or not _END_OF_LINE.match(page.lower, item[1]):
            break
        labels, end = labels | item[0], item[1]
    return labels, end


def _read_item(page: Page, start: int) -> tuple[frozenset[str], int] | None:
    """Read one option's text, one label (with its own text after it), or a run of labels such as ``ACD``."""
    return _read_text(page, start) or _read_letters(page, start)


def _read_text(page: Page, start: int) -> tuple[frozenset[str], int] | None:
    lower = page.lower
    article = _ARTICLE.match(lower, start)
    for position in (start,) if article is None else (start, article.end()):
        for text, label in page.options.by_length:
            if lower.startswith(text, position) and _ends_there(lower, text, position + len(text)):
                return frozenset(label), skip(_CLOSING, lower, position + len(text))
    return None


def _ends_there(lower: str, text: str, end: int) -> bool:
    """Whether the text stands there as a whole, and not as the beginning of a longer word or number."""
    if len(text) == 1 and _WHOLE_WORD.match(lower, end):
        # "是的,…" is "是"; "是一种…" is not.
        return False
    return not (text[-1].isascii() and text[-1].isalnum() and _GOES_ON.match(lower, end))


def _read_letters(page: Page, start: int) -> tuple[frozenset[str], int] | None:
    match = _LETTERS.match(page.text, start)
    if match is None:
        return None
    letters, end = match[0], match.end()
    if len(letters) > 1:
        return _checked_run(page, letters, end)
    if letters not in page.options.labels:
        return None
    own_end = end_of_own_text(page, letters, end)
    if own_end > end:
        return frozenset(letters), skip(_CLOSING, page.lower, own_end)
    span = RANGE.match(page.text, end)
    if span is not None:
        labels = labels_between(page, letters, span[1])
        return None if page.multiple is False or not labels else (labels, skip(_CLOSING, page.lower, span.end()))
    if _WORD_TAIL.match(page.lower, end):
        return None
    usual = {"A": _AFTER_LABEL, "I": _AFTER_I}.get(letters)
    if usual is not None and _WORD.match(page.text, end) and not usual.match(page.text, end):
        return None
    return frozenset(letters), skip(_CLOSING, page.lower, end)


def labels_between(page: Page, first: str, last: str) -> frozenset[str]:
    """Return the labels of "A-C"; none where it runs backwards or leaves the options."""
    order = list(page.options.labels)
    if first not in order or last not in order:
        return frozenset()
    return frozenset(order[order.index(first) : order.index(last) + 1])


def end_of_own_text(page: Page, label: str, end: int) -> int:
    """Skip the option's own text after its label ("C. Ceftriaxone"); ``end`` where something else follows."""
    own = page.options.texts.get(label)
    after = skip(_BETWEEN, page.lower, end)
    return after + len(own) if own and after > end and page.lower.startswith(own, after) else end


def _checked_run(page: Page, letters: str, end: int) -> tuple[frozenset[str], int] | None:
    """Tell ``ACD`` from an abbreviation: different labels, and no noun after it ("ACE inhibitors")."""
    if len(set(letters)) != len(letters) or not page.options.labels.keys() >= set(letters):
        return None
    if _WORD.match(page.text, end) and not _AFTER_LABEL.match(page.text, end):
        return None
    if not _RUN_TAIL.match(page.lower, end):
        return None
    return frozenset(letters), skip(_CLOSING, page.lower, end)


def _read_small_letter(page: Page, start: int) -> tuple[frozenset[str], int] | None:
    match = _SMALL_LETTER.match(page.text, start)
    if match is None or match[0].upper() not in page.options.labels:
        return None
    return frozenset(match[0].upper()), match.end()


def _read_all(page: Page, start: int) -> tuple[frozenset[str], int] | None:
    """ "All of the above": the option that says so, else all options where several may be right."""
    match = _ALL.match(page.lower, start)
    if match is None:
        return None
    for label, text in page.options.texts.items():
        if _ALL.match(text):
            return frozenset(label), match.end()
    if page.multiple is False or not page.options.texts:
        return None
    return frozenset(page.options.labels), match.end()
