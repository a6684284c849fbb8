"""Long clinical notes with every identifier marked, to develop and to measure against; nobody in them exists.

A note is a template filled with a case and with drawn people, places, dates and numbers, then bent by up to two
layouts. Templates and pools of part ``test`` are not looked at while detectors are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from medgo.deid.notes.facts_en import EnglishFacts
from medgo.deid.notes.facts_zh import ChineseFacts
from medgo.deid.notes.layouts import LAYOUTS_EN, LAYOUTS_ZH, Layout, in_traditional
from medgo.deid.notes.pieces import Piece, joined
from medgo.deid.notes.pools import Part, read_yaml
from medgo.deid.notes.values import Draw
from medgo.deid.scoring import GoldNote
from medgo.schema import Lang

_SLOT = re.compile(r"\{([a-z]+\d?)([+-]\d+)?\}")
_PLAIN_SHARE = 0.4
# How many documents of one stay make a note: from a form of a page to a record of several days.
_DOCUMENTS = (1, 1, 2, 3, 4, 5)
_LAYOUTS: dict[Lang, dict[str, Layout]] = {"zh": LAYOUTS_ZH, "en": LAYOUTS_EN}
Dated = Callable[[str, int], tuple[Piece, ...] | None]


def generate_notes(
    count: int, seed: int, part: Part = "dev", lang: Lang = "zh", layouts: Sequence[str] | None = None
) -> Iterator[GoldNote]:
    """Notes with gold spans; the same arguments give the same notes.

    Args:
        count: How many.
        seed: Any number.
        part: Which half of templates and pools.
        lang: Language of the notes; Chinese ones hold English abbreviations and eponyms.
        layouts: Layouts to apply to every note; None draws none to two of them for each.

    Raises:
        EngineUnavailableError: A layout needs a package that is not installed.
    """
    templates = [one for one in read_yaml(f"{lang}_templates.yaml") if one["part"] == part]
    cases: list[dict[str, Any]] = read_yaml(f"{lang}_cases.yaml")
    for number in range(count):
        rng = np.random.default_rng([seed, number, part == "test", lang == "zh"])
        draw = Draw(rng)
        case = draw.choice(cases)
        first = templates[number % len(templates)]
        others = draw.sample(
            [one for one in templates if one is not first], min(draw.choice(_DOCUMENTS), len(templates)) - 1
        )
        names = _drawn(draw, lang) if layouts is None else layouts
        yield _note(f"{lang}-{part}-{seed}-{number}", lang, [first, *others], case, names, rng, part)


def _note(
    note_id: str,
    lang: Lang,
    templates: Sequence[dict[str, Any]],
    case: dict[str, Any],
    layouts: Sequence[str],
    rng: np.random.Generator,
    part: Part,
) -> GoldNote:
    facts = (ChineseFacts if lang == "zh" else EnglishFacts)(rng, part, case)
    slots = facts.slots()
    clinical = {
        key: value.replace("\n", "").strip() if lang == "zh" else value.strip()
        for key, value in case.items()
        if isinstance(value, str)
    }
    if lang == "zh":
        clinical = {key: _closed_up(value) for key, value in clinical.items()}
    text = "\n".join(one["text"] for one in templates)
    pieces = list(_filled(text, slots, clinical, facts.dated))
    for name in layouts:
        pieces = _LAYOUTS[lang][name](pieces, Draw(rng))
    text, spans = joined(pieces)
    keep = [in_traditional(term) for term in case["keep"]] if "traditional" in layouts else case["keep"]
    lowered = text.lower()
    kind = templates[0]["id"] + "".join(f"+{name}" for name in layouts)
    return GoldNote(f"{note_id}-{kind}", lang, text, spans, tuple(term for term in keep if term.lower() in lowered))


def _drawn(draw: Draw, lang: Lang) -> list[str]:
    if draw.chance(_PLAIN_SHARE):
        return []
    names = draw.sample(list(_LAYOUTS[lang]), draw.between(1, 2))
    # A scanner leaves no invisible characters, and nobody prints columns over a scanned line.
    return names[:1] if "scanned_header" in names else names


def _filled(
    template: str, slots: dict[str, tuple[Piece, ...]], clinical: dict[str, str], dated: Dated
) -> Iterator[Piece]:
    at = 0
    for slot in _SLOT.finditer(template):
        yield Piece(template[at : slot.start()])
        at = slot.end()
        name, days = slot[1], int(slot[2] or 0)
        pieces = slots.get(name) or dated(name, days)
        if pieces is not None:
            yield from pieces
        else:
            yield from _filled(clinical[name], slots, clinical, dated)
    yield Piece(template[at:])


def _closed_up(text: str) -> str:
    """YAML folds lines with a space, which Chinese does not write."""
    return re.sub(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])", "", text)
