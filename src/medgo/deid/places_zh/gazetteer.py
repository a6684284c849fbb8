"""Names of Chinese places, from provinces to districts, read once. Knows names and levels; reads no note."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import yaml

from medgo.errors import EngineUnavailableError

Level = Literal["province", "city", "county", "ambiguous"]
# Ends of names in the word list that are units of administration.
_UNIT = re.compile(r"[\u4e00-\u9fff]{1,14}(?:[市县旗盟]|(?<![地军市郊垦边景护校治园政业])区|自治[州县旗])")
_SHORT_UNIT = 3
# 海淀 for 海淀区; names of four letters and more are not shortened so.
_LONGEST_STEMMED = 4


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names and their levels.

    Args:
        levels: Level of each name; ``ambiguous`` are names that are words as well: cities, counties without 县 or 区.
    """

    levels: dict[str, Level]


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The names, read once a process (about 0.3 s).

    Raises:
        EngineUnavailableError: jieba, whose word list names the counties, is not installed.
    """
    own = yaml.safe_load(files(__package__).joinpath("gazetteer.yaml").read_text("utf-8"))
    levels: dict[str, Level] = {}
    excluded = set(own["not_places"].split())
    for word in _listed():
        stem = word[:-1]
        if word not in excluded and len(word) > _SHORT_UNIT - 1:
            levels[word] = "county"
            if _SHORT_UNIT <= len(word) <= _LONGEST_STEMMED:
                levels.setdefault(stem, "ambiguous")
        elif word not in excluded:
            levels[word] = "ambiguous"
    levels.update(dict.fromkeys(own["districts"].split(), "county"))
    ambiguous = set(own["ambiguous"].split())
    for name in own["cities"].split():
        levels[name] = "ambiguous" if name in ambiguous else "city"
        levels[f"{name}市"] = "city"
    levels.update(dict.fromkeys(own["foreign"].split(), "city"))
    for suffix, stems in own["provinces"].items():
        for stem in stems:
            levels[stem] = levels[stem + suffix] = "province"
    return Gazetteer(levels)


def _listed() -> list[str]:
    # Its file only: importing jieba sets up a logger and a tokenizer that nobody needs here.
    spec = find_spec("jieba")
    if spec is None or not spec.submodule_search_locations:
        raise EngineUnavailableError(
            "jieba is not installed: its word list names the counties", hint="pip install jieba"
        )
    words = []
    with (Path(spec.submodule_search_locations[0]) / "dict.txt").open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith(" ns\n"):
                word = line[: line.index(" ")]
                if _UNIT.fullmatch(word) and (len(word) >= _SHORT_UNIT or word[-1] == "县"):
                    words.append(word)
    return words
