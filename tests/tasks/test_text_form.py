"""The text form: what is written reads back as it was, whatever stands in it; and replies as models write them."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.errors import InputError
from medgo.inference.grammar import check_schema
from medgo.schema import Lang
from medgo.tasks.definition import TaskModel, section
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


# Pieces that look like structure, in all the ways in which it may be written.
_TITLES = ["主诉", "体格检查", "生命体征", "药品", "剂量", "用药", "疾病", "计划", "Plan", "Drug", "Dose", "Drugs", "CC", "备注"]
_PIECES = [
    "\n", "\n\n", "；", "; ", "：", ": ", "**", "【", "】", "# ", "1. ", "2、", "- ", "\\", "  ", "   ", "无", "none", "一、",
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


@settings(max_examples=300, deadline=None)
@given(report=REPORTS, lang=st.sampled_from(LANGS), form=st.sampled_from(["text", "json"]))
def test_what_is_written_reads_back_unchanged(report: Report, lang: Lang, form: Literal["text", "json"]) -> None:
    assert read_output(Report, render_output(report, lang, form), lang, form) == report
