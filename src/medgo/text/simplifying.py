"""Traditional Chinese characters as simplified ones, by OpenCC's dictionary at many times its speed."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

from medgo.errors import EngineUnavailableError

# Phrases come first: 乾 is 干 in 乾燥 and stays in 乾隆.
_DICTIONARIES = ("TSPhrases.txt", "TSCharacters.txt")


def simplified(text: str) -> str:
    """The same text in simplified characters, the longest phrase first where one character has several.

    Raises:
        EngineUnavailableError: opencc-python-reimplemented, whose dictionary this is, is not installed.
    """
    return text if text.isascii() else _converter().convert(text)


class _Converter:
    def __init__(self, table: dict[str, str]) -> None:
        self._phrases = {one: to for one, to in table.items() if len(one) > 1}
        self._letters = {ord(one): to for one, to in table.items() if len(one) == 1 and to != one}
        firsts, seconds = ({one[place] for one in self._phrases} for place in (0, 1))
        self._begins = re.compile(f"[{''.join(firsts)}](?=[{''.join(seconds)}])")
        self._lengths = sorted({len(one) for one in self._phrases}, reverse=True)

    def convert(self, text: str) -> str:
        parts: list[str] = []
        done = 0
        for match in self._begins.finditer(text):
            place = match.start()
            if place >= done and (phrase := self._phrase_at(text, place)):
                parts.append(text[done:place].translate(self._letters))
                parts.append(self._phrases[phrase])
                done = place + len(phrase)
        parts.append(text[done:].translate(self._letters))
        return "".join(parts)

    def _phrase_at(self, text: str, place: int) -> str:
        tried = (text[place : place + length] for length in self._lengths)
        return next((one for one in tried if one in self._phrases), "")


@lru_cache(maxsize=1)
def _converter() -> _Converter:
    try:
        folder = resources.files("opencc") / "dictionary"
        lines = [line for name in _DICTIONARIES for line in (folder / name).read_text("utf-8").splitlines()]
    except (ModuleNotFoundError, OSError) as error:
        hint = "pip install 'medgo[corpus]'"
        raise EngineUnavailableError("traditional Chinese needs opencc-python-reimplemented", hint=hint) from error
    # Of several simplified forms the first is the usual one.
    table: dict[str, str] = {}
    for line in lines:
        written, _, forms = line.partition("\t")
        if forms:
            table.setdefault(written, forms.split()[0])
    return _Converter(table)
