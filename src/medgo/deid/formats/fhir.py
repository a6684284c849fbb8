"""FHIR R4: a resource or a Bundle in JSON or XML, or one in JSON a line. Fields by their place, all else as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from medgo.deid.formats.decoding import decode_text
from medgo.deid.formats.fhir_parts import ResourceParts
from medgo.deid.formats.fhir_xml import is_xml, read_resource, write_resource
from medgo.deid.formats.json_tree import read_tree, write_tree
from medgo.deid.formats.markup import xml_text
from medgo.deid.formats.protocol import Format, HeldBackError, Record, Unit, data_of
from medgo.deid.formats.units import lines_of, whole_file
from medgo.deid.formats.values import known_of, language_said
from medgo.deid.replacing.sex_cues import Sex, sex_in_field


class FhirFile(Format):
    """A file that holds one resource, a Bundle mostly, in JSON or in XML."""

    name: ClassVar[str] = "fhir"

    def units(self, path: Path) -> Iterator[Unit]:
        """The file."""
        return whole_file(path)

    def record(self, unit: Unit) -> Record:
        """Read the file."""
        text, encoding = decode_text(data_of(unit), unit.name)
        if is_xml(text):
            resource = read_resource(data_of(unit), unit.name)
            encoding = xml_text(data_of(unit), unit.name)[1]
            return _record(resource, unit, unit.name, partial(write_resource, resource), encoding)
        resource = _read_json(text, unit.name)
        return _record(resource, unit, unit.name, partial(_bytes, resource, 2), encoding)


class FhirLines(Format):
    """Bulk data: one resource a line."""

    name: ClassVar[str] = "fhir-ndjson"

    def units(self, path: Path) -> Iterator[Unit]:
        """The lines that are not blank."""
        return lines_of(path)

    def record(self, unit: Unit) -> Record:
        """Read a line."""
        where = f"line {unit.number}"
        text, encoding = decode_text(data_of(unit), where)
        resource = _read_json(text, where)
        return _record(resource, unit, where, partial(_bytes, resource, 0), encoding)


def _read_json(text: str, where: str) -> dict[str, Any]:
    resource = read_tree(text, where)
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        raise HeldBackError("malformed", f"{where} holds no resource")
    return resource


def _record(resource: dict[str, Any], unit: Unit, where: str, write: Callable[[], bytes], encoding: str) -> Record:
    found = ResourceParts.of(resource, where)
    parts = found.parts
    name = str(resource.get("id") or unit.name or unit.number)
    lang = language_said(str(resource.get("language", "")))
    return Record(
        name, _patient(resource) or name, lang, parts, known_of(parts), write, tuple(found.coded),
        unit.original or encoding, _sex(resource),
    )  # fmt: skip


def _resources(resource: dict[str, Any]) -> list[dict[str, Any]]:
    """The resource, and those that it holds as a Bundle."""
    inner = [resource, *(entry.get("resource") for entry in resource.get("entry", ()) if isinstance(entry, dict))]
    return [one for one in inner if isinstance(one, dict)]


def _sex(resource: dict[str, Any]) -> Sex | None:
    """What ``gender`` says of the only patient."""
    said = [str(one.get("gender", "")) for one in _resources(resource) if one.get("resourceType") == "Patient"]
    return sex_in_field(said[0]) if len(said) == 1 else None


def _patient(resource: dict[str, Any]) -> str:
    """The id of the patient: of the resource itself, of a Bundle's first, or the one that the resource refers to."""
    found = _resources(resource)
    for one in found:
        if one.get("resourceType") == "Patient" and isinstance(one.get("id"), str):
            return str(one["id"])
    for one in found:
        for key in ("subject", "patient", "beneficiary", "individual"):
            reference = one.get(key, {}).get("reference") if isinstance(one.get(key), dict) else None
            if isinstance(reference, str) and ("Patient/" in reference or reference.startswith("urn:uuid:")):
                return reference.rpartition("/")[2].removeprefix("urn:uuid:")
    return ""


def _bytes(resource: dict[str, Any], indent: int) -> bytes:
    return (write_tree(resource, indent) + "\n").encode()
