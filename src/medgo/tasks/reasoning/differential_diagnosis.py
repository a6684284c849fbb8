"""Differential diagnosis: what it may be, in order, with what speaks for and against each. Knows no model."""

from __future__ import annotations

from typing import Literal

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import calls_for_help, limits, no_final_word
from medgo.tasks.quoting import cut_off, missing_quotes

Likelihood = Literal["high", "moderate", "low"]
LIKELIHOODS = {"high": ("高", "high"), "moderate": ("中", "moderate"), "low": ("低", "low")}


class DifferentialInput(TaskModel):
    """A case as it is known now."""

    case: str = section("病例资料", "Case", min_length=10)
    question: str = section("医师的问题", "Physician's question", default="")


class Candidate(TaskModel):
    """One disease that may explain the case; its place in the list is its rank."""

    diagnosis: str = section("诊断", "Diagnosis", min_length=1)
    likelihood: Likelihood = section("可能性", "Likelihood", choices=LIKELIHOODS)
    supporting: tuple[str, ...] = section("支持点", "For", min_length=1)
    contradicting: tuple[str, ...] = section("不支持点", "Against", default=())
    next_step: str = section("确认或排除的方法", "How to confirm or exclude", min_length=1)


class Differential(TaskModel):
    """What it may be, the dangerous not forgotten."""

    urgent: str = section("首先处理", "First of all", default="")
    summary: str = section("病例特点", "Problem in one sentence", min_length=1)
    candidates: tuple[Candidate, ...] = section("鉴别诊断", "Differential diagnosis", min_length=2, max_length=8)
    must_not_miss: tuple[str, ...] = section("不可漏诊", "Not to be missed", default=())
    missing: tuple[str, ...] = section("缺少的信息", "What is missing", default=(), max_length=3)


def check_ranks(value: DifferentialInput, output: Differential, lang: Lang) -> list[Finding]:
    """No disease has two ranks; likelihood never rises down the list."""
    del value
    names = [candidate.diagnosis.casefold() for candidate in output.candidates]
    order = [("high", "moderate", "low").index(candidate.likelihood) for candidate in output.candidates]
    found = []
    if len(set(names)) < len(names):
        found.append(Finding("ranks", "candidates", say(lang, "同一诊断列了两次", "a diagnosis is listed twice")))
    if order != sorted(order):
        text = say(lang, "可能性与排序矛盾", "likelihood contradicts the order")
        found.append(Finding("ranks", "candidates", text))
    return found


def check_findings(value: DifferentialInput, output: Differential, lang: Lang) -> list[Finding]:
    """What speaks for or against a disease is quoted from the case, its negation with it."""
    found = []
    for n, candidate in enumerate(output.candidates, start=1):
        for field in ("supporting", "contradicting"):
            quotes = candidate.supporting if field == "supporting" else candidate.contradicting
            for quote in missing_quotes(quotes, value.case):
                text = say(lang, "病例中没有这句话", "these words are not in the case")
                found.append(Finding("findings_in_case", f"candidates.{n}.{field}", text, span=quote))
            for quote in cut_off(quotes, value.case, lang):
                text = say(
                    lang, "原文为否认、家族史或假设", "the case denies it, or speaks of a relative or a supposition"
                )
                found.append(Finding("negation_kept", f"candidates.{n}.{field}", text, span=quote))
    return found


def check_both_ways(value: DifferentialInput, output: Differential, lang: Lang) -> list[Finding]:
    """The same words do not speak for and against the same disease; what must not be missed is among the list."""
    del value
    found = []
    for n, candidate in enumerate(output.candidates, start=1):
        for quote in sorted(set(candidate.supporting) & set(candidate.contradicting)):
            text = say(lang, "同一表现既支持又不支持", "the same finding stands for and against")
            found.append(Finding("for_and_against", f"candidates.{n}", text, span=quote))
    names = {candidate.diagnosis for candidate in output.candidates}
    for name in output.must_not_miss:
        if name not in names:
            text = say(lang, "不可漏诊的疾病不在鉴别诊断中", "not among the diagnoses listed")
            found.append(Finding("must_not_miss_listed", "must_not_miss", text, span=name))
    return found


def check_limits(value: DifferentialInput, output: Differential, lang: Lang) -> list[Finding]:
    """No final word; what has to be done first, if anything, is a call for help."""
    del value
    texts = {"urgent": output.urgent, "summary": output.summary}
    texts |= {f"candidates.{n}.next_step": one.next_step for n, one in enumerate(output.candidates, start=1)}
    found = no_final_word(texts, lang)
    if output.urgent and not calls_for_help(output.urgent, lang):
        text = say(lang, "第一句应写明立即呼叫谁", "the first sentence should say whom to call at once")
        found.append(Finding("urgent_first", "urgent", text, span=output.urgent))
    return found


_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你是临床鉴别诊断助手，协助医师拓宽思路。先归纳病例特点，再按可能性从高到低列出鉴别诊断。"
        "每个诊断的支持点和不支持点均引用病例原文，不引申；写出最能确认或排除它的一项检查或观察。"
        "可能性低但漏诊有危险的疾病也要列入，并在“不可漏诊”中重复其名称。无危急情况时“首先处理”留空。\n"
        + limits("zh", "suggestion", "urgent", "grounded", "missing", "rare")
    ),
    "en": (
        "You help a physician think through a differential diagnosis. Sum up the problem, then list diagnoses from most"
        " to least likely. Quote the findings for and against each from the case, word for word, and name the one test"
        " or observation that would best confirm or exclude it. List dangerous diagnoses even when unlikely and repeat"
        " their names under 'Not to be missed'. Leave 'First of all' empty when nothing is urgent.\n"
        + limits("en", "suggestion", "urgent", "grounded", "missing", "rare")
    ),
}
_TEMPLATE: dict[Lang, str] = {
    "zh": "病例资料：\n{{ case }}\n{% if question %}\n医师的问题：{{ question }}\n{% endif %}\n请给出鉴别诊断。",
    "en": "Case:\n{{ case }}\n{% if question %}\nQuestion: {{ question }}\n{% endif %}\nGive the differential"
    " diagnosis.",
}

_ZH = Example(
    DifferentialInput(
        case=(
            "患者女性，34岁。产后3周，突发右侧胸痛伴气促6小时，深吸气时加重。无发热，无咳痰。产后活动少，"
            "左小腿肿胀2天。"
            "查体：体温36.9℃，脉搏112次/分，呼吸26次/分，血压118/74mmHg，血氧饱和度91%（未吸氧）。"
            "双肺呼吸音清，左小腿周径较右侧大3cm，压痛。心电图：窦性心动过速。胸片：未见实变及气胸。"
        )
    ),
    Differential(
        urgent="立即通知抢救团队，吸氧、心电监护并建立静脉通路。血氧饱和度91%且脉搏112次/分，按高危胸痛处理。",
        summary="产后3周女性，突发胸膜性胸痛、气促、低氧、心动过速，伴单侧小腿肿胀。",
        candidates=(
            Candidate(
                diagnosis="急性肺栓塞",
                likelihood="high",
                supporting=(
                    "产后3周",
                    "突发右侧胸痛伴气促6小时",
                    "左小腿肿胀2天",
                    "血氧饱和度91%",
                    "胸片：未见实变及气胸",
                ),
                contradicting=("血压118/74mmHg",),
                next_step="CT肺动脉造影；同时行下肢静脉超声，床旁超声看右心负荷。",
            ),
            Candidate(
                diagnosis="围产期心肌病",
                likelihood="moderate",
                supporting=("产后3周", "气促", "窦性心动过速"),
                contradicting=("双肺呼吸音清", "深吸气时加重"),
                next_step="超声心动图测左室射血分数，查利钠肽。",
            ),
            Candidate(
                diagnosis="肺炎伴胸膜炎",
                likelihood="low",
                supporting=("深吸气时加重", "呼吸26次/分"),
                contradicting=("无发热", "无咳痰", "未见实变"),
                next_step="血常规、C反应蛋白；CT肺动脉造影可一并看肺实质。",
            ),
            Candidate(
                diagnosis="自发性冠状动脉夹层",
                likelihood="low",
                supporting=("产后3周", "突发右侧胸痛"),
                contradicting=("心电图：窦性心动过速",),
                next_step="高敏肌钙蛋白动态测定，必要时请心内科评估冠脉造影。",
            ),
        ),
        must_not_miss=("急性肺栓塞", "自发性冠状动脉夹层"),
        missing=("是否哺乳（影响造影剂和抗凝药选择）", "既往及家族静脉血栓史", "近期出血情况和血肌酐"),
    ),
)
_EN = Example(
    DifferentialInput(
        case=(
            "A 52-year-old man with type 2 diabetes has had right upper abdominal pain for 2 days, worse after a fatty"
            " meal, with vomiting twice. No chest pain. Temperature 38.4 °C, pulse 104/min, BP 126/78 mmHg. Tender in"
            " the right upper quadrant with inspiratory arrest on palpation; no jaundice. White cells 15.2 x10^9/L,"
            " bilirubin 14 µmol/L, lipase 48 U/L. ECG normal."
        ),
        question="What besides the gallbladder should I keep in mind?",
    ),
    Differential(
        urgent="",
        summary="A febrile man with diabetes, right upper quadrant pain after fatty food, a positive Murphy sign and"
        " leucocytosis without jaundice.",
        candidates=(
            Candidate(
                diagnosis="Acute cholecystitis",
                likelihood="high",
                supporting=(
                    "worse after a fatty meal",
                    "Temperature 38.4 °C",
                    "inspiratory arrest on palpation",
                    "White cells 15.2 x10^9/L",
                ),
                contradicting=(),
                next_step="Right upper quadrant ultrasound: stones, wall thickness, pericholecystic fluid.",
            ),
            Candidate(
                diagnosis="Acute cholangitis",
                likelihood="moderate",
                supporting=("Temperature 38.4 °C", "right upper abdominal pain for 2 days"),
                contradicting=("no jaundice", "bilirubin 14 µmol/L"),
                next_step="Bile duct diameter on ultrasound, alkaline phosphatase and GGT, blood cultures.",
            ),
            Candidate(
                diagnosis="Liver abscess",
                likelihood="low",
                supporting=("type 2 diabetes", "Temperature 38.4 °C"),
                contradicting=("worse after a fatty meal",),
                next_step="Look at the liver on the same ultrasound; contrast CT if it is unclear.",
            ),
            Candidate(
                diagnosis="Inferior myocardial infarction",
                likelihood="low",
                supporting=("type 2 diabetes", "vomiting twice"),
                contradicting=("No chest pain", "ECG normal"),
                next_step="Serial troponin and a repeat ECG: diabetes can hide chest pain.",
            ),
        ),
        must_not_miss=("Acute cholangitis", "Inferior myocardial infarction"),
        missing=("Drugs, including SGLT2 inhibitors and anticoagulants", "Allergies", "Glucose and ketones"),
    ),
)

DIFFERENTIAL_DIAGNOSIS = Task(
    name="differential_diagnosis",
    titles={"zh": "鉴别诊断", "en": "Differential diagnosis"},
    about={
        "zh": "由病例资料得出按可能性排序的鉴别诊断，含支持点、不支持点和下一步，供医师参考。",
        "en": "From a case, ranked diagnoses with what speaks for and against each and how to tell; for physicians.",
    },
    input=DifferentialInput,
    output=Differential,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_ranks, check_findings, check_both_ways, check_limits, asked_language(), not_echoed()),
    thinking=True,
)
