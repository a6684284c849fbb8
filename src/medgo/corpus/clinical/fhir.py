"""FHIR R4 in JSON: a resource or a Bundle a file, and bulk data (NDJSON), a resource a line.

Source: HL7 FHIR R4 (4.0.1), FHIR Bulk Data Access 2.0.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

from medgo.corpus.clinical.fhir_gathering import Gathering
from medgo.corpus.clinical.json_stream import Undecodable, members, parse
from medgo.corpus.clinical.mapping import says_synthetic
from medgo.corpus.ledger import Ledger
from medgo.corpus.opening import open_source
from medgo.corpus.protocol import Item, Source
from medgo.errors import InputError
from medgo.store.compression import uncompressed_name

_LINES = (".ndjson", ".jsonl")
MAX_LINE_BYTES = 64 * 2**20


class FhirReader:
    """A record a visit, and one for what belongs to none; documents (Composition, DocumentReference) are records.

    Of a Bundle, lines of text, headers and one resource are in memory, never the file. Of bulk data, one visit's lines
    and the patients' headers: resources that follow each other and belong to one visit are one record. Patients are
    also looked up in files called ``Patient*.ndjson`` beside the one that is read.
    """

    name: ClassVar[str] = "fhir"
    holds: ClassVar[Literal["records"]] = "records"

    def recognises(self, name: str, head: bytes) -> bool:
        """See :class:`medgo.corpus.protocol.Reader`."""
        if head[:256].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{" or b'"resourceType"' not in head:
            return False
        first = head.partition(b"\n")[0] if name.lower().endswith(_LINES) else head
        try:
            for key, value in members(io.BufferedReader(io.BytesIO(first)), name, "entry"):  # type: ignore[arg-type]
                if key == "resourceType":
                    return isinstance(value, str)
        except InputError:
            return False
        return False

    def read(self, source: Source, ledger: Ledger) -> Iterator[Item]:
        """See :class:`medgo.corpus.protocol.Reader`."""
        synthetic = says_synthetic(source.mapping)
        name = source.path.name
        drafts = _bulk if _is_bulk(source.path) else _file
        for draft in drafts(source.path, Gathering(name, ledger), ledger):
            record = draft.record(source, self.name, ledger, synthetic=synthetic)
            if record is not None:
                yield record


def _is_bulk(path: Path) -> bool:
    """By its name, or because its first line is a resource and another one follows."""
    if uncompressed_name(path).lower().endswith(_LINES):
        return True
    with open_source(path) as stream:
        head = stream.read(1 << 16)
    line, _, rest = head.partition(b"\n")
    if not rest.lstrip().startswith(b"{"):
        return False
    try:
        return isinstance(parse(line.decode("utf-8-sig", errors="replace"), path.name), dict)
    except InputError:
        return False


def _file(path: Path, gathering: Gathering, ledger: Ledger) -> Iterator[Any]:
    whole: dict[str, Any] = {}
    failure: InputError | None = None
    with open_source(path) as stream:
        try:
            for key, value in members(stream, path.name, "entry"):
                if key == "entry":
                    _take_entry(value, gathering, ledger, path.name)
                else:
                    whole[key] = value
        except InputError as error:
            failure = error
    if any(isinstance(one, Undecodable) for one in whole.values()):
        failure = failure or InputError(f"{path.name} holds half a character")
    if failure is None and not isinstance(whole.get("resourceType"), str):
        raise InputError(f"{path.name} holds no FHIR resource")
    if failure is None and whole.get("resourceType") != "Bundle":
        _add(whole, "", gathering, ledger, path.name)
    yield from gathering.take()
    if failure is not None:
        raise failure


def _take_entry(entry: Any, gathering: Gathering, ledger: Ledger, name: str) -> None:
    if isinstance(entry, Undecodable):
        ledger.omit(name, "entry", "undecodable")
        return
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        ledger.omit(name, str(entry.get("fullUrl", "entry")) if isinstance(entry, dict) else "entry", "no resource")
        return
    _add(resource, str(entry.get("fullUrl", "")), gathering, ledger, name)


def _add(resource: dict[str, Any], url: str, gathering: Gathering, ledger: Ledger, name: str) -> None:
    if resource["resourceType"] == "Bundle":
        for entry in resource.get("entry") or ():
            _take_entry(entry, gathering, ledger, name)
        return
    try:
        gathering.add(resource, url)
    except (AttributeError, TypeError, KeyError) as error:
        # A value of another type than FHIR has there: the resource is left out and named.
        place = f"{resource['resourceType']}/{resource.get('id', '')}"
        ledger.omit(name, place, "malformed resource", type(error).__name__)


def _bulk(path: Path, gathering: Gathering, ledger: Ledger) -> Iterator[Any]:
    for beside in sorted(path.parent.glob("Patient*.ndjson*")):
        if beside != path:
            for _, resource in _rows(beside, Ledger()):
                if resource["resourceType"] == "Patient":
                    _add(resource, "", gathering, ledger, path.name)
    for _, resource in _rows(path, ledger):
        _add(resource, "", gathering, ledger, path.name)
        if resource["resourceType"] == "Bundle":
            yield from gathering.take()
        elif gathering.has_more_than_a_visit:
            yield from gathering.take(but_last=True)
    yield from gathering.take()


def _rows(path: Path, ledger: Ledger) -> Iterator[tuple[str, dict[str, Any]]]:
    with open_source(path) as stream:
        number = 0
        while line := stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            place = f"line {number}"
            if len(line) > MAX_LINE_BYTES:
                ledger.omit(path.name, place, "too large")
                while not line.endswith(b"\n") and (line := stream.readline(MAX_LINE_BYTES)):
                    pass
                continue
            if not line.strip():
                continue
            try:
                resource = parse(line.decode("utf-8-sig"), place)
            except UnicodeDecodeError:
                ledger.omit(path.name, place, "undecodable")
                continue
            except InputError as error:
                ledger.omit(path.name, place, "malformed", error.message)
                continue
            if isinstance(resource, Undecodable):
                ledger.omit(path.name, place, "undecodable")
            elif isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
                yield place, resource
            else:
                ledger.omit(path.name, place, "no resource")
