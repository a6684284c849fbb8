"""Two runs of invented answers that a report is written of once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from medgo.evaluation.runs import Run
from medgo.schema import Prediction
from tests.evaluation.answers import answer, random_answers
from tests.evaluation.run_folders import write_run

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
# A character outside the basic plane before what the rule read: a browser counts it twice.
REPLY = f"🫀 {EVIL} so the answer is B, 选B."


def item_row(prediction: Prediction, text: str) -> dict[str, Any]:
    return {
        "benchmark": prediction.benchmark,
        "item": prediction.item,
        "lang": prediction.lang,
        "gold": ["A"],
        "category": prediction.category,
        "confidential": False,
        "messages": [{"role": "user", "content": text}],
        "options": {"A": "Rest", "B": "Surgery & <b>more</b>"},
        "reference": "",
        "rubric": [],
    }


def evil_predictions() -> list[Prediction]:
    start = REPLY.index("answer is B")
    wrong = answer("evil", False, name="medqa", reply=REPLY, span=(start, start + 11), rule="answer-is")
    statuses = [answer(f"s-{s}", status=s, name="medqa", reply=EVIL) for s in ("unparsed", "truncated", "refused")]
    failed = answer("s-error", status="error", name="medqa", error=f"endpoint_error: {EVIL}")
    forced = answer("s-forced", True, name="medqa", forced=True, reasoning="thinking " * 2000)
    return [wrong, *statuses, failed, forced]


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    folder = tmp_path_factory.mktemp("runs")
    medqa = [*random_answers(60, 0.7, 1, name="medqa", category="Heart | <i>x</i>"), *evil_predictions()]
    secret = [
        replace(
            p,
            reply=f"SECRET {EVIL}",
            reasoning="SECRET",
            error="invalid_input: SECRET",
            logprobs={"A": -0.25, "B": -1.75},
            scores={"label_mass": 0.9, "thinking_forced": 1.0},
        )
        for p in random_answers(5, 0.5, 2, name="hle")
    ]
    variants = [
        replace(p, item=f"{p.item}-{v}", variant=v)
        for i, v in enumerate(("original", "white", "black"))
        for p in random_answers(30, 0.6, i, name="amqa")
    ]
    rubric = [
        answer(f"h{i}", gold=(), labels=(), name="healthbench", scores={"score": i / 10 - 0.2}, reply="Rest.")
        for i in range(10)
    ]
    withheld = [
        answer(f"c{i}", gold=(), labels=(), name="cmb_clin", scores={"unvalidated_score": 0.875}, reply="Rest.")
        for i in range(2)
    ]
    waiting = answer("c9", gold=(), labels=(), name="cmb_clin", reply="Rest.")
    predictions = [*medqa, *secret, *variants, *rubric, *withheld, waiting]
    items = [item_row(p, f"A question of our own, {p.item}. {EVIL}") for p in predictions if p.benchmark != "hle"]
    first = write_run(folder / "a", predictions, items, model=f"evil/{EVIL}", skipped={"medpair": f"{EVIL}\n → get it"})
    judging = {
        "benchmarks": {
            "healthbench": {"headline": {"allowed": True, "reason": "balanced F1 0.80"}},
            "cmb_clin": {"headline": {"allowed": False, "reason": "never validated"}},
        },
        "related_judges": ["own"],
    }
    (first.path / "judging.json").write_text(json.dumps(judging))
    second = write_run(folder / "b", random_answers(60, 0.8, 3, name="medqa"), items[:60], model="embedded")
    return [first, second]
