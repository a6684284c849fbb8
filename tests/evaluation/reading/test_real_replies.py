"""The reader beside people: real replies of five models to pharmacist questions, judged right or wrong by hand."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from medgo.evaluation.reading import read_answer

DATA = Path(os.environ.get("MEDGO_DATA", Path(__file__).parents[4] / "shared" / "data"))
RESULTS = DATA / "benchmarks" / "explaincpe" / "results"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not RESULTS.is_dir(), reason=f"no replies in {RESULTS}; set MEDGO_DATA"),
]

# Share of replies on which "the labels read are the gold" and the verdict agree. docs/reading.md says what the rest is:
# wrong verdicts, replies that answer twice, and for chatglm walks through all options without an answer, of which
# people took the first.
AGREEMENT = {"gpt4": 0.995, "chatgpt": 0.995, "gpt3": 0.993, "belle": 0.994, "chatglm": 0.95}


@pytest.mark.parametrize("model", AGREEMENT)
def test_reads_as_people_do(model):
    rows = json.loads((RESULTS / f"{model}_test.json").read_text(encoding="utf-8"))
    judged = agreed = 0
    for row in rows:
        options = dict(zip("ABCDE", row["options"], strict=True))
        for field in [name for name in row if name.endswith("_response")]:
            verdict = row[field.replace("_response", "_judge")]
            if verdict not in ("正确", "错误"):
                continue
            labels = read_answer(row[field], options, multiple=False).labels
            judged += 1
            agreed += (labels == (row["answer"],)) == (verdict == "正确")
    assert judged > 900
    assert agreed / judged >= AGREEMENT[model]


def test_gold_letters_alone_are_read_in_every_frame():
    """The reader may not depend on which option is right: permuting letters moves the answer and nothing else."""
    rows = json.loads((RESULTS / "gpt4_test.json").read_text(encoding="utf-8"))
    for row in rows:
        options = dict(zip("ABCDE", row["options"], strict=True))
        for label, text in options.items():
            for frame in ("答案：{0}. {1}", "{0}. {1}\n解析：略", "正确答案是选项{0}：{1}。", "{1}"):
                reply = frame.format(label, text)
                same = {other for other, content in options.items() if content == text}
                assert set(read_answer(reply, options, multiple=False).labels) <= same, (reply, options)
