"""From records to a certificate and back: a clean run passes, one byte of cheating does not."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from medgo.deid.keys import create_key
from medgo.deid.policy import read_policy
from medgo.deid.proving.certifying import certify_run, recertified, sign_review
from medgo.deid.proving.review import Correction, sampled
from medgo.deid.proving.reviewing import review_items
from medgo.deid.runs import RunConfig, run_deid, run_folder
from medgo.deid.runs.tools import open_tools
from medgo.errors import CertificateError, InputError
from medgo.store.certificates import certificate_path, verify_certificate

TODAY = date(2026, 11, 23)
NOTES = [
    "患者逄晓岚，女，47岁，住院号：ZY88301957，于2024年3月5日因腹痛收入消化内科。联系电话13900241357。既往帕金森病史。",
    "Pt: Ottoline Brackenbury, MRN 7730418, seen by Dr. Quillfeather on 03/05/2024 for Crohn's disease.",
    "复诊：逄晓岚腹痛缓解，病理号BL2023-97986，家属逄国栋陪同。",
]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> RunConfig:
    folder = tmp_path_factory.mktemp("run")
    rows = [{"id": f"n{number}", "text": text, "patient_id": "p"} for number, text in enumerate(NOTES)]
    source = folder / "notes.jsonl"
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    create_key(folder / "key")
    config = RunConfig(source, folder / "clean.jsonl", key_file=folder / "key")
    run_deid(config)
    return config


def test_a_run_is_attacked_signed_and_accepted(done: RunConfig) -> None:
    certified = certify_run(done, issuer="医院", today=TODAY)
    assert certified.shortcomings == []
    assert certified.certificates[0].records == 3
    assert set(certified.certificates[0].counts) >= {"name", "phone", "medical_record_number", "date"}
    policies = [read_policy().sha256]
    verify_certificate(done.output, [certified.public_key], policies=policies, today=TODAY)
    assert certified.suspects.read_text() == ""


def test_a_review_is_signed_into_the_certificate(done: RunConfig) -> None:
    certify_run(done, issuer="医院", today=TODAY)
    assert done.key_file is not None
    new, lacking = recertified(done.output, read_policy(), done.key_file, reviewed=3, leaks=0, today=TODAY)
    assert (new.reviewed, new.leaks, lacking) == (3, 0, [])
    assert new.leak_rate_upper == pytest.approx(0.632, abs=1e-3)
    new, lacking = recertified(done.output, read_policy(), done.key_file, reviewed=3, leaks=1, today=TODAY)
    assert not new.passed
    assert "leak rate" in lacking[0]


def test_another_policy_or_key_cannot_sign_a_review(done: RunConfig, tmp_path: Path) -> None:
    certify_run(done, issuer="医院", today=TODAY)
    assert done.key_file is not None
    with pytest.raises(InputError, match="policy"):
        recertified(done.output, read_policy("strict"), done.key_file, reviewed=3, leaks=0, today=TODAY)
    create_key(tmp_path / "other")
    with pytest.raises(CertificateError, match="not trusted"):
        recertified(done.output, read_policy(), tmp_path / "other", reviewed=3, leaks=0, today=TODAY)


def test_a_certificate_names_the_policy_and_options_of_the_run_and_no_others(done: RunConfig) -> None:
    for other, word in ({"policy": "strict"}, "policy"), ({"mode": "tag"}, "--mode"), ({"lang": "zh"}, "--lang"):
        with pytest.raises(InputError, match=word):
            certify_run(replace(done, **other), issuer="医院", today=TODAY)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="--tier"):
        list(review_items(replace(done, tier="ab"), open_tools(done, b"")))


def test_a_folder_is_reviewed_as_a_whole(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for name in ("note1.csv", "note2.csv"):  # rows without ids are called by their numbers in both
        rows = [f'"{NOTES[0]}"', f'"{NOTES[2]}"']
        (source / name).write_text("text\n" + "\n".join(rows) + "\n", encoding="utf-8")
    create_key(tmp_path / "key")
    config = RunConfig(source, tmp_path / "out", key_file=tmp_path / "key")
    run_deid(config)
    assert certify_run(config, issuer="h", today=TODAY).shortcomings == []
    ids = [item.id for item in review_items(config, open_tools(config, b""))]
    assert len(set(ids)) == len(ids) == 4
    said = [Correction(one, (), ()) for one in ids]
    certificates, lacking = sign_review(config, said, today=TODAY)
    assert [(one.reviewed, one.leaks) for one in certificates] == [(4, 0), (4, 0)]
    assert lacking == []
    certificates, lacking = sign_review(config, [replace(said[0], missed=((0, 2, "name"),))], today=TODAY)
    assert not any(one.passed for one in certificates)
    assert "1 of 4 texts read had a leak" in lacking[0]
    # Certificates beside the files change nothing of the run, and a later one forgets no leak.
    assert certify_run(config, issuer="h", today=TODAY).certificates[1].leaks == 1


def test_reviewers_see_every_narrative_with_its_marks(done: RunConfig) -> None:
    items = sampled(review_items(done, open_tools(done, b"")), 10, 0)
    assert {item.original for item in items} == set(NOTES)
    assert all(item.findings for item in items)


def copied(done: RunConfig, folder: Path) -> RunConfig:
    for path in (done.input, done.output, *run_folder(done.output).iterdir()):
        target = folder / path.relative_to(done.input.parent)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    return RunConfig(folder / done.input.name, folder / done.output.name, key_file=done.key_file)


def rehashed(config: RunConfig) -> None:
    """Write the changed output's hash into the audit, as somebody would who wants it to pass."""
    from medgo.deid.runs.runner import output_sha256

    path = run_folder(config.output) / "audit.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"output_sha256": output_sha256(config.output)}))


def test_an_identifier_that_is_put_back_is_found(done: RunConfig, tmp_path: Path) -> None:
    config = copied(done, tmp_path)
    rows = [json.loads(line) for line in config.output.read_text("utf-8").splitlines()]
    surrogate = rows[2]["text"][3:6]
    rows[2]["text"] = rows[2]["text"].replace(surrogate, "逄晓岚")
    config.output.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(InputError, match="not what its run wrote"):
        certify_run(config, issuer="医院", today=TODAY)
    rehashed(config)
    certified = certify_run(config, issuer="医院", today=TODAY)
    assert certified.certificates[0].residual["known"] >= 1
    assert not certified.certificates[0].passed
    assert "逄晓岚" not in certified.suspects.read_text("utf-8")


def test_what_a_person_has_cleared_is_told_and_not_held_against_the_file(done: RunConfig, tmp_path: Path) -> None:
    config = copied(done, tmp_path)
    rows = [json.loads(line) for line in config.output.read_text("utf-8").splitlines()]
    rows[0]["text"] = rows[0]["text"].replace("因腹痛收入消化内科", "，a@bcd.ef")  # as long as it was
    config.output.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    rehashed(config)
    first = certify_run(config, issuer="h", today=TODAY)
    assert first.shortcomings != []
    (tmp_path / "looked.jsonl").write_bytes(first.suspects.read_bytes())
    again = certify_run(config, issuer="h", today=TODAY, cleared=tmp_path / "looked.jsonl")
    assert again.shortcomings == []
    assert again.certificates[0].residual["cleared"] == sum(first.certificates[0].residual.values())


def test_a_record_that_is_missing_or_there_twice_is_noticed(done: RunConfig, tmp_path: Path) -> None:
    config = copied(done, tmp_path)
    lines = config.output.read_bytes().splitlines(keepends=True)
    for wrong in (lines[:2], [*lines, lines[0]]):
        config.output.write_bytes(b"".join(wrong))
        rehashed(config)
        with pytest.raises(InputError, match="not what its run wrote"):
            certify_run(config, issuer="医院", today=TODAY)


def test_a_changed_input_is_noticed(done: RunConfig, tmp_path: Path) -> None:
    config = copied(done, tmp_path)
    config.input.write_bytes(config.input.read_bytes().replace("腹痛".encode(), "头痛".encode()))
    with pytest.raises(InputError, match="has changed since the run"):
        certify_run(config, issuer="医院", today=TODAY)


def test_an_unfinished_run_cannot_be_certified(done: RunConfig, tmp_path: Path) -> None:
    config = copied(done, tmp_path)
    (run_folder(config.output) / "audit.json").unlink()
    with pytest.raises(InputError, match="no audit"):
        certify_run(config, issuer="医院", today=TODAY)
    assert not certificate_path(config.output).exists()
