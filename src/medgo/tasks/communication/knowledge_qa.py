"""Knowledge Q&A: a question, with passages or without, and an answer that says what it rests on. Knows no model."""

from __future__ import annotations

import re
from typing import Literal

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import limits, no_final_word
from medgo.tasks.quoting import missing_numbers, occurs

Reader = Literal["clinician", "student", "public"]
Confidence = Literal["high", "moderate", "low"]
CONFIDENCES = {"high": ("高", "high"), "moderate": ("中", "moderate"), "low": ("低", "low")}
_MARK = re.compile(r"[\[［](\d{1,2})[\]］]")


class Passage(TaskModel):
    """A text that the answer may rest on."""

    source: str = section("出处", "Source", default="")
    text: str = section("内容", "Text", min_length=1)


class QuestionInput(TaskModel):
    """A medical question; with passages, the answer uses only these."""

    question: str = section("问题", "Question", min_length=2)
    passages: tuple[Passage, ...] = section("参考资料", "Passages", default=(), max_length=20)
    reader: Reader = section("读者", "Reader", default="clinician")


class Citation(TaskModel):
    """The words of a passage that the answer rests on."""

    passage: int = section("资料编号", "Passage", ge=1)
    quote: str = section("原文", "Quote", min_length=1)


class Answer(TaskModel):
    """The answer first, then why, then what it rests on."""

    answer: str = section("回答", "Answer", min_length=1)
    explanation: str = section("说明", "Explanation", default="")
    citations: tuple[Citation, ...] = section("引用", "Citations", default=())
    confidence: Confidence = section("把握程度", "Confidence", choices=CONFIDENCES)
    limits: str = section("局限与时效", "Limits and date", default="")


def check_citations(value: QuestionInput, output: Answer, lang: Lang) -> list[Finding]:
    """Cited passages exist and hold the quoted words; with passages, a confident answer cites one."""
    found = []
    for n, citation in enumerate(output.citations, start=1):
        if citation.passage > len(value.passages):
            text = say(lang, f"没有第{citation.passage}条资料", f"there is no passage {citation.passage}")
            found.append(Finding("passage_exists", f"citations.{n}.passage", text, span=str(citation.passage)))
        elif not occurs(citation.quote, value.passages[citation.passage - 1].text):
            text = say(lang, "该条资料中没有这句话", "that passage does not hold these words")
            found.append(Finding("quote_in_passage", f"citations.{n}.quote", text, span=citation.quote))
    if value.passages and not output.citations and output.confidence != "low":
        text = say(
            lang, "有参考资料却未引用，把握程度应为低", "passages were given but none is cited: confidence is low"
        )
        found.append(Finding("cites_or_unsure", "citations", text))
    return found


def check_marks(value: QuestionInput, output: Answer, lang: Lang) -> list[Finding]:
    """Every [n] in the answer is among the citations."""
    del value
    cited = {citation.passage for citation in output.citations}
    text = say(lang, "引用清单中没有这一条", "not among the citations")
    return [
        Finding("marks_cited", field, text, span=match.group())
        for field, words in (("answer", output.answer), ("explanation", output.explanation))
        for match in _MARK.finditer(words)
        if int(match.group(1)) not in cited
    ]


def check_numbers(value: QuestionInput, output: Answer, lang: Lang) -> list[Finding]:
    """With passages, every number of the answer stands in them or in the question."""
    if not value.passages:
        return []
    given = "\n".join([value.question, *(passage.text for passage in value.passages)])
    text = say(lang, "参考资料中没有这个数字", "this number is not in the passages")
    return [
        Finding("numbers_in_passages", field, text, span=number)
        for field, words in (("answer", output.answer), ("explanation", output.explanation))
        for number in missing_numbers(_MARK.sub("", words), given)
    ]


def check_limits(value: QuestionInput, output: Answer, lang: Lang) -> list[Finding]:
    """Nobody is told a final diagnosis, nothing is prescribed."""
    del value
    return no_final_word({"answer": output.answer, "explanation": output.explanation}, lang)


_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你回答医学问题。先直接回答，再说明理由，按读者（医务人员、医学生、公众）选用词汇和深度。"
        "给出参考资料时只依据资料作答，在句末用[编号]标注，并在“引用”中抄录支持的原文；资料不足以回答时照实说明，"
        "把握程度写“低”。"
        "没有资料时凭医学知识回答，“引用”留空。正常的医学问题（包括中毒剂量、成瘾药物、"
        "性健康的教学提问）正面回答，不推诿。"
        "提问者本人有危险信号时，第一句先让其就医。\n"
        + limits("zh", "suggestion", "currency", "rare", "no_prescription")
    ),
    "en": (
        "You answer medical questions. Answer first, then explain, in the words and depth that suit the reader"
        " (clinician, student, public). When passages are given, rely on them alone, mark sentences with [number] and"
        " copy the supporting words under 'Citations'; if they do not answer the question, say so and set confidence to"
        " low. Without passages answer from medical knowledge and leave citations empty. Ordinary medical questions,"
        " including teaching questions on toxic doses, addictive drugs or sexual health, get a real answer. If the"
        " person"
        " asking has a red flag, the first sentence sends them to help.\n"
        + limits("en", "suggestion", "currency", "rare", "no_prescription")
    ),
}
_TEMPLATE: dict[Lang, str] = {
    "zh": (
        "读者：{{ {'clinician': '医务人员', 'student': '医学生', 'public': '公众'}[reader] }}\n问题：{{ question }}\n"
        "{% if passages %}\n\n参考资料：\n{% for p in passages %}\n[{{ loop.index }}] "
        "{% if p.source %}（{{ p.source }}）{% endif %}{{ p.text }}\n{% endfor %}\n{% endif %}"
    ),
    "en": (
        "Reader: {{ reader }}\nQuestion: {{ question }}\n"
        "{% if passages %}\n\nPassages:\n{% for p in passages %}\n[{{ loop.index }}] "
        "{% if p.source %}({{ p.source }}) {% endif %}{{ p.text }}\n{% endfor %}\n{% endif %}"
    ),
}

_ZH = Example(
    QuestionInput(
        question="长期服用二甲双胍的患者为什么要监测维生素B12？多久查一次？",
        passages=(
            Passage(
                source="院内药学简报",
                text="二甲双胍可减少回肠末端对维生素B12的吸收，服药年限越长、日剂量越大，缺乏越常见。",
            ),
            Passage(
                source="内分泌科讲义",
                text="有贫血或周围神经病变的患者应及时检测血清维生素B12；无症状者可每2～3年检测一次。",
            ),
            Passage(source="营养科讲义", text="动物肝脏、蛋、奶是维生素B12的主要膳食来源。"),
        ),
    ),
    Answer(
        answer="因为二甲双胍会减少维生素B12的吸收，久用可致缺乏[1]；无症状者可每2～3年查一次，"
        "有贫血或周围神经病变时应及时查[2]。",
        explanation="吸收减少发生在回肠末端，与服药年限和日剂量有关[1]。神经病变容易被归因于糖尿病本身，"
        "因此更需要检测。",
        citations=(
            Citation(passage=1, quote="二甲双胍可减少回肠末端对维生素B12的吸收，服药年限越长、日剂量越大，缺乏越常见"),
            Citation(passage=2, quote="无症状者可每2～3年检测一次"),
        ),
        confidence="high",
        limits="检测间隔出自所给讲义，各指南说法不一，请按本院现行方案。",
    ),
)
_EN = Example(
    QuestionInput(
        question="Why does the INR rise when a patient on warfarin takes co-trimoxazole?",
        reader="student",
    ),
    Answer(
        answer="Mainly because sulfamethoxazole inhibits CYP2C9, the enzyme that breaks down S-warfarin, the more"
        " potent"
        " half of the drug.",
        explanation="Less breakdown means more active drug and a higher INR within days. Displacement from albumin"
        " and the"
        " loss of vitamin K producing gut bacteria add to it, as does the illness itself: fever and poor appetite raise"
        " the INR too. In practice another antibacterial is chosen where possible; otherwise the INR is checked within"
        " days and the physician adjusts warfarin.",
        citations=(),
        confidence="high",
        limits="",
    ),
)

KNOWLEDGE_QA = Task(
    name="knowledge_qa",
    titles={"zh": "医学知识问答", "en": "Knowledge Q&A"},
    about={
        "zh": "回答医学问题；给出资料时只依据资料并标注出处，供医务人员、医学生和公众。",
        "en": "Answers a medical question, from passages with citations where given; for clinicians, students, public.",
    },
    input=QuestionInput,
    output=Answer,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_citations, check_marks, check_numbers, check_limits, asked_language(), not_echoed()),
    thinking=True,
)
