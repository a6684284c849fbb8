"""The page holds the card's facts, in both languages, and nothing in it can become markup."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import RunFolderError
from medgo.pipeline.report.charts import Series, line_chart
from medgo.pipeline.report.content import Page, gather_page
from medgo.pipeline.report.corpora import corpora_section
from medgo.pipeline.report.page import as_html, rich
from medgo.pipeline.state import StepState
from tests.support.issuer import Issuer
from tests.training.card.conftest import SmallRun, make_run
from tests.training.card.test_card import probed_copy
from tests.training.probes.made import made_item

EVIL = "</span><script>alert(1)</script>"


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    return make_run(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def page(small_run: SmallRun) -> Page:
    steps = {"rows": StepState("done", {}, seconds=12.5, runs=2), EVIL: StepState("failed", {}, error=EVIL)}
    return gather_page(f"small {EVIL}", small_run.run, tuple(small_run.evaluations), steps)


def test_the_page_has_results_curves_and_durations(page: Page) -> None:
    html = as_html(page)
    for fact in ("MedQA-USMLE", "+33.0 (+26.5, +39.5)", "mcnemar 66 : 0", "12.5", "0.9375", "words: loss"):
        assert fact in html, fact
    assert html.count("<svg") == len(page.curves) + len(page.over_tokens) == 2
    assert html.count('class="en"') == html.count('class="zh"') > 50


def curated(folder: Path, **changes: Any) -> Path:
    folder.mkdir()
    report = {
        "before": {"documents": 7654},
        "after": {"documents": 4321, "sources": {f"{EVIL} · CC0-1.0": 21, "b · MIT": 4300}},
        "removed": {"licence · no licence stated": 3333},
        "notes": {},
    }
    (folder / "report.json").write_text(json.dumps({**report, **changes}))
    return folder


def test_texts_stand_on_the_page_with_sources_removals_and_certificates(small_run: SmallRun, tmp_path: Path) -> None:
    records = tmp_path / "records.jsonl"
    records.write_text("{}\n")
    certificate = Issuer(tmp_path, "hospital").issue(records, records=1)
    texts = corpora_section({"made": curated(tmp_path / "made")}, {"deid": records, "none": tmp_path / "none.jsonl"})
    html = as_html(gather_page("small", small_run.run, (), {}, texts))
    for fact in ("7,654", "4,321", "4,300", "b · MIT", "3,333", "no licence stated", certificate.id, "医院"):
        assert fact in html, fact
    assert "not compared with any benchmark" in html
    assert "未与任何评测集比对" in html
    assert EVIL not in html


def test_a_corpus_that_was_compared_is_not_said_to_be_uncompared(tmp_path: Path) -> None:
    notes = {"decontaminate": {"items": 5}}
    section = corpora_section({"made": curated(tmp_path / "made", notes=notes)}, {})
    assert section is not None
    assert "not compared" not in str(section)
    empty = corpora_section({"made": curated(tmp_path / "bare", notes={"decontaminate": {"items": 0}})}, {})
    assert "not compared" in str(empty)


def test_without_texts_there_is_no_section_and_a_damaged_report_is_named(tmp_path: Path) -> None:
    assert corpora_section({}, {"deid": tmp_path / "none.jsonl"}) is None
    (curated(tmp_path / "made") / "report.json").write_text("{")
    with pytest.raises(RunFolderError, match=r"report\.json cannot be read"):
        corpora_section({"made": tmp_path / "made"}, {})


def test_nothing_becomes_markup(page: Page) -> None:
    html = as_html(page)
    assert EVIL not in html
    assert html.count("<script>") == 1
    assert "https://" not in re.sub(r"<pre>.*?</pre>", "", html, flags=re.DOTALL), "needs no network"


def test_marks_become_tags_and_everything_else_is_escaped() -> None:
    assert rich("**a** `b` <i>") == "<strong>a</strong> <code>b</code> &lt;i&gt;"
    assert rich("x\n- a\n- b") == "x\n<ul><li>a</li><li>b</li></ul>"


def test_a_chart_stays_in_its_frame_whatever_the_numbers() -> None:
    for points in (((0.0, 1.0),), ((0.0, 1.0), (1e9, 1.0)), tuple((float(x), x**2 - 3.0) for x in range(5000))):
        svg = line_chart([Series("a & b", points, tuple((y - 1, y + 1) for _, y in points[:0]))], "steps")
        xs = [float(x) for x in re.findall(r"(?:x1|x2|cx|x)=\"(-?[\d.]+)\"", svg)]
        assert min(xs) >= 0 and max(xs) <= 420
        assert "a &amp; b" in svg
        assert len(re.findall(r"[\d.]+,[\d.]+", svg)) <= 400 + 5
    assert line_chart([Series("none", ())], "steps") == ""


def test_over_tokens_counts_the_stages_before(page: Page) -> None:
    (chart,) = page.over_tokens
    assert "base, words" in chart.svg
    assert "60.5 (" in chart.svg


def test_probes_while_training_are_drawn(small_run: SmallRun, tmp_path: Path) -> None:
    run = probed_copy(small_run, tmp_path, [made_item("general", n, options=("a", "b")) for n in range(4)])
    charts = gather_page("x", run, (), {}).curves
    (chart,) = [each for each in charts if "probes while it trained" in each.title.en]
    assert chart.title.en.startswith("words")
    assert chart.svg.count("<circle") == 4


def test_the_page_is_written_where_it_can_be_looked_at(page: Page, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(as_html(page), encoding="utf-8")
    assert (tmp_path / "report.html").stat().st_size > 10_000
