"""HealthBench: conversations about health, graded by what physicians wrote down for each (Arora et al., OpenAI, 2025).

An item's score is the sum of the points that the reply earned over the sum of the positive ones, and may be negative;
the benchmark's score is the mean of items, clipped to [0, 1].
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from medgo.errors import InputError
from medgo.evaluation.benchmarks.definition import Benchmark, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import Criterion, EvalItem, Message, parse_messages

_FIELDS = frozenset({"prompt", "prompt_id", "rubrics"})
_OFFICIAL = Protocol(
    prompt={"en": "{question}", "zh": "{question}"},
    direct=False,
    max_new_tokens=2048,
    note="The conversation is given to the model as it is. The publisher samples once with a system message of one "
    "sentence; replies are greedy here.",
)


def _reader(benchmark: str) -> Callable[[Row], EvalItem]:
    def read(row: Row) -> EvalItem:
        conversation = _conversation(row)
        tags = _tags(row, "example_tags", row.values.get("example_tags"))
        question = conversation[-1].content
        return EvalItem(
            id=row.text("prompt_id"),
            benchmark=benchmark,
            lang="zh" if re.search(r"[\u4e00-\u9fff]", question) else "en",
            question=question,
            rubric=_rubric(row),
            conversation=conversation,
            category=next((tag.removeprefix("theme:") for tag in tags if tag.startswith("theme:")), ""),
            meta={"example_tags": list(tags)},
        )

    return read


def _conversation(row: Row) -> tuple[Message, ...]:
    try:
        messages = parse_messages(row.values.get("prompt"))
    except InputError as error:
        raise row.error("prompt", "a list of messages with role and content", row.values.get("prompt")) from error
    if messages[-1].role != "user":
        raise row.error("prompt", "a conversation that ends with the user", messages[-1].role)
    return messages


def _rubric(row: Row) -> tuple[Criterion, ...]:
    value = row.values.get("rubrics")
    if not isinstance(value, list) or not value:
        raise row.error("rubrics", "a list of criteria", value)
    criteria = tuple(_criterion(row, f"rubrics[{place}]", entry) for place, entry in enumerate(value))
    if not any(criterion.points > 0 for criterion in criteria):
        raise row.error("rubrics", "a criterion with positive points, which the score is divided by", value)
    return criteria


def _criterion(row: Row, where: str, entry: object) -> Criterion:
    if not isinstance(entry, Mapping):
        raise row.error(where, "an object with criterion and points", entry)
    text, points = entry.get("criterion"), entry.get("points")
    if not isinstance(text, str) or not text.strip():
        raise row.error(f"{where}.criterion", "text", text)
    if isinstance(points, bool) or not isinstance(points, int | float):
        raise row.error(f"{where}.points", "a number", points)
    return Criterion(text.strip(), float(points), _tags(row, f"{where}.tags", entry.get("tags")))


def _tags(row: Row, where: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise row.error(where, "a list of texts", value)
    return tuple(value)


def _benchmark(name: str, title: str, size: int, file: str, path: str) -> Benchmark:
    return Benchmark(
        name=name,
        title=title,
        group="Beyond the card",
        kind="rubric",
        langs=("en", "zh"),
        source=Source(
            hub="openai/healthbench",
            files=(file,),
            revision="",
            licence="MIT",
            page="https://github.com/openai/simple-evals",
            paper="2505.08775",
        ),
        size=size,
        chance=None,
        forms=(Form("official", _FIELDS, _reader(name), path=path),),
        paths=("healthbench", "osseval"),
        official=_OFFICIAL,
        faults=(
            "The publisher asks not to train on these items and marks each with a canary.",
            "Grades depend on the judge: the publisher's figures are with gpt-4.1, and only such compare with them.",
            "A minority of conversations is in other languages than English; what has no Chinese characters is "
            "counted as English.",
        ),
        reads="A conversation that ends with the user, and a list of criteria with points, negative ones for harm.",
    )


BENCHMARKS = (
    _benchmark(
        "healthbench",
        "HealthBench",
        5000,
        "2025-05-07-06-14-12_oss_eval.jsonl",
        r"^(?!.*(?:hard|consensus|meta_eval)[^/]*$)",
    ),
    _benchmark("healthbench_hard", "HealthBench Hard", 1000, "hard_2025-05-08-21-00-10.jsonl", r"hard[^/]*$"),
)
