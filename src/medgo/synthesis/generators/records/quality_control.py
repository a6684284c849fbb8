"""The generator of quality control: a record with defects put in on purpose, and the report that lists them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field, field_validator

from medgo.schema import Evidence, Fact, Lang, Message, Provenance, Sentence, SftRow
from medgo.synthesis.generators.cases.realise import Names
from medgo.synthesis.generators.cases.tables import Tables, read_tables
from medgo.synthesis.generators.kinds import proportions
from medgo.synthesis.generators.records.case_records import encounters
from medgo.synthesis.generators.records.chart import DOCUMENTS, NAMES, TIMES, Chart, ChartKind, chart_of
from medgo.synthesis.generators.records.defect_sorts import SORTS
from medgo.synthesis.generators.records.defects import AGAINST_MATERIAL, inject
from medgo.synthesis.generators.records.encounter import Encounter
from medgo.synthesis.generators.records.flaws import Flaw
from medgo.synthesis.generators.records.note import Note
from medgo.synthesis.generators.records.notes import compose
from medgo.synthesis.generators.records.scribe import Scribe
from medgo.synthesis.protocol import Draft, Generator, Source
from medgo.tasks.coding.quality_rules import Family
from medgo.tasks.coding.record_quality_control import (
    RECORD_QUALITY_CONTROL,
    Defect,
    QualityReport,
    RecordInput,
    RecordSection,
)
from medgo.tasks.definition import Form

TASK = RECORD_QUALITY_CONTROL
# What no record of text shows.
_NOT_SHOWN: Mapping[Lang, str] = {
    "zh": "签名和知情同意书不在所给材料中，需人工核实。",
    "en": "Signatures and consent forms are not part of the material.",
}
# What is looked at, family by family.
_TOPICS: Mapping[Family, tuple[str, str]] = {
    "completeness": ("内容完整性", "completeness"),
    "identity": ("身份信息", "identity"),
    "timeliness": ("书写时限", "timeliness"),
    "chief_complaint": ("主诉", "the chief complaint"),
    "history": ("病史", "the history"),
    "contradiction": ("前后一致性", "agreement between sections"),
    "laterality": ("左右侧", "side and site"),
    "copy_forward": ("复制粘贴", "copied text"),
    "results": ("异常结果分析", "analysis of results"),
    "vital_signs": ("生命体征", "vital signs"),
    "medication": ("用药", "medication"),
}
# What cannot be checked in a record of that kind.
_NOT_THERE: Mapping[ChartKind, frozenset[Family]] = {
    "outpatient": frozenset({"timeliness", "copy_forward"}),
    "admission": frozenset({"copy_forward"}),
    "discharge": frozenset({"copy_forward", "chief_complaint"}),
    "course": frozenset({"chief_complaint"}),
    "stay": frozenset(),
}


class QualityControl(Generator):
    """Correct records with labelled defects, and clean ones."""

    name: ClassVar[str] = "quality_control"
    version: ClassVar[str] = "2"

    charts: dict[ChartKind, float] = Field(
        {"outpatient": 0.2, "admission": 0.3, "course": 0.2, "discharge": 0.15, "stay": 0.15},
        description="proportions of records: a visit, one document of a stay, its course notes, or the whole stay",
    )
    clean: float = Field(0.2, ge=0, le=1, description="share of records without any defect")
    defects: tuple[int, int] = Field((1, 4), description="fewest and most defects wanted in the others")
    per_patient: int = Field(2, ge=1, le=6, description="records of one patient, each with defects of its own")
    thinking: float = Field(0.5, ge=0, le=1, description="share of rows with the checking written out")
    json_share: float = Field(0.25, ge=0, le=1, description="share of rows that ask for JSON instead of headings")

    @field_validator("charts")
    @classmethod
    def _proportions(cls, charts: dict[ChartKind, float]) -> dict[ChartKind, float]:
        proportions(charts)
        return charts

    @field_validator("defects")
    @classmethod
    def _range(cls, defects: tuple[int, int]) -> tuple[int, int]:
        if not 1 <= defects[0] <= defects[1] <= len(SORTS):
            raise ValueError(f"give a range within 1 to {len(SORTS)}")
        return defects

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Draw encounters without end; each gives records in every language with the same defects."""
        tables = read_tables(source.knowledge)
        names = Names(tables.names)
        stays = encounters(tables, source, rng, inpatient=True)
        visits = encounters(tables, source, rng, inpatient=False)
        number = 0
        while True:
            kinds = self._kinds(rng)
            enc = next(visits if kinds == ["outpatient"] else stays)
            scribes = {lang: Scribe(lang, enc, names) for lang in source.langs}
            for kind in kinds:
                for draft in self._record(source, (kind, enc, scribes), tables, rng, number):
                    yield draft
                    number += 1

    def _kinds(self, rng: np.random.Generator) -> list[ChartKind]:
        """The records of one patient: one of a visit, or different ones of a stay."""
        names = [kind for kind, share in self.charts.items() if share > 0]
        shares = np.array([self.charts[kind] for kind in names])
        # A patient with a stay gives several records, one with a visit one.
        counts = np.array([1 if kind == "outpatient" else 1 / self.per_patient for kind in names])
        first = names[int(rng.choice(len(names), p=shares * counts / (shares * counts).sum()))]
        others = [kind for kind in names if kind not in ("outpatient", first)]
        if first == "outpatient" or not others or self.per_patient == 1:
            return [first]
        weights = np.array([self.charts[kind] for kind in others])
        size = min(self.per_patient - 1, len(others))
        more = rng.choice(len(others), size, replace=False, p=weights / weights.sum()).tolist()
        return [first, *(others[at] for at in more)]

    def _record(
        self,
        source: Source,
        made: tuple[ChartKind, Encounter, Mapping[Lang, Scribe]],
        tables: Tables,
        rng: np.random.Generator,
        number: int,
    ) -> Iterator[Draft]:
        kind, enc, scribes = made
        clean = {lang: clean_chart(kind, scribe) for lang, scribe in scribes.items()}
        flaws = self._flaws(clean, scribes, tables, rng)
        form: Form = "json" if rng.random() < self.json_share else "text"
        think = bool(rng.random() < self.thinking)
        for at, lang in enumerate(source.langs):
            shown = clean[lang].apply([edit for flaw in flaws[lang] for edit in flaw.edits])
            yield self._row(source, enc, _Report(shown, flaws[lang], lang, kind), (form, think, number + at))

    def _flaws(
        self,
        clean: Mapping[Lang, Chart],
        scribes: Mapping[Lang, Scribe],
        tables: Tables,
        rng: np.random.Generator,
    ) -> dict[Lang, list[Flaw]]:
        if rng.random() < self.clean:
            return {lang: [] for lang in clean}
        most = int(rng.integers(self.defects[0], self.defects[1] + 1))
        names = [name for name in SORTS if name not in AGAINST_MATERIAL]
        order = rng.permutation(len(names)).tolist()
        picks = rng.integers(0, 10_000, len(names)).tolist()
        return inject(clean, scribes, [(names[at], picks[at]) for at in order], most, tables)

    def _row(self, source: Source, enc: Encounter, report: _Report, how: tuple[Form, bool, int]) -> Draft:
        form, think, number = how
        lang = report.lang
        prompt = TASK.messages(report.record(), lang, form)
        report.show()
        reasoning = report.reasoning() if think else None
        answer = TASK.render(report.answer(), lang, form)
        row = SftRow(
            prompt=prompt,
            completion=Message("assistant", answer, reasoning),
            thinking=think,
            task=TASK.name,
            stage=source.stage,
            lang=lang,
            provenance=Provenance(enc.sources[lang], self.name, self.version, f"{source.seed}/{number}"),
        )
        labels: dict[str, Any] = {
            "document": report.kind,
            "form": form,
            "disease": enc.case.truth,
            "clean": not report.flaws,
            "defects": [flaw.label() for flaw in report.flaws],
        }
        facts = (*enc.facts(lang), *report.facts())
        return Draft(row, Evidence(facts, tuple(report.said), labels))


def clean_chart(kind: ChartKind, scribe: Scribe) -> Chart:
    """A record without defects."""
    notes: dict[str, Note] = {document: compose(document, scribe) for document in DOCUMENTS[kind]}
    return chart_of(kind, DOCUMENTS[kind], notes, scribe)


class _Report:
    """The record as it is shown, and the report on it, in one language."""

    def __init__(self, chart: Chart, flaws: Sequence[Flaw], lang: Lang, kind: ChartKind) -> None:
        self.chart, self.flaws, self.lang, self.kind = chart, flaws, lang, kind
        self.said: list[Sentence] = []
        self._between = "" if lang == "zh" else " "

    def facts(self) -> list[Fact]:
        """Facts of the defects and of the rules that they break."""
        found = {fact.id: fact for flaw in self.flaws for fact in flaw.facts}
        for flaw in self.flaws:
            for part in ("rule", "suggestion"):
                words: Mapping[Lang, str] = getattr(flaw.sort, part)
                fact = Fact(
                    f"{part}_{flaw.sort.name}",
                    "rule",
                    value=words["en"],
                    attributes={"zh": words["zh"]},
                    sources=(f"medgo:quality/{flaw.sort.name}",),
                )
                found[fact.id] = fact
        return list(found.values())

    def record(self) -> RecordInput:
        """The record."""
        sections = tuple(
            RecordSection(title=self.chart.titles[section], text=self.chart.text(section, self._between))
            for section, lines in self.chart.sections.items()
            if lines and section != TIMES
        )
        times = ("；" if self.lang == "zh" else "; ").join(line.text for line in self.chart.sections[TIMES])
        name = NAMES[DOCUMENTS[self.kind][0] if len(DOCUMENTS[self.kind]) == 1 else self.kind][self.lang]
        return RecordInput(document=name, sections=sections, times=times)

    def show(self) -> None:
        """List the sentences of the prompt."""
        for section in (TIMES, *(one for one in self.chart.sections if one != TIMES)):
            lines = self.chart.sections[section]
            at = 0
            for text in self.chart.entries(section) if section != TIMES else [line.text for line in lines]:
                facts: list[str] = []
                while at < len(lines) and lines[at].text in text:
                    facts += lines[at].facts
                    at += 1
                    if not lines[at - 1].slot or at == len(lines) or lines[at].at != lines[at - 1].at:
                        break
                self.said.append(Sentence(text, "prompt[1]", tuple(dict.fromkeys(facts)), "/".join(section)))

    def reasoning(self) -> str:
        """What was checked, family by family, and what was found."""
        at = 0 if self.lang == "zh" else 1
        lines = ["逐项核对这份病历。" if at == 0 else "I go through the record item by item."]
        found = {flaw.sort.family for flaw in self.flaws}
        for flaw in self.flaws:
            quotes = ("”“" if at == 0 else '" / "').join(quote for quote, _ in flaw.evidence)
            shown = (f"见“{quotes}”。" if at == 0 else f'"{quotes}".') if flaw.evidence else ""
            missing = ("该段缺失。" if at == 0 else "this section is missing.") if not flaw.evidence else ""
            start = f"{flaw.place}：" if at == 0 else f"{flaw.place}: "
            rule = flaw.sort.rule[self.lang]
            grade = {"veto": ("否决项", "a veto"), "major": ("重度缺陷", "major"), "minor": ("轻度缺陷", "minor")}
            end = f"，属{grade[flaw.sort.grade][at]}。" if at == 0 else f" This is {grade[flaw.sort.grade][at]}."
            text = f"{start}{shown}{missing}{rule.rstrip('。') + end if at == 0 else ' ' + rule + end}"
            lines.append(text)
            self.said += [Sentence(quote, "reasoning", facts) for quote, facts in flaw.evidence]
            self.said.append(Sentence(rule.rstrip("。."), "reasoning", (f"rule_{flaw.sort.name}",)))
        rest = [_TOPICS[one][at] for one in self._families() if one not in found]
        if rest:
            listed = "、".join(rest) if at == 0 else ", ".join(rest)
            lines.append(f"{listed}方面未见问题。" if at == 0 else f"Nothing wrong as to {listed}.")
        return "\n".join(lines)

    def _families(self) -> list[Family]:
        """What can be checked in such a record."""
        return [one for one in _TOPICS if one not in _NOT_THERE[self.kind]]

    def answer(self) -> QualityReport:
        """The report; lists its sentences."""
        defects = []
        for flaw in self.flaws:
            quotes = tuple(quote for quote, _ in flaw.evidence)
            sort = flaw.sort
            defects.append(
                Defect(
                    family=sort.family,
                    place=flaw.place,
                    evidence=quotes,
                    rule=sort.rule[self.lang],
                    grade=sort.grade,
                    suggestion=sort.suggestion[self.lang],
                )
            )
            self.said += [Sentence(quote, "completion", facts, "defects.evidence") for quote, facts in flaw.evidence]
            self.said.append(Sentence(sort.rule[self.lang], "completion", (f"rule_{sort.name}",), "defects.rule"))
            cited = (f"suggestion_{sort.name}",)
            self.said.append(Sentence(sort.suggestion[self.lang], "completion", cited, "defects.suggestion"))
        to_verify: tuple[str, ...] = (_NOT_SHOWN[self.lang],)
        if not self.flaws:
            at = 0 if self.lang == "zh" else 1
            names = [_TOPICS[one][at] for one in self._families()]
            words = (
                f"已核对{'、'.join(names)}，未发现缺陷。"
                if at == 0
                else f"Checked without a finding: {', '.join(names)}."
            )
            to_verify = (words, *to_verify)
        grades = {flaw.sort.grade for flaw in self.flaws}
        return QualityReport(
            conclusion="reject" if "veto" in grades else "correct" if grades else "pass",
            defects=tuple(defects),
            to_verify=to_verify,
        )
