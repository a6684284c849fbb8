"""``medgo deid`` as people type it, with the real detectors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medgo.cli._deid import build_deid
from medgo.cli._errors import OK, ROWS_FAILED, USAGE

NOTE = "患者姓名：申屠寒江，男，47岁，住院号：ZY0012345，电话13912345678，于2024年3月5日入院。诊断：帕金森病。"
REPORT = "Patient Ysolde Treharne (MRN 5551203) was seen by Dr. Parkinson on 3/4/2021 for Parkinson's disease."
SECRETS = (
    "申屠寒江",
    "ZY0012345",
    "13912345678",
    "2024年3月5日",
    "Ysolde",
    "Treharne",
    "5551203",
    "3/4/2021",
    "Dr. Parkinson",
)


def deid(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(build_deid(), [*map(str, arguments)], env={"COLUMNS": "80"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    rows = [{"id": "a", "text": NOTE, "patient_id": "P1"}, {"id": "b", "text": REPORT, "patient_id": "P2", "dose": 5}]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    assert deid("key", "new", path)[0] == OK
    return path


def rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("arguments", "en", "zh"),
    [
        ((), "Find and replace identities", "去标识化"),
        (("run",), "Replace the identities", "去标识化"),
        (("detect",), "without replacing", "只识别"),
        (("key",), "Keys of surrogates", "密钥"),
        (("reidentify",), "original of one text", "还原"),
    ],
)
def test_help_is_in_both_languages(arguments: tuple[str, ...], en: str, zh: str) -> None:
    code, out, _ = deid(*arguments, "--help")
    words = " ".join(out.replace("│", " ").split())
    assert code == OK
    assert en in words
    assert zh in words


def test_surrogates_and_the_way_back(source: Path, key: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    code, _, err = deid("run", source, output, "--key-file", key, "--vault")
    assert code == OK, err
    text = output.read_text("utf-8")
    assert not [secret for secret in SECRETS if secret in text]
    assert "帕金森病" in text
    assert "Parkinson's disease" in text
    assert rows(output)[1]["dose"] == 5
    assert "NOTE" not in err
    code, original, _ = deid(
        "reidentify", output, "a", "--key-file", key, "--reason", "recall of a device", "--who", "kp"
    )
    assert (code, original) == (OK, NOTE + "\n")
    log = rows(tmp_path / "out.jsonl.run" / "reidentified.jsonl")
    assert [(one["who"], one["outcome"]) for one in log] == [("kp", "restored")]


def test_the_same_key_gives_the_same_bytes_and_another_does_not(source: Path, key: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    deid("key", "new", other)
    for name, which in (("1.jsonl", key), ("2.jsonl", key), ("3.jsonl", other)):
        assert deid("run", source, tmp_path / name, "--key-file", which)[0] == OK
    one, two, three = ((tmp_path / f"{n}.jsonl").read_bytes() for n in (1, 2, 3))
    assert one == two != three


def test_tags_need_no_key(source: Path, tmp_path: Path) -> None:
    assert deid("run", source, tmp_path / "out.jsonl", "--mode", "tag")[0] == OK
    text = (tmp_path / "out.jsonl").read_text("utf-8")
    assert "[" in rows(tmp_path / "out.jsonl")[0]["text"]
    assert not [secret for secret in SECRETS if secret in text]


def test_detect_gives_places_in_the_original(source: Path, tmp_path: Path) -> None:
    code, _, err = deid("detect", source, tmp_path / "found.jsonl")
    assert code == OK, err
    found = rows(tmp_path / "found.jsonl")
    assert [row["id"] for row in found] == ["a", "b"]
    words = [NOTE[span["start"] : span["end"]] for span in found[0]["spans"]]  # type: ignore[index]
    assert {"申屠寒江", "ZY0012345", "13912345678", "2024年3月5日"} <= set(words)
    assert set(found[0]["spans"][0]) == {"start", "end", "label", "score", "detector"}  # type: ignore[arg-type]


def test_detect_finds_what_the_policy_acts_on(tmp_path: Path) -> None:
    source, found = tmp_path / "in.jsonl", tmp_path / "found.jsonl"
    row = {"id": "a", "text": "申屠寒江，45岁，回族。"}
    source.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    labels = {}
    for policy in ("safe_harbor", "strict"):
        assert deid("detect", source, found, "--policy", policy)[0] == OK
        labels[policy] = {span["label"] for span in rows(found)[0]["spans"]}  # type: ignore[index]
    assert labels["strict"] - labels["safe_harbor"] == {"age", "origin"}
    assert deid("detect", source, found, "--policy", str(tmp_path / "none.yaml"))[0] == USAGE


def test_records_that_cannot_be_read_end_with_their_own_code(source: Path, tmp_path: Path) -> None:
    with source.open("ab") as file:
        file.write(b'{"id": "c", "text": "\xff"}\n')
    code, _, err = deid("run", source, tmp_path / "out.jsonl", "--mode", "tag")
    assert code == ROWS_FAILED
    assert "undecodable 1" in err
    assert len(rows(tmp_path / "out.jsonl")) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "key"),
        (("--key-file", "none"), "none"),
        (("--mode", "tag", "--policy", "none.yaml"), "none.yaml"),
        (("--mode", "tag", "--vault"), "vault"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_written(
    source: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, _, err = deid("run", source, tmp_path / "out.jsonl", *arguments)
    assert code == USAGE
    assert message in err
    assert not (tmp_path / "out.jsonl").exists()


def test_a_key_that_others_can_read_is_refused(source: Path, key: Path, tmp_path: Path) -> None:
    key.chmod(0o644)
    code, _, err = deid("run", source, tmp_path / "out.jsonl", "--key-file", key)
    assert code == USAGE
    assert "others" in err


def test_the_public_key_is_no_secret(key: Path) -> None:
    code, out, _ = deid("key", "public", key)
    assert code == OK
    assert out.startswith("-----BEGIN PUBLIC KEY-----")
    assert key.read_text().strip() not in out


def test_the_header_of_a_record_is_found_in_its_text(tmp_path: Path, key: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("姓名,病程\n濮阳静仪,静仪今日无发热，濮阳女士诉头晕，PU YANG JINGYI\n", "utf-8")
    assert deid("run", source, tmp_path / "out.csv", "--key-file", key)[0] == OK
    text = (tmp_path / "out.csv").read_text("utf-8")
    assert "濮阳" not in text
    assert "静仪" not in text


def test_no_surrogate_is_a_value_of_the_corpus(tmp_path: Path, key: Path) -> None:
    source, first, second = tmp_path / "in.jsonl", tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    row = {"id": "a", "text": NOTE, "patient_id": "P1"}
    source.write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8")
    assert deid("run", source, first, "--key-file", key, "--one-pass")[0] == OK
    drawn = rows(first)[0]["text"].removeprefix("患者姓名：").partition("，")[0]
    # Another patient has the very name that would have been drawn.
    other = {"id": "b", "text": f"患者姓名：{drawn}，女，30岁。", "patient_id": "P2"}
    with source.open("a", encoding="utf-8") as file:
        file.write(json.dumps(other, ensure_ascii=False) + "\n")
    assert deid("run", source, second, "--key-file", key)[0] == OK
    assert drawn not in second.read_text("utf-8")
    assert not (tmp_path / "second.jsonl.run" / "seen.bin").exists()
