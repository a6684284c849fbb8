"""Reports: what they say, what they must not pass on, and that a reply stays text."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import warnings
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib.image
import pytest
import yaml
from huggingface_hub.repocard_data import model_index_to_eval_results
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import InputError, RunFolderError
from medgo.evaluation.report import write_report
from medgo.evaluation.report.content import gather
from medgo.evaluation.report.page import as_script_data
from medgo.evaluation.report.pictures import draw_bars, draw_table
from medgo.evaluation.results import summaries_of
from medgo.evaluation.runs import Run
from tests.evaluation.answers import answer, answers, random_answers
from tests.evaluation.report.conftest import EVIL
from tests.evaluation.run_folders import write_run

FILES = ("report.md", "report.html", "model-index.yml", "table.png", "bars.png")


@pytest.fixture(scope="session")
def written(runs: list[Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "new" / "folder"
    assert [path.name for path in write_report(runs, out)] == list(FILES)
    return out


def page(written: Path) -> str:
    return (written / "report.html").read_text(encoding="utf-8")


def data(html: str) -> dict[str, Any]:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert match is not None
    found: dict[str, Any] = json.loads(match[1])
    return found


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_figures_are_those_of_the_run(runs: list[Run]) -> None:
    report = gather(runs)
    for gathered, run in zip(report.runs, runs, strict=True):
        assert list(gathered.summaries.values()) == summaries_of(run)


def test_same_runs_same_report(runs: list[Run], written: Path, tmp_path: Path) -> None:
    write_report(runs, tmp_path)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


def test_page_needs_nothing_else(written: Path) -> None:
    tags = Tags()
    tags.feed(page(written))
    for tag, attributes in tags.seen:
        assert not {"src", "href", "style"} & set(attributes), tag
        assert not any(name.startswith("on") for name in attributes), tag
    assert not {tag for tag, _ in tags.seen} & {"link", "img", "iframe", "object", "base"}
    policy = next(
        a["content"] for t, a in tags.seen if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")


def test_what_a_model_wrote_is_not_markup(written: Path) -> None:
    html = page(written)
    tags = Tags()
    tags.feed(html)
    assert [a for t, a in tags.seen if t == "script"] == [{"type": "application/json", "id": "data"}, {}]
    assert html.count("<script") == html.count("</script>") == 2
    assert "onerror=alert(1)>" not in html
    assert EVIL in str(data(html)["rows"])


@given(st.recursive(st.text(st.characters()), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_text_travels_as_data_and_cannot_leave_it(value: Any) -> None:
    text = as_script_data(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text.encode().decode()) == value


def test_half_a_character_travels_too() -> None:
    assert json.loads(as_script_data("a\ud83dz").encode()) == "a\ud83dz"


def test_policy_allows_the_pages_own_script_and_style(written: Path) -> None:
    import base64
    import hashlib

    html = page(written)
    for tag, name in (("<script>", "script-src"), ("<style>", "style-src")):
        text = html.split(tag)[1].split(tag.replace("<", "</"))[0]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{name} &#39;sha256-{digest}&#39;" in html or f"{name} 'sha256-{digest}'" in html


def test_confidential_items_leave_no_text_and_no_key(written: Path) -> None:
    for name in ("report.md", "report.html", "model-index.yml"):
        assert "SECRET" not in (written / name).read_text(encoding="utf-8")
    rows = [row for row in data(page(written))["rows"] if row["benchmark"] == "hle"]
    assert len(rows) == 5
    assert {row["verdict"] for row in rows} == {"right", "wrong"}
    for row in rows:
        assert row["confidential"]
        # A right answer's labels are the key, and so are its probabilities.
        assert not {"gold", "answer", "labels", "scores", "logprobs", "messages", "reply", "options"} & set(row)


def test_what_is_left_out_is_counted_and_the_unread_come_first(runs: list[Run], tmp_path: Path) -> None:
    write_report(runs[:1], tmp_path, items_per_benchmark=6)
    found = data(page(tmp_path))
    part = next(each for each in found["embedded"] if each["benchmark"] == "medqa")
    assert part == {"run": 0, "benchmark": "medqa", "shown": 6, "total": 66}
    verdicts = [row["verdict"] for row in found["rows"] if row["benchmark"] == "medqa"]
    assert verdicts == ["error", "unparsed", "truncated", "refused", "wrong", "wrong"]


def test_long_texts_are_cut_in_the_open(written: Path) -> None:
    row = next(row for row in data(page(written))["rows"] if row["item"] == "s-forced")
    head, left_out, tail = row["reasoning"]
    assert len(head) + left_out + len(tail) == len("thinking " * 2000)
    assert left_out > 0


def test_both_languages_are_on_the_page_and_in_the_text(written: Path) -> None:
    html, text = page(written), (written / "report.md").read_text(encoding="utf-8")
    for words in ("Medical Knowledge", "医学知识", "cut off", "被截断", "no medical skill", "不具备医学能力"):
        assert words in html
        assert words in text
    assert html.count('class="en"') == html.count('class="zh"') > 20


def test_markdown_rows_are_whole_whatever_a_name_holds(written: Path) -> None:
    lines = (written / "report.md").read_text(encoding="utf-8").splitlines()
    tables = [line for line in lines if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in tables} == {14, 8}
    assert "<script" not in "\n".join(lines).replace("\\<", "")


def test_markdown_says_what_failed_and_what_is_missing(written: Path) -> None:
    text = (written / "report.md").read_text(encoding="utf-8")
    assert "medqa: failed and not counted: 1" in text
    assert re.search(r"not measured: .*cmexam", text)
    assert "2 of 13 measured" in text
    assert "healthbench: the judge: balanced F1 0.80." in text
    assert "cmb_clin: the headline is withheld: never validated." in text
    assert "cmb_clin: without a judge's score and not counted: 1." in text
    assert "cmb_clin: judged, but the score is withheld and not counted: 2." in text
    assert "cmb_clin：尚无评分而未计入的回答：1。" in text
    assert "cmb_clin：已评分，但得分不予显示、未计入的回答：2。" in text
    assert "family: own." in text
    assert "white – black" in text


def test_a_withheld_score_is_in_no_figure(runs: list[Run], written: Path) -> None:
    summary = gather(runs).runs[0].summaries["cmb_clin"]
    assert (summary.headline, summary.metrics, summary.withheld, summary.unjudged) == (None, {}, 2, 1)
    for name in ("report.md", "model-index.yml"):
        text = (written / name).read_text(encoding="utf-8")
        assert "unvalidated" not in text and "87.5" not in text and "0.875" not in text
    assert "unvalidated" not in page(written).split('<script type="application/json"')[0]


def test_a_spent_thinking_budget_is_a_rate_of_its_own(written: Path) -> None:
    text, html = (written / "report.md").read_text(encoding="utf-8"), page(written)
    assert "- thinking budget spent: 100.0 %" in text and "- 思考预算用尽: 100.0 %" in text
    assert "thinking_forced" not in text
    assert "思考预算用尽" in html.split('<script type="application/json"')[0]
    results = yaml.safe_load((written / "model-index.yml").read_text(encoding="utf-8"))["model-index"][0]["results"]
    args = {each["dataset"]["name"]: each["metrics"][0]["args"] for each in results}
    medqa = next(each for name, each in args.items() if name.startswith("MedQA"))
    assert (medqa["thinking_forced_percent"], medqa["forced_percent"]) == (0.0, pytest.approx(100 / 66, abs=0.01))


def test_two_runs_are_compared_and_what_cannot_be_is_named(runs: list[Run], written: Path, tmp_path: Path) -> None:
    text = (written / "report.md").read_text(encoding="utf-8")
    assert re.search(r"\| medqa \| 60 \| .* no difference shown; one under", text)
    assert "not compared: amqa: only A was measured on it" in text
    assert "未显示差异" in page(written)
    write_report([runs[0], runs[1], runs[0]], tmp_path)
    assert (tmp_path / "report.md").read_text(encoding="utf-8").count("## Comparison, paired by item") == 2


def test_what_no_run_measured_has_one_line_and_questions_count_once(written: Path, tmp_path: Path) -> None:
    text = (written / "report.md").read_text(encoding="utf-8").split("---\n\n#")[0]
    assert text.count("| CMExam |") == 1
    turned = [
        replace(p, item=f"{p.item}~{k}", variant=f"rotation{k}", unit=p.item)
        for k in range(3)
        for p in random_answers(20, 0.5, k, name="medqa")
    ]
    run = write_run(tmp_path / "run", turned)
    write_report([run], tmp_path / "out")
    assert re.search(r"\| MedQA-USMLE \| \*\*[\d.]+\*\* \| [^|]+ \| 20 \|", (tmp_path / "out/report.md").read_text())


def test_model_index_is_what_the_hub_reads(written: Path) -> None:
    index = yaml.safe_load((written / "model-index.yml").read_text(encoding="utf-8"))["model-index"]
    name, results = model_index_to_eval_results(index[:1])
    assert name.startswith("evil/")
    medqa = next(each for each in results if each.dataset_name.startswith("MedQA"))
    assert medqa.verified is False
    assert medqa.metric_args["n"] == 65
    assert medqa.metric_args["protocol_sha256"] == "d" * 64
    low, high = medqa.metric_args["interval"]
    assert low < medqa.metric_value < high
    assert medqa.dataset_revision == "b" * 40


def test_pictures_are_pictures(written: Path) -> None:
    for name in ("table.png", "bars.png"):
        pixels = matplotlib.image.imread(written / name)
        assert pixels.shape[0] > 500
        assert pixels.shape[1] > 1200
        assert 0.02 < (pixels[..., :3].mean(axis=2) < 0.9).mean() < 0.5


def test_names_that_no_font_has_and_dollars_draw_without_a_word(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", answers([True], name="medqa"), model="模型/$x_{$ \x07🫀 long name " * 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw_table(gather([run, run]), tmp_path / "table.png")
        draw_bars(gather([run, run]), tmp_path / "bars.png")
    assert matplotlib.image.imread(tmp_path / "bars.png").size > 0


def test_a_report_needs_a_run(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        write_report([], tmp_path)


def test_a_damaged_judging_file_is_named(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", answers([True], name="medqa"))
    (run.path / "judging.json").write_text('{"benchmarks"')
    with pytest.raises(RunFolderError, match=r"judging\.json"):
        gather([run])


def test_nothing_but_failures_still_makes_a_report(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [answer("x", status="error", name="medqa", error="endpoint_error: 503")])
    write_report([run], tmp_path / "out")
    assert "failed and not counted: 1" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    index = yaml.safe_load((tmp_path / "out" / "model-index.yml").read_text(encoding="utf-8"))
    assert index["model-index"][0]["results"] == []


def browse(written: Path, *actions: list[Any]) -> dict[str, Any]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("the page's script is tested with node, which is not installed")
    script = str(Path(__file__).with_name("dom.js"))
    ran = subprocess.run(
        [node, script, str(written / "report.html"), json.dumps(actions)], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_browsing_by_verdict(written: Path) -> None:
    everything = browse(written)
    assert everything["found"].startswith("234 found · 1 / 10")
    assert len(everything["items"]) == 25
    unparsed = browse(written, ["select", "verdict", "unparsed"])
    assert len(unparsed["items"]) == 1
    assert "s-unparsed" in unparsed["items"][0]
    counted = browse(
        written, ["select", "benchmark", "medqa"], ["select", "run", "0"], ["select", "verdict", "counted_wrong"]
    )
    wrong = browse(written, ["select", "benchmark", "medqa"], ["select", "run", "0"], ["select", "verdict", "wrong"])
    assert int(counted["found"].split()[0]) == int(wrong["found"].split()[0]) + 3
    assert wrong["shown"].startswith("66 of 66")


def test_browsing_confidential_items_shows_verdicts_only(written: Path) -> None:
    shown = browse(written, ["select", "benchmark", "hle"], ["select", "verdict", "right"], ["open", 0])
    assert shown["items"]
    assert not any(re.search(r"\b[A-E]\b", item) for item in shown["items"])


def test_searching_paging_and_speaking(written: Path) -> None:
    found = browse(written, ["search", "选b"], ["open", 0])
    assert len(found["items"]) == 1
    assert "evil" in found["items"][0]
    assert browse(written, ["search", "no such words"])["items"] == ["no item fits"]
    second = browse(written, ["click", "next"])
    assert "2 / 10" in second["found"]
    assert second["items"] != browse(written)["items"]
    chinese = browse(written, ["click", "language"])
    assert chinese["lang"] == "zh"
    assert "本页包含" in chinese["shown"]


def test_what_the_rule_read_is_marked_and_evil_stays_text(written: Path) -> None:
    found = browse(written, ["search", "选b"], ["open", 0])
    assert found["marks"] == ["answer is B"]
    assert EVIL in found["items"][0]
    assert not {"script", "img", "b"} & set(found["tags"])


def test_confidential_items_can_be_opened(written: Path) -> None:
    found = browse(written, ["select", "benchmark", "hle"], ["open", 0])
    assert "not passed on" in found["items"][0]
