"""Names of other scripts in Latin letters, as passports have them: Cyrillic and Greek. Knows no text.

Source of the letters: ICAO Doc 9303-3, section 6, with the usual variants at the head and the end of a name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_CYRILLIC = {
    **dict(zip("абвгдезиклмнопрстуфыэё", "abvgdeziklmnoprstufyee", strict=True)),
    "ж": "zh", "й": "y", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu",
    "я": "ya", "і": "i", "ї": "i", "є": "ie", "ґ": "g", "ѓ": "gj", "ќ": "kj", "љ": "lj", "њ": "nj", "ѕ": "dz",
    "џ": "dj", "ј": "j",
}  # fmt: skip
_GREEK = {
    **dict(zip("αβγδεζηικλμνοπρσςτυφω", "avgdeziiklmnoprsstyfo", strict=True)),
    "θ": "th", "ξ": "x", "χ": "ch", "ψ": "ps",
}  # fmt: skip
_PAIRS = {"ου": "ou", "αυ": "av", "ευ": "ev", "μπ": "b", "ντ": "nt", "γκ": "gk", "γγ": "ng"}
_ENDINGS = {"iy": ("y", "i", "iy"), "yy": ("y", "yi"), "ey": ("ey", "ei"), "ay": ("ay", "ai"), "ia": ("ia", "iya")}


def romanised(name: str) -> Iterator[str]:
    """Spellings of a name in small Latin letters; none where it is of another script."""
    lowered = name.lower()
    if all(letter in _CYRILLIC for letter in lowered):
        spelled = "".join(_CYRILLIC[letter] for letter in lowered)
        ends = _ENDINGS.get(spelled[-2:], (spelled[-2:],))
        heads = ("e", "ye") if lowered[0] == "е" else (spelled[:1],)
        yield from (f"{head}{spelled[1:-2]}{end}" for head in heads for end in ends)
        return
    bare = "".join(one for one in unicodedata.normalize("NFD", lowered) if not unicodedata.combining(one))
    if all(letter in _GREEK for letter in bare):
        for pair, letters in _PAIRS.items():
            bare = bare.replace(pair, letters)
        yield "".join(_GREEK.get(letter, letter) for letter in bare)
