"""The reader is quick on usual replies, and no reply makes it slow."""

from __future__ import annotations

import time

import pytest

from medgo.evaluation.reading import read_answer
from tests.evaluation.reading.corpus import load_cases

SIZE = 100_000
OPTIONS = {"A": "Amoxicillin", "B": "no", "C": "Ceftriaxone", "D": "维生素C"}
REPEATED = [
    *(" ", "\n", "\t", "\u00a0", "…", "*", "#", "(", '"', "{", "\\text{", "\\boxed{", "<think>", "<think></think>"),
    *("<answer>", '{"answer": "', '"answer": ["A",', "## Thinking\n", "answer ", "answer: ", "answer is likely "),
    *("answer option ", "best ", "the most likely x ", "no ", "not no ", "wait, ", "i cannot ", "cannot a a a "),
    *("A", "A ", "A, ", "A and ", "A or ", "A B C D ", "A. Amoxicillin\n", "- A\n", "all of the above ", "if were "),
    *(
        "答案",
        "答案是",
        "选A、",
        "A、",
        "A错误，",
        "因此",
        "最",
        "正确的",
        "不",
        "无法",
        "Ａ、",
        "⑴",
        "e\u0301",
        "\u0301",
        "选项",
    ),
    *(
        "option ",
        "choices the ",
        "选项 (",
        "ceftriaxone not ",
        "答案：A。不对，answer: B? wait ",
        "so C it is ",
        "- ",
        "\n \n",
        "answer" + " " * 50,
    ),
]


@pytest.mark.parametrize("piece", REPEATED)
def test_a_hostile_reply_takes_no_longer_than_its_length_deserves(piece):
    reply = piece * (SIZE // len(piece))
    for truncated in (False, True):
        for ending in ("", "Answer: C"):
            start = time.perf_counter()
            read_answer(reply + ending, OPTIONS, truncated=truncated)
            # Half a second on a free core; the factor is for machines that do other work meanwhile.
            assert time.perf_counter() - start < 0.5 * 3


def test_usual_replies_are_read_by_the_thousands_a_second():
    cases = [case for case in load_cases() if len(case.reply) >= 60]
    best = min(_seconds(cases) for _ in range(5))
    # Twenty thousand a second on a free core (see docs/reading.md); far less means that something became quadratic.
    assert len(cases) / best > 4000


def _seconds(cases):
    start = time.perf_counter()
    for case in cases:
        read_answer(case.reply, case.options, multiple=case.multiple, truncated=case.truncated)
    return time.perf_counter() - start
