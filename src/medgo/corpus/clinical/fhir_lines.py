"""Clinical resources of FHIR as lines of a record: what, its value, how it stands, when. One function a resource.

Source: HL7 FHIR R4 (4.0.1). Words that codes stand for are written in the language of the resource's own display.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from medgo.corpus.clinical.fhir_values import (
    Node,
    codes,
    concept,
    dated,
    interval,
    key_of,
    loinc,
    nodes,
    notes,
    quantity,
    reference_ranges,
    text_of,
    value_of,
)
from medgo.corpus.clinical.wording import is_computed, result

_HAN = re.compile("[\u3400-\u9fff]")
_ZH = {
    "active": "活动", "inactive": "非活动", "resolved": "已缓解", "remission": "缓解期", "recurrence": "复发",
    "completed": "已完成", "stopped": "已停用", "on-hold": "暂停", "cancelled": "已取消", "not-done": "未执行",
    "in-progress": "进行中", "preparation": "准备中", "planned": "计划中", "refuted": "已排除", "unconfirmed": "未证实",
    "provisional": "疑似", "differential": "鉴别", "low": "低", "high": "高", "unable-to-assess": "无法评估",
    "mild": "轻度", "moderate": "中度", "severe": "重度", "preliminary": "初步", "amended": "已修订",
    "as needed": "必要时", "yes": "是", "no": "否", "day": "日", "hour": "小时", "week": "周", "month": "月",
    "minute": "分钟", "year": "年",
}  # fmt: skip
# What a status adds nothing with.
_PLAIN = frozenset(("final", "confirmed", "unknown", "available", "N", "Normal", "normal", "accepted"))
_WITHDRAWN = frozenset(("entered-in-error",))
_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}
_CATEGORIES = {
    "vital-signs": "vital_signs", "social-history": "personal_history", "exam": "examination",
}  # fmt: skip
# Tobacco and alcohol, which many senders file under surveys.
_SOCIAL = frozenset(("72166-2", "11366-2", "63773-6", "74013-4"))


@dataclass(frozen=True, slots=True)
class Line:
    """A resource as text.

    Args:
        section: Key of its section.
        text: A line, with further ones below it where it holds a list; ``\\x00id\\x00`` stands for the name of another
            resource, which may come later in the file.
    """

    section: str
    text: str


def line_of(resource: Node) -> Line | None:
    """The line of a resource; None for one that no function renders, or whose text is empty."""
    render = _RENDERERS.get(str(resource.get("resourceType")))
    if render is None:
        return None
    section, text = render(resource)
    return Line(section, text) if text.strip() else None


def is_withdrawn(resource: Node) -> bool:
    """Whether its author says that it was entered in error."""
    return text_of(resource.get("status")) in _WITHDRAWN or any(
        code in _WITHDRAWN for code in codes(resource.get("verificationStatus"))
    )


def renders(kind: str) -> bool:
    """Whether resources of a type become lines."""
    return kind in _RENDERERS


def _line(what: str, beside: Iterable[str], below: str = "") -> str:
    """``what (beside; beside) below``; codes' words in the language of ``what``."""
    chinese = _HAN.search(what) is not None
    said = [(_ZH.get(one, one) if chinese else one) for one in dict.fromkeys(beside) if one and one not in _PLAIN]
    line = f"{what} ({'; '.join(said)})" if what and said else what
    return f"{line} {below}".strip() if below and line else line or below


def _condition(node: Node) -> tuple[str, str]:
    where = "diagnoses" if "encounter" in node else "problems"
    beside = (
        *(status for name in ("clinicalStatus", "verificationStatus") for status in codes(node.get(name))),
        concept(node.get("severity")), concept(node.get("bodySite")),
        text_of(node.get("onsetString")),
        " – ".join(filter(None, (
            dated(node, "onsetDateTime", "onsetPeriod", "recordedDate"), dated(node, "abatementDateTime"),
        ))),
    )  # fmt: skip
    return where, _line(concept(node.get("code")), beside, notes(node))


def _allergy(node: Node) -> tuple[str, str]:
    reactions = [
        concept(kind)
        for reaction in nodes(node.get("reaction"))
        for kind in (reaction.get("substance"), reaction.get("manifestation"))
    ]
    severities = [text_of(one.get("severity")) for one in nodes(node.get("reaction"))]
    beside = (
        *codes(node.get("clinicalStatus")), *reactions, *severities, text_of(node.get("criticality")),
        dated(node, "onsetDateTime", "recordedDate"),
    )  # fmt: skip
    return "allergies", _line(concept(node.get("code")), beside, notes(node))


def _medication(node: Node) -> tuple[str, str]:
    what = concept(node.get("medicationCodeableConcept"))
    if not what and isinstance(node.get("medicationReference"), dict):
        what = text_of(node["medicationReference"].get("display")) or _named(node["medicationReference"])
    doses = [
        one
        for name in ("dosageInstruction", "dosage")
        for dosage in nodes(node.get(name))
        if (one := _dosage(dosage, chinese=_HAN.search(what) is not None))
    ]
    reasons = (concept(node.get("reasonCode")),)
    beside = (text_of(node.get("status")), *reasons, dated(node, "authoredOn", "effectiveDateTime", "effectivePeriod"))
    return "medications", _line(" ".join((what, *doses)) if what else "", beside, notes(node))


def _dosage(node: Node, *, chinese: bool) -> str:
    said = text_of(node.get("text")) or text_of(node.get("patientInstruction"))
    if said:
        return said
    word: Callable[[str], str] = (lambda one: _ZH.get(one, one)) if chinese else (lambda one: one)
    rates = nodes(node.get("doseAndRate")) or [node]
    amounts = (quantity(one.get("doseQuantity")) or interval(one.get("doseRange")) for one in rates)
    dose = "; ".join(f"{'每次' if chinese else 'dose '}{one}" if one.isdigit() else one for one in amounts if one)
    timing = node.get("timing")
    timing = timing if isinstance(timing, dict) else {}
    repeat = timing.get("repeat")
    often = _often(repeat, word, chinese=chinese) if isinstance(repeat, dict) else ""
    needed = node.get("asNeededBoolean") is True or "asNeededCodeableConcept" in node
    said_needed = concept(node.get("asNeededCodeableConcept")) or word("as needed") if needed else ""
    return " ".join(
        one for one in (dose, concept(node.get("route")), often or concept(timing.get("code")), said_needed) if one
    )


def _often(repeat: Node, word: Callable[[str], str], *, chinese: bool) -> str:
    frequency, period = str(repeat.get("frequency", 1)), str(repeat.get("period", "")).removesuffix(".0")
    if not period:
        return ""
    unit = word(_UNITS.get(text_of(repeat.get("periodUnit")), text_of(repeat.get("periodUnit"))))
    if chinese:
        return f"每{'' if period == '1' else period}{unit}{frequency}次"
    if period == "1":
        return f"{frequency}×/{unit}"
    return f"every {period} {unit}s" if frequency == "1" else f"{frequency}× every {period} {unit}s"


def _observation(node: Node) -> tuple[str, str]:
    found = [code for one in nodes(node.get("category")) for code in codes(one)]
    section = next((_CATEGORIES[code] for code in found if code in _CATEGORIES), "investigations")
    section = "personal_history" if loinc(node.get("code")) in _SOCIAL else section
    parts = [_measured(one) for one in nodes(node.get("component"))]
    own = _measured(node)
    components = "; ".join(one for one in parts if one)
    heading = f"{own}; " if own else f"{concept(node.get('code'))}: "
    text = f"{heading}{components}" if components else own
    dates = "" if "encounter" in node else dated(node, "effectiveDateTime", "effectivePeriod")
    return section, " ".join(one for one in (text, f"[{dates}]" if dates and text else "", notes(node)) if one)


def _measured(node: Node) -> str:
    what, value = concept(node.get("code")), value_of(node) or concept(node.get("dataAbsentReason"))
    if not value:
        return ""
    chinese = _HAN.search(what) is not None
    span = reference_ranges(node.get("referenceRange"))
    flags = [one for code in nodes(node.get("interpretation")) for one in codes(code) if one not in _PLAIN]
    return result(what, _ZH.get(value, value) if chinese else value, span=span, flags=flags)


def computed_numbers(resource: Node) -> int:
    """How many values have more decimals than were measured, and are rounded."""
    values = (one.get("valueQuantity") for one in (resource, *nodes(resource.get("component"))))
    return sum(is_computed(str(one.get("value"))) for one in values if isinstance(one, dict))


def _procedure(node: Node) -> tuple[str, str]:
    beside = (
        text_of(node.get("status")) if node.get("status") != "completed" else "",
        dated(node, "performedDateTime", "performedPeriod"), concept(node.get("bodySite")),
        concept(node.get("reasonCode")), concept(node.get("outcome")), concept(node.get("complication")),
    )  # fmt: skip
    return "procedures", _line(concept(node.get("code")), beside, notes(node))


def _immunization(node: Node) -> tuple[str, str]:
    status = text_of(node.get("status"))
    beside = (
        "" if status == "completed" else status, concept(node.get("statusReason")), dated(node, "occurrenceDateTime"),
        quantity(node.get("doseQuantity")),
    )  # fmt: skip
    return "immunizations", _line(concept(node.get("vaccineCode")), beside, notes(node))


def _care_plan(node: Node) -> tuple[str, str]:
    what = text_of(node.get("title")) or concept(node.get("category")) or text_of(node.get("description"))
    rows = []
    for activity in nodes(node.get("activity")):
        detail = activity.get("detail")
        if isinstance(detail, dict):
            said = concept(detail.get("code")) or text_of(detail.get("description"))
            rows.append(f"- {_line(said, (text_of(detail.get('status')),))}" if said else "")
    addressed = (_named(one) for one in nodes(node.get("addresses")))
    head = _line(what, (text_of(node.get("status")), dated(node, "period"), *addressed), notes(node))
    return "plan", "\n".join(one for one in (head, *rows) if one)


def _goal(node: Node) -> tuple[str, str]:
    targets = (value_of(one, "detail") for one in nodes(node.get("target")))
    beside = (*codes(node.get("achievementStatus")), text_of(node.get("lifecycleStatus")), *targets)
    return "goals", _line(concept(node.get("description")), beside, notes(node))


def _request(node: Node) -> tuple[str, str]:
    beside = (
        text_of(node.get("status")), dated(node, "authoredOn", "occurrenceDateTime"), concept(node.get("reasonCode")),
    )  # fmt: skip
    return "plan", _line(concept(node.get("code")), beside, notes(node))


def _imaging(node: Node) -> tuple[str, str]:
    series = nodes(node.get("series"))
    said = [text_of(node.get("description")), concept(node.get("procedureCode"))]
    for one in series:
        titles = (text_of(instance.get("title")) for instance in nodes(one.get("instance")))
        said += [concept(one.get("modality")), concept(one.get("bodySite")), text_of(one.get("description")), *titles]
    return "investigations", _line(" ".join(dict.fromkeys(filter(None, said))), (dated(node, "started"),), notes(node))


def _family(node: Node) -> tuple[str, str]:
    rows = [
        _line(concept(one.get("code")), (value_of(one, "onset"), concept(one.get("outcome"))), notes(one))
        for one in nodes(node.get("condition"))
    ]
    said = "; ".join(one for one in rows if one) or notes(node)
    return "family_history", f"{concept(node.get('relationship'))}: {said}" if said else ""


def _impression(node: Node) -> tuple[str, str]:
    found = (concept(one.get("itemCodeableConcept")) for one in nodes(node.get("finding")))
    said = (text_of(node.get("description")), text_of(node.get("summary")), *found, notes(node))
    return "assessment", "\n".join(one for one in said if one)


def _answers(node: Node) -> tuple[str, str]:
    return "questionnaire", "\n".join(_items(node))


def _items(node: Node) -> Iterable[str]:
    for item in nodes(node.get("item")):
        answers = "; ".join(said for one in nodes(item.get("answer")) if (said := value_of(one)))
        if answers:
            yield f"{text_of(item.get('text')) or text_of(item.get('linkId'))}: {answers}"
        yield from _items(item)
        for answer in nodes(item.get("answer")):
            yield from _items(answer)


def _device(node: Node) -> tuple[str, str]:
    names = (text_of(one.get("name")) for one in nodes(node.get("deviceName")))
    return "devices", _line(concept(node.get("type")) or next(names, ""), (text_of(node.get("status")),), notes(node))


def _named(reference: Node) -> str:
    said = text_of(reference.get("display"))
    key = key_of(reference)
    return said or (f"\x00{key}\x00" if key else "")


_RENDERERS: Mapping[str, Callable[[Node], tuple[str, str]]] = {
    "Condition": _condition,
    "AllergyIntolerance": _allergy,
    "MedicationRequest": _medication,
    "MedicationStatement": _medication,
    "MedicationAdministration": _medication,
    "MedicationDispense": _medication,
    "Observation": _observation,
    "Procedure": _procedure,
    "Immunization": _immunization,
    "CarePlan": _care_plan,
    "Goal": _goal,
    "ServiceRequest": _request,
    "ImagingStudy": _imaging,
    "FamilyMemberHistory": _family,
    "ClinicalImpression": _impression,
    "QuestionnaireResponse": _answers,
    "Device": _device,
}
