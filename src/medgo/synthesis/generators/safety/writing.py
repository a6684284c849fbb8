"""Writes a situation in a form: fills slots, says sentences, cites what each states. Knows no policy's content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np

from medgo.synthesis.generators.composing import Part, Sheet
from medgo.synthesis.generators.safety.people import ADDRESS
from medgo.synthesis.generators.safety.policies import Form, Pair, Step
from medgo.synthesis.generators.safety.situation import Situation, Spec, Word

T = TypeVar("T")
# What a sentence of ours rests on besides its slots: a rule that an answer follows, the wording of a prompt, nothing.
Rests = Literal["rule", "passage", ""]
_SLOT = re.compile(r"\{(\w+)\}")
# After "who" speaks of a relative, the same words mean the relative.
_PERSON = frozenset({"who", "subj", "poss", "obj"})
# Slots whose words are the signs of the topic.
_SIGNS = frozenset({"flag", "noun"})


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence before it stands in a part."""

    text: str
    specs: tuple[Spec, ...]
    newline: bool = False


@dataclass(frozen=True, slots=True)
class _Fill:
    """How a text is filled: what it rests on, the facts so far, and whether a relative is spoken of."""

    rests: Rests
    specs: dict[Spec, None]
    relative: bool = False


@dataclass(slots=True)
class Pen:
    """Fills texts of a form with a situation.

    Args:
        situation: What both twins share.
        form: How it is asked and answered.
        rng: Decides on what the twins need not share.
    """

    situation: Situation
    form: Form
    rng: np.random.Generator

    def lines(self, steps: Iterable[Step], rests: Rests = "rule") -> list[Line]:
        """Sentences of steps, in order."""
        found: list[Line] = []
        for step in steps:
            if step.chance < 1 and self.rng.random() >= step.chance:
                continue
            written = self._step(step, rests)
            if found and found[-1].text.startswith("- ") and not step.bullet:
                written[:1] = [replace(line, newline=True) for line in written[:1]]
            found += written
        return found

    def line(self, pair: Pair, rests: Rests = "rule", newline: bool = False) -> Line:
        """One text, filled, with what it states."""
        template = pair.text(self.situation.lang)
        specs: dict[Spec, None] = {}
        text = self._fill(template, _Fill(rests, specs))
        self._rest(template, _Fill(rests, specs))
        return Line(_sentence(text, self.situation.lang), tuple(specs), newline)

    def _step(self, step: Step, rests: Rests) -> list[Line]:
        if not step.source:
            return [self.line(step.one[int(self.rng.integers(len(step.one)))], rests, step.bullet)]
        drawn = self.situation.lists.get(step.source)
        if drawn is not None:
            return [self._drawn(word, step.bullet) for word in self._some(drawn, step)]
        pairs = self.situation.alternatives(step.source)
        if (step.least, step.most) == (1, 1):
            index = self.situation.choice(step.source, len(pairs), self.rng)
            return [self.line(pairs[index], rests, step.bullet)]
        return [self.line(pair, rests, step.bullet) for pair in self._some(pairs, step)]

    def _drawn(self, word: Word, newline: bool) -> Line:
        return Line(_sentence(word.text, self.situation.lang), word.specs, newline)

    def _some(self, choices: Sequence[T], step: Step) -> list[T]:
        count = int(self.rng.integers(step.least, step.most + 1))
        places = sorted(self.rng.permutation(len(choices))[:count].tolist())
        return [choices[place] for place in places]

    def _fill(self, template: str, fill: _Fill) -> str:
        return _SLOT.sub(lambda match: self._slot(match[1], fill), template)

    def _slot(self, name: str, fill: _Fill) -> str:
        situation = self.situation
        if fill.relative and name in _PERSON:
            name = f"rel_{name}"
        elif fill.rests != "passage" and name in ADDRESS:
            name = f"told_{name}"
        word = situation.words.get(name)
        if word is not None:
            fill.specs.update(dict.fromkeys(word.specs))
            return word.text
        wanted = name.removeprefix("rel_")
        pairs = situation.alternatives(wanted)
        template = pairs[situation.choice(wanted, len(pairs), self.rng)].text(situation.lang)
        inner = _Fill(fill.rests, fill.specs, fill.relative or wanted != name)
        text = self._fill(template, inner)
        if wanted in _SIGNS:
            fill.specs.update(dict.fromkeys(situation.sign_specs(self.form.mood, text)))
        if fill.rests == "rule" or wanted not in _SIGNS:
            self._rest(template, fill)
        return text

    def _rest(self, template: str, fill: _Fill) -> None:
        """Cite the table for its own words."""
        if fill.rests:
            source = f"medgo:{self.situation.policy.id}/{self.situation.topic.id}"
            fill.specs[Spec(fill.rests, value=template, sources=(source,))] = None


def say(sheet: Sheet, part: Part, lines: Iterable[Line], known: dict[Spec, str]) -> None:
    """Put sentences into a part of a row; facts that the row has already are cited again."""
    for line in lines:
        facts = [_fact(sheet, spec, known) for spec in line.specs]
        sheet.say(part, line.text, *facts, newline=line.newline)


def _fact(sheet: Sheet, spec: Spec, known: dict[Spec, str]) -> str:
    if spec not in known:
        known[spec] = sheet.fact(
            spec.kind,
            spec.concept,
            value=spec.value,
            unit=spec.unit,
            polarity=spec.polarity,
            attributes={name: text for name, text in (("text", spec.text), ("relative", spec.relative)) if text},
            sources=spec.sources,
        )
    return known[spec]


def _sentence(text: str, lang: str) -> str:
    """An English sentence begins with a capital."""
    if lang == "zh":
        return text
    start = 2 if text.startswith("- ") else 1 if text.startswith('"') else 0
    if text[start + 1 : start + 2].isupper():
        return text  # eGFR
    return text[:start] + text[start : start + 1].upper() + text[start + 1 :]
