"""The parts of an HL7 v2 field by the shape that its rule names: a person, an address, an id. Knows no message."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from medgo.deid.classes import IdentifierClass
from medgo.deid.formats import hl7_fields as fields
from medgo.deid.formats.hl7_cells import Cells
from medgo.deid.formats.protocol import Part
from medgo.deid.formats.values import birth_part, has_han
from medgo.deid.replacing.protocol import Replaced

_TYPE = re.compile(r"[A-Z]{0,7}|\d{0,3}")


def _person(cells: Cells, label: IdentifierClass) -> list[Part]:
    return cells.name(0, label) + cells.value(14, label) + cells.others(0, 1, 2, 14)


def _clinician(cells: Cells, label: IdentifierClass) -> list[Part]:
    bodies = cells.namespace(8) + cells.value(13, "hospital")
    return cells.value(0, "licence") + cells.name(1, label) + bodies + cells.others(0, 1, 2, 3, 8, 13)


def _performer(cells: Cells, label: IdentifierClass) -> list[Part]:
    if cells.delimiters.subcomponent not in cells.repetition[0]:
        return _clinician(cells, label)
    mark = cells.delimiters.subcomponent
    inner = Cells(cells.repetition[0].split(mark), cells.delimiters, cells.where)

    def wrapped(part: Part) -> Part:
        def put(new: Replaced) -> None:
            part.put(new)
            cells.repetition[0] = mark.join(inner.repetition)

        return replace(part, put=put)

    place = [*cells.value(5, "medical_record_number"), *cells.namespace(6), *cells.value(9, "hospital")]
    return [*map(wrapped, _clinician(inner, label)), *place, *cells.others(0, 5, 6, 9)]


def _address(cells: Cells, label: IdentifierClass) -> list[Part]:
    labels: dict[int, IdentifierClass] = {0: label, 1: label, 2: "location", 4: "zip_code", 8: "location", 18: label}
    if sum(letter.isdigit() for letter in cells.text(5)) >= 5:  # the postcode, a place too far
        labels[5] = "zip_code"
    if has_han(cells.text(3)):  # a Chinese province moves with its city; a state stays
        labels[3] = "location"
    return [part for at, one in labels.items() for part in cells.value(at, one)] + cells.others(*labels)


def _telecom(cells: Cells, label: IdentifierClass) -> list[Part]:
    found: list[Part] = []
    kept = []
    for at, text in enumerate(cells.repetition):
        digits = sum(letter.isdigit() for letter in text)
        if "@" in text:
            found += cells.value(at, "email")
        elif digits >= 5 or (at not in (1, 2, 4) and digits >= 3 and text.strip().isdecimal()):
            part = [] if at < 12 else cells.date(at)  # since when and until when it is valid
            found += part or cells.value(at, "fax" if "FX" in cells.repetition else label)
        elif at in (5, 6, 7) and text.strip().isdecimal():  # area and number in components of their own
            found += cells.value(at, label)
        else:
            kept.append(at)
    return found + cells.others(*(at for at in range(len(cells.repetition)) if at not in kept))


def _id(cells: Cells, label: IdentifierClass) -> list[Part]:
    kind = fields.IDENTIFIER_TYPES.get(cells.text(4), label)
    # Of an EI the authority is the second component, of a CX the fourth; the other one is a digit or a type there.
    authority = [*(cells.namespace(1) if len(cells.text(1)) > 2 else ()), *cells.namespace(3)]
    off_place = [] if _TYPE.fullmatch(cells.text(4)) else cells.namespace(4)
    bodies = [*authority, *off_place, *cells.namespace(5)]
    return cells.value(0, kind) + bodies + cells.others(0, 1, 3, 4, 5)


def _body(cells: Cells, label: IdentifierClass) -> list[Part]:
    # Three components are a code, its text and its system (CE), as producers of results were named before 2.7.
    numbered = (2, 9) if len(cells.repetition) > 3 else ()
    numbers = [part for at in numbered for part in cells.value(at, "other_id")]
    bodies = [*cells.namespace(5), *cells.namespace(7)]
    return cells.value(0, label) + bodies + numbers + cells.others(0, 5, 7, *numbered)


def _place(cells: Cells, label: IdentifierClass) -> list[Part]:
    # The ward alone (心内科) is no identifier; it is searched for one.
    rooms = [*cells.value(1, label), *cells.value(2, label)]
    bodies = [*cells.namespace(3), *cells.value(6, "hospital"), *cells.namespace(10)]
    return [*cells.free(0), *rooms, *bodies, *cells.value(9, label), *cells.others(0, 1, 2, 3, 6, 9, 10)]


def _date(cells: Cells, _label: IdentifierClass) -> list[Part]:
    if cells.where in fields.BIRTHS:
        put = cells.put(0)
        return [birth_part(cells.text(0), put, lambda: put(""), cells.where), *cells.others(0)]
    return [part for at in range(len(cells.repetition)) for part in cells.date(at)]


def _value(cells: Cells, label: IdentifierClass) -> list[Part]:
    return [part for at in range(len(cells.repetition)) for part in cells.value(at, label)]


def _code(_cells: Cells, _label: IdentifierClass) -> list[Part]:
    return []


SHAPES: Mapping[fields.Shape, Callable[[Cells, IdentifierClass], list[Part]]] = {
    "person": _person,
    "clinician": _clinician,
    "performer": _performer,
    "address": _address,
    "telecom": _telecom,
    "id": _id,
    "body": _body,
    "place": _place,
    "date": _date,
    "value": _value,
    "code": _code,
}
