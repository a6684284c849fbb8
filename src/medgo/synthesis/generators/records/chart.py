"""Several documents of one encounter as sections that can be changed and changed back. Knows no defect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Literal, cast

from medgo.schema import Lang
from medgo.synthesis.generators.records.note import DocumentKind, Note
from medgo.synthesis.generators.records.scribe import Line, Scribe
from medgo.tasks.definition import TaskModel
from medgo.tasks.layout import layout_of

ChartKind = Literal["outpatient", "admission", "course", "discharge", "stay"]
# Document and field; the times and the patient's particulars belong to no document.
Section = tuple[str, str]
TIMES: Section = ("", "times")
PATIENT: Section = ("", "patient")

DOCUMENTS: Mapping[ChartKind, tuple[DocumentKind, ...]] = {
    "outpatient": ("outpatient_record",),
    "admission": ("admission_record",),
    "course": ("first_course_note", "course_note_1", "course_note_2"),
    "discharge": ("discharge_summary",),
    "stay": ("admission_record", "first_course_note", "course_note_1", "course_note_2", "discharge_summary"),
}
NAMES: Mapping[str, Mapping[Lang, str]] = {
    "outpatient_record": {"zh": "门诊病历", "en": "Outpatient record"},
    "admission_record": {"zh": "入院记录", "en": "Admission record"},
    "first_course_note": {"zh": "首次病程记录", "en": "First course note"},
    "course_note_1": {"zh": "前次病程记录", "en": "Earlier course note"},
    "course_note_2": {"zh": "本次病程记录", "en": "Later course note"},
    "discharge_summary": {"zh": "出院记录", "en": "Discharge summary"},
    "course": {"zh": "病程记录", "en": "Course notes"},
    "stay": {"zh": "住院病历", "en": "Inpatient record"},
    "patient": {"zh": "一般项目", "en": "Patient"},
}
# Moment → what it is called in the times of a record, and which document needs it.
_TIMES: Mapping[str, tuple[str, str, str]] = {
    "admitted": ("入院时间", "Admitted", ""),
    "admission_written": ("入院记录完成时间", "Admission record written", "admission_record"),
    "first_written": ("首次病程记录完成时间", "First course note written", "first_course_note"),
    "day1": ("前次病程记录时间", "Earlier course note", "course_note_1"),
    "day2": ("本次病程记录时间", "Later course note", "course_note_2"),
    "discharged": ("出院时间", "Discharged", "discharge_summary"),
    "written": ("出院记录完成时间", "Discharge summary written", "discharge_summary"),
}
_ORDER = ("admitted", "first_written", "admission_written", "day1", "day2", "discharged", "written")


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one section: lines from a place on are others.

    Args:
        section: Which one.
        at: Index of the first line concerned.
        before: Lines that go; empty where some are only added.
        after: Lines that come; empty where some are only left out.
    """

    section: Section
    at: int
    before: tuple[Line, ...] = ()
    after: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """Sections in order; a section without lines is not there.

    Args:
        kind: Which documents.
        sections: Section → lines.
        titles: Section → its title.
        lists: Sections whose lines are entries of a list.
        between: What stands, before a space, between the parts of an entry.
    """

    kind: str
    sections: Mapping[Section, tuple[Line, ...]]
    titles: Mapping[Section, str]
    lists: frozenset[Section] = field(default_factory=frozenset)
    between: str = ""

    def apply(self, edits: Iterable[Edit]) -> Chart:
        """The chart with changes made."""
        return self._changed([(edit.section, edit.at, len(edit.before), edit.after) for edit in edits])

    def undo(self, edits: Iterable[Edit]) -> Chart:
        """The chart with changes taken back."""
        changes = [(edit.section, edit.at, len(edit.after), edit.before) for edit in edits]
        return self._changed(changes[::-1])

    def _changed(self, changes: list[tuple[Section, int, int, tuple[Line, ...]]]) -> Chart:
        sections = dict(self.sections)
        for section, at, gone, come in changes:
            lines = sections[section]
            sections[section] = (*lines[:at], *come, *lines[at + gone :])
        return replace(self, sections=sections)

    def written(self, document: str) -> dict[str, list[Line]]:
        """A document of the chart, as a note holds it."""
        return {name: list(lines) for (owner, name), lines in self.sections.items() if owner == document}

    def text(self, section: Section, between: str) -> str:
        """A section as it stands in the record: entries on lines of their own, sentences one after the other."""
        return ("\n" if section in self.lists else between).join(self.entries(section))

    def entries(self, section: Section) -> list[str]:
        """Sentences of a section; the parts of an entry (drug, dose, route) are one."""
        found: list[str] = []
        owner: tuple[str, int] | None = None
        for line in self.sections[section]:
            mine = (section[1], line.at) if line.slot else None
            if mine is not None and mine == owner and found:
                found[-1] = self._together(found[-1], line.text)
            else:
                found.append(line.text)
            owner = mine
        return found

    def entry(self, section: Section, at: int) -> str:
        """The sentence or entry that the line belongs to."""
        lines = self.sections[section]
        mine = [line for line in lines if line.slot and lines[at].slot and line.at == lines[at].at]
        return reduce(self._together, (line.text for line in mine)) if mine else lines[at].text

    def _together(self, first: str, second: str) -> str:
        """Two parts of an entry; one that is a sentence of its own ends as it does."""
        return f"{first} {second}" if first.endswith((".", "。")) else f"{first}{self.between} {second}"


def chart_of(kind: str, documents: Iterable[DocumentKind], notes: Mapping[str, Note], scribe: Scribe) -> Chart:
    """Put documents together.

    Args:
        kind: Name of the chart.
        documents: Which, in order.
        notes: Document → its note.
        scribe: Writes the patient's particulars and the times.
    """
    lang = scribe.lang
    documents = tuple(documents)
    zh = lang == "zh"
    colon = "：" if zh else ": "
    first = notes[documents[0]]
    sex, age = first.given["sex"][0], first.given["age"][0]
    patient = (
        Line("sex", f"{'性别' if zh else 'Sex'}{colon}{sex.text}", sex.facts),
        Line("age", f"{'年龄' if zh else 'Age'}{colon}{age.text}", age.facts),
    )
    sections: dict[Section, tuple[Line, ...]] = {PATIENT: patient}
    titles = {PATIENT: NAMES["patient"][lang], TIMES: ""}
    lists = {PATIENT}
    for document in documents:
        note = notes[document]
        prefix = f"{NAMES[document][lang]}{'·' if zh else ': '}" if len(documents) > 1 else ""
        heads = {one.name: one for one in layout_of(cast("type[TaskModel]", note.task.output))}
        for name, lines in note.written.items():
            if name == "review" or name in note.number:
                continue
            head, _, inner = name.partition(".")
            title = heads[head].titles[lang]
            if inner:
                title += ("·" if zh else ": ") + _inner_title(note, head, inner, lang)
            sections[document, name] = tuple(lines)
            titles[document, name] = prefix + title
            if heads[head].kind in ("scalars", "models"):
                lists.add((document, name))
    sections[TIMES] = _times(documents, scribe, colon)
    return Chart(kind, sections, titles, frozenset(lists), "" if zh else ",")


def _inner_title(note: Note, head: str, inner: str, lang: Lang) -> str:
    outer = next(one for one in layout_of(cast("type[TaskModel]", note.task.output)) if one.name == head)
    return next(one.titles[lang] for one in layout_of(outer.model) if one.name == inner)


def _times(documents: tuple[DocumentKind, ...], scribe: Scribe, colon: str) -> tuple[Line, ...]:
    if documents == ("outpatient_record",):
        return ()
    lines = []
    for key in _ORDER:
        chinese, english, owner = _TIMES[key]
        if owner in ("", *documents):
            moment = scribe.moment(key)
            lines.append(Line(key, f"{chinese if scribe.lang == 'zh' else english}{colon}{moment.text}", moment.facts))
    return tuple(lines)
