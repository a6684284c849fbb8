"""The labels that numbers stand behind, read once from ``labels.yaml``. Searches no text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from medgo.deid.classes import IdentifierClass
from medgo.deid.numbers.trie import pattern_of

ValueKind = Literal["code", "phone", "handle", "place", "zip"]


class Meaning(BaseModel):
    """What a label says of the value behind it.

    Args:
        class_: Class of the value; ``none`` where it is no identifier.
        value: How the value is written.
        digits: Least number of digits.
        zh: Chinese labels.
        en: English labels.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    class_: IdentifierClass | Literal["none"] = Field(alias="class")
    value: ValueKind
    digits: int = Field(ge=0)
    zh: tuple[str, ...]
    en: tuple[str, ...]


@dataclass(frozen=True)
class Labels:
    """All labels of both languages.

    Args:
        meanings: By label; blanks and hyphens within are single spaces.
        zh: Finds Chinese labels, the longest at each place.
        en: Finds English ones at the beginnings of words.
    """

    meanings: dict[str, Meaning]
    zh: re.Pattern[str]
    en: re.Pattern[str]


@lru_cache(maxsize=1)
def labels() -> Labels:
    """The labels of ``labels.yaml``."""
    text = files("medgo.deid.numbers").joinpath("labels.yaml").read_text("utf-8")
    meanings: dict[str, Meaning] = {}
    for one in TypeAdapter(list[Meaning]).validate_python(yaml.safe_load(text)):
        # An earlier entry is the more exact one.
        for label in (*one.zh, *one.en):
            meanings.setdefault(label, one)
    english = [label for label in meanings if label.isascii()]
    return Labels(
        meanings,
        re.compile(pattern_of(label for label in meanings if not label.isascii())),
        re.compile(rf"(?<![a-z0-9/])(?:{pattern_of(english)})(?![a-z])"),
    )
