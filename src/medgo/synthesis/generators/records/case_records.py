"""The generator of documents from cases: the material of an encounter as prompt, the document as answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from pydantic import Field

from medgo.errors import RecipeError
from medgo.schema import Evidence, Lang, Message, Provenance, SftRow
from medgo.synthesis.generators.cases.realise import Names
from medgo.synthesis.generators.cases.tables import Tables, read_tables
from medgo.synthesis.generators.records.building import input_of, output_of, sentences
from medgo.synthesis.generators.records.drawing import encounter, usable, who_codes
from medgo.synthesis.generators.records.encounter import Encounter
from medgo.synthesis.generators.records.note import DocumentKind
from medgo.synthesis.generators.records.notes import compose, kinds_of
from medgo.synthesis.generators.records.scribe import Scribe
from medgo.synthesis.protocol import Draft, Generator, Source
from medgo.tasks.definition import Form

_FRUITLESS = 2000  # draws in a row that give nothing before it is said that none will


def encounters(tables: Tables, source: Source, rng: np.random.Generator, *, inpatient: bool) -> Iterator[Encounter]:
    """Encounters without end; draws that gave nothing are counted.

    Raises:
        RecipeError: The index knows no disease that can be written up, or none gives an encounter.
    """
    deck = [one for one in usable(tables, inpatient=inpatient) if source.concepts.take(one.id)]
    if not deck:
        raise RecipeError(
            "the index holds no disease that a record can be made of",
            hint="medgo knowledge sources says what is absent; the bilingual diseases come with medgo[knowledge]",
        )
    codes = who_codes(source.knowledge, tables)
    fruitless = 0
    while True:
        found = encounter(tables, deck[int(rng.integers(len(deck)))], source.langs, codes, rng)
        if found is None:
            source.rejected["no adult encounter from the draw"] += 1
            fruitless += 1
            if fruitless == _FRUITLESS:
                raise RecipeError(f"no encounter in {_FRUITLESS} draws", hint="see medgo knowledge sources")
            continue
        fruitless = 0
        yield found


class CaseRecords(Generator):
    """Outpatient records, admission records, course notes and discharge summaries from cases."""

    name: ClassVar[str] = "case_records"
    version: ClassVar[str] = "2"

    documents: tuple[DocumentKind, ...] = Field(
        (
            "outpatient_record", "admission_record", "first_course_note", "course_note_1", "course_note_2",
            "discharge_summary",
        ),
        min_length=1,
        description="documents to write; both course notes are daily course notes",
    )  # fmt: skip
    json_share: float = Field(0.25, ge=0, le=1, description="share of rows that ask for JSON instead of headings")

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Draw encounters without end; each gives its documents in every language, from the same facts."""
        tables = read_tables(source.knowledge)
        names = Names(tables.names)
        number = 0
        stay_only = "outpatient_record" not in self.documents
        for enc in encounters(tables, source, rng, inpatient=stay_only):
            for kind in kinds_of(enc):
                if kind not in self.documents:
                    continue
                form: Form = "json" if rng.random() < self.json_share else "text"
                for lang in source.langs:
                    yield self._row(source, (enc, names), (kind, form, lang), number)
                    number += 1

    def _row(
        self,
        source: Source,
        made: tuple[Encounter, Names],
        wanted: tuple[DocumentKind, Form, Lang],
        number: int,
    ) -> Draft:
        enc, names = made
        kind, form, lang = wanted
        note = compose(kind, Scribe(lang, enc, names))
        prompt = note.task.messages(input_of(note, lang), lang, form)
        answer = note.task.render(output_of(note, lang), lang, form)
        row = SftRow(
            prompt=prompt,
            completion=Message("assistant", answer),
            thinking=False,
            task=note.task.name,
            stage=source.stage,
            lang=lang,
            provenance=Provenance(enc.sources[lang], self.name, self.version, f"{source.seed}/{number}"),
        )
        said = sentences(note.given, "prompt[1]", prompt[1].content) + sentences(note.written, "completion", answer)
        labels = {"document": kind, "form": form, "disease": enc.case.truth}
        return Draft(row, Evidence(enc.facts(lang), tuple(said), labels))
