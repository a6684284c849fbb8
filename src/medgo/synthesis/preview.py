"""Rows with their evidence side by side, as one HTML page that needs nothing else. Makes and judges no row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from medgo.errors import InputError, UnknownConceptError
from medgo.knowledge import Knowledge
from medgo.store import replacing

_SETS = ("stage1", "stage2", "preference", "labels")
# What the parts of a row are called in ``Sentence.part``.
_LABELS = {True: "wanted", False: "unwanted", None: ""}
_TURNS = {"completion": "completion", "chosen": "chosen", "rejected": "rejected"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a row's text.

    Args:
        text: It.
        facts: Facts that it states; empty for text that no sentence covers.
        covered: Whether a sentence of the evidence covers it.
    """

    text: str
    facts: tuple[str, ...]
    covered: bool


def write_preview(folder: Path, target: Path, rows: int, seed: int, name_of: Callable[[str], str]) -> int:
    """Write the page.

    Args:
        folder: Output of a run.
        target: The page.
        rows: At most so many of each set, drawn by chance.
        seed: Seed of the draw.
        name_of: CURIE → what people call it.

    Returns:
        How many rows are shown.

    Raises:
        InputError: The folder holds no rows, or rows and evidence do not belong together.
    """
    try:
        sets = [(name, list(_drawn(folder, name, rows, seed))) for name in _SETS if (folder / f"{name}.jsonl").exists()]
    except (OSError, ValueError) as error:
        raise InputError(f"{folder}: rows or their evidence cannot be read: {error}") from error
    if not sets:
        raise InputError(f"{folder} holds no rows", hint="medgo synthesize RECIPE.yaml output=… makes some")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("medgo.synthesis", "templates"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = [(name, [_view(row, proof, name_of) for row, proof in drawn]) for name, drawn in sets]
    page = environment.get_template("preview.html").render(title=folder.resolve().name, sets=shown)
    with replacing(target) as file:
        file.write(page.encode())
    return sum(len(views) for _, views in shown)


def names_in(knowledge: Knowledge) -> Callable[[str], str]:
    """What concepts are called, in both languages; a CURIE that the index does not have has no name."""

    def name_of(curie: str) -> str:
        try:
            concept = knowledge.lookup(curie)
        except UnknownConceptError:
            return ""
        return " / ".join(name for name in (concept.name("zh"), concept.name("en")) if name)

    return name_of


def pieces_of(text: str, part: str, sentences: Sequence[Mapping[str, Any]]) -> list[Piece]:
    """Cut a text where the sentences of one part begin and end; they stand in it in their order."""
    pieces, position = [], 0
    for sentence in sentences:
        if sentence["part"] != part:
            continue
        begin = text.find(sentence["text"], position)
        if begin < 0:
            continue
        if begin > position:
            pieces.append(Piece(text[position:begin], (), covered=False))
        position = begin + len(sentence["text"])
        pieces.append(Piece(text[begin:position], tuple(sentence.get("facts", ())), covered=True))
    if position < len(text):
        pieces.append(Piece(text[position:], (), covered=False))
    return pieces


def _drawn(folder: Path, name: str, rows: int, seed: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows with their evidence: a sample without replacement, in the order of the file."""
    with (folder / f"{name}.jsonl").open("rb") as file:
        total = sum(1 for _ in file)
    rng = np.random.default_rng(seed)
    wanted = sorted(rng.choice(total, size=min(rows, total), replace=False).tolist())
    with (folder / f"{name}.jsonl").open("rb") as row_file, (folder / f"{name}.evidence.jsonl").open("rb") as file:
        pairs = enumerate(zip(row_file, file, strict=True))
        before = 0
        for number in wanted:
            _, (row, proof) = next(islice(pairs, number - before, None))
            before = number + 1
            value = json.loads(row), json.loads(proof)
            if value[0]["row_id"] != value[1]["row_id"]:
                raise InputError(f"{name}, line {number + 1}: rows and evidence do not belong together")
            yield value


def _view(row: dict[str, Any], proof: dict[str, Any], name_of: Callable[[str], str]) -> dict[str, Any]:
    sentences = proof["sentences"]
    turns = [
        (message["role"], "", pieces_of(message["content"], f"prompt[{i}]", sentences))
        for i, message in enumerate(row["prompt"])
    ]
    for column, part in _TURNS.items():
        for message in row.get(column, ()):
            if message.get("reasoning_content"):
                reasoning = "rejected_reasoning" if column == "rejected" else "reasoning"
                turns.append(("assistant", "reasoning", pieces_of(message["reasoning_content"], reasoning, sentences)))
            label = column if column != "completion" else _LABELS[row.get("label")]
            turns.append(("assistant", label, pieces_of(message["content"], part, sentences)))
    return {
        "id": row["row_id"],
        "task": row["task"],
        "lang": row["lang"],
        "turns": turns,
        "facts": [_fact(fact, name_of) for fact in proof["facts"]],
        "labels": json.dumps(proof["labels"], ensure_ascii=False, indent=1),
        "provenance": row["provenance"],
    }


def _fact(fact: dict[str, Any], name_of: Callable[[str], str]) -> dict[str, Any]:
    concept = fact.get("concept", "")
    name = name_of(concept) if concept else ""
    value = " ".join(str(part) for part in (fact.get("value", ""), fact.get("unit", "")) if part)
    more = {key: inner for key, inner in fact.get("attributes", {}).items() if inner not in ("", None)}
    return {
        "id": fact["id"],
        "kind": fact["kind"],
        "concept": concept,
        "name": name,
        "absent": fact.get("polarity") == "absent",
        "value": "" if value in name.split(" / ") else value,
        "side": fact.get("side", ""),
        "more": ", ".join(f"{key} {inner}" for key, inner in more.items()),
        "sources": ", ".join(fact.get("sources", ())),
        "basis": ", ".join(fact.get("basis", ())),
    }
