"""Structured records under every policy and mode: nothing breaks their types, and the proof reads them again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from medgo.deid.keys import create_key
from medgo.deid.proving.certifying import certify_run
from medgo.deid.runs import RunConfig, run_deid, run_folder
from medgo.deid.runs.config import Mode

BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "timestamp": "2024-03-05T08:30:00Z",
    "entry": [
        {
            "resource": {
                "resourceType": "Patient",
                "id": "p1",
                "meta": {"lastUpdated": "2024-03-05T08:30:00.000+08:00"},
                "identifier": [{"system": "urn:oid:1.2.3", "value": "ZY20240117"}],
                "name": [{"family": "Brackenbury", "given": ["Ottoline", "Maud"]}],
                "birthDate": "1961-07-14",
                "telecom": [{"system": "phone", "value": "+1 415 555 2671"}],
                "address": [{"line": ["12 Thistledown Lane"], "city": "Duluth", "state": "MN", "postalCode": "55805"}],
                "managingOrganization": {"display": "Quillmere General Hospital"},
            }
        },
        {
            "resource": {
                "resourceType": "Observation",
                "id": "o1",
                "status": "final",
                "subject": {"reference": "Patient/p1"},
                "effectivePeriod": {"start": "2024-03-05", "end": "2024-03-07T10:00:00Z"},
                "issued": "2024-03-06T12:00:00Z",
                "valueString": "Seen by Dr. Quillfeather on 2024-03-05.",
            }
        },
        {
            "resource": {
                "resourceType": "Appointment",
                "status": "booked",
                "start": "2024-04-05T12:00:00Z",
                "created": "2024-04-01",
                "participant": [],
            }
        },
    ],
}
MESSAGE = (
    "MSH|^~\\&|HIS|QUILLMERE GENERAL HOSPITAL|X|Y|20240305083000+0800||ADT^A01|7|P|2.5.1\r"
    "PID|1||ZY20240117^^^QUILLMERE^MR||Brackenbury^Ottoline^Maud||19610714|F|||12 Thistledown Lane^^Duluth^MN^55805\r"
    "PV1|1|I|W1^0301^05^QUILLMERE|||||||||||||||||||||||||||||||||||||||||202403050900\r"
    "NTE|1||Seen by Dr. Quillfeather on 2024-03-05.\r"
)
DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><effectiveTime value="20240305083000+0800"/>
<recordTarget><patientRole><id root="1.2.3" extension="ZY20240117"/>
<addr><streetAddressLine>12 Thistledown Lane</streetAddressLine><city>Duluth</city><state>MN</state></addr>
<patient><name><given>Ottoline</given><given>Maud</given><family>Brackenbury</family></name>
<birthTime value="19610714"/></patient></patientRole></recordTarget>
<component><structuredBody><component>
<section><text>Seen by Dr. Quillfeather on 2024-03-05.</text></section>
</component></structuredBody></component></ClinicalDocument>
"""
SOURCES = {"bundle.json": json.dumps(BUNDLE), "message.hl7": MESSAGE, "document.xml": DOCUMENT}
WAYS = [("safe_harbor", "surrogate"), ("safe_harbor", "tag"), ("strict", "surrogate"), ("strict", "tag")]
GONE = (
    "Brackenbury",
    "Ottoline",
    "Maud",
    "Thistledown",
    "Duluth",
    "20240117",
    "Quillfeather",
    "1961-07-14",
    "19610714",
)
DAY = r"\d{4}-\d\d-\d\d"
DATE = re.compile(rf"\d{{4}}(-\d\d)?|{DAY}(T[\d:.]+(Z|[+-]\d\d:\d\d))?")
INSTANT = re.compile(rf"{DAY}T[\d:.]+(Z|[+-]\d\d:\d\d)")


@pytest.fixture(scope="module", params=WAYS, ids=" ".join)
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RunConfig:
    folder = tmp_path_factory.mktemp("run")
    source = folder / "in"
    source.mkdir()
    for name, text in SOURCES.items():
        (source / name).write_text(text, encoding="utf-8", newline="")
    create_key(folder / "key")
    policy, mode = request.param
    config = RunConfig(source, folder / "out", policy, mode, folder / "key")
    assert run_deid(config).totals.records == 3
    return config


def outputs(config: RunConfig) -> dict[str, str]:
    return {name: (config.output / name).read_bytes().decode() for name in SOURCES}


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from leaves(value, f"{path}.{name}")
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value, path)
    else:
        yield path, node


def test_what_identifies_is_gone(done: RunConfig) -> None:
    for name, text in outputs(done).items():
        assert [one for one in GONE if one.lower() in text.lower()] == [], name
        assert "quillmere" not in text.lower(), name


def test_dates_of_fhir_stay_dates(done: RunConfig) -> None:
    values = dict(leaves(json.loads(outputs(done)["bundle.json"])))
    for path, value in values.items():
        key = path.rpartition(".")[2]
        if key in ("timestamp", "lastUpdated", "issued") or path == ".entry.resource.start":
            assert INSTANT.fullmatch(value), path
        elif key in ("birthDate", "start", "end", "created"):
            assert DATE.fullmatch(value), path
    coarse = done.mode == "tag" or done.policy == "strict"
    assert len(values[".entry.resource.birthDate"]) == (4 if coarse else 10)
    assert values[".entry.resource.name.family"]


def test_dates_of_hl7_and_cda_stay_dates(done: RunConfig) -> None:
    coarse = done.mode == "tag" or done.policy == "strict"
    texts = outputs(done)
    lines = [line.split("|") for line in texts["message.hl7"].split("\r")]
    for value in (lines[0][6], lines[1][7], lines[2][44]):
        assert re.fullmatch(r"\d{4}" if coarse else r"\d{8}(\d{4,6}([+-]\d{4})?)?", value)
    for value in re.findall(r'Time value="([^"]*)"', texts["document.xml"]):
        assert re.fullmatch(r"\d{4}" if coarse else r"\d{8}(\d{6}[+-]\d{4})?", value)


def test_actions_are_what_the_policy_says(done: RunConfig) -> None:
    text = json.loads(outputs(done)["bundle.json"])["entry"][1]["resource"]["valueString"]
    patient = json.loads(outputs(done)["bundle.json"])["entry"][0]["resource"]
    hospital = patient["managingOrganization"]["display"]
    assert (hospital == "[HOSPITAL]") == (done.mode == "tag" or done.policy == "strict")
    assert patient["address"][0]["state"] == "MN"
    if done.mode == "tag":
        assert text == "Seen by [NAME_CLINICIAN] on [DATE]."
        assert patient["name"] == [{"family": "[NAME]"}]
    elif done.policy == "strict":
        assert re.fullmatch(r"Seen by \[NAME_CLINICIAN\] on 202[34]\.", text)
        assert patient["address"][0]["city"] == "[LOCATION]"
        assert patient["address"][0]["postalCode"] == "558**"


def test_the_proof_reads_the_output_as_the_run_wrote_it(done: RunConfig) -> None:
    certified = certify_run(done, issuer="ward", today=date(2026, 11, 23))
    assert len(certified.certificates) == 3


KEYED = {
    "id": "1",
    "Margaret Thornton": {"text": "Mrs. Thornton coughs.", "谭雨澄": "其女谭雨澄代诉"},
    "Henderson, Walter": {"note": 1},
    "13900241357": "phone",
    "Barthel Index": 90,
}


@pytest.mark.parametrize("mode", ["surrogate", "tag"])
def test_keys_of_objects_are_read_and_proved_as_texts_are(mode: Mode, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps(KEYED, ensure_ascii=False) + "\n", encoding="utf-8")
    create_key(tmp_path / "key")
    config = RunConfig(tmp_path / "in.jsonl", tmp_path / "out.jsonl", mode=mode, key_file=tmp_path / "key", vault=True)
    assert run_deid(config).totals.records == 1
    out = json.loads(config.output.read_text("utf-8"))
    assert [type(one) for one in out.values()] == [type(one) for one in KEYED.values()]
    assert out["Barthel Index"] == 90
    written = config.output.read_text("utf-8") + (run_folder(config.output) / "vault.jsonl").read_text("utf-8")
    gone = ("Margaret", "Thornton", "谭雨澄", "Walter", "Henderson", "13900241357")
    assert [one for one in gone if one in written] == []
    (certificate,) = certify_run(config, issuer="ward", today=date(2026, 11, 23)).certificates
    assert certificate.records == 1
