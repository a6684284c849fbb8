"""The text form: what is written reads back as it was, whatever stands in it; and replies as models write them."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from medgo.errors import InputError
from medgo.inference.grammar import check_schema
from medgo.schema import Lang
from medgo.tasks.definition import TaskModel, section
from medgo.tasks.headings import headings_of
from medgo.tasks.registry import all_tasks
from medgo.tasks.rendering import form_instruction, read_output, render_output, schema_of

LANGS: tuple[Lang, ...] = ("zh", "en")


class Drug(TaskModel):
    name: str = section("药品", "Drug")
    dose: str = section("剂量", "Dose", default="")
    days: int = section("天数", "Days")


class Point(TaskModel):
    disease: str = section("疾病", "Disease")
    support: tuple[str, ...] = section("支持点", "Supporting")
    drugs: tuple[Drug, ...] = section("用药", "Drugs", default=())


class Exam(TaskModel):
    vitals: str = section("生命体征", "Vital signs")
    complaint: str = section("主诉", "Chief complaint", default="")  # on purpose titled as a field above it


class Report(TaskModel):
    complaint: str = section("主诉", "Chief complaint", also=("CC", "主 诉"))
    exam: Exam = section("体格检查", "Physical examination", also=("查体",))
    points: tuple[Point, ...] = section("鉴别诊断", "Differential diagnosis")
    drugs: tuple[Drug, ...] = section("用药", "Drugs")
    plan: tuple[str, ...] = section("计划", "Plan", default=())
    urgency: Literal["high", "low"] = section(
        "紧急程度", "Urgency", choices={"high": ("紧急", "urgent"), "low": ("一般", "routine")}
    )
    score: float | None = section("评分", "Score", default=None)
    seen: bool = section("已复诊", "Seen again")
    remarks: str = section("备注", "Remarks", default="")


class Event(TaskModel):
    date: str = section("日期", "Date")
    event: str = section("事件", "What")


class Timeline(TaskModel):
    events: tuple[Event, ...] = section("时间线", "Timeline")


# Pieces that look like structure, in all the ways in which it may be written.
_TITLES = [
    "主诉",
    "体格检查",
    "生命体征",
    "药品",
    "剂量",
    "用药",
    "疾病",
    "计划",
    "Plan",
    "Drug",
    "Dose",
    "Drugs",
    "CC",
    "备注",
    "日期",
    "事件",
    "What",
]
_PIECES = [
    "\n", "\n\n", "；", "; ", "：", ": ", "**", "【", "】", "# ", "1. ", "2、", "- ", "\\", "  ", "   ", "无", "none",
    "一、",
    "（", "）", "```", "\t", "发热3天", "no fever", *_TITLES, *(f"\n{title}：" for title in _TITLES),
    *(f"；{title}：" for title in _TITLES), *(f"; {title}: " for title in _TITLES),
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(_PIECES) | st.text(max_size=4), max_size=8).map("".join)


def _fits(text: str) -> bool:
    try:
        Exam(vitals=text)
    except ValueError:
        return False
    return True


TEXT = TEXTS.filter(_fits)
DRUGS = st.builds(Drug, name=TEXT, dose=TEXT, days=st.integers())
POINTS = st.builds(Point, disease=TEXT, support=st.lists(TEXT, max_size=3), drugs=st.lists(DRUGS, max_size=2))
REPORTS = st.builds(
    Report,
    complaint=TEXT,
    exam=st.builds(Exam, vitals=TEXT, complaint=TEXT),
    points=st.lists(POINTS, max_size=2),
    drugs=st.lists(DRUGS, max_size=3),
    plan=st.lists(TEXT, max_size=3),
    urgency=st.sampled_from(["high", "low"]),
    score=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    seen=st.booleans(),
    remarks=TEXT,
)


@settings(max_examples=100, deadline=None)
@given(report=REPORTS, lang=st.sampled_from(LANGS), form=st.sampled_from(["text", "json"]))
def test_what_is_written_reads_back_unchanged(report: Report, lang: Lang, form: Literal["text", "json"]) -> None:
    assert read_output(Report, render_output(report, lang, form), lang, form) == report


@settings(max_examples=100, deadline=None)
@given(st.lists(st.builds(Event, date=TEXT, event=TEXT), max_size=3), st.sampled_from(LANGS))
def test_two_texts_that_go_together_read_back(events: list[Event], lang: Lang) -> None:
    timeline = Timeline(events=tuple(events))
    assert read_output(Timeline, render_output(timeline, lang, "text"), lang, "text") == timeline


def test_two_texts_that_go_together_stand_on_one_line() -> None:
    timeline = Timeline(events=(Event(date="2025年", event="高血压：初诊"), Event(date="a: b", event="c")))
    assert render_output(timeline, "zh", "text") == "时间线：\n1. 2025年：高血压：初诊\n2. a: b；事件：c"


def _disturbed(value: Any, draw: Any) -> Any:
    """A JSON value with some texts replaced by troublesome ones, and some list items dropped or doubled."""
    if isinstance(value, dict):
        return {name: _disturbed(inner, draw) for name, inner in value.items()}
    if isinstance(value, list):
        times = draw(st.lists(st.sampled_from([1, 1, 1, 0, 2]), min_size=len(value), max_size=len(value)))
        return [_disturbed(inner, draw) for inner, n in zip(value, times, strict=True) for _ in range(n)]
    if isinstance(value, str) and draw(st.booleans()):
        return draw(TEXT)
    return value


@settings(max_examples=100, deadline=None)
@given(data=st.data(), task=st.sampled_from(all_tasks()), lang=st.sampled_from(LANGS))
def test_every_output_reads_back_whatever_its_texts_are(data: st.DataObject, task: Any, lang: Lang) -> None:
    values = _disturbed(task.examples[lang].output.model_dump(mode="json"), data.draw)
    titles = st.sampled_from([*headings_of(task.output, lang).by_title, ""])
    values |= {name: f"{text}\n{data.draw(titles)}：\n{text}" for name, text in values.items() if type(text) is str}
    try:
        output = task.output.model_validate(values)
    except ValidationError:
        assume(False)
    for form in ("text", "json"):
        assert task.read(task.render(output, lang, form), lang, form) == output


GOOD = Report(
    complaint="上腹痛3天。",
    exam=Exam(vitals="体温36.5 ℃。"),
    points=(Point(disease="胃炎", support=("腹痛", "反酸")),),
    drugs=(Drug(name="甲", dose="5 mg", days=3), Drug(name="乙", days=1)),
    urgency="low",
    seen=True,
)


def test_it_looks_as_a_clinician_writes() -> None:
    assert render_output(GOOD, "zh", "text") == (
        "主诉：上腹痛3天。\n体格检查：\n  生命体征：体温36.5 ℃。\n鉴别诊断：\n1. 胃炎\n   支持点：\n   1. 腹痛\n   "
        "2. 反酸\n"
        "用药：\n1. 甲；剂量：5 mg；天数：3\n2. 乙；天数：1\n紧急程度：一般\n已复诊：是"
    )
    assert render_output(GOOD, "en", "text").startswith(
        "Chief complaint: 上腹痛3天。\n\nPhysical examination:\n  Vital"
    )


# What language models write instead. All of these are the same report.
REPLIES = {
    "markdown": "## 病历\n\n**主诉**：上腹痛3天。\n\n**体格检查**：\n**生命体征**：体温36.5 ℃。\n\n### 鉴别诊断\n"
    "1. 疾病：胃炎\n   支持点：\n"
    "   - 腹痛\n   - 反酸\n\n**用药：**\n1. 药品：甲；剂量：5 mg；天数：3\n2. **药品**：乙；**天数**：1\n\n**紧急程"
    "度**：一般\n**已复诊**：是",
    "brackets": "【主诉】上腹痛3天。\n【查体】\n生命体征：体温36.5 ℃。\n【鉴别诊断】\n1、胃炎\n   支持点：\n   1）"
    "腹痛\n   2）"
    "反酸\n【用药】\n"
    "（1）甲；剂量：5 mg；天数：3\n（2）乙；天数：1\n【紧急程度】一般\n【已复诊】是",
    "half-width": "主诉:上腹痛3天。\n体格检查:\n生命体征: 体温36.5 ℃。\n鉴别诊断:\n1. 胃炎\n   支持点:\n   1. 腹痛"
    "\n   2. 反"
    "酸\n用药:\n1. 甲;剂量:5 mg;天数:3\n"
    "2. 乙;天数:1\n紧急程度:一般。\n已复诊:是",
    "other titles": "一、主 诉：上腹痛3天。\n二、查体（Physical examination）：\n生命体征：体温36.5 ℃。\n三、鉴别诊"
    "断\n1. 胃炎\n   支持点：\n"
    "   1. 腹痛\n   2. 反酸\n四、用药\n1. 甲；剂量：5 mg；天数：3\n2. 乙；天数：1\n五、紧急程度：一般\n六、已复诊：是",
    "fence": "```markdown\n" + render_output(GOOD, "zh", "text") + "\n```",
    "remark": "好的，以下是病历：\n\n" + render_output(GOOD, "zh", "text"),
    "indented": "\n".join("    " + line for line in render_output(GOOD, "zh", "text").split("\n")),
}


@pytest.mark.parametrize("name", REPLIES)
def test_replies_as_models_write_them(name: str) -> None:
    assert read_output(Report, REPLIES[name], "zh", "text") == GOOD


def test_json_in_a_fence_or_behind_a_remark() -> None:
    plain = render_output(GOOD, "zh", "json")
    assert "\n" not in plain and ": " not in plain
    for reply in (plain, f"```json\n{plain}\n```", f"结果如下：\n{plain}\n谢谢"):
        assert read_output(Report, reply, "zh", "json") == GOOD


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ("主诉：腹痛", "missing sections: 体格检查, 鉴别诊断, 用药, 紧急程度, 已复诊"),
        (render_output(GOOD, "zh", "text").replace("  生命体征：体温36.5 ℃。\n", ""), "体格检查 › 生命体征"),
        (render_output(GOOD, "zh", "text").replace("；天数：1", ""), "用药 › 2 › 天数"),
        (render_output(GOOD, "zh", "text") + "\n主诉：头痛", "主诉 stands twice"),
        (render_output(GOOD, "zh", "text").replace("：一般", "：不明"), "紧急程度"),
        (render_output(GOOD, "zh", "text").replace("天数：3", "天数：三五天"), "用药 › 1 › 天数"),
        (render_output(GOOD, "en", "text"), "missing sections: 主诉"),
        ("", "missing sections"),
    ],
)
def test_what_does_not_fit_is_named(reply: str, says: str) -> None:
    with pytest.raises(InputError, match=says.replace("(", r"\(")):
        read_output(Report, reply, "zh", "text")


@pytest.mark.parametrize(
    "reply", ["", "no", '{"complaint": "a"', "[1]", '{"complaint": "a"} {"b": 1}', '{"complaint": 3}']
)
def test_broken_json_is_refused(reply: str) -> None:
    with pytest.raises(InputError):
        read_output(Report, reply, "en", "json")


def test_the_schema_demands_every_section_in_order() -> None:
    schema = schema_of(Report)
    assert list(schema["properties"]) == schema["required"] == list(Report.model_fields)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["complaint"] == {"title": "Chief complaint", "description": "主诉", "type": "string"}
    assert schema["$defs"]["Drug"]["required"] == ["name", "dose", "days"]
    check_schema(json.dumps(schema))


def test_prompts_show_the_shape() -> None:
    text = form_instruction(Report, "zh", "text")
    assert "主诉：…" in text and "1. 〈药品〉；剂量：…；天数：…" in text and "紧急程度：紧急 / 一般" in text
    words = form_instruction(Report, "en", "json")
    assert (
        '"urgency": "Urgency: high | low (urgent / routine)"' in words and '"seen": "Seen again: true | false' in words
    )


def test_control_characters_are_refused_and_white_space_around_a_text_is_not_kept() -> None:
    with pytest.raises(ValidationError, match=r"U\+0007"):
        Exam(vitals="a\x07b")
    assert Exam(vitals="  a\r\n b\u3000\n").vitals == "a\n b"


def test_a_field_needs_titles_and_a_type_that_text_can_hold() -> None:
    class Untitled(TaskModel):
        name: str

    class Odd(TaskModel):
        values: dict[str, str] = section("值", "Values")

    for model in (Untitled, Odd):
        with pytest.raises(TypeError, match=model.__name__):
            schema_of(model)
