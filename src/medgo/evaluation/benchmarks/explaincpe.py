"""ExplainCPE: questions of the Chinese pharmacist examination, with explanations (Li et al., EMNLP 2023 Findings)."""

from __future__ import annotations

from collections.abc import Callable

from medgo.evaluation.benchmarks._ids import stem_id
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

_FIELDS = frozenset({"id", "question", "options", "answer", "explanation"})
_TYPES = {"type1": "polarity", "type2": "skill", "type3": "topic"}


def _reader(split: str) -> Callable[[Row], EvalItem]:
    """Make the reader of one split; ids are counted from 0 in each, so the split is part of them."""

    def read(row: Row) -> EvalItem:
        options = row.options("options")
        question = row.text("question")
        return EvalItem(
            id=f"{split}-{row.integer('id')}",
            benchmark="explaincpe",
            lang="zh",
            question=question,
            options=options,
            answer=row.labels("answer", options),
            category=row.text("type2", default=""),
            cluster=stem_id(question, options),
            meta={name: row.text(field, default="") for field, name in _TYPES.items()},
        )

    return read


BENCHMARKS = (
    Benchmark(
        name="explaincpe",
        title="ExplainCPE",
        group="Medical Knowledge",
        kind="choice",
        langs=("zh",),
        source=Source(
            hub="",
            files=("dataset/test.json", "dataset/dev.json"),
            revision="4d1d4e8402c6c20e735481cb786350cd04fcaa19",
            licence="none stated (a line naming CC BY-SA is commented out)",
            page="https://github.com/HITsz-TMG/ExplainCPE",
            paper="2305.12945",
            get="git clone the repository and give its folder dataset/ to --data",
        ),
        size=190,
        chance=20.0,
        forms=(
            Form("official", _FIELDS, _reader("test"), path=r"(?:^|/)test\.json"),
            Form("official", _FIELDS, _reader("dev"), split="dev", path=r"(?:^|/)dev\.json"),
        ),
        paths=("explaincpe",),
        official=Protocol(
            prompt={"zh": "{question}\n{options}\n请给出正确选项，并解释原因。"},
            direct=False,
            max_new_tokens=512,
            note="The paper asks for an answer and an explanation and had people judge the answers; the wording is "
            "ours after its description, and the explanation is not scored.",
        ),
        card=CardFigures(89.5, 90.0, 66.3),
        faults=(
            "The paper counts 189 test questions; the file has 190, and the card's figures fit 190 (170/190 = 89.5). "
            "One item is half a point: the 95 % interval of such a figure is about 4.4 points to either side.",
            "One question stands twice in the test file.",
            "16 of the 190 questions are also in CMExam's validation file.",
        ),
        reads="A pharmacist question with five options without letters; the topic and kind of question are marked.",
    ),
)
