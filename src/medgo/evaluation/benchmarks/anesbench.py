"""AnesBench: anaesthesiology questions by the kind of thinking they need, in English and Chinese (Feng et al., 2025).

The card gives one figure, which fits a short direct answer to the English questions; the Chinese ones are a benchmark
of their own. Version 1 is one file with translations; version 2 has one file for each language.
"""

from __future__ import annotations

from collections.abc import Callable

from medgo.evaluation.benchmarks._forms import named
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import LETTERS, Row
from medgo.schema import EvalItem, Lang

_LEVELS = {"1": "System 1", "2": "System 1.x", "3": "System 2"}
# The documentation of version 1 calls the Chinese fields cn_, its sample zh_.
_PREFIXES: dict[Lang, tuple[str, ...]] = {"en": ("en_", ""), "zh": ("zh_", "cn_", "")}


def _reader(benchmark: str, lang: Lang) -> Callable[[Row], EvalItem]:
    """Make the reader of one language; version 2 may leave the prefix away."""

    def read(row: Row) -> EvalItem:
        prefixes = _PREFIXES[lang]
        prefix = next((name for name in prefixes if row.values.get(f"{name}question")), prefixes[0])
        options = _options(row, prefix)
        level = row.text("level", default="")
        return EvalItem(
            id=row.text("id"),
            benchmark=benchmark,
            lang=lang,
            question=row.text(f"{prefix}question"),
            options=options,
            answer=row.labels("answer", options),
            category=_LEVELS.get(level, level),
        )

    return read


def _options(row: Row, prefix: str) -> dict[str, str]:
    """Exactly ``choice_num`` options; fields behind them are empty in tables that are as wide as their widest row."""
    if "options" in row.values:
        return row.options("options")
    if row.values.get("choice_num") is None:
        return row.checked_options(f"{prefix}A", [(label, row.values.get(f"{prefix}{label}")) for label in LETTERS])
    labels = LETTERS[: row.integer("choice_num")]
    return row.checked_options(f"{prefix}{labels[:1]}", [(label, row.text(f"{prefix}{label}")) for label in labels])


_FIELDS = frozenset({"id", "answer"})
_ZH = ("zh", "cn", "chinese", "amcqa")
_NOT_ZH = rf"^(?!.*(?:^|[/_.\-])(?:{'|'.join(_ZH)})[^/]*$).*"
_OFFICIAL = Protocol(
    system={
        "en": (
            "You are a medical AI assistant specializing in anesthesiology and general medicine. Your goal is to "
            "provide accurate and concise answers to medical multiple-choice questions. Always choose the most "
            "suitable answer based on medical knowledge and reasoning."
        ),
        "zh": (
            "你是一名专攻麻醉学和普通医学的医学人工智能助手。你的目标是为医学选择题提供准确而简明的答案。"
            "请始终根据医学知识和推理选择最合适的答案。"
        ),
    },
    prompt={
        "en": (
            "The following is a multiple-choice question related to medicine and anesthesiology. Please analyze the "
            "question carefully and select the most suitable one choice from {letters} as the final answer. Please "
            "think step by step. Carefully analyze each option, explain why it is or isn't correct, and then choose "
            "the most suitable answer. Do not generate anything after providing the answer. The question and options "
            "are as follows:\n{question}\n{options}\n"
        ),
        "zh": (
            "以下是一道与医学和麻醉学相关的选择题。请仔细分析题目，并从{letters}中选择最合适的一项作为最终答案。"
            "请逐步思考，仔细分析每个选项，说明其正确或不正确的原因，然后选择最合适的答案。"
            "给出答案后不要再生成任何内容。题目和选项如下：\n{question}\n{options}\n"
        ),
    },
    direct=False,
    max_new_tokens=2048,
    note="The Chinese wording is ours after the English one. The publisher's scorer puts letters in place of option "
    "texts in the reply, takes the last match, and otherwise guesses the most similar option.",
)
_FAULTS = (
    "The publisher's evaluate.py scores the first ten items only (a slice that was left in).",
    "Its scorer never leaves a reply unread: it takes the option that is most similar to it.",
    "Version 1 has 4,427 questions with machine translations; version 2 has 4,343 English ones and 3,529 that were "
    "written in Chinese (AMCQA before), so that figures of the two versions do not compare.",
)


def _source(lang: Lang) -> Source:
    return Source(
        hub="MiliLab/AnesBench",
        files=(f"anesbench_{lang}.json",),
        revision="b78f5dbd0709053b3e910f095d87905830d21c81",
        licence="C-UDA",
        page="https://github.com/MiliLab/AnesBench",
        paper="2504.02404",
    )


BENCHMARKS = (
    Benchmark(
        name="anesbench",
        title="AnesBench (English)",
        group="Clinical Reasoning",
        kind="choice",
        langs=("en",),
        source=_source("en"),
        size=4343,
        chance=25.0,
        forms=(
            Form("version 2", _FIELDS, _reader("anesbench", "en"), path=_NOT_ZH + named("en", "english")),
            Form("version 1", _FIELDS | {"choice_num", "en_question"}, _reader("anesbench", "en")),
        ),
        paths=("anesbench", "anessuite"),
        official=_OFFICIAL,
        card=CardFigures(53.1, 54.9, 45.2),
        aliases=("anesbench_en",),
        faults=_FAULTS,
        reads="A question with mostly four options and a level: recall, mixed, or several steps of reasoning.",
    ),
    Benchmark(
        name="anesbench_zh",
        title="AnesBench (Chinese)",
        group="Beyond the card",
        kind="choice",
        langs=("zh",),
        source=_source("zh"),
        size=3529,
        chance=22.0,
        forms=(
            Form("version 2", _FIELDS, _reader("anesbench_zh", "zh"), path=".*" + named(*_ZH)),
            Form("version 1", _FIELDS | {"choice_num", "zh_question"}, _reader("anesbench_zh", "zh")),
            Form("version 1", _FIELDS | {"choice_num", "cn_question"}, _reader("anesbench_zh", "zh")),
        ),
        paths=("anesbench", "anessuite", "amcqa"),
        official=_OFFICIAL,
        aliases=("AMCQA", "anesbench_cn"),
        faults=_FAULTS,
        reads="As the English one; version 2's questions were written in Chinese, version 1's are translations.",
    ),
)
