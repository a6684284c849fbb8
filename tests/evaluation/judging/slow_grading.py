"""A program that grades slowly, to be killed: ``python -m tests.evaluation.judging.slow_grading VERDICTS``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from medgo.evaluation.judging import Grader, VerdictCache
from medgo.inference.protocol import GenerationRequest
from tests.evaluation.judging.items import judge, rubric_item
from tests.support.judge_engine import Answer, JudgeEngine, by_words

PAIRS = [(rubric_item(f"i{n}"), f"Reply {n}.") for n in range(40)]


def slowly(request: GenerationRequest) -> Answer:
    time.sleep(0.005)
    return by_words(calls=True)(request)


if __name__ == "__main__":
    with VerdictCache(Path(sys.argv[1])) as cache:
        list(Grader("rubric", [judge(JudgeEngine(slowly))], cache=cache).grade(PAIRS))
