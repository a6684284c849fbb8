"""The card says what the report says, in both languages, and shows no markup that a document brought along."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from medgo.curation.card import FILES, write_cards
from medgo.curation.runs.profile import Profile
from medgo.curation.runs.runner import CurationReport
from medgo.schema import Document, SourceRef


def report(*, benchmarks: bool = True) -> CurationReport:
    before, after = Profile(), Profile()
    for number in range(1234):
        ref = SourceRef(str(number), "pubmed" if number % 3 else "<b>evil|source</b>", "CC-BY-4.0")
        document = Document(ref, "zh" if number % 2 else "en", "x" * (number + 1))
        before.add(document)
        if number < 1100:
            after.add(document)
    said = {"items": 30817, "benchmarks": ["medqa", "cmb"], "absent": ["amqa"]}
    return CurationReport(
        "made",
        before,
        after,
        Counter({"licence · no licence stated": 100, "near_duplicates · near copy": 34}),
        Counter({"normalise": 17}),
        ("normalise 1", "licence 1", "near_duplicates 1"),
        ("results/elsewhere",),
        (("decontaminate", said),) if benchmarks else (),
    )


def test_every_count_stands_in_every_card(tmp_path: Path) -> None:
    write_cards(report(), tmp_path)
    for name in FILES:
        text = (tmp_path / name).read_text("utf-8")
        for said in ("1,234", "1,100", "100", "34", "30,817", "amqa", "results/elsewhere", "near_duplicates 1"):
            assert said in text, (name, said)
    assert "与前文近似" in (tmp_path / "README_zh.md").read_text("utf-8")
    assert "near copy" in (tmp_path / "README.md").read_text("utf-8")


def test_a_source_brings_no_markup(tmp_path: Path) -> None:
    write_cards(report(), tmp_path)
    assert "<b>evil" not in (tmp_path / "card.html").read_text("utf-8")
    table = [line for line in (tmp_path / "README.md").read_text("utf-8").splitlines() if "evil" in line]
    assert table
    assert all(line.count("|") - line.count("\\|") == 3 for line in table)


def test_a_corpus_that_was_not_compared_says_so(tmp_path: Path) -> None:
    write_cards(report(benchmarks=False), tmp_path)
    assert "Not compared with any benchmark" in (tmp_path / "README.md").read_text("utf-8")
    assert "未与任何评测集比对" in (tmp_path / "README_zh.md").read_text("utf-8")
    assert "未与任何评测集比对" in (tmp_path / "card.html").read_text("utf-8")


def test_lengths_add_up() -> None:
    after = report().after
    assert after.lengths.total() == after.documents == 1100
