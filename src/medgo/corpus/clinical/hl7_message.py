"""One HL7 v2 message as drafts of records, one a patient: results, documents, diagnoses, allergies in its order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from medgo.corpus.clinical.hl7_header import read_header
from medgo.corpus.clinical.hl7_values import Fields, has_words, when
from medgo.corpus.clinical.records import Draft, put
from medgo.corpus.clinical.rendering import attachment, lines
from medgo.corpus.clinical.sections import document_of, section_of_code, section_of_title
from medgo.corpus.clinical.wording import amount_of, number_of, result, told, with_details, word_of
from medgo.corpus.ledger import Ledger
from medgo.errors import InputError
from medgo.text.hl7 import Delimiters, Segment

_TEXTS = frozenset(("TX", "FT"))
_ONE_LINE = 60
# Suffixes of OBX-3.1 (2.5 of chapter 7): which part of a report a line belongs to.
_SUFFIXES = {"GDT": "findings", "IMP": "impression", "REC": "recommendation", "ADT": "addendum", "DEV": "technique"}
# OBX-11: deleted, or sent for another patient.
_WITHDRAWN = frozenset(("D", "W"))
_NORMAL = frozenset(("", "N"))
# OBR-24 (table 0074) and TXA-2 (table 0270).
_SERVICES = {
    **dict.fromkeys(("RAD", "RUS", "RX", "CT", "CTH", "NMR", "NMS", "XRC", "VUS", "OUS", "CUS"), "imaging_report"),
    **dict.fromkeys(("SP", "CP", "PAT"), "pathology_report"),
}
_TYPES = {
    "HP": "admission_record", "DS": "discharge_summary", "PN": "daily_course_note", "CN": "consultation_opinion",
    "DI": "imaging_report", "SP": "pathology_report", "CD": "imaging_report",
}  # fmt: skip
# DG1-6.
_DIAGNOSES = {"A": "admission_diagnoses", "F": "discharge_diagnoses"}
# People in what stands before them, which goes on behind them.
_BESIDE = frozenset(("PRT", "ROL", "CTD"))
_STAYS = ("ADT", "BAR", "DFT")
# RXA-20 (table 0322), where the medicine was not given as ordered; RXA-6 where nobody knows how much.
_COMPLETIONS = {
    "RE": ("refused", "拒绝"), "NA": ("not administered", "未给予"), "PA": ("partially administered", "部分给予"),
    "CP": ("", ""),
}  # fmt: skip
# Table 0128.
_SEVERITIES = {"MI": ("mild", "轻度"), "MO": ("moderate", "中度"), "SV": ("severe", "重度"), "U": ("", "")}
_UNKNOWN_AMOUNTS = ("", "0", "999")


@dataclass
class Message:
    """A message that was read.

    Args:
        place: What to call it.
        segments: Its segments.
        delimiters: Its own.
        encoding: Of its bytes.
        ledger: Takes notes.
        omitted: What was left out of it: place in it, reason, detail.
    """

    place: str
    segments: list[Segment]
    delimiters: Delimiters
    encoding: str
    ledger: Ledger
    omitted: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """``ORU_R01``."""
        header = self._fields(self.segments[0])
        return "_".join(filter(None, (header.component(9, 0), header.component(9, 1)))) or "HL7"

    def drafts(self) -> Iterator[Draft]:
        """A draft for each patient (PID)."""
        header = self._fields(self.segments[0])
        groups: list[list[Fields]] = [[]]
        for segment in self.segments[1:]:
            fields = self._fields(segment)
            if fields.name == "PID" and any(one.name == "PID" for one in groups[-1]):
                groups.append([])
            groups[-1].append(fields)
        for number, group in enumerate(groups, 1):
            place = self.place if len(groups) == 1 else f"{self.place} patient {number}"
            yield self._draft(place, self.kind, [header, *group])

    def _fields(self, segment: Segment) -> Fields:
        return Fields(segment, self.delimiters, self.encoding)

    def _draft(self, place: str, kind: str, group: list[Fields]) -> Draft:
        draft = Draft(place, kind)
        read_header(draft, group)
        body = _Body(self, draft)
        for fields in group:
            body.take(fields)
        body.close()
        for order in body.orders:
            if order not in draft.sections:
                draft.add("orders", order)
        if draft.document == kind and kind.startswith("ORU"):
            draft.document = "laboratory_report"
        return draft


@dataclass
class _Body:
    """The segments behind the header, one after another.

    Results go where their order is, notes to what they follow.
    """

    message: Message
    draft: Draft
    section: str = ""
    noted: str = ""
    key: str = ""
    orders: list[str] = field(default_factory=list)
    last: tuple[str, str] = ("", "")
    waiting: list[str] = field(default_factory=list)
    title: str = ""

    def take(self, fields: Fields) -> None:
        if fields.name == "OBX":
            self._result(fields)
            return
        if fields.name == "NTE":
            note = fields.printed(3)
            if self.waiting:
                self.waiting.append(note)
            else:
                self.draft.add(self.noted or "comment", note)
            return
        if fields.name in _BESIDE:
            return
        self.close()
        self.noted = "" if fields.name != "TQ1" else self.noted
        handler = _HANDLERS.get(fields.name)
        if handler is not None:
            handler(self, fields)

    def close(self) -> None:
        """End a text that went over several lines."""
        if self.waiting:
            text = lines("\n".join(self.waiting))
            one_line = "\n" not in text and len(text) <= _ONE_LINE
            said = told(self.title, text) if one_line or not self.title else f"{self.title}:\n{text}"
            self.draft.add(self.key or self.section or "results", said if text else "")
        self.waiting, self.last = [], ("", "")

    def order(self, fields: Fields) -> None:
        """OBR: a section of its own, or that of the document that its service writes."""
        code, name = fields.coded(4)
        self.section = self.noted = name or code or "results"
        self.orders.append(self.section)
        known = document_of(code, name) or _SERVICES.get(fields.text(24).upper(), "")
        if known:
            self.draft.document = known
        self.draft.add_once("clinical", fields.printed(13))
        if fields.looks_like_a_person(31):
            put(self.draft.encounter, "clinician", fields.value(31, "XCN"))
        else:
            self.draft.add_once("clinical", fields.names(31))
        self.draft.add("comment", fields.names(39))

    def document(self, fields: Fields) -> None:
        """TXA: which document the message brings."""
        code, name = fields.coded(2)
        self.draft.document = document_of(code, name) or _TYPES.get(code.upper(), "") or name or code
        self.section = self.noted = "text"

    def _result(self, fields: Fields) -> None:
        code, name = fields.coded(3)
        if fields.text(11).upper() in _WITHDRAWN:
            self.message.omitted.append((f"OBX {fields.text(1)}", "withdrawn result", code))
            return
        key = section_of_code(code) or section_of_title(name) or _SUFFIXES.get(fields.part(3, 0, 1).upper(), "")
        kind = fields.text(2).upper()
        value = self._encapsulated(fields, code) if kind in ("ED", "RP") else fields.value(5, kind)
        if not has_words(value):
            self.message.ledger.note("result without a value")
            return
        if kind in _TEXTS or kind == "ED" or (key and kind == "ST"):
            same = (code or name, fields.text(4))
            if same != self.last:
                self.close()
                self.key, self.title, self.last = key, "" if key else _title(name or code, self.section), same
            self.waiting.append(value)
            return
        self.close()
        self.noted = self.section or "results"
        self.draft.add(self.noted, _line(fields, name or code, number_of(value) if kind == "NM" else value))

    def _encapsulated(self, fields: Fields, code: str) -> str:
        """The text of a document inside a result; anything else is named and left out."""
        where = f"OBX {fields.text(1)}"
        kind, subtype, coding, data = (fields.component(5, at) for at in (1, 2, 3, 4))
        media = f"{kind}/{subtype}".lower() if subtype else kind.lower()
        media = {"text": "text/plain", "tx": "text/plain", "ft": "text/plain"}.get(media, media)
        if not data.strip():
            self.message.omitted.append((where, "attachment elsewhere", code))
            return ""
        if coding.upper() not in ("BASE64", "") and media.startswith("text/"):
            return lines(data)
        try:
            text = attachment(data, media, where)
        except InputError as error:
            self.message.omitted.append((where, "unreadable attachment", error.message))
            return ""
        if text is None:
            self.message.omitted.append((where, "attachment is no text", media))
        return text or ""

    def allergy(self, fields: Fields) -> None:
        """AL1, IAM: substance, reaction, severity."""
        what = fields.names(3)
        self._add("allergies", with_details(what, (fields.names(5), word_of(_SEVERITIES, fields.names(4), what))))

    def diagnosis(self, fields: Fields) -> None:
        """DG1; final ones are those at discharge only where a stay is reported."""
        key = _DIAGNOSES.get(fields.text(6).upper(), "diagnoses")
        if key == "discharge_diagnoses" and not self.message.kind.startswith(_STAYS):
            key = "diagnoses"
        self._add(key, fields.names(3) if fields.coded(3)[1] else fields.names(4) or fields.names(3))

    def problem(self, fields: Fields) -> None:
        """PRB."""
        self._add("problems", fields.names(3))

    def procedure(self, fields: Fields) -> None:
        """PR1."""
        what = fields.names(3) if fields.coded(3)[1] else fields.names(4) or fields.names(3)
        self._add("procedures", with_details(what, (fields.names(5),)))

    def medicine(self, fields: Fields) -> None:
        """RXO, RXE, RXD, RXG, RXC: what, how much, instructions."""
        what, least, most, unit, *instructions = _MEDICINES[fields.name]
        amounts = dict.fromkeys(filter(None, (fields.component(least, 0), fields.component(most, 0) if most else "")))
        dose = amount_of("–".join(amounts), fields.unit(unit)) if fields.names(what) else ""
        said = (" ".join(filter(None, (fields.names(what), dose))), *(fields.names(one) for one in instructions))
        self._add("medications", "; ".join(filter(None, said)))

    def vaccine(self, fields: Fields) -> None:
        """RXA: in VXU a vaccine, else a medicine that was given; or was not, and why."""
        key = "immunizations" if self.message.kind.startswith("VXU") else "medications"
        amount = fields.component(6, 0)
        dose = amount_of(amount, fields.unit(7)) if amount not in _UNKNOWN_AMOUNTS else ""
        what = fields.names(5)
        status = word_of(_COMPLETIONS, fields.text(20).upper(), what)
        self._add(key, with_details(what, (dose, when(fields.component(3, 0)), status, fields.names(18))))
        self.section = key

    def route(self, fields: Fields) -> None:
        """RXR: how the medicine above is given, and where."""
        said = "; ".join(filter(None, (fields.names(1), fields.names(2))))
        key = next((one for one in ("immunizations", "medications") if self.draft.sections.get(one)), "medications")
        if said:
            self.draft.sections[key] = "; ".join(filter(None, (self.draft.sections.get(key, ""), said)))
        self.noted = key

    def reason(self, fields: Fields) -> None:
        """PV2: why the patient was admitted, and what is said of the visit."""
        self._add("chief_complaint", fields.names(3))
        self.draft.add("comment", fields.printed(12))
        self.noted = ""

    def appointment(self, fields: Fields) -> None:
        """SCH: why somebody comes."""
        self.draft.add("plan", fields.names(7))

    def service(self, fields: Fields) -> None:
        """AIS: what was booked."""
        self.draft.add("plan", fields.names(3))

    def timing(self, fields: Fields) -> None:
        """TQ1: conditions and instructions in words."""
        for number in (10, 11):
            self.draft.add_once("comment", fields.printed(number))

    def specimen(self, fields: Fields) -> None:
        """SPM: what was taken, from where, what it looks like."""
        self._add("specimen", with_details(fields.names(4), (fields.names(8), fields.printed(14))))

    def _add(self, key: str, text: str) -> None:
        self.noted = key
        self.draft.add(key, text)


# What, least and most amount (0: none), unit, instructions.
_MEDICINES: dict[str, tuple[int, ...]] = {
    "RXO": (1, 2, 3, 4, 7, 6), "RXE": (2, 3, 4, 5, 7, 21), "RXD": (2, 4, 0, 5, 9, 15), "RXG": (4, 5, 6, 7, 13),
    "RXC": (2, 3, 0, 4),
}  # fmt: skip
_HANDLERS: dict[str, Callable[[_Body, Fields], None]] = {
    "OBR": _Body.order,
    "TXA": _Body.document,
    "AL1": _Body.allergy,
    "IAM": _Body.allergy,
    "DG1": _Body.diagnosis,
    "PRB": _Body.problem,
    "PR1": _Body.procedure,
    "RXA": _Body.vaccine,
    **dict.fromkeys(_MEDICINES, _Body.medicine),
    "RXR": _Body.route,
    "PV2": _Body.reason,
    "SCH": _Body.appointment,
    "AIS": _Body.service,
    "TQ1": _Body.timing,
    "SPM": _Body.specimen,
}


def _title(name: str, section: str) -> str:
    return "" if name == section else name


def _line(fields: Fields, name: str, value: str) -> str:
    """``name value unit (range) flag``."""
    flags = [one for one in fields.repetitions(8) if one.upper() not in _NORMAL]
    line = result(name, value, fields.unit(6), fields.printed(7), flags)
    return " ".join(line.split()) if "\n" not in value else line
