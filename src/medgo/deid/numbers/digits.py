"""Long runs of digits without a label: identity cards, bank cards, telephones, and what is too long to be measured."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.deid.numbers.checks import is_date, luhn, npi, old_resident_id, resident_id
from medgo.deid.numbers.hits import Hit, Reading
from medgo.deid.numbers.phones import phones

# Seven digits or more with at most one separator (or brackets) between two of them. Deterministic: linear.
_RUN = re.compile(r"(?<!\d)\d(?:(?:[-./ \n]|\)[ -]?|[ -]?\()?+\d){6,}+[Xx]?")
_PLAIN = re.compile(r"\d{7,}+")
# A resident identity number in up to six pieces, or broken over two lines.
_RESIDENT = re.compile(r"(?<!\d)[1-9](?:[-. \n]?\d){16}[-. \n]?[\dXx×](?![\dA-Za-z])")
_CARD = re.compile(
    r"(?<!\d)[2-9]\d{3}([- ])\d{4}\1\d{4}\1\d{1,7}(?:\1\d{1,4})?(?!\d)|(?<!\d)3\d{3}([- ])\d{6}\2\d{5}(?!\d)"
)
_SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_BROKEN_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{1,8}[ ]?\n[ ]?\d{1,8}(?!\d)")
_ZIP4 = re.compile(r"(?<![\d-])\d{5}-\d{4}(?![\d-])")
# "178.88023499217553": decimals as computers print them. At the start of a line "1." is an item's.
_DECIMALS_BEFORE = re.compile(r"[^\n][ =:<>≤≥~(|]-?\d{1,4}\.$")
_CARD_BEGINS = ("62", "4", "51", "52", "53", "54", "55", "34", "37", "6011", "65")
_TERMINOLOGY = re.compile(r"[ (\[]{0,2}(?:SNOMED|SCT\b|ICD|LOINC|RxNorm|CPT\b|UMLS|OMIM|HPO\b)")
# What stands in front of counts, loads and public numbers.
_SCIENCE = re.compile(
    r"(?:dna|rna|载量|拷贝|计数|滴度|copies|load|count|titer|titre|[×*=<>≥≤~约近共$￥¥€£]|总数|chr[\dxy]{1,2}:|[cgmp]\."
    r"|(?<![a-z])(?:x|c|rs|nct|pmid|pmc|hp:|go:)|准字[a-z]?|注[准进]|chictr)\s?$"
)
_MEASURED = re.compile(
    r"\s?(?:(?:[kmnpuμ]?g|m?l|i?u|copies|cells|cfu|bp|rmb|usd)(?![A-Za-z])|拷贝|元|万|人|次|例|个|步|美元"
    r"|/\s?[A-Za-zμ]|[%×^]|:\d|\.\d|,\d{3})",
    re.IGNORECASE,
)


def long_digits(reading: Reading) -> Iterator[Hit]:
    """Runs of digits that are identifiers by their form or their length alone."""
    text = reading.text
    for run in _RUN.finditer(text):
        start, end = run.span()
        # Brackets, a plus sign, an extension belong to a number and stand outside of the run.
        around = max(0, start - 6), min(len(text), end + 12)
        yield from _identity(reading, start, end)
        yield from phones(reading, *around)
        yield from _cards(reading, start, end)
        for match in _PLAIN.finditer(text, start, end):
            found = _plain(reading, match.start(), match.end())
            if found:
                yield found


def _identity(reading: Reading, start: int, end: int) -> Iterator[Hit]:
    if end - start >= 18:
        for match in _RESIDENT.finditer(reading.text, start, min(len(reading.text), end + 1)):
            pieces = re.split(r"[-. \n]", match[0].replace("×", "X"))
            score = resident_id("".join(pieces))
            # In many pieces, only a number with the right check digit is one: rows of tables have 18 digits too.
            if score and (len(pieces) <= 4 or score > 0.95):
                yield Hit(match.start(), match.end(), "id_card", score)
    if end - start >= 9:
        for match in _SSN.finditer(reading.text, start, end):
            yield Hit(match.start(), match.end(), "ssn", 0.95)
        for match in _ZIP4.finditer(reading.text, start, end):
            yield Hit(match.start(), match.end(), "zip_code", 0.9)


def _cards(reading: Reading, start: int, end: int) -> Iterator[Hit]:
    if end - start >= 15:
        for match in _CARD.finditer(reading.text, start, end):
            yield Hit(match.start(), match.end(), "bank_account", 0.93)
    if "\n" in reading.text[start:end]:
        for match in _BROKEN_MOBILE.finditer(reading.text, start, end):
            if sum(map(str.isdigit, match[0])) == 11:
                yield Hit(match.start(), match.end(), "phone", 0.7)


def _plain(reading: Reading, start: int, end: int) -> Hit | None:
    """A run of digits alone, seven at least."""
    digits = reading.text[start:end]
    size = len(digits)
    # Decimals are short; behind "1." may stand an item of a list.
    if size < 9 and start and reading.text[start - 1] in ".," and reading.text[start - 2 : start - 1].isdigit():
        return None
    before = reading.before(start, 12)
    card = 12 <= size <= 19 and luhn(digits)
    if _TERMINOLOGY.match(reading.text, end):
        return None
    if _DECIMALS_BEFORE.search(before) and not (card and digits.startswith(_CARD_BEGINS)):
        return None
    if size < 12 and (_SCIENCE.search(before) or _MEASURED.match(reading.text, end)):
        return None
    if size in {8, 12, 14} and is_date(digits):
        return None
    if size == 15 and old_resident_id(digits):
        return Hit(start, end, "id_card", 0.9)
    if card:
        return Hit(start, end, "bank_account", 0.9)
    if size >= 15:
        return Hit(start, end, "bank_account" if size in {16, 19} else "other_id", 0.8)
    if size == 10 and npi(digits):
        return Hit(start, end, "licence", 0.7)
    if size == 10 and digits[0] in "23456789" and digits[3] in "23456789":
        return Hit(start, end, "phone", 0.7)
    # Round numbers are counts; rows of small digits are scores, read without the blanks between them.
    if (size < 9 and digits.endswith("000")) or max(digits) < "4":
        return None
    return Hit(start, end, "other_id", 0.55)
