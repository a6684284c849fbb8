"""Research design: a protocol in outline, with a sample size that can be checked. Knows no model."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import limits
from medgo.tasks.quoting import occurs

Design = Literal["randomised_trial", "cohort", "case_control", "cross_sectional", "diagnostic", "before_after"]
DESIGNS = {
    "randomised_trial": ("随机对照试验", "randomised controlled trial"),
    "cohort": ("队列研究", "cohort study"),
    "case_control": ("病例对照研究", "case-control study"),
    "cross_sectional": ("横断面研究", "cross-sectional study"),
    "diagnostic": ("诊断准确性研究", "diagnostic accuracy study"),
    "before_after": ("自身前后对照", "before-after study"),
}
# How far a stated sample size may lie from the formula: rounding, continuity corrections, exact tests.
TOLERANCE = 0.15


class DesignInput(TaskModel):
    """A question and what limits the answer."""

    question: str = section("研究问题", "Research question", min_length=5)
    hypothesis: str = section("假设", "Hypothesis", default="")
    constraints: str = section("条件与限制", "Constraints", default="")


class SampleSize(TaskModel):
    """How many, and from which assumptions. For two proportions, one to one, the number is checked."""

    endpoint: str = section("所依据的终点", "Endpoint", min_length=1)
    control: float | None = section("对照组率", "Rate in the control group", default=None, gt=0, lt=1)
    treated: float | None = section("试验组率", "Rate in the treated group", default=None, gt=0, lt=1)
    alpha: float = section("双侧α", "Two-sided alpha", gt=0, lt=0.5)
    power: float = section("把握度", "Power", gt=0.5, lt=1)
    per_group: int = section("每组例数", "Per group", ge=2)
    dropout: float = section("预计失访比例", "Expected drop-out", ge=0, lt=0.9)
    total: int = section("总例数", "Total", ge=2)
    basis: str = section("假设的来源", "Where the assumptions come from", min_length=1)


class StudyDesign(TaskModel):
    """A protocol in outline."""

    design: Design = section("设计类型", "Design", choices=DESIGNS)
    why: str = section("选择理由", "Why this design", min_length=1)
    include: tuple[str, ...] = section("纳入标准", "Inclusion", min_length=1)
    exclude: tuple[str, ...] = section("排除标准", "Exclusion", min_length=1)
    intervention: str = section("干预或暴露", "Intervention or exposure", min_length=1)
    comparison: str = section("对照", "Comparison", min_length=1)
    primary_endpoint: str = section("主要终点", "Primary endpoint", min_length=1)
    secondary_endpoints: tuple[str, ...] = section("次要终点", "Secondary endpoints", default=())
    sample_size: SampleSize = section("样本量", "Sample size")
    analysis: str = section("统计分析", "Analysis", min_length=1)
    bias: tuple[str, ...] = section("偏倚及控制", "Bias and how it is met", min_length=1)
    ethics: tuple[str, ...] = section("伦理与安全", "Ethics and safety", min_length=1)
    to_decide: tuple[str, ...] = section("请研究者决定", "For the investigator to decide", default=())


def two_proportions(control: float, treated: float, alpha: float, power: float) -> int:
    """Persons per group to tell two proportions apart, one to one, by a two-sided normal test.

    Args:
        control: Proportion in one group.
        treated: Proportion in the other; differs from ``control``.
        alpha: Two-sided error of the first kind.
        power: One minus the error of the second kind.

    Returns:
        n = (z(1-α/2)·sqrt(2·p̄·(1-p̄)) + z(power)·sqrt(p1·(1-p1)+p2·(1-p2)))² / (p1-p2)², rounded up
        (Fleiss, Statistical Methods for Rates and Proportions, without continuity correction).
    """
    mean = (control + treated) / 2
    first = NormalDist().inv_cdf(1 - alpha / 2) * math.sqrt(2 * mean * (1 - mean))
    second = NormalDist().inv_cdf(power) * math.sqrt(control * (1 - control) + treated * (1 - treated))
    return math.ceil((first + second) ** 2 / (control - treated) ** 2)


def check_sample_size(value: DesignInput, output: StudyDesign, lang: Lang) -> list[Finding]:
    """The number per group is that of the formula, and the total holds both groups and the drop-out."""
    del value
    size = output.sample_size
    found = []
    if size.control is not None and size.treated is not None:
        if size.control == size.treated:
            text = say(lang, "两组率相同，无法估算样本量", "both rates are the same: there is nothing to detect")
            return [Finding("sample_size_formula", "sample_size.treated", text, span=str(size.treated))]
        due = two_proportions(size.control, size.treated, size.alpha, size.power)
        if abs(size.per_group - due) > max(2, TOLERANCE * due):
            text = say(
                lang, f"按两率比较公式每组应约{due}例", f"the formula for two proportions gives about {due} per group"
            )
            found.append(Finding("sample_size_formula", "sample_size.per_group", text, span=str(size.per_group)))
    if output.design in ("randomised_trial", "cohort", "case_control"):
        least = 2 * size.per_group / (1 - size.dropout)
        if size.total < math.floor(least * (1 - 0.01)):
            text = say(lang, f"两组加失访至少{math.ceil(least)}例", f"two groups and drop-out need {math.ceil(least)}")
            found.append(Finding("total_holds_groups", "sample_size.total", text, span=str(size.total)))
    return found


def check_endpoint(value: DesignInput, output: StudyDesign, lang: Lang) -> list[Finding]:
    """The sample size is that of the primary endpoint, which is not also a secondary one."""
    del value
    found = []
    endpoint = output.sample_size.endpoint
    if not occurs(endpoint, output.primary_endpoint):
        text = say(lang, "样本量应按主要终点估算", "the sample size should rest on the primary endpoint")
        found.append(Finding("size_for_primary", "sample_size.endpoint", text, span=endpoint))
    if any(occurs(output.primary_endpoint, other) for other in output.secondary_endpoints):
        text = say(lang, "主要终点又列为次要终点", "the primary endpoint is listed as secondary too")
        found.append(Finding("endpoint_once", "secondary_endpoints", text, span=output.primary_endpoint))
    return found


def check_ethics(value: DesignInput, output: StudyDesign, lang: Lang) -> list[Finding]:
    """Ethical review is named, and in a trial, consent and registration."""
    del value
    words = " ".join(output.ethics).lower()
    needed = [("伦理", "ethic")]
    if output.design == "randomised_trial":
        needed += [("知情同意", "consent"), ("注册", "regist")]
    return [
        Finding("ethics_named", "ethics", say(lang, f"未写{zh}", f"says nothing on '{en}…'"))
        for zh, en in needed
        if zh not in words and en not in words
    ]


_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你协助研究者拟研究方案纲要。选能回答问题的设计并说明理由，写清纳入排除标准、干预与对照、一个主要终点、"
        "统计分析、偏倚控制。"
        "样本量按主要终点估算，写出两组率（或效应量）、双侧α、把握度、失访比例及其来源；没有依据的假设要说明，"
        "并建议预试验。"
        "伦理部分写明伦理审查、知情同意、数据去标识和安全监测，试验须注册。\n" + limits("zh", "currency", "high_risk")
    ),
    "en": (
        "You help an investigator outline a protocol. Choose a design that can answer the question and say why; give"
        " inclusion and exclusion, intervention and comparison, one primary endpoint, analysis and how bias is"
        " met. Base"
        " the sample size on the primary endpoint with both rates (or the effect), two-sided alpha, power, drop-out and"
        " where they come from; say so when an assumption has no basis and suggest a pilot. Under ethics name review,"
        " consent, de-identification and safety monitoring, and registration of a trial.\n"
        + limits("en", "currency", "high_risk")
    ),
}
_TEMPLATE: dict[Lang, str] = {
    "zh": (
        "研究问题：{{ question }}\n{% if hypothesis %}\n假设：{{ hypothesis }}\n{% endif %}"
        "{% if constraints %}\n条件与限制：{{ constraints }}\n{% endif %}\n请拟研究设计。"
    ),
    "en": (
        "Research question: {{ question }}\n{% if hypothesis %}\nHypothesis: {{ hypothesis }}\n{% endif %}"
        "{% if constraints %}\nConstraints: {{ constraints }}\n{% endif %}\nOutline the design."
    ),
}

_ZH = Example(
    DesignInput(
        question="术前碳水化合物饮品能否减少成人腹腔镜胆囊切除术后24小时内的恶心呕吐？",
        hypothesis="术前2小时饮用碳水化合物饮品可使术后恶心呕吐发生率由40%降至25%。",
        constraints="单中心，每年约600例，18个月内完成",
    ),
    StudyDesign(
        design="randomised_trial",
        why="干预简单、可随机，观察性比较难以排除麻醉和止吐用药的混杂。",
        include=("18～70岁，择期腹腔镜胆囊切除术", "ASA I～II级", "签署知情同意书"),
        exclude=("糖尿病", "胃排空障碍或反流高危", "术前24小时内用过止吐药", "妊娠或哺乳"),
        intervention="术前2小时饮碳水化合物饮品。",
        comparison="术前2小时饮等量、同外观的无糖饮品。",
        primary_endpoint="术后24小时内恶心呕吐发生率",
        secondary_endpoints=("术后止吐药使用率", "术后24小时疼痛评分", "误吸等不良事件"),
        sample_size=SampleSize(
            endpoint="术后24小时内恶心呕吐发生率",
            control=0.4,
            treated=0.25,
            alpha=0.05,
            power=0.8,
            per_group=152,
            dropout=0.1,
            total=338,
            basis="对照组率取研究者所述40%，须用本院近一年数据核实；15个百分点为研究者认为有临床意义的差值。",
        ),
        analysis="意向性分析；主要终点用卡方检验，报告率差、RR及95%置信区间；按性别和吸烟史作预设亚组。",
        bias=("中央随机、分配隐藏", "饮品外观一致，患者与评估者设盲", "麻醉和止吐方案统一，减少混杂"),
        ethics=("伦理委员会审查批准后开始", "书面知情同意", "入组前完成临床试验注册", "记录误吸和血糖异常，设停止规则"),
        to_decide=("预防性止吐药是否全部使用", "饮品的量和来源"),
    ),
)
_EN = Example(
    DesignInput(
        question="Does a pharmacist's telephone call within a week of discharge reduce readmission within 30 days in"
        " patients with heart failure?",
        hypothesis="The call lowers readmission from 22% to 15%.",
        constraints="Three hospitals, about 900 eligible discharges a year, one pharmacist each",
    ),
    StudyDesign(
        design="randomised_trial",
        why="Patients who are called differ from those who are not; only chance makes them alike, and the call can be"
        " randomised.",
        include=("Adults discharged home after admission for heart failure", "Can be reached by telephone"),
        exclude=("Discharge to a hospice or another hospital", "Unable to consent and no carer"),
        intervention="One structured call by a pharmacist within seven days: drugs, weight, symptoms, next visit.",
        comparison="Usual discharge care.",
        primary_endpoint="Readmission for any cause within 30 days",
        secondary_endpoints=("Death within 30 days", "Discrepancies in drugs found", "Pharmacist minutes per patient"),
        sample_size=SampleSize(
            endpoint="Readmission for any cause within 30 days",
            control=0.22,
            treated=0.15,
            alpha=0.05,
            power=0.8,
            per_group=482,
            dropout=0.05,
            total=1015,
            basis="The control rate is the investigator's figure and should be confirmed from last year's"
            " discharges; seven"
            " percentage points is the smallest difference judged worth a pharmacist's time.",
        ),
        analysis="Intention to treat; risk difference and risk ratio with 95% intervals, stratified by hospital; deaths"
        " counted with readmissions in a sensitivity analysis.",
        bias=(
            "Central randomisation in blocks by hospital",
            "Readmissions read from hospital records by people who do not know the group",
            "The pharmacist does not see control patients, so that usual care stays usual",
        ),
        ethics=(
            "Ethics committee approval at each hospital",
            "Informed consent before discharge",
            "Registration before the first patient",
            "Red flags heard in a call go to the physician on duty the same day",
        ),
        to_decide=("Whether carers may be called instead", "Who acts on a discrepancy out of hours"),
    ),
)

RESEARCH_DESIGN = Task(
    name="research_design",
    titles={"zh": "研究设计", "en": "Research design"},
    about={
        "zh": "由研究问题拟方案纲要：设计、人群、终点、可核算的样本量、偏倚和伦理；供研究者。",
        "en": "From a question, a protocol in outline with a sample size that can be checked; for investigators.",
    },
    input=DesignInput,
    output=StudyDesign,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_sample_size, check_endpoint, check_ethics, asked_language(), not_echoed()),
    thinking=True,
)
