"""The first pass: hashes sorted on disk are those of a set, and what a note tells is known in all of the patient's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from medgo.deid.formats import FormatName
from medgo.deid.keys import Key, create_key
from medgo.deid.runs import RunConfig, run_deid
from medgo.deid.runs import seen as seen_module
from medgo.deid.runs.seen import SEEN, read_seen, write_seen
from medgo.deid.runs.working import Outcome
from tests.deid.formats.texts import record_of

KEY = Key(bytes(range(32)))


def outcomes(rows: list[bytes]) -> Iterator[list[Outcome]]:
    yield [Outcome(0, number, "", 0, None, row) for number, row in enumerate(rows)]


@pytest.mark.parametrize("run", [1, 7, 64, 1 << 18])
def test_hashes_are_kept_once_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: int) -> None:
    monkeypatch.setattr(seen_module, "_RUN", run)
    rng = np.random.default_rng(run)
    values = rng.integers(0, 1 << 64, 500, dtype=np.uint64)
    values[:3] = 0, (1 << 64) - 1, values[5]
    rows = [one.tobytes() for one in np.split(rng.choice(values, 900).astype(">u8"), 90)] + [
        values.astype(">u8").tobytes()
    ]
    write_seen(tmp_path / "run" / SEEN, outcomes(rows))
    stored = np.fromfile(tmp_path / "run" / SEEN, dtype="<u8")
    assert np.array_equal(stored, np.unique(values))
    assert [one.name for one in (tmp_path / "run").iterdir()] == [SEEN]
    assert (tmp_path / "run" / SEEN).stat().st_mode & 0o077 == 0


def test_an_empty_corpus_holds_nothing(tmp_path: Path) -> None:
    write_seen(tmp_path / SEEN, outcomes([b"", b""]))
    seen = read_seen(tmp_path / SEEN, KEY)
    assert seen is not None
    assert not seen("谭志刚")
    assert not seen.told("p", ("sex", "zhi gang", "man"))
    assert read_seen(tmp_path / "none", KEY) is None


def test_a_killed_first_pass_leaves_no_list(tmp_path: Path) -> None:
    def killed() -> Iterator[list[Outcome]]:
        yield [Outcome(0, 1, "", 0, None, bytes(8))]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_seen(tmp_path / SEEN, killed())
    assert list(tmp_path.iterdir()) == []


def written(tmp_path: Path, name: str, rows: list[dict[str, str]], workers: int = 1) -> list[str]:
    source = tmp_path / f"{name}.jsonl"
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    config = RunConfig(source, tmp_path / f"{name}.out.jsonl", key_file=tmp_path / "key")
    run_deid(config, workers=workers)
    return [json.loads(line)["text"] for line in config.output.read_text("utf-8").splitlines()]


def test_a_later_note_tells_the_sex_of_an_earlier_one(tmp_path: Path) -> None:
    create_key(tmp_path / "key")
    silent = {"id": "1", "patient_id": "p", "text": "家属谭志刚来电，询问病情。"}
    telling = {"id": "2", "patient_id": "p", "text": "其妻谭志刚签字，同意手术。"}
    first, second = written(tmp_path, "both", [silent, telling])
    name = second.removeprefix("其妻").removesuffix("签字，同意手术。")
    assert first == f"家属{name}来电，询问病情。"
    # Another patient's wife says nothing of this one's family.
    other, _ = written(tmp_path, "other", [silent, telling | {"patient_id": "q"}])
    assert other != first
    assert other == written(tmp_path, "alone", [silent])[0]


def test_a_column_tells_the_sex_of_the_patient(tmp_path: Path) -> None:
    create_key(tmp_path / "key")
    row = {"id": "1", "name": "谭志刚", "text": "患者谭志刚因腹痛入院。"}
    # One patient in hundreds is called by a name that both sexes bear.
    men, women = (written(tmp_path, sex, [row | {"patient_id": p, "sex": sex} for p in "pqr"]) for sex in ("男", "女"))
    assert sum(man != woman for man, woman in zip(men, women, strict=True)) >= 2


RESOURCES = {
    "fhir": """{"resourceType": "Bundle", "entry": [
        {"resource": {"resourceType": "Patient", "id": "p", "gender": "%s", "name": [{"text": "谭志刚"}]}},
        {"resource": {"resourceType": "Observation", "valueString": "患者谭志刚因腹痛入院。"}}]}""",
    "hl7v2": "MSH|^~\\&|A|B|C|D|20240305||ORU^R01|7|P|2.5.1\rPID|1||p||谭^志刚||19610714|%s\r"
    "OBX|1|TX|1^n||患者谭志刚因腹痛入院。\r",
    "ccda": """<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><id extension="p"/><patient>
        <name>谭志刚</name><administrativeGenderCode code="%s"/></patient></patientRole></recordTarget>
        </ClinicalDocument>""",
}


@pytest.mark.parametrize(("form", "says"), [("fhir", ("male", "female")), ("hl7v2", "MF"), ("ccda", "MF")])
def test_a_coded_field_tells_the_sex_of_the_patient(form: FormatName, says: Sequence[str], tmp_path: Path) -> None:
    for said, sex in (*zip(says, ("man", "woman"), strict=True), ("unknown", None)):
        record = record_of(form, (RESOURCES[form] % said).encode(), tmp_path)
        assert record.sex == sex
        assert any("谭志刚" in part.text for part in record.parts)
