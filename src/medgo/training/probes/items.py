"""What a model is asked during and after training: probe items and their file. Knows no model and no generator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from medgo.errors import InputError
from medgo.schema import Lang, Message, parse_messages
from medgo.store import RowFile, encode_row, replacing
from medgo.store.hashing import fingerprint

ProbeKind = Literal["term", "grounded", "escalation", "preference", "general"]
KINDS: tuple[ProbeKind, ...] = get_args(ProbeKind)


@dataclass(frozen=True, slots=True)
class ProbeItem:
    """One question about something that no training row tells of.

    Args:
        id: Unique in its file; begins with the kind.
        kind: What it probes.
        sort: Sort within the kind (``translation``, ``lab``, ``danger``).
        lang: Language of question and answer.
        about: What it is about; items about the same are not independent, and intervals take them together. Of
            ``grounded`` it is a patient (``disease#number``), of ``escalation`` a topic, of a fact the fact.
        prompt: The conversation up to the answer.
        options: Whole answers; the first is right, the others are wrong.
        gold: What a right reply must hold; may be shorter than the right option.
    """

    id: str
    kind: ProbeKind
    sort: str
    lang: Lang
    about: str
    prompt: tuple[Message, ...]
    options: tuple[str, ...]
    gold: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"{self.id}: there are no probes of the kind {self.kind!r}")
        if len(self.options) < 2 or len(set(self.options)) < len(self.options):
            raise InputError(f"{self.id}: a probe needs two or more options that differ")

    def to_dict(self) -> dict[str, Any]:
        """As a line of the file."""
        return {
            "id": self.id,
            "kind": self.kind,
            "sort": self.sort,
            "lang": self.lang,
            "about": self.about,
            "prompt": [message.to_dict() for message in self.prompt],
            "options": list(self.options),
            "gold": self.gold,
        }


def write_items(path: Path, items: Iterable[ProbeItem]) -> int:
    """Write items, whole or not at all; returns how many."""
    count = 0
    with replacing(path) as file:
        for item in items:
            file.write(encode_row(item.to_dict()))
            count += 1
    return count


def read_items(path: Path, *, kinds: Iterable[ProbeKind] | None = None, limit: int | None = None) -> list[ProbeItem]:
    """Read items in the order of the file.

    Args:
        path: The file.
        kinds: Only these; None takes all.
        limit: At most so many of each kind, the first ones, whose languages take turns; None takes all.

    Raises:
        InputError: The file is not there, a line is no item, or two have the same id.
    """
    wanted = set(KINDS if kinds is None else kinds)
    items: list[ProbeItem] = []
    seen: set[str] = set()
    counts: dict[str, int] = {}
    for raw in RowFile(path):
        if raw.value is None:
            raise InputError(f"{path}, line {raw.number}: {raw.error}")
        item = _item(raw.value, f"{path}, line {raw.number}")
        if item.id in seen:
            raise InputError(f"{path}, line {raw.number}: the id {item.id} is there twice")
        seen.add(item.id)
        if item.kind in wanted and (limit is None or counts.get(item.kind, 0) < limit):
            counts[item.kind] = counts.get(item.kind, 0) + 1
            items.append(item)
    if not items:
        raise InputError(
            f"{path} holds no probes of {', '.join(sorted(wanted))}", hint="medgo train probes writes them"
        )
    return items


def fingerprint_of(items: Iterable[ProbeItem]) -> str:
    """Equal for the same items in the same order."""
    return fingerprint([item.to_dict() for item in items])


def _item(value: dict[str, Any], place: str) -> ProbeItem:
    try:
        return ProbeItem(
            id=value["id"],
            kind=value["kind"],
            sort=value["sort"],
            lang=value["lang"],
            about=value["about"],
            prompt=tuple(parse_messages(value["prompt"])),
            options=tuple(value["options"]),
            gold=value["gold"],
        )
    except (KeyError, TypeError) as error:
        raise InputError(f"{place}: not a probe item: {error}", hint="medgo train probes writes such files") from error
