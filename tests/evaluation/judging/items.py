"""Invented items of each judged kind."""

from __future__ import annotations

from medgo.evaluation.judging import Judge, JudgeSettings
from medgo.schema import Criterion, EvalItem, Message
from tests.support.judge_engine import JudgeEngine

RUBRIC = (
    Criterion("calls: advises to call an ambulance", 10, ("axis:accuracy", "level:example")),
    Criterion("aspirin: mentions aspirin unless allergic", 5, ("axis:completeness",)),
    Criterion("wait: tells the user to wait until tomorrow", -10, ("axis:accuracy",)),
    Criterion("long: is longer than needed", -3, ("axis:communication",)),
)


def rubric_item(name: str = "a", rubric: tuple[Criterion, ...] = RUBRIC, **fields: object) -> EvalItem:
    turns = (
        Message("user", "My chest hurts."),
        Message("assistant", "Since when?"),
        Message("user", f"One hour ({name})."),
    )
    return EvalItem(
        name,
        "health",
        "en",
        turns[-1].content,
        rubric=rubric,
        conversation=turns,
        meta={"example_tags": ["theme:emergency"]},
        **fields,  # type: ignore[arg-type]
    )


def diagnosis_item(gold: str, name: str = "d") -> EvalItem:
    return EvalItem(name, "cases", "en", "What is it?", context="A man of 50 …", reference=gold)


def judge(engine: JudgeEngine, *, name: str = "", **settings: object) -> Judge:
    return Judge(engine, JudgeSettings(**settings), name=name)  # type: ignore[arg-type]
