"""The generator of complex cases: one case, one row in each language, with the facts behind every sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from medgo.errors import RecipeError
from medgo.schema import Evidence, Lang, Message, Provenance, SftRow, SourceRef
from medgo.synthesis.concepts import Concepts
from medgo.synthesis.generators.cases.case import Case, Kind, Recipe
from medgo.synthesis.generators.cases.common_case import common_case
from medgo.synthesis.generators.cases.plan import Plan, Planner
from medgo.synthesis.generators.cases.rare_case import of_childhood, rare_case
from medgo.synthesis.generators.cases.realise import Names, Writer
from medgo.synthesis.generators.cases.tables import Tables, read_tables
from medgo.synthesis.protocol import Draft, Generator, Source
from medgo.tasks.reasoning.differential_diagnosis import (
    DIFFERENTIAL_DIAGNOSIS,
    Candidate,
    Differential,
    DifferentialInput,
)

_EXPECTED = 6.0  # signs that a patient with a rare disease has on average and that can be told
_FEWEST = 6  # diseases that a differential is chosen from
TASK = DIFFERENTIAL_DIAGNOSIS
# By difficulty: fewest and most signs told, factor of imprecision, negatives, distractors, diagnoses, worst rank.
_LEVELS = {
    1: ((9, 12), 0.0, 2, 0, 1, 1),
    2: ((8, 11), 0.5, 3, 1, 2, 1),
    3: ((7, 9), 1.0, 3, 1, 3, 2),
    4: ((6, 8), 1.5, 4, 2, 3, 3),
    5: ((5, 7), 2.0, 4, 3, 4, 3),
}


class ComplexCases(Generator):
    """Cases with a gold differential by likelihood, and the reasoning that leads there."""

    name: ClassVar[str] = "complex_cases"
    version: ClassVar[str] = "2"

    difficulty: tuple[int, int] = Field(
        (1, 5), description="easiest and hardest level, 1 to 5: fewer signs, vaguer words, red herrings, more diseases"
    )
    kinds: tuple[Kind, ...] = Field(
        ("rare", "common", "mixed"), description="rare: a rare disease; common: common ones; mixed: a rare one on top"
    )
    max_diagnoses: int = Field(4, ge=1, le=4, description="most diagnoses of one patient")
    imprecise: float = Field(0.2, ge=0, le=0.5, description="share of signs told by a broader term, at difficulty 3")
    negatives: float = Field(1.0, ge=0, le=1, description="share of the pertinent negatives of a level that are told")
    distractors: float = Field(1.0, ge=0, le=1, description="share of the red herrings of a level that are told")
    thinking: float = Field(0.7, ge=0, le=1, description="share of rows with the reasoning written out")
    foreign_names: bool = Field(
        False, description="also rare diseases without a name in the language, which then keep their English one"
    )

    @model_validator(mode="after")
    def _in_range(self) -> ComplexCases:
        low, high = self.difficulty
        if not 1 <= low <= high <= 5:
            raise RecipeError(f"complex_cases: difficulty is {low} to {high}", hint="give a range within 1 to 5")
        if not self.kinds:
            raise RecipeError("complex_cases: no kinds", hint="name at least one of rare, common, mixed")
        return self

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Draw cases without end; each gives a row in every language of the source, from the same facts."""
        deck = _Deck(read_tables(source.knowledge), source.langs, self.kinds, foreign_names=self.foreign_names)
        if source.concepts.part != "all":
            deck.only(source.concepts)
        tables = deck.tables
        names = Names(tables.names)
        position = 0
        while True:
            kind = self.kinds[int(rng.integers(len(self.kinds)))]
            level = int(rng.integers(self.difficulty[0], self.difficulty[1] + 1))
            case = self._draw(deck, kind, level, rng)
            if case is None:
                source.rejected[f"{kind}: too little to tell, or another disease is likelier"] += 1
                continue
            case.labels |= {"kind": kind, "difficulty": level, "realised": realised(case)}
            thinking = bool(rng.random() < self.thinking)
            plan = Planner(case, tables, rng).plan(thinking=thinking)
            for lang in source.langs:
                yield self._row(source, (case, plan, tables, names), lang, position, thinking=thinking)
                position += 1

    def _draw(self, deck: _Deck, kind: Kind, level: int, rng: np.random.Generator) -> Case | None:
        recipe = self._recipe(level)
        if kind == "common":
            main = deck.common[int(rng.integers(len(deck.common)))]
            return common_case(deck.tables, deck.tables.common.diseases[main], recipe, deck.langs, rng)
        pool = deck.adult if kind == "mixed" else deck.rare
        disease = deck.tables.rare.diseases[pool[int(rng.integers(len(pool)))]]
        return rare_case(deck.tables, disease, recipe, deck.langs, rng, mixed=kind == "mixed")

    def _recipe(self, level: int) -> Recipe:
        shown, vague, negatives, distractors, diagnoses, rank = _LEVELS[level]
        return Recipe(
            level=level,
            shown=shown,
            imprecise=min(0.6, self.imprecise * vague),
            negatives=round(negatives * self.negatives),
            distractors=round(distractors * self.distractors),
            diagnoses=min(diagnoses, self.max_diagnoses),
            rank=rank,
        )

    def _row(
        self,
        source: Source,
        made: tuple[Case, Plan, Tables, Names],
        lang: Lang,
        position: int,
        *,
        thinking: bool,
    ) -> Draft:
        case, plan, tables, names = made
        writer = Writer(lang, case.book, names, case.age)
        text = "\n".join(writer.write(steps, "prompt[1]", "case") for steps in plan.case)
        question = writer.write(plan.question, "prompt[1]", "question")
        prompt = TASK.messages(DifferentialInput(case=text, question=question), lang)
        reasoning = None
        if thinking:
            reasoning = "\n\n".join(writer.write(steps, "reasoning", "differential") for steps in plan.reasoning)
        answer = TASK.render(_answer(plan, writer), lang)
        row = SftRow(
            prompt=prompt,
            completion=Message("assistant", answer, reasoning),
            thinking=thinking,
            task=TASK.name,
            stage=source.stage,
            lang=lang,
            provenance=Provenance(
                (*tables.references(case.book.all(), lang), SourceRef("complex_cases", "medgo", "Apache-2.0")),
                self.name,
                self.version,
                f"{source.seed}/{position}",
            ),
        )
        return Draft(row, Evidence(case.book.all(), tuple(writer.sentences), case.labels))


class _Deck:
    """Diseases that can be told in the languages wanted; rare ones are compared among themselves only."""

    def __init__(self, tables: Tables, langs: Sequence[Lang], kinds: Sequence[Kind], *, foreign_names: bool) -> None:
        self.langs = tuple(langs)
        named = tables.ontology.named
        self.common = [
            curie
            for curie, one in tables.common.diseases.items()
            if sum(named(sign, langs) for sign in one.symptoms) >= 2 and _named(tables, curie, langs)
        ]
        self.rare = [
            curie
            for curie, one in tables.rare.diseases.items()
            if (foreign_names or _named(tables, curie, langs))
            and sum(sign.middle for sign in one.signs if named(sign.sign, langs)) >= _EXPECTED
        ]
        self.adult = [one for one in self.rare if not of_childhood(tables, tables.rare.diseases[one])]
        for kind, deck in (("common", self.common), ("rare", self.rare), ("mixed", self.adult)):
            if kind in kinds and len(deck) < _FEWEST:
                raise RecipeError(
                    f"complex_cases: {len(deck)} diseases for {kind} cases have names in {', '.join(langs)}, fewer than"
                    f" the {_FEWEST} that a differential needs",
                    hint="see medgo knowledge sources; install medgo[knowledge], or leave the kind out of kinds",
                )
        self.tables = replace(tables, rare=tables.rare.only(self.rare)) if self.rare else tables
        self._kinds = tuple(kinds)

    def only(self, concepts: Concepts) -> None:
        """Draw the diseases of a part alone; they are compared with all others as before.

        Raises:
            RecipeError: None of a kind is left.
        """
        self.common, self.rare, self.adult = (
            [one for one in deck if concepts.take(one)] for deck in (self.common, self.rare, self.adult)
        )
        for kind, deck in (("common", self.common), ("rare", self.rare), ("mixed", self.adult)):
            if kind in self._kinds and not deck:
                raise RecipeError(f"complex_cases: no disease for {kind} cases is in the part {concepts.part}")


def _named(tables: Tables, concept: str, langs: Sequence[Lang]) -> bool:
    return all(lang in tables.names.get(concept, {}) for lang in langs)


def _answer(plan: Plan, writer: Writer) -> Differential:
    def texts(steps: Sequence[object], section: str) -> tuple[str, ...]:
        return tuple(writer.write((step,), "completion", section) for step in steps)  # type: ignore[arg-type]

    urgent = writer.write(plan.urgent, "completion", "differential.urgent")
    summary = writer.write(plan.summary, "completion", "summary")
    candidates = []
    for entry in plan.entries:
        candidates.append(
            Candidate(
                diagnosis=writer.quote(entry.candidate.fact, "completion", "differential"),
                likelihood=entry.candidate.level,
                supporting=tuple(
                    writer.quote(fact, "completion", "differential.supporting") for fact in entry.supporting
                ),
                contradicting=tuple(
                    writer.quote(fact, "completion", "differential.contradicting") for fact in entry.contradicting
                ),
                next_step=writer.write(entry.next_step, "completion", "differential.next_step"),
            )
        )
    return Differential(
        urgent=urgent,
        summary=summary,
        candidates=tuple(candidates),
        must_not_miss=tuple(
            writer.quote(fact, "completion", "differential.must_not_miss") for fact in plan.must_not_miss
        ),
        missing=texts(plan.missing, "missing"),
    )


def realised(case: Case) -> dict[str, float]:
    """How hard the case came out: what was told, not what was planned."""
    first, second = case.candidates[:2]
    return {
        "signs": len(case.signs),
        "imprecise": case.labels["imprecise"],
        "negatives": len(case.negatives),
        "distractors": len(case.labels["distractors"]),
        "diagnoses": 1 + len(case.history),
        "rank": case.labels["truth_rank"],
        "lead": round(first.log_likelihood - second.log_likelihood, 2),
    }
