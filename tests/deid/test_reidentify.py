from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.keys import Key
from medgo.deid.reidentify import ReidentificationError, Request, opened, reidentify, sealed
from medgo.errors import StorageError
from tests.deid.replacing.marked import KEY, read, replaced

MARKED = "患者{name:郗若彤}，电话{phone:13790017788}，{date:2024-03-05}入院。"
ORIGINAL, _ = read(MARKED)
AFTER = replaced(MARKED)
REQUEST = Request("officer@hospital", "通知患者本人检查结果")


def vault_of(folder: Path, *rows: object) -> Path:
    path = folder / "vault.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@given(st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]), max_size=20), st.text(max_size=5))
def test_what_was_sealed_comes_back(around: str, record: str) -> None:
    marked = f"{around}{{name:郗若彤}}{around}{{phone:13790017788}}"
    original, _ = read(marked)
    after = replaced(marked)
    row = json.loads(json.dumps(sealed(record, original, after, KEY)))
    assert opened(row, after.text, KEY) == original


def test_a_row_shows_nothing() -> None:
    row = json.dumps(sealed("r1", ORIGINAL, AFTER, KEY), ensure_ascii=False)
    assert "郗" not in row
    assert "137" + "90017788" not in row
    assert sealed("r1", ORIGINAL, AFTER, KEY) != sealed("r1", ORIGINAL, AFTER, KEY), "no nonce is used twice"


def test_another_key_is_refused(tmp_path: Path) -> None:
    vault = vault_of(tmp_path, sealed("r1", ORIGINAL, AFTER, KEY))
    audit = tmp_path / "audit.jsonl"
    with pytest.raises(ReidentificationError, match="another key"):
        reidentify("r1", AFTER.text, vault, Key(bytes(32)), audit_log=audit, request=REQUEST)
    assert json.loads(audit.read_text("utf-8"))["outcome"] == "refused"


def test_a_forged_fingerprint_opens_nothing() -> None:
    other = Key(bytes(32))
    row = sealed("r1", ORIGINAL, AFTER, KEY) | {"fingerprint": other.fingerprint}
    with pytest.raises(ReidentificationError, match="damaged"):
        opened(row, AFTER.text, other)


def test_a_row_is_bound_to_its_record_and_its_text() -> None:
    row = sealed("r1", ORIGINAL, AFTER, KEY)
    with pytest.raises(ReidentificationError, match="another record"):
        opened(row | {"id": "r2"}, AFTER.text, KEY)
    with pytest.raises(ReidentificationError, match="not the one"):
        opened(row, AFTER.text + " ", KEY)


@pytest.mark.parametrize("row", [{}, {"id": "r1", "sealed": "?"}, {"id": "r1", "sealed": 3}])
def test_what_is_no_row_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(ReidentificationError, match="no row of a vault"):
        opened(row, AFTER.text, KEY)


def test_every_byte_is_guarded() -> None:
    row = sealed("r1", ORIGINAL, AFTER, KEY)
    text = row["sealed"]
    for at in range(0, len(text) - 4, 7):
        other = "A" if text[at] != "A" else "B"
        with pytest.raises(ReidentificationError):
            opened(row | {"sealed": text[:at] + other + text[at + 1 :]}, AFTER.text, KEY)


def test_the_audit_log_says_who_and_why_and_names_nobody(tmp_path: Path) -> None:
    vault = vault_of(tmp_path, sealed("r0", "", replaced("x"), KEY), sealed("r1", ORIGINAL, AFTER, KEY))
    audit = tmp_path / "audit.jsonl"
    assert reidentify("r1", AFTER.text, vault, KEY, audit_log=audit, request=REQUEST) == ORIGINAL
    entry = json.loads(audit.read_text("utf-8"))
    assert (entry["who"], entry["reason"], entry["record"], entry["outcome"]) == (
        REQUEST.who, REQUEST.reason, "r1", "restored",
    )  # fmt: skip
    assert not any(value in audit.read_text("utf-8") for value in ("郗若彤", "13790017788", KEY.secret.hex()))
    with pytest.raises(ReidentificationError, match="no record r9"):
        reidentify("r9", AFTER.text, vault, KEY, audit_log=audit, request=REQUEST)
    assert len(audit.read_text("utf-8").splitlines()) == 2


def test_without_an_audit_log_nothing_is_shown(tmp_path: Path) -> None:
    vault = vault_of(tmp_path, sealed("r1", ORIGINAL, AFTER, KEY))
    with pytest.raises(StorageError):
        reidentify("r1", AFTER.text, vault, KEY, audit_log=vault / "audit.jsonl", request=REQUEST)


@pytest.mark.parametrize(("who", "reason"), [("", "x"), ("x", "  ")])
def test_nobody_asks_for_nothing(who: str, reason: str) -> None:
    with pytest.raises(ReidentificationError):
        Request(who, reason)


@pytest.mark.parametrize("content", ["{", "[]\n", ""])
def test_a_damaged_vault(tmp_path: Path, content: str) -> None:
    vault = tmp_path / "vault.jsonl"
    vault.write_text(content)
    with pytest.raises(ReidentificationError):
        reidentify("r1", "", vault, KEY, audit_log=tmp_path / "audit.jsonl", request=REQUEST)
