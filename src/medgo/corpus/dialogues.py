"""Published dialogues (JSONL, JSON) as documents; a hospital's own are records, and not read here.

A row is ``{"messages": [{"role": "user", "content": "…"}, …]}``; ``turns``, ``conversation``, ``conversations`` and
``dialogue`` mean the same, as do ``from``/``value``, ``speaker``/``text``, and pairs ``["user", "…"]``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from medgo.corpus.ledger import Ledger
from medgo.corpus.protocol import Holds, Item, Source
from medgo.schema import Document, SourceRef
from medgo.store import RowFile
from medgo.text import language_of

_LISTS = ("messages", "turns", "conversation", "conversations", "dialogue")
_ROLES = {
    "user": "user", "human": "user", "patient": "user", "病人": "user", "患者": "user", "client": "user",
    "assistant": "assistant", "gpt": "assistant", "doctor": "assistant", "bot": "assistant", "医生": "assistant",
    "system": "system",
}  # fmt: skip
Turn = tuple[str, str]


class DialoguesReader:
    """Dialogues of a user and an assistant in turn, cut after the assistant's last turn; others are named, left out."""

    name: ClassVar[str] = "dialogues"
    holds: ClassVar[Holds] = "documents"

    def recognises(self, name: str, head: bytes) -> bool:
        """See :class:`medgo.corpus.protocol.Reader`; the first row has to be a dialogue."""
        del name
        try:
            row = json.loads(head.partition(b"\n")[0])
        except ValueError:
            return False
        return isinstance(row, dict) and bool(_turns(row))

    def read(self, source: Source, ledger: Ledger) -> Iterator[Item]:
        """See :class:`medgo.corpus.protocol.Reader`."""
        name = source.name
        for row in RowFile(source.path, name=name):
            place = f"line {row.number}"
            if row.value is None:
                ledger.omit(name, place, "broken row", str(row.error))
                continue
            identity = str(row.value.get("id") or row.value.get("_id") or f"{name}#{row.number}")
            turns = _turns(row.value)
            why = _fault(turns)
            text = "\n".join(said for _, said in turns)
            lang = source.lang or language_of(text)
            if why or lang is None:
                ledger.omit(name, identity, why or "other language")
                continue
            licence = str(row.value.get("licence") or row.value.get("license") or source.licence or "unknown")
            ref = SourceRef(identity, source.collection or "dialogues", licence, source.retrieved)
            yield Document(ref, lang, text, meta={"turns": [list(turn) for turn in turns]})


def _turns(row: Mapping[str, Any]) -> list[Turn]:
    """Turns up to the assistant's last, without what a system prompt says; empty where a turn is none."""
    found: list[Any] = next((row[name] for name in _LISTS if isinstance(row.get(name), list)), [])
    turns = [_turn(one) for one in found]
    if any(turn is None for turn in turns):
        return []
    said = [turn for turn in turns if turn is not None and turn[0] != "system"]
    return said[: max((place + 1 for place, (role, _) in enumerate(said) if role == "assistant"), default=0)]


def _turn(one: object) -> Turn | None:
    if isinstance(one, Mapping):
        role = one.get("role", one.get("from", one.get("speaker")))
        text = one.get("content", one.get("value", one.get("text")))
    elif isinstance(one, Sequence) and not isinstance(one, str) and len(one) == 2:
        role, text = one
    else:
        return None
    if not isinstance(role, str) or not isinstance(text, str) or role.lower() not in _ROLES:
        return None
    return _ROLES[role.lower()], text.strip()


def _fault(turns: Sequence[Turn]) -> str:
    if not turns:
        return "no dialogue"
    if not all(text for _, text in turns):
        return "empty turn"
    expected = ["user" if place % 2 == 0 else "assistant" for place in range(len(turns))]
    return "" if [role for role, _ in turns] == expected else "not in turn"
