"""Review: risk is seen more often, corrections become gold, the page shows marks and is nobody else's to read."""

import json
from collections import Counter
from pathlib import Path

import pytest

from medgo.deid.protocol import Finding
from medgo.deid.proving.review import Correction, ReviewItem, gold, gold_line, read_corrections, sampled
from medgo.deid.proving.sheet import marked, write_sheet
from medgo.errors import InputError


def item(name: str = "1", text: str = "患者逄晓岚，<b>女</b>。", score: float = 0.9, **more: object) -> ReviewItem:
    return ReviewItem(name, "zh", text, (Finding(2, 5, "name", score, "names"),), **more)  # type: ignore[arg-type]


def test_unsure_and_protected_findings_and_bare_stretches_raise_the_risk() -> None:
    sure = item(score=1.0)
    assert item(score=0.5).risk > sure.risk
    assert item(score=1.0, protected=(Finding(0, 2, "name", 0.5, "x"),)).risk > sure.risk
    assert item(score=1.0, text="患者逄晓岚" + "腹软。" * 400).risk > sure.risk


def test_riskier_items_are_drawn_more_often_and_none_twice() -> None:
    items = [item(str(n), score=1.0) for n in range(40)]
    risky = [item(f"risky {n}", text="患者逄晓岚" + "腹软。" * 4000) for n in range(4)]
    drawn = Counter(one.id for seed in range(50) for one in sampled([*items, *risky], 8, seed))
    assert max(drawn.values()) <= 50
    assert min(drawn[one.id] for one in risky) > 2 * max(drawn[one.id] for one in items)
    assert sampled(items, 100, 0) != [] and len(sampled(items, 100, 0)) == 40


def test_corrections_become_a_development_set() -> None:
    notes = list(gold([item()], [Correction("1", ((9, 10, "other_id"),), ((2, 5),))]))
    assert gold_line(notes[0])["spans"] == [{"start": 9, "end": 10, "label": "other_id", "text": "女"}]
    with pytest.raises(InputError, match="outside its text"):
        list(gold([item()], [Correction("1", ((9, 100, "name"),), ())]))
    with pytest.raises(InputError, match="no text 2"):
        list(gold([item()], [Correction("2", (), ())]))


@pytest.mark.parametrize(
    "line",
    ['{"id": "1"}', '{"id": "1", "missed": [{"start": 1, "end": 2, "label": "nmae"}], "wrong": []}', "[]", "{"],
)
def test_corrections_that_do_not_fit_are_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(InputError, match="line 1"):
        read_corrections(path)


def test_a_text_is_corrected_once(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text((json.dumps({"id": "1", "missed": [], "wrong": []}) + "\n") * 2)
    with pytest.raises(InputError, match="twice"):
        read_corrections(path)


def test_the_page_marks_findings_escapes_text_and_belongs_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "review.html"
    write_sheet(path, [item()], title="<ward>")
    page = path.read_text("utf-8")
    assert '<mark class="people" data-start="2" data-end="5"' in page
    assert "&lt;b&gt;女&lt;/b&gt;" in page
    assert "<ward>" not in page
    assert path.stat().st_mode & 0o077 == 0


def test_what_was_written_stands_beside_the_mark_and_not_in_its_text() -> None:
    page = marked(item(written=[(2, 5, '申屠"寒江')]))
    assert 'data-start="2" data-end="5" data-new="申屠&quot;寒江"' in page
    assert ">逄晓岚</mark>" in page
    assert "data-new" not in marked(item(protected=(Finding(6, 7, "name", 0.5, "x"),), written=[(6, 7, "x")]))


def test_marks_never_nest() -> None:
    both = item(protected=(Finding(3, 8, "name", 0.5, "x"),))
    assert marked(both).count("<mark") == 1
