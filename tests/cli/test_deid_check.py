"""``medgo deid certify``, ``check``, ``review`` and ``evaluate`` from the command line: outcomes and exit codes."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from medgo.cli._app import build_app
from medgo.deid.keys import create_key

NOTE = "患者逄晓岚，女，47岁，住院号：ZY88301957，于2024年3月5日因腹痛收入消化内科，既往帕金森病，电话13900241357。"


def medgo(*words: object) -> Result:
    return CliRunner().invoke(build_app(), ["deid", *map(str, words)], catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = tmp_path_factory.mktemp("deid")
    (here / "in.jsonl").write_text(json.dumps({"id": "1", "text": NOTE}, ensure_ascii=False) + "\n", encoding="utf-8")
    create_key(here / "key")
    assert medgo("run", here / "in.jsonl", here / "out.jsonl", "--key-file", here / "key").exit_code == 0
    return here


def certified(here: Path, *more: str) -> Result:
    return medgo("certify", here / "in.jsonl", here / "out.jsonl", "--key-file", here / "key", *more)


def test_a_run_is_certified_and_anybody_can_check_it(folder: Path) -> None:
    assert certified(folder, "--issuer", "医院").exit_code == 0
    public = folder / "out.jsonl.run" / "public.pem"
    assert medgo("check", folder / "out.jsonl", "--trust", public).exit_code == 0
    other = medgo("check", folder / "out.jsonl", "--trust", public, "--policy", "strict")
    assert other.exit_code == 2
    assert "not accepted" in other.stderr


def test_a_certificate_needs_an_issuer_and_a_key(folder: Path) -> None:
    assert "--issuer" in certified(folder).stderr
    assert "key" in medgo("certify", folder / "in.jsonl", folder / "out.jsonl", "--issuer", "h").stderr


def test_a_changed_byte_is_refused(folder: Path, tmp_path: Path) -> None:
    certified(folder, "--issuer", "医院")
    for name in ("out.jsonl", "out.jsonl.certificate.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "out.jsonl").write_bytes((folder / "out.jsonl").read_bytes() + b"\n")
    found = medgo("check", tmp_path / "out.jsonl", "--trust", folder / "out.jsonl.run" / "public.pem")
    assert found.exit_code == 2
    assert "another hash" in found.stderr


def test_a_review_goes_from_sheet_to_certificate_and_gold(folder: Path, tmp_path: Path) -> None:
    certified(folder, "--issuer", "医院")
    files = (folder / "in.jsonl", folder / "out.jsonl")
    assert medgo("review", *files, "--sheet", tmp_path / "sheet.html").exit_code == 0
    assert "因腹痛收入消化内科" in (tmp_path / "sheet.html").read_text("utf-8")
    said = {"id": "1/1.0", "missed": [], "wrong": []}
    (tmp_path / "said.jsonl").write_text(json.dumps(said) + "\n")
    given = ("--corrections", tmp_path / "said.jsonl", "--gold", tmp_path / "gold.jsonl", "--key-file", folder / "key")
    assert medgo("review", *files, *given).exit_code == 0
    figures = tmp_path / "figures.json"
    assert medgo("evaluate", tmp_path / "gold.jsonl", "--output", figures).exit_code == 0
    assert json.loads(figures.read_text())["recall of all"]["value"] == 1.0


def test_a_leak_that_was_seen_once_is_not_forgotten(folder: Path, tmp_path: Path) -> None:
    for name in ("in.jsonl", "out.jsonl", "key"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "key").chmod(0o600)
    shutil.copytree(folder / "out.jsonl.run", tmp_path / "out.jsonl.run")
    assert certified(tmp_path, "--issuer", "医院").exit_code == 0
    files = (tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    leak = {"id": "1/1.0", "missed": [{"start": 0, "end": 2, "label": "other_id"}], "wrong": []}
    for said, code in ((leak, 1), ({**leak, "missed": []}, 1)):
        (tmp_path / "said.jsonl").write_text(json.dumps(said) + "\n")
        given = ("--corrections", tmp_path / "said.jsonl", "--key-file", tmp_path / "key")
        assert medgo("review", *files, *given).exit_code == code
    again = certified(tmp_path, "--issuer", "医院")
    assert again.exit_code == 1
    assert "leak rate" in again.stderr


def test_evaluate_writes_what_was_missed(tmp_path: Path) -> None:
    gold = {"id": "1", "lang": "zh", "text": "腹软，无压痛。", "spans": [{"start": 0, "end": 2, "label": "name"}]}
    (tmp_path / "gold.jsonl").write_text(json.dumps(gold, ensure_ascii=False) + "\n", encoding="utf-8")
    assert medgo("evaluate", tmp_path / "gold.jsonl", "--errors", tmp_path / "errors.jsonl").exit_code == 0
    assert json.loads((tmp_path / "errors.jsonl").read_text("utf-8"))["sort"] == "missed"


def test_evaluate_counts_what_the_policy_keeps_as_not_found(tmp_path: Path) -> None:
    gold = {"id": "1", "lang": "en", "text": "A 45-year-old.", "spans": [{"start": 2, "end": 4, "label": "AGE"}]}
    (tmp_path / "gold.jsonl").write_text(json.dumps(gold) + "\n")
    recall = {}
    for policy in ("safe_harbor", "strict"):
        given = ("--policy", policy, "--output", tmp_path / "figures.json")
        assert medgo("evaluate", tmp_path / "gold.jsonl", *given).exit_code == 0
        recall[policy] = json.loads((tmp_path / "figures.json").read_text())["recall AGE"]["value"]
    assert recall == {"safe_harbor": 0.0, "strict": 1.0}


@pytest.mark.parametrize("line", ["", "{", '{"id": "1", "text": "a", "spans": [{"start": 0, "end": 9, "label": "x"}]}'])
def test_gold_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "gold.jsonl").write_text(line)
    assert medgo("evaluate", tmp_path / "gold.jsonl").exit_code == 2
