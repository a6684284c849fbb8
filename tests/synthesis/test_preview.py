import json
import re
from pathlib import Path

import pytest

from medgo.errors import InputError
from medgo.schema import Evidence, Fact, Message, PreferenceRow, Sentence
from medgo.synthesis.preview import pieces_of, write_preview
from tests.synthesis.rows import draft, provenance


def folder_of(tmp_path: Path, answers: list[str]) -> Path:
    drafts = [draft("Is it so?", answer) for answer in answers]
    with (tmp_path / "stage1.jsonl").open("w") as rows, (tmp_path / "stage1.evidence.jsonl").open("w") as proofs:
        for each in drafts:
            rows.write(json.dumps(each.row.to_dict()) + "\n")
            proofs.write(json.dumps(each.evidence.to_dict(each.row.row_id)) + "\n")
    return tmp_path


def test_the_pieces_of_a_text_are_the_text() -> None:
    text = "标题：咳嗽3天。无发热。无发热。尾"
    sentences = [
        {"text": "咳嗽3天。", "part": "completion", "facts": ["f1"]},
        {"text": "无发热。", "part": "completion", "facts": ["f2"]},
        {"text": "无发热。", "part": "completion"},
        {"text": "别处", "part": "prompt[0]", "facts": ["f9"]},
        {"text": "不在其中", "part": "completion", "facts": ["f8"]},
    ]
    pieces = pieces_of(text, "completion", sentences)
    assert "".join(piece.text for piece in pieces) == text
    assert [(piece.text, piece.facts) for piece in pieces if piece.covered] == [
        ("咳嗽3天。", ("f1",)),
        ("无发热。", ("f2",)),
        ("无发热。", ()),
    ]


def test_the_page_shows_rows_and_facts_and_runs_nothing_that_a_row_says(tmp_path: Path) -> None:
    evil = '<script>alert("x")</script> & <img src=x onerror=alert(1)>'
    page = tmp_path / "page.html"
    assert write_preview(folder_of(tmp_path, [evil, "It is."]), page, 10, 0, lambda curie: f"name of {curie}") == 2
    html = page.read_text(encoding="utf-8")
    assert "&lt;script&gt;alert" in html
    assert html.count("<script>") == 1
    assert "<img" not in html
    assert "It is." in html
    assert not re.search(r'(?:src|href)="(?!#)', html), "a page that needs nothing else"


def test_the_reasoning_of_both_sides_of_a_pair_is_shown_with_its_own_facts(tmp_path: Path) -> None:
    turns = {side: Message("assistant", f"The {side} answer.", f"Why {side}.") for side in ("chosen", "rejected")}
    prompt = (Message("user", "Is it so?"),)
    row = PreferenceRow(
        prompt=prompt,
        chosen=turns["chosen"],
        rejected=turns["rejected"],
        thinking=True,
        task="x",
        stage="preference",
        lang="en",
        provenance=provenance(),
    )
    parts = {"reasoning": "Why chosen.", "rejected_reasoning": "Why rejected.", "chosen": "The chosen answer."}
    said = tuple(Sentence(text, part, (f"f{n}",)) for n, (part, text) in enumerate(parts.items(), 1))
    facts = tuple(Fact(f"f{n}", "rule", value="r") for n in range(1, 4))
    (tmp_path / "preference.jsonl").write_text(json.dumps(row.to_dict()) + "\n")
    proof = Evidence(facts, said).to_dict(row.row_id)
    (tmp_path / "preference.evidence.jsonl").write_text(json.dumps(proof) + "\n")
    write_preview(tmp_path, tmp_path / "p.html", 1, 0, str)
    page = (tmp_path / "p.html").read_text()
    for number, text in enumerate(parts.values(), 1):
        assert re.search(rf'data-f="f{number}"[^>]*>{text}<', page)


def test_a_sample_is_drawn_by_the_seed_and_is_not_the_head_of_the_file(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [f"Answer number {n} it is." for n in range(200)])
    shown = []
    for seed in (0, 0, 1):
        write_preview(folder, tmp_path / "p.html", 5, seed, str)
        shown.append(re.findall(r"Answer number \d+", (tmp_path / "p.html").read_text()))
    assert shown[0] == shown[1] != shown[2]


def test_rows_of_one_run_and_evidence_of_another_are_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["One it is.", "Two it is."])
    proofs = (folder / "stage1.evidence.jsonl").read_text().splitlines()
    (folder / "stage1.evidence.jsonl").write_text("\n".join(reversed(proofs)))
    with pytest.raises(InputError, match="belong together"):
        write_preview(folder, tmp_path / "p.html", 5, 0, str)
    with pytest.raises(InputError, match="no rows"):
        write_preview(tmp_path / "empty", tmp_path / "p.html", 5, 0, str)
