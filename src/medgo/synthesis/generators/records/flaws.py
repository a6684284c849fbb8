"""What a defect is: which lines it changes, where it shows, and by which rule it is one. Knows no single defect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from medgo.schema import Fact, Lang
from medgo.synthesis.generators.cases.tables import Tables
from medgo.synthesis.generators.records.chart import Chart, Edit, Section
from medgo.synthesis.generators.records.scribe import Line, Scribe
from medgo.tasks.coding.quality_rules import Family, Grade


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of defect.

    Args:
        name: As labels name it.
        family: Family of the task.
        grade: How bad.
        rule: What it breaks, in each language.
        suggestion: What to do about it.
    """

    name: str
    family: Family
    grade: Grade
    rule: Mapping[Lang, str]
    suggestion: Mapping[Lang, str]


@dataclass(frozen=True, slots=True)
class Flaw:
    """A defect in a chart, in one language.

    Args:
        sort: What sort.
        section: Where it stands.
        place: The same, by its title.
        evidence: Words of the flawed chart that show it, each with the facts of its line.
        edits: What was changed.
        facts: Facts for the changed lines: the words themselves, as nothing of the case supports them.
        near: Further sections that the evidence is quoted from.
    """

    sort: Sort
    section: Section
    place: str
    evidence: tuple[tuple[str, tuple[str, ...]], ...]
    edits: tuple[Edit, ...]
    facts: tuple[Fact, ...] = ()
    near: frozenset[Section] = frozenset()

    @property
    def touched(self) -> frozenset[Section]:
        """Sections that another defect has to leave alone."""
        return frozenset({self.section, *self.near, *(edit.section for edit in self.edits)})

    def label(self) -> dict[str, Any]:
        """For evidence: what was changed, word for word."""
        return {
            "kind": self.sort.name,
            "family": self.sort.family,
            "grade": self.sort.grade,
            "place": self.place,
            "evidence": [words for words, _ in self.evidence],
            "edits": [
                {
                    "section": list(edit.section),
                    "at": edit.at,
                    "before": [line.text for line in edit.before],
                    "after": [line.text for line in edit.after],
                }
                for edit in self.edits
            ],
        }


@dataclass(slots=True)
class Bench:
    """Where a defect is made: the chart, its words, and a number that decides between several places.

    Args:
        chart: Without this defect.
        scribe: The encounter in the chart's language.
        tables: For what is contraindicated.
        pick: The same in all languages.
        sort: What is being made.
    """

    chart: Chart
    scribe: Scribe
    tables: Tables
    pick: int
    sort: Sort

    @property
    def lang(self) -> Lang:
        """Language of the chart."""
        return self.scribe.lang

    def say(self, zh: str, en: str) -> str:
        """The words of the chart's language."""
        return zh if self.lang == "zh" else en

    def find(self, *keys: str, fields: tuple[str, ...] = ()) -> list[tuple[Section, int, Line]]:
        """All lines with one of the keys, in order; with ``fields``, only in these."""
        return [
            (section, at, line)
            for section, lines in self.chart.sections.items()
            for at, line in enumerate(lines)
            if line.key in keys and (not fields or section[1] in fields)
        ]

    def choose(self, options: list[Any]) -> Any:
        """One of several, the same in every language; None for none."""
        return options[self.pick % len(options)] if options else None

    def changed(self, line: Line, text: str) -> tuple[Line, Fact]:
        """A line with other words, and the fact that holds them."""
        fact = Fact(
            f"x_{self.sort.name}_{line.key}",
            "passage",
            value=text,
            sources=(f"medgo:injected/{self.sort.name}",),
        )
        return Line(line.key, text, (fact.id,), line.slot, line.at), fact

    def replaced(self, found: tuple[Section, int, Line], text: str, *others: tuple[Section, int, Line]) -> Flaw | None:
        """A defect by other words in one line, seen by that line and the others; None where nothing would change."""
        section, at, line = found
        if text == line.text or not text.strip():
            return None
        new, fact = self.changed(line, text)
        edit = Edit(section, at, (line,), (new,))
        shown = self.chart.apply((edit,))
        evidence = [(self._quote(shown, section, at), (fact.id, *self._kin(section, line)))]
        evidence += [
            (self._quote(shown, one, place), (*other.facts, *self._kin(one, other))) for one, place, other in others
        ]
        return self.flaw(section, evidence, (edit,), (fact,), {one for one, _, _ in others})

    def added(self, section: Section, key: str, text: str, *others: tuple[Section, int, Line]) -> Flaw:
        """A defect by a further sentence at the end of a section."""
        new, fact = self.changed(Line(key, ""), text)
        edit = Edit(section, len(self.chart.sections[section]), (), (new,))
        shown = self.chart.apply((edit,))
        evidence = [(self._quote(shown, one, place), other.facts) for one, place, other in others]
        evidence.append((bare(text), (fact.id,)))
        return self.flaw(section, evidence, (edit,), (fact,), {one for one, _, _ in others})

    def flaw(
        self,
        section: Section,
        evidence: list[tuple[str, tuple[str, ...]]],
        edits: tuple[Edit, ...],
        facts: tuple[Fact, ...] = (),
        near: set[Section] | None = None,
    ) -> Flaw:
        """Put a defect together."""
        place = self.chart.titles[section]
        return Flaw(self.sort, section, place, tuple(evidence), edits, facts, frozenset(near or ()))

    def _quote(self, chart: Chart, section: Section, at: int) -> str:
        return bare(chart.entry(section, at))

    def _kin(self, section: Section, line: Line) -> tuple[str, ...]:
        """Facts of the other parts of an entry, which a quotation holds too."""
        if not line.slot:
            return ()
        return tuple(fact for other in self.chart.sections[section] if other.at == line.at for fact in other.facts)


Maker = Callable[[Bench], Flaw | None]


def bare(text: str) -> str:
    """A sentence without its full stop, as it is quoted."""
    return text.rstrip("。.")
