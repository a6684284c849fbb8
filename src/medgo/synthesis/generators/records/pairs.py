"""The generator of pairs of documents: the correct one, and one with defects that a writer might make.

Lengths are balanced: the better document is about as often the longer as the shorter one, so that length teaches
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from medgo.errors import RecipeError
from medgo.schema import Evidence, Fact, Lang, Message, PreferenceRow, Provenance
from medgo.synthesis.generators.cases.realise import Names
from medgo.synthesis.generators.cases.tables import Tables, read_tables
from medgo.synthesis.generators.records.building import input_of, output_of, sentences
from medgo.synthesis.generators.records.case_records import encounters
from medgo.synthesis.generators.records.chart import Chart, chart_of
from medgo.synthesis.generators.records.defects import inject
from medgo.synthesis.generators.records.encounter import Encounter
from medgo.synthesis.generators.records.flaws import Flaw
from medgo.synthesis.generators.records.note import DocumentKind, Note
from medgo.synthesis.generators.records.notes import compose, kinds_of
from medgo.synthesis.generators.records.scribe import Scribe
from medgo.synthesis.protocol import Draft, Generator, Source
from medgo.tasks.definition import Form

Direction = Literal["longer", "shorter", "level"]
# What a defect does to the length of a document. Times of writing are part of the prompt, so no such defects here.
_BY_LENGTH: Mapping[Direction, tuple[str, ...]] = {
    "longer": ("denied_disease", "denied_sign", "surgery_contradiction", "contraindicated", "added_sign", "added_drug"),
    "shorter": ("missing_section", "no_duration", "no_dose", "not_analysed", "dropped_sentence", "allergy_lost"),
    "level": ("sex_contradiction", "age_contradiction", "laterality", "dose_unit", "other_duration", "vital_sign"),
}
_FRUITLESS = 2000
_MOST_APART = 0.2  # of the length of the better document


class RecordPairs(Generator):
    """Documents of a case: the correct one against one with defects."""

    name: ClassVar[str] = "record_pairs"
    version: ClassVar[str] = "2"
    makes = "preference"

    json_share: float = Field(0.25, ge=0, le=1, description="share of rows that ask for JSON instead of headings")
    level: float = Field(
        0.2, ge=0, le=0.8, description="share of pairs whose defects change words only; in the others half add text"
    )

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Draw encounters without end; each document gives a pair in every language, with the same defects."""
        tables = read_tables(source.knowledge)
        names = Names(tables.names)
        number = fruitless = 0
        for enc in encounters(tables, source, rng, inpatient=False):
            scribes = {lang: Scribe(lang, enc, names) for lang in source.langs}
            for kind in kinds_of(enc):
                notes = {lang: compose(kind, scribe) for lang, scribe in scribes.items()}
                form: Form = "json" if rng.random() < self.json_share else "text"
                pairs = self._pairs(kind, notes, scribes, (tables, form), rng)
                if pairs is None:
                    source.rejected[f"no defect of that length fits ({kind})"] += 1
                    fruitless += 1
                    if fruitless == _FRUITLESS:
                        raise RecipeError(
                            f"record_pairs: no defect fits in {_FRUITLESS} documents one after the other",
                            hint="see medgo knowledge sources",
                        )
                    continue
                fruitless = 0
                for lang, pair in pairs.items():
                    yield self._row(source, enc, (notes[lang], form, lang, kind), pair, number)
                    number += 1

    def _pairs(
        self,
        kind: DocumentKind,
        notes: Mapping[Lang, Note],
        scribes: Mapping[Lang, Scribe],
        how: tuple[Tables, Form],
        rng: np.random.Generator,
    ) -> dict[Lang, tuple[str, Chart, list[Flaw]]] | None:
        tables, form = how
        draw = rng.random()
        wanted: Direction = (
            "level" if draw < self.level else "longer" if draw < self.level + (1 - self.level) / 2 else "shorter"
        )
        charts = {lang: chart_of(kind, (kind,), {kind: note}, scribes[lang]) for lang, note in notes.items()}
        names = list(_BY_LENGTH[wanted])
        order = [names[at] for at in rng.permutation(len(names)).tolist()]
        others = list(_BY_LENGTH["level"]) if wanted != "level" and rng.random() < 0.5 else []
        order += [others[at] for at in rng.permutation(len(others)).tolist()]
        picks = rng.integers(0, 10_000, len(order)).tolist()
        for most in (2, 1):
            flaws = inject(charts, scribes, list(zip(order, picks, strict=True)), most, tables)
            made = {
                lang: (self._spoilt(notes[lang], charts[lang], flaws[lang], (form, lang)), charts[lang], flaws[lang])
                for lang in notes
            }
            if all(
                found and self._fits(notes[lang], text, wanted, (form, lang)) for lang, (text, _, found) in made.items()
            ):
                return made
        return None

    def _spoilt(self, note: Note, chart: Chart, flaws: list[Flaw], how: tuple[Form, Lang]) -> str:
        form, lang = how
        worse = worse_note(note, chart, flaws)
        return note.task.render(output_of(worse, lang, lenient=True), lang, form)

    def _fits(self, note: Note, text: str, wanted: Direction, how: tuple[Form, Lang]) -> bool:
        form, lang = how
        better = len(note.task.render(output_of(note, lang), lang, form))
        apart = len(text) - better
        sided = wanted == "level" or (apart > 0) == (wanted == "longer")
        return sided and abs(apart) <= _MOST_APART * better

    def _row(
        self,
        source: Source,
        enc: Encounter,
        what: tuple[Note, Form, Lang, DocumentKind],
        pair: tuple[str, Chart, list[Flaw]],
        number: int,
    ) -> Draft:
        note, form, lang, kind = what
        text, chart, flaws = pair
        prompt = note.task.messages(input_of(note, lang), lang, form)
        better = note.task.render(output_of(note, lang), lang, form)
        row = PreferenceRow(
            prompt=prompt,
            chosen=Message("assistant", better),
            rejected=Message("assistant", text),
            thinking=False,
            task=note.task.name,
            stage=source.stage,
            lang=lang,
            provenance=Provenance(enc.sources[lang], self.name, self.version, f"{source.seed}/{number}"),
        )
        said = sentences(note.given, "prompt[1]", prompt[1].content) + sentences(note.written, "chosen", better)
        said += sentences(worse_note(note, chart, flaws).written, "rejected", text)
        facts: tuple[Fact, ...] = (*enc.facts(lang), *(fact for flaw in flaws for fact in flaw.facts))
        labels = {
            "document": kind,
            "form": form,
            "disease": enc.case.truth,
            "defects": [flaw.label() for flaw in flaws],
        }
        return Draft(row, Evidence(facts, tuple(said), labels))


def worse_note(note: Note, chart: Chart, flaws: list[Flaw]) -> Note:
    """The note with the defects in it."""
    document = next(section[0] for section in chart.sections if section[0])
    spoilt = chart.apply([edit for flaw in flaws for edit in flaw.edits]).written(document)
    written = {name: spoilt.get(name, lines) for name, lines in note.written.items()}
    return Note(note.task, note.given, written, note.fixed, note.number, note.apart)
