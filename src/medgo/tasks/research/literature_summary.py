"""Literature summary: what a study asked, did and found, with its numbers as they stand in the text. Knows no model."""

from __future__ import annotations

from typing import Literal

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import limits
from medgo.tasks.quoting import missing_numbers, numbers, occurs

Design = Literal[
    "systematic_review",
    "randomised_trial",
    "cohort",
    "case_control",
    "cross_sectional",
    "diagnostic",
    "case_series",
    "basic",
    "other",
]
DESIGNS = {
    "systematic_review": ("系统评价或荟萃分析", "systematic review or meta-analysis"),
    "randomised_trial": ("随机对照试验", "randomised controlled trial"),
    "cohort": ("队列研究", "cohort study"),
    "case_control": ("病例对照研究", "case-control study"),
    "cross_sectional": ("横断面研究", "cross-sectional study"),
    "diagnostic": ("诊断准确性研究", "diagnostic accuracy study"),
    "case_series": ("病例报告或病例系列", "case report or series"),
    "basic": ("基础研究", "laboratory or animal study"),
    "other": ("其他", "other"),
}
# Oxford levels of evidence for treatment and diagnosis (OCEBM 2011), 1 the strongest.
Level = Literal["1", "2", "3", "4", "5"]
_LEVELS: dict[str, tuple[str, ...]] = {
    "systematic_review": ("1", "2", "3"),
    "randomised_trial": ("1", "2", "3"),
    "cohort": ("2", "3", "4"),
    "case_control": ("3", "4"),
    "cross_sectional": ("1", "2", "3", "4"),
    "diagnostic": ("1", "2", "3", "4"),
    "case_series": ("4", "5"),
    "basic": ("5",),
}


class ArticleInput(TaskModel):
    """An article or its abstract."""

    title: str = section("题目", "Title", default="")
    text: str = section("正文或摘要", "Text or abstract", min_length=50)
    question: str = section("读者的问题", "Reader's question", default="")


class Result(TaskModel):
    """One result, with the sentence that it is taken from."""

    outcome: str = section("结局", "Outcome", min_length=1)
    finding: str = section("结果", "Result", min_length=1)
    quote: str = section("原文", "Quote", min_length=1)


class LiteratureSummary(TaskModel):
    """A study in the order in which a reader weighs it."""

    conclusion: str = section("一句话结论", "In one sentence", min_length=1)
    population: str = section("研究对象（P）", "Population (P)", min_length=1)
    intervention: str = section("干预或暴露（I）", "Intervention or exposure (I)", min_length=1)
    comparison: str = section("对照（C）", "Comparison (C)", min_length=1)
    outcomes: str = section("结局（O）", "Outcomes (O)", min_length=1)
    design: Design = section("研究设计", "Design", choices=DESIGNS)
    methods: str = section("方法要点", "Methods", min_length=1)
    results: tuple[Result, ...] = section("主要结果", "Main results", min_length=1, max_length=10)
    limitations: tuple[str, ...] = section("局限", "Limitations", min_length=1)
    level: Level = section("证据等级（OCEBM，1最高）", "Level of evidence (OCEBM, 1 highest)")
    application: str = section("对临床的意义", "What it means for practice", default="")


def check_quotes(value: ArticleInput, output: LiteratureSummary, lang: Lang) -> list[Finding]:
    """Every result is shown by words of the text, and each of its numbers stands in these words."""
    found = []
    for n, result in enumerate(output.results, start=1):
        if not occurs(result.quote, value.text):
            text = say(lang, "原文中没有这句话", "these words are not in the text")
            found.append(Finding("quote_in_text", f"results.{n}.quote", text, span=result.quote))
        for number in missing_numbers(result.finding, result.quote):
            text = say(lang, "所引原文中没有这个数字", "this number is not in the words quoted")
            found.append(Finding("result_in_quote", f"results.{n}.finding", text, span=number))
    return found


def check_numbers(value: ArticleInput, output: LiteratureSummary, lang: Lang) -> list[Finding]:
    """Every number elsewhere in the summary stands in the article."""
    given = f"{value.title}\n{value.text}"
    texts = {
        "conclusion": output.conclusion,
        "population": output.population,
        "intervention": output.intervention,
        "comparison": output.comparison,
        "outcomes": output.outcomes,
        "methods": output.methods,
        "application": output.application,
    }
    texts |= {f"limitations.{n}": item for n, item in enumerate(output.limitations, start=1)}
    text = say(lang, "文献中没有这个数字", "this number is not in the article")
    return [
        Finding("numbers_in_text", field, text, span=number)
        for field, words in texts.items()
        for number in missing_numbers(words, given)
    ]


def check_level(value: ArticleInput, output: LiteratureSummary, lang: Lang) -> list[Finding]:
    """The level of evidence is one that the design can reach."""
    del value
    allowed = _LEVELS.get(output.design)
    if allowed is None or output.level in allowed:
        return []
    text = say(lang, "该设计达不到这一等级", "this design does not have that level")
    return [Finding("level_fits_design", "level", text, span=output.level)]


def check_has_numbers(value: ArticleInput, output: LiteratureSummary, lang: Lang) -> list[Finding]:
    """Where the article gives numbers, so does at least one result."""
    if not numbers(value.text) or any(numbers(result.finding) for result in output.results):
        return []
    text = say(lang, "结果没有写出数字", "no result gives its numbers")
    return [Finding("results_with_numbers", "results", text, "warning")]


_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你为临床医师摘要文献。按PICO写清研究问题，再写设计、方法要点和主要结果。"
        "结果写出效应量、置信区间、P值和绝对数，数字与原文完全一致，并抄录所依据的原句；不推算原文没有的数字。"
        "局限既写作者承认的，也写设计本身带来的；区分关联与因果，区分统计学差异与临床意义。"
        "证据等级按OCEBM 2011。原文未报告的写“未报告”。\n" + limits("zh", "grounded", "currency")
    ),
    "en": (
        "You summarise an article for clinicians. State the question as PICO, then design, methods and main"
        " results. Give"
        " effect sizes, confidence intervals, P values and absolute numbers exactly as printed and copy the"
        " sentence each"
        " rests on; calculate nothing that is not there. Give the limitations that the authors admit and those of the"
        " design; keep association apart from cause, and statistical difference apart from clinical relevance. Level of"
        " evidence as in OCEBM 2011. Write 'not reported' for what is not.\n" + limits("en", "grounded", "currency")
    ),
}
_TEMPLATE: dict[Lang, str] = {
    "zh": (
        "{% if title %}\n题目：{{ title }}\n{% endif %}{{ text }}\n"
        "{% if question %}\n\n读者的问题：{{ question }}\n{% endif %}\n请摘要这篇文献。"
    ),
    "en": (
        "{% if title %}\nTitle: {{ title }}\n{% endif %}{{ text }}\n"
        "{% if question %}\n\nReader's question: {{ question }}\n{% endif %}\nSummarise this article."
    ),
}

_ZH = Example(
    ArticleInput(
        title="家庭血压远程管理对老年高血压患者血压控制的影响：单中心随机对照试验",
        text=(
            "目的：评价家庭血压远程管理的效果。方法：2021年1月至2022年6月，纳入65岁及以上原发性高血压患者420例，"
            "按1:1随机分为"
            "远程管理组（210例）和常规随访组（210例），随访6个月，结局评估者设盲。主要结局为6个月时诊室血压达标率"
            "（<140/90mmHg）。结果：远程管理组达标率为68.1%，常规随访组为52.9%（RR 1.29，95%CI 1.09～1.52，P=0.002）。"
            "远程管理组收缩压平均多下降5.6mmHg（95%CI 3.1～8.1）。两组跌倒发生率分别为3.8%和4.3%，"
            "差异无统计学意义（P=0.80）。"
            "失访37例。结论：远程管理可提高老年高血压患者血压达标率。局限：单中心，随访时间短。"
        ),
    ),
    LiteratureSummary(
        conclusion="家庭血压远程管理6个月使老年高血压患者诊室血压达标率由52.9%升至68.1%，未见跌倒增加。",
        population="65岁及以上原发性高血压患者420例，单中心。",
        intervention="家庭血压远程管理（210例），6个月。",
        comparison="常规随访（210例）。",
        outcomes="主要结局为6个月时诊室血压达标率（<140/90mmHg）；另报告收缩压变化和跌倒。",
        design="randomised_trial",
        methods="按1:1随机，结局评估者设盲，随访6个月；患者和医师无法设盲，是否按意向性分析未报告。",
        results=(
            Result(
                outcome="血压达标率",
                finding="68.1%对52.9%，RR 1.29，95%CI 1.09～1.52，P=0.002",
                quote="远程管理组达标率为68.1%，常规随访组为52.9%（RR 1.29，95%CI 1.09～1.52，P=0.002）",
            ),
            Result(
                outcome="收缩压",
                finding="平均多下降5.6mmHg，95%CI 3.1～8.1",
                quote="远程管理组收缩压平均多下降5.6mmHg（95%CI 3.1～8.1）",
            ),
            Result(
                outcome="跌倒",
                finding="3.8%对4.3%，P=0.80",
                quote="两组跌倒发生率分别为3.8%和4.3%，差异无统计学意义（P=0.80）",
            ),
        ),
        limitations=("单中心，随访仅6个月", "失访37例，处理方法未报告", "诊室血压为替代结局，未报告心血管事件"),
        level="2",
        application="可作为老年高血压管理的补充；推广前宜确认当地设备和人力条件，并看更长期的硬终点证据。",
    ),
)
_EN = Example(
    ArticleInput(
        title="Proton pump inhibitors and community-acquired pneumonia in care homes: a cohort study",
        text=(
            "Background: acid suppression may favour pneumonia. Methods: we followed 3,412 residents of 61 care"
            " homes from"
            " 2016 to 2019 using linked prescription and hospital data. Exposure was current use of a proton pump"
            " inhibitor; the outcome was hospital admission with pneumonia. Hazard ratios were adjusted for age, sex,"
            " frailty, dementia and chronic lung disease. Results: 402 residents were admitted with pneumonia. Current"
            " use was associated with admission (adjusted hazard ratio 1.24, 95% CI 1.01 to 1.53). Past use was not"
            " (1.05, 95% CI 0.82 to 1.34). Conclusion: current use was associated with pneumonia; residual confounding"
            " cannot be excluded."
        ),
        question="Should we stop the drug in our residents?",
    ),
    LiteratureSummary(
        conclusion="In care homes, current use of a proton pump inhibitor went with somewhat more admissions for"
        " pneumonia;"
        " the study cannot show that the drug is the cause.",
        population="3,412 residents of 61 care homes, 2016 to 2019.",
        intervention="Current use of a proton pump inhibitor.",
        comparison="No current use; past use was analysed apart.",
        outcomes="Hospital admission with pneumonia.",
        design="cohort",
        methods="Linked prescription and hospital data; hazard ratios adjusted for age, sex, frailty, dementia and"
        " chronic"
        " lung disease.",
        results=(
            Result(
                outcome="Admission with pneumonia, current use",
                finding="Adjusted hazard ratio 1.24, 95% CI 1.01 to 1.53",
                quote="Current use was associated with admission (adjusted hazard ratio 1.24, 95% CI 1.01 to 1.53)",
            ),
            Result(
                outcome="Admission with pneumonia, past use",
                finding="1.05, 95% CI 0.82 to 1.34",
                quote="Past use was not (1.05, 95% CI 0.82 to 1.34)",
            ),
        ),
        limitations=(
            "Residual confounding by indication: reflux itself may lead to aspiration",
            "Absolute risks in users and non-users are not reported",
            "Swallowing problems were not among the adjustments",
        ),
        level="3",
        application="A reason to review whether each resident still needs the drug, not to stop it in all: the"
        " prescriber"
        " weighs bleeding risk and indication.",
    ),
)

LITERATURE_SUMMARY = Task(
    name="literature_summary",
    titles={"zh": "文献摘要", "en": "Literature summary"},
    about={
        "zh": "把一篇文献摘成PICO、设计、带原文数字的结果、局限和证据等级；供临床医师和研究者。",
        "en": "An article as PICO, design, results with the numbers of the text, limitations, level of evidence.",
    },
    input=ArticleInput,
    output=LiteratureSummary,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_quotes, check_numbers, check_level, check_has_numbers, asked_language(), not_echoed()),
)
