"""FHIR in XML: the same parts as in JSON, the same structure afterwards, and nothing that is not understood passes."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from medgo.deid.formats import HeldBackError, Record, detect_format
from medgo.deid.formats.fhir_xml import read_resource, write_resource
from tests.deid.formats.test_fhir import BUNDLE
from tests.deid.formats.texts import changed, record_of, unchanged

NS = 'xmlns="http://hl7.org/fhir"'


def texts_of(value: Any) -> Any:
    """As XML has it: everything is a text."""
    if isinstance(value, dict):
        return {key: texts_of(one) for key, one in value.items()}
    if isinstance(value, list):
        return [texts_of(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def xml_of(resource: dict[str, Any]) -> bytes:
    return write_resource(texts_of(resource))


def said(record: Record) -> list[tuple[str, str | None, str]]:
    return [(part.text, part.label, part.name) for part in record.parts]


def test_the_parts_are_those_of_json(tmp_path: Path) -> None:
    assert said(record_of("fhir", xml_of(BUNDLE), tmp_path)) == said(
        record_of("fhir", json.dumps(BUNDLE).encode(), tmp_path)
    )


def test_the_structure_comes_back(tmp_path: Path) -> None:
    data = xml_of({**BUNDLE, "entry": BUNDLE["entry"][1:]})
    out = unchanged(record_of("fhir", data, tmp_path))
    assert read_resource(out, "out") == read_resource(data, "in")
    again = unchanged(record_of("fhir", out, tmp_path))
    assert again == out


def test_what_is_masked_is_a_part_again(tmp_path: Path) -> None:
    patient = {
        "resourceType": "Patient",
        "birthDate": "1921-04-02",
        "photo": [{"contentType": "image/png", "data": "WXNvbGRl"}, {"url": "http://h/ysolde.png"}],
    }
    record = record_of("fhir", xml_of(patient), tmp_path)
    assert record.masked == 2
    out = unchanged(record)
    assert not [one for one in (b"1921", b"WXNv", b"ysolde") if one in out]
    assert len(record_of("fhir", out, tmp_path).parts) == len(record.parts)


def test_attachments_of_text_are_searched(tmp_path: Path) -> None:
    kinds = ["text/plain", "text/html; charset=utf-8", "text/xml"]
    content = [
        {"attachment": {"contentType": kind, "data": base64.b64encode(b"<p>Ysolde coughs</p>").decode()}}
        for kind in kinds
    ]
    resource = {"resourceType": "DocumentReference", "content": content}
    out = changed(record_of("fhir", xml_of(resource), tmp_path), lambda part: part.text.replace("Ysolde", "Maud"))
    found = [base64.b64decode(one.get("value")) for one in etree.fromstring(out).iter("{http://hl7.org/fhir}data")]
    assert len(found) == 3
    assert all(b"Maud coughs" in one and b"Ysolde" not in one for one in found)


@pytest.mark.parametrize(
    "text",
    [
        f"<Patient {NS}>Ysolde</Patient>",
        f'<Patient {NS}><active value="true" note="Ysolde"/></Patient>',
        f'<Patient {NS}><x xmlns="urn:other">Ysolde</x></Patient>',
        f'<Patient {NS}><active value="true"><deep value="Ysolde"/></active></Patient>',
        "<Patient><id value='1'/></Patient>",
        f'<!DOCTYPE a [<!ENTITY b "Ysolde">]><Patient {NS}><id value="&b;"/></Patient>',
        f"<Patient {NS}>" + "<extension>" * 900 + "</extension>" * 900 + "</Patient>",
    ],
)
def test_what_has_no_place_is_held_back(text: str, tmp_path: Path) -> None:
    with pytest.raises(HeldBackError) as held:
        record_of("fhir", text.encode(), tmp_path)
    assert held.value.reason == "malformed"


def test_utf16_and_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    text = f'<?xml version="1.0" encoding="UTF-16"?>\n<Patient {NS}><name><text value="申屠寒江"/></name></Patient>'
    path.write_bytes(text.encode("utf-16"))
    assert detect_format(path) == "fhir"
    record = record_of("fhir", path.read_bytes(), tmp_path)
    assert ("申屠寒江", "name", "name") in said(record)
    assert "申屠寒江" in unchanged(record).decode()


PLACES = ("valueString", "description", "comment", "unheardOf", "display", "instantiatesUri")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(PLACES), min_size=1, max_size=6), st.integers(0, 5), st.booleans())
def test_a_text_anywhere_is_a_part(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], at: int, xml: bool
) -> None:
    value = "Quillfeather 13912345678"
    node: Any = {keys[min(at, len(keys) - 1)]: value}
    for key in keys[:-1]:
        node = {key: [node]} if len(key) % 2 else {key: node}
    resource = {"resourceType": "Basic", "thing": node, "contained": [{"resourceType": "Basic", "thing": node}]}
    data = xml_of(resource) if xml else json.dumps(resource).encode()
    record = record_of("fhir", data, tmp_path_factory.mktemp("x"))
    assert b"Quill" not in changed(record, lambda part: part.text.replace(value, "X"))
