"""Resources of FHIR put together: what belongs to one visit is one record, a document is one of its own.

A resource is kept as its line of text; only headers, names and lines are in memory until they are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from medgo.corpus.clinical.fhir_documents import Part, Pending, pending_of
from medgo.corpus.clinical.fhir_lines import computed_numbers, is_withdrawn, line_of, renders
from medgo.corpus.clinical.fhir_people import PEOPLE, patient_header, person_header
from medgo.corpus.clinical.fhir_values import (
    Node,
    concept,
    dated,
    key_of,
    nodes,
    people_of,
    period,
    text_of,
    when,
)
from medgo.corpus.clinical.records import Draft, Values, put, stated_language
from medgo.corpus.clinical.rendering import attachment, page
from medgo.corpus.ledger import Ledger
from medgo.errors import InputError

# Nothing in these is said of anybody's health.
_ADMINISTRATIVE = frozenset({
    "Claim", "ClaimResponse", "ExplanationOfBenefit", "Coverage", "CoverageEligibilityRequest", "Provenance", "Account",
    "CoverageEligibilityResponse", "PaymentNotice", "PaymentReconciliation", "Invoice", "ChargeItem", "Group",
    "AuditEvent", "Appointment", "AppointmentResponse", "Schedule", "Slot", "Task", "Endpoint", "OperationOutcome",
    "PractitionerRole", "Subscription", "MessageHeader", "Parameters", "Consent", "Specimen", "CareTeam", "Substance",
})  # fmt: skip
# Encounter.class (v3-ActCode).
_CLASSES = {
    **dict.fromkeys(("AMB", "VR", "HH", "FLD", "EMER"), "outpatient_record"),
    **dict.fromkeys(("IMP", "ACUTE", "NONAC", "SS", "OBSENC", "PRENC"), "admission_record"),
}
_SUMMARY_KEYS = {"investigations": "results", "diagnoses": "problems"}
_DAYS = re.compile(r" \[[\d –-]+\]$")
_PLACEHOLDER = re.compile("\x00([^\x00]*)\x00")
Key = tuple[str, str]


@dataclass
class _Group:
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    """Section, id of the resource, text."""
    reports: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)
    """Title, ids of results, what follows them."""
    people: set[tuple[str, str, str]] = field(default_factory=set)
    """Key of a header, id, name of whoever is referred to."""
    languages: list[str] = field(default_factory=list)


@dataclass
class Gathering:
    """What was read and not yet taken.

    Args:
        name: Of the file.
        ledger: Of the reading.
    """

    name: str
    ledger: Ledger
    patients: dict[str, Values] = field(default_factory=dict)
    _people: dict[str, Values] = field(default_factory=dict)
    _met: dict[tuple[str, str, str], tuple[str, str, str]] = field(default_factory=dict)
    """Whoever was referred to: the same few people stand in most resources."""
    _names: dict[str, str] = field(default_factory=dict)
    _visits: dict[str, Values] = field(default_factory=dict)
    _visit_kinds: dict[str, str] = field(default_factory=dict)
    _groups: dict[Key, _Group] = field(default_factory=dict)
    _documents: list[Pending] = field(default_factory=list)
    _binaries: dict[str, str | None] = field(default_factory=dict)

    def add(self, resource: Node, url: str = "") -> None:
        """Take a resource in."""
        kind, identity = text_of(resource.get("resourceType")), text_of(resource.get("id")) or key_of(url)
        place = f"{kind}/{identity}"
        if is_withdrawn(resource):
            self.ledger.omit(self.name, place, "entered in error")
        elif kind == "Patient":
            self.patients[identity] = patient_header(resource)
        elif kind in PEOPLE:
            self._people[identity] = person_header(resource)
        elif kind == "Medication":
            self._names[identity] = concept(resource.get("code"))
        elif kind == "Binary":
            self._binaries[identity] = self._attached(resource, place, text_of(resource.get("contentType")))
        elif kind == "Encounter":
            self._visit(resource, identity)
        elif kind in _ADMINISTRATIVE or (kind == "Device" and not resource.get("patient")):
            self.ledger.omit(self.name, place, "administrative resource", kind)
        elif (document := pending_of(resource, place)) is not None:
            self._documents.append(document)
        elif kind == "DiagnosticReport":
            self._report(resource)
        else:
            self._clinical(resource, identity, place)

    @property
    def has_more_than_a_visit(self) -> bool:
        """Whether something waits to which nothing more is likely to come."""
        return len(self._groups) > 1 or bool(self._documents)

    def take(self, *, but_last: bool = False) -> Iterator[Draft]:
        """Drafts of everything that was read: documents first, then visits in the order in which they came.

        Args:
            but_last: Keep the last visit, to which the next resource may belong.
        """
        kept = {key: self._groups.pop(key) for key in list(self._groups)[-1:]} if but_last else {}
        groups = self._groups.values() if self._documents else ()
        lines = {identity: text for group in groups for _, identity, text in group.lines}
        covered: set[str] = set()
        for document in self._documents:
            yield self._document(document, lines, covered)
        for key in list(self._groups):
            group = self._groups.pop(key)
            group.lines = [one for one in group.lines if one[1] not in covered]
            if group.lines or group.reports:
                yield self._draft(key, group)
        for identity, text in self._binaries.items():
            if text:
                self.ledger.omit(self.name, f"Binary/{identity}", "attachment of no document")
        for taken in (self._documents, self._binaries):
            taken.clear()
        self._groups = kept

    def _group(self, resource: Node) -> _Group:
        patient = key_of(resource.get("subject") or resource.get("patient") or {})
        visit = key_of(resource.get("encounter") or resource.get("context") or {})
        group = self._groups.setdefault((patient, visit), _Group())
        for person in people_of(resource):
            group.people.add(self._met.setdefault(person, person))
        if "language" in resource:
            group.languages.append(text_of(resource["language"]))
        return group

    def _visit(self, resource: Node, identity: str) -> None:
        group = self._group({**resource, "encounter": {"reference": identity}})
        kind = resource.get("class")
        code = text_of(kind.get("code")) if isinstance(kind, dict) else ""
        visit: Values = {}
        span = resource.get("period") if isinstance(resource.get("period"), dict) else {}
        put(visit, "encounter_id", identity)
        put(visit, "admission_date", when(span.get("start")) if span else "")
        put(visit, "discharge_date", when(span.get("end")) if span else "")
        put(visit, "class", code)
        self._visits[identity], self._visit_kinds[identity] = visit, code
        what = concept(resource.get("type")) or concept(resource.get("serviceType"))
        days = period(span)
        stay = resource.get("hospitalization")
        left = concept(stay.get("dischargeDisposition")) if isinstance(stay, dict) else ""
        said = "; ".join(one for one in (days, left) if one)
        if what or left:
            group.lines.append(("encounters", identity, f"{what} ({said})".strip() if said else what))
        if reason := concept(resource.get("reasonCode")):
            group.lines.append(("chief_complaint", identity, reason))

    def _clinical(self, resource: Node, identity: str, place: str) -> None:
        line = line_of(resource)
        said = line.text if line is not None else ""
        contained = {f"#{text_of(one.get('id'))}": concept(one.get("code")) for one in nodes(resource.get("contained"))}
        said = _PLACEHOLDER.sub(lambda match: contained.get(match[1], match[0]), said)
        section = line.section if line is not None else str(resource.get("resourceType"))
        narrative = self._narrative(resource, place, structured=renders(str(resource.get("resourceType"))))
        text = "\n".join(one for one in (said, narrative) if one)
        if not text:
            self.ledger.omit(self.name, place, "resource without text", str(resource.get("resourceType")))
            return
        self._group(resource).lines.append((section, identity, text))
        if rounded := computed_numbers(resource):
            self.ledger.note("computed number rounded", rounded)
        if resource.get("resourceType") in ("Condition", "AllergyIntolerance"):
            self._names[identity] = concept(resource.get("code"))

    def _narrative(self, resource: Node, place: str, *, structured: bool) -> str:
        """The narrative, unless it was generated from what is rendered here too."""
        text = resource.get("text")
        if not isinstance(text, dict) or (structured and text.get("status") != "additional"):
            return ""
        try:
            return page(str(text.get("div", "")))
        except InputError as error:
            self.ledger.omit(self.name, place, "unreadable narrative", error.message)
            return ""

    def _report(self, resource: Node) -> None:
        group = self._group(resource)
        title = concept(resource.get("code"))
        days = "" if "encounter" in resource else dated(resource, "effectiveDateTime", "effectivePeriod")
        said = (text_of(resource.get("conclusion")), concept(resource.get("conclusionCode")))
        results = nodes(resource.get("result"))
        self._names.update({key_of(one): text_of(one.get("display")) for one in results if one.get("display")})
        heading = f"{title} [{days}]" if days else title
        group.reports.append((heading, tuple(map(key_of, results)), "\n".join(filter(None, said))))

    def _draft(self, key: Key, group: _Group) -> Draft:
        patient, visit = key
        code = self._visit_kinds.get(visit, "")
        document = _CLASSES.get(code, "encounter") if visit else "record_summary"
        draft = Draft(f"Encounter/{visit}" if visit else f"Patient/{patient}", document)
        self._head(draft, patient, visit, group.people)
        draft.lang = next((lang for one in group.languages if (lang := stated_language(one))), None)
        names = {} if visit else _SUMMARY_KEYS
        left = dict.fromkeys(range(len(group.lines)))
        by_id = {identity: number for number, (_, identity, _) in enumerate(group.lines)}
        blocks = []
        for title, results, said in group.reports:
            rows = []
            same_day = _DAYS.search(title)
            for result in results:
                number = by_id.get(result, -1)
                left.pop(number, None)
                row = group.lines[number][2] if number >= 0 else self._named(result)
                rows.append(row.replace(same_day[0], "", 1) if same_day else row)
            blocks.append("\n".join(filter(None, (f"{title}:", *(f"- {one}" for one in rows if one), said))))
        for number in left:
            section, _, text = group.lines[number]
            draft.add(names.get(section, section), self._resolved(text))
        for block in blocks:
            draft.add(names.get("investigations", "investigations"), block)
        return draft

    def _head(self, draft: Draft, patient: str, visit: str, people: Iterable[tuple[str, str, str]]) -> None:
        draft.patient = patient
        header = self.patients.get(patient)
        if header is None and patient:
            self.ledger.note("unresolved reference to a patient")
        draft.header = dict(header or {})
        if visit and visit not in self._visits:
            self.ledger.note("unresolved reference to an encounter")
        draft.encounter = dict(self._visits.get(visit, {}))
        put(draft.encounter, "encounter_id", visit)
        for key, identity, said in sorted(people):
            if key == "name":
                put(draft.header, "alias" if draft.header.get("name", said) != said else "name", said)
            else:
                put(draft.encounter, key, said)
            for name, value in self._people.get(identity, {}).items():
                for one in value if isinstance(value, list) else [value]:
                    put(draft.encounter, name, one)

    def _document(self, document: Pending, lines: dict[str, str], covered: set[str]) -> Draft:
        draft = Draft(document.place, document.document, lang=stated_language(document.language))
        self._head(draft, document.patient, document.visit, document.people)
        put(draft.encounter, "note_date", document.date)
        for part in document.parts:
            text = self._part(part, document.place)
            if part.entries and text:
                covered.update(part.entries)
                self.ledger.note("entry told by its section's narrative", len(part.entries))
            elif part.entries:
                known = [one for one in part.entries if one in lines]
                self.ledger.note("unresolved reference to an entry", len(part.entries) - len(known))
                self.ledger.note("section rendered from entries")
                covered.update(known)
                text = "\n".join(self._resolved(lines[one]) for one in known)
            draft.add(part.section, text)
        return draft

    def _part(self, part: Part, place: str) -> str:
        try:
            if part.markup:
                return page(part.markup)
        except InputError as error:
            self.ledger.omit(self.name, place, "unreadable narrative", error.message)
        if part.attachment is None:
            return part.text
        if part.attachment.get("data"):
            return self._attached(part.attachment, place, text_of(part.attachment.get("contentType"))) or ""
        key = key_of(part.attachment.get("url"))
        if key in self._binaries:
            return self._binaries.pop(key) or ""
        self.ledger.omit(self.name, place, "attachment elsewhere")
        return ""

    def _attached(self, node: Node, place: str, kind: str) -> str | None:
        try:
            text = attachment(str(node.get("data", "")), kind, place)
        except InputError as error:
            self.ledger.omit(self.name, place, "unreadable attachment", error.message)
            return None
        if text is None:
            self.ledger.omit(self.name, place, "attachment is no text", kind)
        return text

    def _named(self, identity: str) -> str:
        if identity not in self._names:
            self.ledger.note("unresolved reference to a result")
        return self._names.get(identity, "")

    def _resolved(self, text: str) -> str:
        def name(match: re.Match[str]) -> str:
            if match[1] not in self._names:
                self.ledger.note("unresolved reference to a name")
            return self._names.get(match[1], "")

        return _PLACEHOLDER.sub(name, text) if "\x00" in text else text
