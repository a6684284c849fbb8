"""Makes probe items from the held-out side of knowledge with the short generators. Knows no model.

Every item is a row that training could have had, were its disease, term or topic not held out; the verifier that
checks rows has checked it. Items about terms that a given set of training rows names anywhere are left out, and those
whose right answer is not surely right or whose wrong ones are not surely wrong.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np

from medgo.errors import InputError
from medgo.knowledge import Knowledge, open_knowledge
from medgo.knowledge.lexicon import lexicon_of
from medgo.schema import Lang, PreferenceRow
from medgo.synthesis.concepts import Concepts
from medgo.synthesis.generators.short import General, RecordQuestions, ShortPairs, ShortTerms, Triage
from medgo.synthesis.generators.short.general_words import facts
from medgo.synthesis.protocol import Draft, Generator, Source
from medgo.synthesis.recipe import SetName
from medgo.synthesis.verification import Verifier
from medgo.training.probes.items import ProbeItem, ProbeKind, write_items
from medgo.training.probes.measures import FACT
from medgo.training.probes.purity import Taught, not_golden

_GENERATORS: Mapping[ProbeKind, type[Generator]] = {
    "term": ShortTerms,
    "grounded": RecordQuestions,
    "escalation": Triage,
    "preference": ShortPairs,
    "general": General,
}
# Facts that are never trained on make up most of what guards against forgetting.
_OPTIONS: Mapping[ProbeKind, Mapping[str, Any]] = {
    "general": {"kinds": {"fact": 0.7, "copy": 0.06, "order": 0.08, "odd_one": 0.08, "sum": 0.08}}
}
COUNTS: Mapping[ProbeKind, int] = {"term": 640, "grounded": 640, "escalation": 640, "preference": 640, "general": 220}
# So many items at most are about one concept; topics and everyday facts are few and have more.
_PER_CONCEPT: Mapping[ProbeKind, int] = {"term": 4}
_TRIES_PER_ITEM = 200


@dataclass(slots=True)
class Written:
    """Items with what was left out.

    Args:
        items: In their order: kinds one after the other, languages in turn.
        left_out: Why drafts became no items: reason → count.
    """

    items: list[ProbeItem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def files_of_rows(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Files of rows: those named, and of a folder that ``medgo synthesize`` wrote the sets that it has.

    Raises:
        InputError: A path is not there, or a folder holds no set.
    """
    files: list[Path] = []
    for path in paths:
        found = (
            [path] if path.is_file() else [f for name in get_args(SetName) if (f := path / f"{name}.jsonl").exists()]
        )
        if not found:
            raise InputError(f"{path} holds no rows", hint="give a JSONL file of rows, or a folder of medgo synthesize")
        files += found
    return tuple(files)


def concepts_of(folders: Iterable[Path]) -> Concepts:
    """What rows were made with, from the manifests of the folders that hold them.

    Args:
        folders: Folders that ``medgo synthesize`` wrote, or files within.

    Raises:
        InputError: There is no manifest, or two folders hold out different concepts.
    """
    found: dict[Concepts, Path] = {}
    for path in folders:
        manifest = (path if path.is_dir() else path.parent) / "manifest.json"
        if not manifest.exists():
            raise InputError(
                f"{path}: nothing says which concepts its rows hold out, for {manifest} is not there",
                hint="give the folder that medgo synthesize wrote",
            )
        try:
            value = json.loads(manifest.read_bytes())["recipe"]["concepts"]
            found.setdefault(Concepts.model_validate(value), path)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{manifest}: does not say which concepts were held out: {error}") from error
    if len(found) != 1:
        told = "; ".join(f"{path}: {one.part}, share {one.share}, seed {one.seed}" for one, path in found.items())
        raise InputError(
            f"the rows hold out different concepts ({told or 'no rows were given'})",
            hint="give --rows folders that were made with the same concepts in their recipes",
        )
    return next(iter(found))


def write_probes(
    path: Path,
    *,
    concepts: Concepts,
    counts: Mapping[ProbeKind, int] = COUNTS,
    seed: int = 0,
    training_rows: tuple[Path, ...] = (),
) -> Written:
    """Make items with the installed knowledge and write them to a file; see :func:`make_items`."""
    written = make_items(open_knowledge(), concepts, counts=counts, seed=seed, training_rows=training_rows)
    write_items(path, written.items)
    return written


def make_items(
    knowledge: Knowledge,
    concepts: Concepts,
    *,
    counts: Mapping[ProbeKind, int] = COUNTS,
    seed: int = 0,
    training_rows: tuple[Path, ...] = (),
) -> Written:
    """Make items.

    Args:
        knowledge: The opened index.
        concepts: What the training rows were made with, whose part has to be ``train``; the held-out side is taken.
        counts: Items of each kind, half in each language.
        seed: Other seeds give other items.
        training_rows: Files of rows; items that ask what one of them asks, or whose term one of them teaches, are
            left out.

    Raises:
        InputError: The rows hold nothing out, or the held-out side has too little for so many items.
    """
    if concepts.part != "train":
        raise InputError(
            f"these rows were made with concepts.part: {concepts.part}; probes need concepts that were held out",
            hint="make the rows with concepts: {part: train} in their recipe",
        )
    held = concepts.model_copy(update={"part": "held_out"})
    taught = Taught.read(training_rows)
    verifier = Verifier(lexicon_of(knowledge), knowledge)
    written = Written()
    for number, (kind, count) in enumerate(counts.items()):
        source = Source(knowledge, stage="preference", seed=f"probes/{kind}", concepts=held)
        drafts = _GENERATORS[kind](**_OPTIONS.get(kind, {})).rows(source, np.random.default_rng([seed, number]))
        _take(kind, count, drafts, (verifier, taught), written)
    return written


def _take(
    kind: ProbeKind, count: int, drafts: Iterator[Draft], checks: tuple[Verifier, Taught], written: Written
) -> None:
    verifier, taught = checks
    wanted: dict[Lang, int] = {"zh": count - count // 2, "en": count // 2}
    found: dict[Lang, list[ProbeItem]] = {"zh": [], "en": []}
    about: Counter[tuple[str, Lang]] = Counter()
    seen: set[str] = set()
    for _ in range(_TRIES_PER_ITEM * count):
        if all(len(found[lang]) >= wanted[lang] for lang in wanted):
            break
        draft = next(drafts)
        lang = draft.row.lang
        if len(found[lang]) >= wanted[lang] or not _balanced(kind, draft, found[lang], wanted[lang]):
            continue
        item, mention = _item(kind, draft, len(found[lang])), _mention(draft)
        text = item.prompt[-1].content
        reason = (
            "the same question again"
            if text in seen
            else "enough about its concept"
            if about[item.about, lang] >= _PER_CONCEPT.get(kind, count)
            else "unsupported"
            if verifier.verify(draft)
            else taught.holds(item, mention) or not_golden(item, mention)
        )
        if reason:
            written.left_out[f"{kind}: {reason}"] += 1
            continue
        seen.add(text)
        about[item.about, lang] += 1
        found[lang].append(item)
    else:
        raise InputError(
            f"the held-out side gives only {sum(map(len, found.values()))} of {count} items of the kind {kind}",
            hint="hold out a larger share, or ask for fewer",
        )
    for at in range(max(wanted.values())):
        written.items += [found[lang][at] for lang in wanted if at < len(found[lang])]


def _balanced(kind: ProbeKind, draft: Draft, found: list[ProbeItem], wanted: int) -> bool:
    """As many dangerous messages as harmless ones."""
    if kind != "escalation":
        return True
    side = draft.evidence.labels["kind"]
    return bool(sum(item.sort == side for item in found) < -(-wanted // 2))


def _item(kind: ProbeKind, draft: Draft, number: int) -> ProbeItem:
    row, labels = draft.row, draft.evidence.labels
    if isinstance(row, PreferenceRow):
        options: tuple[str, ...] = (row.chosen.content, row.rejected.content)
    else:
        options = (row.completion.content, *labels["wrong"])
    return ProbeItem(
        id=f"{kind}-{row.lang}-{number:04d}",
        kind=kind,
        sort=labels["kind"],
        lang=row.lang,
        about=_fact(row.prompt[-1].content, row.lang) if labels["kind"] == FACT else labels["about"],
        prompt=row.prompt,
        options=options,
        gold=labels["gold"],
    )


def _fact(question: str, lang: Lang) -> str:
    """One name for a fact in both languages, whose table holds the same facts in the same order."""
    return f"general/fact/{[asked for asked, *_ in facts()[lang]].index(question)}"


def _mention(draft: Draft) -> str:
    """The term that a draft asks about, which it states first; empty for drafts that ask about none."""
    if draft.row.task != "terminology_normalisation":
        return ""
    return next((fact.value for fact in draft.evidence.facts if fact.kind == "term"), "")
