"""ClinBench-HPB: liver, bile duct and pancreas, as choice questions in two languages and as cases (Li et al., 2025).

The card's spelling is Clinbench-HBP. Its figure can only be of the questions; the cases need a judge.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from medgo.evaluation.benchmarks._ids import stem_id
from medgo.evaluation.benchmarks._inline import inline_options
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem, Lang

_FORMATS = ("SingleChoice", "MultipleChoice")
_TASKS: dict[Lang, str] = {
    "zh": "根据提供的病人信息进行诊断，列出所有主要的疾病，并简单说明诊断依据。",
    "en": "Diagnose based on the provided patient information, list all major diseases, and briefly explain the "
    "diagnostic rationale.",
}
_ASKED = "Based on the provided patient information answer the question, and briefly explain the rationale."
_HEADINGS: dict[Lang, tuple[tuple[str, str], ...]] = {
    "zh": (
        ("laboratory_tests", "实验室检查："),
        ("imaging_studies", "影像检查："),
        ("imaging_impression", "影像学分析："),
        ("question", "问题："),
    ),
    "en": (
        ("laboratory_tests", "Laboratory Tests: "),
        ("imaging_studies", "Imaging Studies: "),
        ("imaging_impression", "Imaging Impression: "),
        ("question", "Question: "),
    ),
}


def _language(text: str) -> Lang:
    return "zh" if re.search(r"[\u4e00-\u9fff]", text) else "en"


def _question(row: Row) -> EvalItem:
    question = row.text("question")
    lang = _language(question)
    options = inline_options(row, "options")
    kind = row.text("answer_format", default=_FORMATS[0])
    if kind not in _FORMATS:
        raise row.error("answer_format", " or ".join(_FORMATS), kind)
    multiple = kind == _FORMATS[1]
    return EvalItem(
        id=stem_id(question, options),
        benchmark="clinbench_hbp",
        lang=lang,
        question=question,
        options=options,
        answer=row.labels("answer", options) if multiple else _first_letter(row, options),
        multiple=multiple,
        category=f"{lang} {row.text('inquiry_type', default='KnowledgeQA')}",
        variant=lang,
        meta={"disease_domain": row.text("disease_domain", default="")},
    )


def _first_letter(row: Row, options: dict[str, str]) -> tuple[str, ...]:
    """Eleven English golds are sentences ("C. The correct answer is …"): the letter that they begin with is meant."""
    text = row.text("answer")
    # A word that happens to begin with an option's letter is no gold.
    if text[0] not in options or re.match(r"[A-Z][a-z]", text):
        raise row.error("answer", f"one letter among {', '.join(options)}", text)
    return (text[0],)


def _case(row: Row) -> EvalItem:
    info = row.text("patient_info")
    lang = _language(info)
    parts = [info]
    for field, heading in _HEADINGS[lang]:
        if text := row.text(field, default=""):
            parts.append(heading + text)
    diagnoses = [line.strip() for line in row.text("diagnosis").split("\n") if line.strip()]
    subset = PurePosixPath(row.file).name.lower().partition(".")[0]
    question = "\n".join(parts)
    return EvalItem(
        id=f"{subset}-{stem_id(question, {})}",  # the journals' cases have no patient_id
        benchmark="clinbench_cases",
        lang=lang,
        question=question,
        reference="\n".join(diagnoses),
        category=subset,
        meta={
            "task": _ASKED if row.text("question", default="") and lang == "en" else _TASKS[lang],
            "patient_id": row.text("patient_id", default=""),
        },
    )


def _source(*files: str) -> Source:
    return Source(
        hub="ASD9987/ClinBench-HPB",
        files=files,
        revision="",
        licence="academic research only, commercial use prohibited",
        page="https://github.com/Lycus99/ClinBench-HPB",
        paper="2506.00095",
    )


BENCHMARKS = (
    Benchmark(
        name="clinbench_hbp",
        title="ClinBench-HBP",
        group="Clinical Reasoning",
        kind="choice",
        langs=("zh", "en"),
        source=_source("*cnqa.json", "*enqa.json"),
        size=3535,
        chance=21.4,
        # The subsets beside them (cnqa-subset-200.json) hold the same questions again.
        forms=(
            Form(
                "official",
                frozenset({"question", "options", "answer"}),
                _question,
                path=r"(?:^|[/_.\-])(?:cn|en)qa(?:\.[a-z]+)*(?:/[^/]*)?$",
            ),
        ),
        paths=("clinbench", "cnqajson", "enqajson"),
        official=Protocol(
            prompt={
                "zh": (
                    "请你扮演一个资深医生回答以下问题。该问题可能有一个或多个正确选项。请你直接输出正确选项的字母。\n"
                    "输出格式示例：Answer: A, Answer: ABC。\n问题：{question}\n选项：{options}"
                ),
                "en": (
                    "Please play the role of a senior doctor and answer the following question. There is only one "
                    "correct answer for this question. Please directly output the corresponding letter of the correct "
                    "answer.\nOutput format example: Answer: A.\nQuestion: {question}\nOptions: {options}"
                ),
            },
            shot={"zh": "Answer: {label}", "en": "Answer: {label}"},
            note="The publisher asks each item four times with its options moved on by one place (three times where "
            "there is no D) and reports all, any and mean; rotations do this here.",
        ),
        card=CardFigures(80.6, 78.5, 76.4),
        aliases=("ClinBench-HPB", "clinbench_hpb", "clinbench"),
        multiple=True,
        faults=(
            "11 English golds are sentences; their first letter is the gold, as in the publisher's code.",
            "179 of the 2,000 Chinese questions have up to six right answers.",
            "The publisher's reader takes white space out first, so that 'Answer: A because' becomes ABECAUSE, does "
            "not sort letters, and stops in a debugger that was left in.",
            "The card writes HBP, the paper HPB; its figure fits the mean over both languages.",
        ),
        reads="A question with all options in one text, Chinese ones by line, English ones often in one line.",
    ),
    Benchmark(
        name="clinbench_cases",
        title="ClinBench-HBP cases",
        group="Beyond the card",
        kind="diagnosis",
        langs=("zh", "en"),
        source=_source("*Website.json", "*Hospital.json", "*Journal_part*.json"),
        size=337,
        chance=None,
        forms=(
            Form(
                "official",
                frozenset({"patient_info", "laboratory_tests", "imaging_studies", "diagnosis"}),
                _case,
            ),
        ),
        paths=("clinbench", "websitejson", "hospitaljson", *(f"journalpart{part}json" for part in "123")),
        official=Protocol(
            prompt={
                "zh": "{meta[task]}\n\n当前输入的病人信息如下：{question}",
                "en": "{meta[task]}\n\nThe current patient information is as follows: {question}",
            },
            direct=False,
            max_new_tokens=2048,
            note="Gold diagnoses stand one a line; the publisher asks a judge for each whether the reply contains it.",
        ),
        faults=(
            "The publisher's eval_case.py reads blood_test and imaging_test, which the released files call "
            "laboratory_tests and imaging_studies.",
            "The 69 cases of Journal_part3 ask what to do next, so that their gold is often an action.",
        ),
        reads="A patient's history, laboratory and imaging findings, and the diagnoses of the discharge, one a line.",
    ),
)
