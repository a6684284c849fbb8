"""Gates: what must not be learnt stops a stage, what would only do harm is left out and counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from medgo.curation.decontamination import GuardedItem, ItemIndex
from medgo.errors import CertificateError, InputError, RowsRefusedError
from medgo.schema import PreferenceRow, Row
from medgo.training.recipe import Gates
from medgo.training.rows.gates import Refusal
from medgo.training.rows.tokens import RowTokenizer
from tests.support.issuer import Issuer
from tests.training.rows.made_rows import pair, sft
from tests.training.rows.naive_trl import kept_by_dpo
from tests.training.rows.taking import intake

EXAM = "A 40-year-old man has had fever, night sweats and a cough with blood for three weeks; what is the diagnosis?"


def test_a_licence_that_nobody_agreed_to_stops_the_stage(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    rows = [sft("a?", "a"), sft("b?", "b", licence="CC-BY-NC-4.0"), sft("c?", "c", licence="CC-BY-NC-4.0")]
    taking = intake(tmp_path, tokenizer, rows)
    with pytest.raises(RowsRefusedError, match=r"licence: 2 rows: CC-BY-NC-4\.0 \(medgo\) 2") as error:
        list(taking.rows())
    assert "gates.licences" in error.value.hint
    assert taking.report().refused(Refusal.LICENCE).row_ids == [row.row_id for row in rows[1:]]
    agreed = intake(tmp_path, tokenizer, rows, gates=Gates(licences=("Apache-2.0", "CC-BY-NC-4.0")))
    assert len(list(agreed.rows())) == 3


def test_rows_made_from_records_need_a_certificate_that_holds_today(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    records = tmp_path / "ward.jsonl"
    records.write_text('{"text": "…"}\n', encoding="utf-8")
    issuer = Issuer(tmp_path, "hospital")
    rows = [sft("a?", "a", certificate="cert-ward")]
    gates = Gates(certified_files=(str(records),), trusted_keys=(str(issuer.pem),))
    with pytest.raises(RowsRefusedError, match="certificate: 1 row: cert-ward 1"):
        list(intake(tmp_path, tokenizer, rows).rows())  # nobody named the file
    with pytest.raises(CertificateError, match="no certificate lies beside it"):
        intake(tmp_path, tokenizer, rows, gates=gates)
    issuer.issue(records)
    taking = intake(tmp_path, tokenizer, rows, gates=gates)
    assert len(list(taking.rows())) == 1
    assert taking.report().certificates == ("cert-ward",)
    records.write_text('{"text": "another record"}\n', encoding="utf-8")  # after it was certified
    with pytest.raises(CertificateError, match="another hash"):
        list(taking.rows())  # verified again, by the same intake
    issuer.issue(records, expires="2026-11-21")
    with pytest.raises(CertificateError, match="expired on 2026-11-21"):
        intake(tmp_path, tokenizer, rows, gates=gates)


@pytest.mark.parametrize(("issued", "why"), [({"policy_sha256": "f" * 64}, "policy"), ({"passed": False}, "not what")])
def test_a_certificate_of_another_policy_or_of_a_failed_attack_stops_the_run(
    tmp_path: Path, tokenizer: RowTokenizer, issued: dict[str, Any], why: str
) -> None:
    records = tmp_path / "ward.jsonl"
    records.write_text("{}\n", encoding="utf-8")
    issuer = Issuer(tmp_path, "hospital")
    issuer.issue(records, **issued)
    gates = Gates(certified_files=(str(records),), trusted_keys=(str(issuer.pem),))
    with pytest.raises(CertificateError, match=why):
        intake(tmp_path, tokenizer, [sft("a?", "a", certificate="cert-ward")], gates=gates)


def test_an_issuer_that_is_not_trusted_certifies_nothing(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    records = tmp_path / "ward.jsonl"
    records.write_text("{}\n", encoding="utf-8")
    Issuer(tmp_path, "stranger").issue(records)
    gates = Gates(certified_files=(str(records),), trusted_keys=(str(Issuer(tmp_path, "hospital").pem),))
    with pytest.raises(CertificateError, match="not trusted"):
        intake(tmp_path, tokenizer, [sft("a?", "a", certificate="cert-ward")], gates=gates)


def test_benchmark_items_are_left_out_wherever_they_stand(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    index = ItemIndex.build(
        [
            GuardedItem("exam", "1", EXAM),
            GuardedItem("exam", "2", "患者，男，四十岁，发热、盗汗、咯血三周，最可能的诊断是什么？", lang="zh"),
        ]
    )
    rows = [
        sft("a?", "a"),
        sft(f"Please answer. {EXAM}", "TB"),
        sft("Tell me more.", f"You asked: {EXAM}"),
        sft("想一想", "结核", "题目：患者，男，四十岁，发热、盗汗、咯血三周，最可能的诊断是什么？"),
    ]
    taking = intake(tmp_path, tokenizer, rows, overlap=index)
    assert [taken.source for taken in taking.rows()] == rows[:1]
    found = taking.report().refused(Refusal.BENCHMARK_ITEM)
    assert (found.rows, dict(found.details)) == (3, {"exam/1": 2, "exam/2": 1})
    off = intake(tmp_path, tokenizer, rows, overlap=index, gates=Gates(overlap="off"))
    assert len(list(off.rows())) == 4
    assert next(line for line in off.report().gates() if line.name == "benchmark item").state == "NOTE"
    with pytest.raises(InputError, match="none are here"):
        intake(tmp_path, tokenizer, rows, gates=Gates(overlap="required"))


def test_the_same_row_is_learnt_once(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    row = sft("a?", "a")
    taking = intake(tmp_path, tokenizer, [row, sft("b?", "b"), row, row])
    assert len(list(taking.rows())) == 2
    assert len(list(taking.rows())) == 2  # reading again starts anew
    assert taking.report().refused(Refusal.DUPLICATE).rows == 2


def test_a_pair_that_is_the_same_to_the_model_teaches_nothing(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    """Qwen3's template strips line breaks around an answer: two texts, one row of tokens."""
    same = pair("a?", "Rest.", "\n\nRest.")
    rows: list[Row] = [same, pair("b?", "Rest.", "Run.")]
    assert isinstance(same, PreferenceRow)
    taking = intake(tmp_path, tokenizer, rows, "dpo")
    taken = list(taking.rows())
    assert taking.report().refused(Refusal.IDENTICAL_PAIR).row_ids == [same.row_id]
    assert [row.source for row in taken] == rows[1:]
    # The naive way: TRL trains on pairs that are the same, at a loss of ln 2 that never falls (R9).
    columns = same.columns()
    assert kept_by_dpo([{**columns, "rejected": columns["chosen"]}], tmp_path / "naive") == 1


def test_a_stage_of_which_nothing_is_left_stops(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    with pytest.raises(RowsRefusedError, match="rows: 0 of 1 rows"):
        list(intake(tmp_path, tokenizer, [sft("a?", "a " * 99)], lengths={"max_tokens": 9, "too_long": "drop"}).rows())
