"""Experts' verdicts: what becomes of them, of raters who disagree, and of reviews that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import InputError
from medgo.training.rows.reading import read_stage_rows
from medgo.training.rows.reviews import read_reviews, write_reviewed_rows
from tests.training.rows.taking import stage


def review(verdict: str = "accept", rater: str = "r1", answer: str = "See a doctor.", **changes: Any) -> dict[str, Any]:
    return {
        "prompt": [{"role": "user", "content": "I cough blood."}],
        "answer": {"role": "assistant", "content": answer},
        "verdict": verdict,
        "rater": rater,
        "lang": "en",
        "task": "triage",
        "licence": "CC-BY-4.0",
        **changes,
    }


def write(tmp_path: Path, *reviews: dict[str, Any]) -> Path:
    path = tmp_path / "ward-3.jsonl"
    path.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in reviews), encoding="utf-8")
    return path


def test_accept_and_reject_become_labels_and_edits_become_pairs(tmp_path: Path) -> None:
    made = read_reviews(
        write(
            tmp_path,
            review(row_id="abc"),
            review("reject", answer="Wait."),
            review("edit", answer="Hm.", edited="Call an ambulance."),
        )
    )
    assert [(row.completion.content, row.label) for row in made.labelled] == [("See a doctor.", True), ("Wait.", False)]
    (pair,) = made.pairs
    assert (pair.chosen.content, pair.rejected.content) == ("Call an ambulance.", "Hm.")
    source = made.labelled[0].provenance.sources[0]
    assert (source.id, source.source, source.licence) == ("r1/abc", "expert_review:ward-3.jsonl", "CC-BY-4.0")


def test_answers_that_raters_disagree_on_are_counted_and_left_out(tmp_path: Path) -> None:
    made = read_reviews(
        write(
            tmp_path,
            review("accept", "r1"),
            review("reject", "r2"),
            review("reject", "r1", answer="Wait."),
            review("edit", "r2", answer="Wait.", edited="Go now."),
            review("accept", "r1", answer="Go."),
            review("accept", "r2", answer="Go."),
        )
    )
    assert (made.count.rated_twice, made.count.agreed, made.count.conflicts, made.count.repeated) == (3, 2, 1, 1)
    assert made.count.alpha is not None
    assert -1 <= made.count.alpha < 1
    assert {(row.completion.content, row.label) for row in made.labelled} == {("Wait.", False), ("Go.", True)}
    assert [row.chosen.content for row in made.pairs] == ["Go now."]
    agreed = next(row for row in made.labelled if row.label)
    assert [source.id for source in agreed.provenance.sources] == ["r1", "r2"]


def test_an_edit_keeps_the_reasoning_that_was_read(tmp_path: Path) -> None:
    answer = {"role": "assistant", "content": "Hm.", "reasoning_content": "Blood is serious."}
    (pair,) = read_reviews(write(tmp_path, {**review("edit", edited="Go."), "answer": answer})).pairs
    assert pair.thinking
    assert pair.chosen.reasoning_content == "Blood is serious."


def test_written_rows_are_read_by_a_stage(tmp_path: Path) -> None:
    made = read_reviews(write(tmp_path, review(), review("edit", answer="Hm.", edited="Go.")))
    write_reviewed_rows(made, tmp_path / "rows")
    rows = list(read_stage_rows(stage(tmp_path / "rows", "kto").data, "kto"))
    assert [read.row.task for read in rows] == ["triage"] * 3
    write_reviewed_rows(read_reviews(write(tmp_path, review())), tmp_path / "rows")
    assert not (tmp_path / "rows/preference.jsonl").exists()  # rows of an earlier round do not stay behind


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (review("maybe"), "verdict: expected one of accept, edit, reject, found 'maybe'"),
        (review("edit"), "edited: missing"),
        (review("edit", edited="See a doctor."), "edited: the same text"),
        (review("reject", edited="x"), "edited: given with the verdict reject"),
        (review(rater="王医生"), "rater: '王医生' is no pseudonym"),
        (review(rater="a.b@hospital.cn"), "no pseudonym"),
        (review(licence=""), "licence: expected some text"),
        (review(lang="de"), "lang: expected one of zh, en"),
        (review(prompt=[]), "prompt: expected a non-empty list"),
        (review(prompt=[{"role": "assistant", "content": "x"}]), "does not end with a user turn"),
        (review(answer=""), "answer: expected a turn of the assistant"),
        ({**review(), "answer": "text"}, r"answer\[0\]: expected an object"),
        (review(note="x"), "note: no field of a review"),
    ],
)
def test_a_bad_review_is_named_by_line_and_field(tmp_path: Path, bad: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"ward-3.jsonl, line 2: .*{message}"):
        read_reviews(write(tmp_path, review(), bad))


def test_reviews_of_one_answer_with_other_certificates_are_refused(tmp_path: Path) -> None:
    """The row of the first review alone would be uncertified, and pass every gate."""
    path = write(tmp_path, review(rater="r1"), review(rater="r2", certificate="c-7"))
    with pytest.raises(InputError, match=r"reviews by r1, r2: .* different certificates \(none, c-7\)"):
        read_reviews(path)
    agreed = read_reviews(write(tmp_path, *(review(rater=f"r{n}", certificate="c-7") for n in (1, 2))))
    assert agreed.labelled[0].provenance.certificate == "c-7"
