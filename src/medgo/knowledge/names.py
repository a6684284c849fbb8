"""When two spellings are the same name: case, plural, punctuation, width and spelling are folded. Knows no index.

English words and Chinese characters are told apart by script, never by a language that the caller claims: names mix
both ("β 受体阻滞剂", "Sjögren 综合征").
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Chinese characters, the extension planes included; those are written without spaces between words.
_HAN = r"\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_HAN_ONLY = re.compile(rf"[{_HAN}]")
_POSSESSIVE = re.compile(r"(?<=\w)['\u2019\u02bc`]s\b|(?<=s)['\u2019\u02bc`](?=\W|$)")
_APOSTROPHE = re.compile(r"(?<=\w)['\u2019\u02bc`](?=\w)")
# British to American, at the places where medicine differs. Folding every "ae" and "oe" would break "aerobic" and "toe"
# for a search that is still being typed.
_BRITISH = (
    ("haem", "hem"),
    ("aemi", "emi"),
    ("oedem", "edem"),
    ("oesoph", "esoph"),
    ("oestr", "estr"),
    ("rrhoe", "rrhe"),
    ("pnoe", "pne"),
    ("paed", "ped"),
    ("anaest", "anest"),
    ("anaes", "anes"),
    ("caec", "cec"),
    ("faec", "fec"),
    ("foet", "fet"),
    ("gynaec", "gynec"),
    ("coeli", "celi"),
    ("leucoc", "leukoc"),
    ("tumour", "tumor"),
    ("colour", "color"),
    ("fibre", "fiber"),
    ("sulph", "sulf"),
    ("isation", "ization"),
)
_BRITISH_AT = re.compile("|".join(british for british, _ in _BRITISH))
_AMERICAN = dict(_BRITISH)
_SHORTEST_PLURAL = 4


@lru_cache(maxsize=1 << 16)
def normalised(text: str) -> str:
    """The form in which two spellings of one name are equal.

    Full-width letters become half-width, accents and case go, English plurals become singular, British spelling becomes
    American, punctuation becomes a space between words and nothing between Chinese characters.

    Args:
        text: A name or a search.

    Returns:
        Words separated by single spaces; empty where the text has neither letter nor digit.
    """
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii():
        decomposed = unicodedata.normalize("NFD", text.casefold())
        text = unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))
    else:
        text = text.lower()
    text = _APOSTROPHE.sub("", _POSSESSIVE.sub("", text))
    words = [_folded(word) for word in _TOKEN.findall(text)]
    return _joined(words)


def tokens(norm: str) -> list[str]:
    """What a normalised name is found by: each word, each Chinese character, and each two characters that follow.

    Args:
        norm: Result of :func:`normalised`.

    Returns:
        Distinct tokens, in the order of the name.
    """
    found: dict[str, None] = {}
    for run in _TOKEN.findall(norm):
        if _HAN_ONLY.match(run):
            found.update(dict.fromkeys(run))
            found.update((run[place : place + 2], None) for place in range(len(run) - 1))
        else:
            found[run] = None
    return list(found)


def query_tokens(norm: str) -> list[str]:
    """The fewest tokens that a name must have to hold every word and every two neighbouring characters of a search."""
    found: dict[str, None] = {}
    for run in _TOKEN.findall(norm):
        if _HAN_ONLY.match(run) and len(run) > 1:
            found.update((run[place : place + 2], None) for place in range(len(run) - 1))
        else:
            found[run] = None
    return list(found)


def is_han(text: str) -> bool:
    """Whether a text begins with a Chinese character."""
    return _HAN_ONLY.match(text) is not None


def _folded(word: str) -> str:
    if not word.isascii():
        return word
    word = _BRITISH_AT.sub(lambda match: _AMERICAN[match.group()], word)
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]


def _joined(words: list[str]) -> str:
    """Words with a space between them, unless two runs of Chinese characters meet."""
    parts: list[str] = []
    for word in words:
        if parts and not (is_han(word) and is_han(parts[-1])):
            parts.append(" ")
        parts.append(word)
    return "".join(parts)
