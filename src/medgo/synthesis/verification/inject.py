"""Puts one unsupported statement into a draft whose evidence stays as it is: what the verifier has to find.

Knows how clinicians write; takes every word from lists of our own, so that the same seed gives the same fault anywhere.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from medgo.knowledge.lexicon import Lexicon
from medgo.schema import Fact, Lang, Message, PreferenceRow, Row, Sentence
from medgo.synthesis.protocol import Draft
from medgo.synthesis.verification.owning import owners
from medgo.synthesis.verification.parts import checked_parts, needs_cover, texts_by_part
from medgo.synthesis.verification.reading import Reader
from medgo.text import Quantity


class InjectionKind(StrEnum):
    """Faults that can be put into a text."""

    ADDED_SIGN = "added sign"
    DROPPED_NEGATION = "dropped negation"
    ADDED_NEGATION = "added negation"
    CHANGED_NUMBER = "changed number"
    CHANGED_UNIT = "changed unit"
    FLIPPED_SEX = "flipped sex"
    CHANGED_AGE = "changed age"
    FLIPPED_SIDE = "flipped side"
    CHANGED_DOSE = "changed dose"
    SWAPPED_DRUG = "swapped drug"
    SWAPPED_DIAGNOSIS = "swapped diagnosis"
    ADDED_LAB = "added laboratory value"
    SWAPPED_VALUES = "swapped values"
    WIDENED_RANGE = "widened range"
    CHANGED_COMPARATOR = "changed comparator"
    ASSERTED_WEIGHED = "asserted what is weighed"


@dataclass(frozen=True, slots=True)
class Injection:
    """A draft with a fault.

    Args:
        draft: Row and sentences changed alike, facts untouched.
        kind: Which fault.
        before: The sentence as it was.
        after: As it is now.
    """

    draft: Draft
    kind: InjectionKind
    before: str
    after: str


_SIGNS: dict[Lang, tuple[str, ...]] = {
    "zh": ("咯血", "黄疸", "抽搐", "血尿", "吞咽困难", "共济失调", "复视", "盗汗", "耳鸣", "呕血"),
    "en": (
        "hemoptysis",
        "jaundice",
        "seizures",
        "hematuria",
        "dysphagia",
        "ataxia",
        "diplopia",
        "tinnitus",
        "hematemesis",
    ),
}
_DRUGS: dict[Lang, tuple[str, ...]] = {
    "zh": ("华法林", "地高辛", "胺碘酮", "甲氨蝶呤", "别嘌醇", "左甲状腺素", "泼尼松"),
    "en": ("warfarin", "digoxin", "amiodarone", "methotrexate", "allopurinol", "levothyroxine", "prednisone"),
}
_DISEASES: dict[Lang, tuple[str, ...]] = {
    "zh": ("银屑病", "骨质疏松", "青光眼", "痛风", "肺栓塞", "癫痫", "哮喘"),
    "en": ("psoriasis", "osteoporosis", "glaucoma", "gout", "pulmonary embolism", "epilepsy", "asthma"),
}
_LABS: dict[Lang, tuple[str, ...]] = {
    "zh": ("血钾{:.1f}mmol/L", "血肌酐{:.0f}μmol/L", "血红蛋白{:.0f}g/L", "血小板{:.0f}×10⁹/L"),
    "en": ("potassium {:.1f} mmol/L", "creatinine {:.1f} mg/dL", "hemoglobin {:.1f} g/dL", "platelets {:.0f} ×10⁹/L"),
}
_UNITS = {
    "mg": "g", "g": "mg", "μg": "mg", "mmol/l": "μmol/l", "μmol/l": "mmol/l", "umol/l": "mmol/l", "g/l": "mg/l", "g/dl": "g/l", "mg/dl": "g/dl",  # noqa: E501
    "天": "周", "日": "周", "周": "月", "个月": "年", "月": "年", "年": "个月", "小时": "天", "day": "week", "days": "weeks",  # noqa: E501
    "week": "month", "weeks": "months", "month": "year", "months": "years", "hours": "days", "mmhg": "kPa", "℃": "℉", "°c": "°F",  # noqa: E501
    "%": "mg", "u/l": "g/l", "iu/l": "g/l", "ml": "L", "ng/ml": "mg/ml", "次/分": "次/天", "mm/h": "cm/h", "cm": "mm",
    "mm": "cm", "pg/ml": "ng/ml", "mu/l": "U/l", "meq/l": "eq/L", "u": "mg", "units": "mg", "bpm": "%", "beats/min": "%",  # noqa: E501
}  # fmt: skip
_SEXES = {
    "男": "女", "女": "男", "man": "woman", "woman": "man", "boy": "girl", "girl": "boy", "male": "female", "female": "male",  # noqa: E501
    "gentleman": "lady", "lady": "gentleman", "先生": "女士", "女士": "先生", "he": "she", "she": "he", "his": "her", "her": "his",  # noqa: E501
    "男性": "女性", "女性": "男性", "男孩": "女孩", "女孩": "男孩", "男童": "女童", "女童": "男童", "男婴": "女婴", "女婴": "男婴",  # noqa: E501
}  # fmt: skip
_SIDES = {"左": "右", "右": "左", "左侧": "右侧", "右侧": "左侧", "双侧": "左侧", "双": "左", "两侧": "左侧", "left": "right", "right": "left", "bilateral": "left", "both": "left"}  # fmt: skip  # noqa: E501
_NEGATIONS: dict[Lang, re.Pattern[str]] = {
    "zh": re.compile(r"否认(?:有)?|未见(?:明显)?|没有|不伴有?|未(?:诉|出现|触及|闻及)|无(?!力|尿|脉|效|明显诱因)"),
    "en": re.compile(
        r"\b(?:no evidence of|no signs of|denies(?: any)?|denied|without|does not have|there is no|there was no|no)\b",
        re.IGNORECASE,
    ),
}
_AFFIRMED = {
    "denies": "reports",
    "denied": "reported",
    "without": "with",
    "does not have": "has",
    "there is no": "there is",
    "there was no": "there was",
}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_END = re.compile(r"[。.；;!！?？]*\s*$")

# Sentence before and after of every place where a fault of that kind can be put.
_Maker = Callable[["_Writer", Sentence], Iterator[str]]


def inject(draft: Draft, kind: InjectionKind, lexicon: Lexicon, rng: np.random.Generator) -> Injection | None:
    """Put a fault into a draft.

    Args:
        draft: A row that holds.
        kind: Which fault.
        lexicon: Finds the drugs, diagnoses and findings of the text.
        rng: Chooses the place and the words.

    Returns:
        The draft with the fault; None where it has no place for one (no side is told).
    """
    writer = _Writer(draft, lexicon, rng)
    places = [
        (number, text)
        for number, sentence in enumerate(draft.evidence.sentences)
        if writer.takes(sentence)
        for text in _MAKERS[kind](writer, sentence)
        if text != sentence.text
    ]
    if not places:
        return None
    number, text = places[int(rng.integers(len(places)))]
    return Injection(_changed(draft, number, text), kind, draft.evidence.sentences[number].text, text)


class _Writer:
    """Proposes changed sentences."""

    def __init__(self, draft: Draft, lexicon: Lexicon, rng: np.random.Generator) -> None:
        self.lang: Lang = draft.row.lang
        self._rng = rng
        self._reader = Reader(lexicon)
        self._lexicon = lexicon
        self._facts = {fact.id: fact for fact in draft.evidence.facts}
        self._row = draft.row
        self._checked = {part for part in checked_parts(draft.row) if needs_cover(draft.row, part)}
        self._texts = texts_by_part(draft.row)
        self._all = "\n".join(self._texts.values()).lower()

    def takes(self, sentence: Sentence) -> bool:
        """Whether a fault may be put there: a statement of the case, once in its part."""
        kinds = {fact.kind for fact in self._cited(sentence)}
        return (
            sentence.part in self._checked
            and bool(kinds - {"rule", "term", "code"})
            and self._texts[sentence.part].count(sentence.text) == 1
        )

    def _cited(self, sentence: Sentence) -> list[Fact]:
        return [self._facts[name] for name in sentence.facts if name in self._facts]

    def added(self, sentence: Sentence, words: str) -> str:
        """The sentence with a clause more."""
        end = _END.search(sentence.text)
        stop = end.start() if end else len(sentence.text)
        joined = f"，{words}" if self.lang == "zh" else f", {words}"
        return sentence.text[:stop] + joined + sentence.text[stop:]

    def strange(self, words: tuple[str, ...]) -> str | None:
        """One of the words that the row does not hold."""
        free = [word for word in words if word.lower() not in self._all]
        return free[int(self._rng.integers(len(free)))] if free else None

    def sign(self, sentence: Sentence) -> Iterator[str]:
        word = self.strange(_SIGNS[self.lang])
        if word is not None:
            yield self.added(sentence, f"并有{word}" if self.lang == "zh" else f"and there is {word}")

    def lab(self, sentence: Sentence) -> Iterator[str]:
        words = _LABS[self.lang]
        value = float(self._rng.uniform(6.5, 9.5)) if self._rng.random() < 0.5 else float(self._rng.uniform(311, 389))
        yield self.added(sentence, words[int(self._rng.integers(len(words)))].format(value))

    def affirmed(self, sentence: Sentence) -> Iterator[str]:
        if not any(fact.polarity == "absent" or fact.kind == "passage" for fact in self._cited(sentence)):
            return
        denied = [name for name in self._reader.read(sentence.text, self.lang).names if name.status == "absent"]
        for match in _NEGATIONS[self.lang].finditer(sentence.text) if denied else ():
            word = match[0].lower().removesuffix(" any")
            plain = ("有" if self.lang == "zh" else _AFFIRMED.get(word, "some")) if match[0] else ""
            plain = plain.capitalize() if match[0][:1].isupper() else plain
            yield sentence.text[: match.start()] + plain + sentence.text[match.end() :]

    def denied(self, sentence: Sentence) -> Iterator[str]:
        present = {fact.concept for fact in self._cited(sentence) if fact.kind == "sign" and fact.polarity == "present"}
        passage = any(fact.kind == "passage" for fact in self._cited(sentence))
        for name in self._reader.read(sentence.text, self.lang).names:
            start = name.mention.start
            if passage and any(self._lexicon.kinds.get(curie) == "sign" for curie in name.mention.concepts):
                present = present | set(name.mention.concepts)
            # "有无" would ask, not deny.
            asks = self.lang == "zh" and sentence.text[:start].endswith("有")
            if name.status == "present" and present & set(name.mention.concepts) and not asks:
                yield sentence.text[:start] + ("无" if self.lang == "zh" else "no ") + sentence.text[start:]

    def numbers(self, sentence: Sentence, *kinds: str, dose: bool | None = None) -> Iterator[str]:
        for quantity in self._quantities(sentence, *kinds):
            drug = quantity.unit in ("mg", "g", "μg", "U", "mL", "tablet", "capsule", "puff", "drop")
            if dose is None or dose == drug:
                yield _other_number(sentence.text, quantity, self._rng)

    def units(self, sentence: Sentence) -> Iterator[str]:
        for quantity in self._quantities(sentence, "amount"):
            written = sentence.text[quantity.start : quantity.end]
            number = _NUMBER.match(written)
            if number is None or quantity.high is not None:
                continue
            unit = written[number.end() :].strip(" -")
            other = _UNITS.get(unit.lower())
            if other is not None:
                yield sentence.text[: quantity.end - len(unit)] + other + sentence.text[quantity.end :]

    def swapped(self, sentence: Sentence) -> Iterator[str]:
        """Two values exchanged between the tests or drugs that they are of."""
        owned = [(one, own) for one in self._quantities(sentence, "amount") if (own := self._owners(sentence, one))]
        for (one, own), (other, others) in itertools.pairwise(owned):
            if own.isdisjoint(others) and not one.same(other):
                first, second = sentence.text[one.start : one.end], sentence.text[other.start : other.end]
                between = sentence.text[one.end : other.start]
                yield sentence.text[: one.start] + second + between + first + sentence.text[other.end :]

    def widened(self, sentence: Sentence) -> Iterator[str]:
        """A range in place of a value."""
        for quantity in self._plain_values(sentence):
            number = _NUMBER.match(sentence.text, quantity.start, quantity.end)
            if number is not None:
                decimals = len(number[0].partition(".")[2])
                high = f"-{float(number[0]) * 1.7 + 2:.{decimals}f}"
                yield sentence.text[: number.end()] + high + sentence.text[number.end() :]

    def compared(self, sentence: Sentence) -> Iterator[str]:
        """A limit in place of a value."""
        for quantity in self._plain_values(sentence):
            words = "超过" if self.lang == "zh" else "more than "
            yield sentence.text[: quantity.start] + words + sentence.text[quantity.start :]

    def asserted(self, sentence: Sentence) -> Iterator[str]:
        """A diagnosis that was considered and rejected, made."""
        rejected = {f.concept for f in self._cited(sentence) if f.kind == "diagnosis" and f.polarity == "absent"}
        for name in self._reader.read(sentence.text, self.lang).names:
            if rejected & set(name.mention.concepts):
                made = f"诊断为{name.text}" if self.lang == "zh" else f"the diagnosis is {name.text}"
                yield self.added(sentence, made)

    def _owners(self, sentence: Sentence, quantity: Quantity) -> frozenset[str]:
        reading = self._reader.read(sentence.text, self.lang)
        return owners(sentence.text, reading, quantity, self._reader.is_measured)

    def _plain_values(self, sentence: Sentence) -> Iterator[Quantity]:
        """Values of tests and drugs that are neither ranges nor limits nor part of a pair (120/80)."""
        for quantity in self._quantities(sentence, "amount"):
            pair = "/" in (sentence.text[quantity.start - 1 : quantity.start], sentence.text[quantity.end :][:1])
            if quantity.high is None and not quantity.comparator and not pair and self._owners(sentence, quantity):
                yield quantity

    def sexes(self, sentence: Sentence) -> Iterator[str]:
        yield from self._replaced(sentence, self._reader.read(sentence.text, self.lang).sexes, _SEXES)

    def sides(self, sentence: Sentence) -> Iterator[str]:
        yield from self._replaced(sentence, self._reader.read(sentence.text, self.lang).sides, _SIDES)

    def names(self, sentence: Sentence, kind: str, words: tuple[str, ...]) -> Iterator[str]:
        for name in self._reader.read(sentence.text, self.lang).names:
            if any(self._lexicon.kinds.get(curie) == kind for curie in name.mention.concepts):
                word = self.strange(words)
                if word is not None:
                    yield sentence.text[: name.mention.start] + word + sentence.text[name.mention.end :]

    def _quantities(self, sentence: Sentence, *kinds: str) -> Iterator[Quantity]:
        for quantity in self._reader.read(sentence.text, self.lang).quantities:
            if quantity.kind in kinds and _NUMBER.search(quantity.raw):
                yield quantity

    def _replaced(self, sentence: Sentence, found: tuple[object, ...], words: dict[str, str]) -> Iterator[str]:
        for mention in found:
            start, end = mention.start, mention.end  # type: ignore[attr-defined]
            written = sentence.text[start:end]
            other = words.get(written.lower())
            if other is not None:
                other = other.capitalize() if written[:1].isupper() else other
                yield sentence.text[:start] + other + sentence.text[end:]


def _other_number(text: str, quantity: Quantity, rng: np.random.Generator) -> str:
    match = _NUMBER.search(text, quantity.start, quantity.end)
    if match is None:
        return text
    written = match[0]
    decimals = len(written.partition(".")[2])
    factor = float(rng.choice([1.37, 1.61, 2.3]))
    other = f"{float(written) * factor + 1:.{decimals}f}"
    return text[: match.start()] + other + text[match.end() :]


_MAKERS: dict[InjectionKind, _Maker] = {
    InjectionKind.ADDED_SIGN: _Writer.sign,
    InjectionKind.DROPPED_NEGATION: _Writer.affirmed,
    InjectionKind.ADDED_NEGATION: _Writer.denied,
    InjectionKind.CHANGED_NUMBER: lambda writer, sentence: writer.numbers(sentence, "amount", dose=False),
    InjectionKind.CHANGED_UNIT: _Writer.units,
    InjectionKind.FLIPPED_SEX: _Writer.sexes,
    InjectionKind.CHANGED_AGE: lambda writer, sentence: writer.numbers(sentence, "age"),
    InjectionKind.FLIPPED_SIDE: _Writer.sides,
    InjectionKind.CHANGED_DOSE: lambda writer, sentence: writer.numbers(sentence, "amount", "frequency", dose=True),
    InjectionKind.SWAPPED_DRUG: lambda writer, sentence: writer.names(sentence, "drug", _DRUGS[writer.lang]),
    InjectionKind.SWAPPED_DIAGNOSIS: lambda writer, sentence: writer.names(sentence, "disease", _DISEASES[writer.lang]),
    InjectionKind.ADDED_LAB: _Writer.lab,
    InjectionKind.SWAPPED_VALUES: _Writer.swapped,
    InjectionKind.WIDENED_RANGE: _Writer.widened,
    InjectionKind.CHANGED_COMPARATOR: _Writer.compared,
    InjectionKind.ASSERTED_WEIGHED: _Writer.asserted,
}


def _changed(draft: Draft, number: int, text: str) -> Draft:
    """The draft with one sentence in other words, in its row and in its evidence."""
    sentence = draft.evidence.sentences[number]
    row = _row_with(draft.row, sentence.part, sentence.text, text)
    sentences = list(draft.evidence.sentences)
    sentences[number] = replace(sentence, text=text)
    return Draft(row, replace(draft.evidence, sentences=tuple(sentences)))


def _row_with(row: Row, part: str, old: str, new: str) -> Row:
    if part.startswith("prompt["):
        place = int(part[7:-1])
        prompt = list(row.prompt)
        prompt[place] = replace(prompt[place], content=prompt[place].content.replace(old, new, 1))
        return replace(row, prompt=tuple(prompt))
    if isinstance(row, PreferenceRow):
        return replace(row, chosen=_turn_with(row.chosen, part, old, new))
    return replace(row, completion=_turn_with(row.completion, part, old, new))


def _turn_with(turn: Message, part: str, old: str, new: str) -> Message:
    if part == "reasoning":
        return replace(turn, reasoning_content=(turn.reasoning_content or "").replace(old, new, 1))
    return replace(turn, content=turn.content.replace(old, new, 1))
