"""Research idea: from what is known to a question worth asking and a hypothesis that can fail. Knows no model."""

from __future__ import annotations

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import limits
from medgo.tasks.quoting import missing_quotes, occurs


class IdeaInput(TaskModel):
    """An observation or a field, what is known, and what one has to work with."""

    topic: str = section("方向或临床观察", "Field or observation", min_length=5)
    known: tuple[str, ...] = section("已知", "What is known", default=())
    resources: str = section("可用条件", "Resources", default="")


class Idea(TaskModel):
    """A question, why it is open, and how it could turn out wrong."""

    question: str = section("研究问题", "Research question", min_length=5)
    gap: str = section("知识空白", "Gap", min_length=5)
    known: tuple[str, ...] = section("依据的已知事实", "Known facts it builds on", default=())
    hypothesis: str = section("假设", "Hypothesis", min_length=5)
    refuted_if: str = section("什么结果会推翻假设", "What would refute it", min_length=5)
    novelty: str = section("新意", "What is new", min_length=1)
    feasibility: str = section("可行性", "Feasibility", min_length=1)
    design: str = section("初步设计", "Outline of a design", min_length=1)
    risks: tuple[str, ...] = section("风险与伦理", "Risks and ethics", min_length=1)
    check_first: tuple[str, ...] = section("立项前先查", "To check first", min_length=1)


def check_question(value: IdeaInput, output: Idea, lang: Lang) -> list[Finding]:
    """The question is one question, and the hypothesis is a statement."""
    del value
    found = []
    marks = output.question.count("?") + output.question.count("？")
    if marks != 1 or output.question[-1] not in "?？":
        text = say(lang, "研究问题应是一个问句", "the research question should be one question")
        found.append(Finding("one_question", "question", text, span=output.question))
    if "?" in output.hypothesis or "？" in output.hypothesis:
        text = say(lang, "假设应是可检验的陈述句", "a hypothesis is a statement that can be tested")
        found.append(Finding("hypothesis_states", "hypothesis", text, span=output.hypothesis))
    return found


def check_known(value: IdeaInput, output: Idea, lang: Lang) -> list[Finding]:
    """What the idea builds on is what was given as known; nothing is invented as known."""
    text = say(lang, "所给资料中没有这一条", "this was not given as known")
    source = "\n".join([value.topic, *value.known])
    return [Finding("known_given", "known", text, span=quote) for quote in missing_quotes(output.known, source)]


def check_citations(value: IdeaInput, output: Idea, lang: Lang) -> list[Finding]:
    """No literature is cited that was not given: what looks like a reference has to stand in the input."""
    source = "\n".join([value.topic, *value.known, value.resources])
    text = say(lang, "所给资料中没有这篇文献", "this reference was not given")
    fields = {"gap": output.gap, "novelty": output.novelty, "feasibility": output.feasibility, "design": output.design}
    return [
        Finding("no_invented_references", field, text, span=word)
        for field, words in fields.items()
        for word in words.replace("，", " ").replace(",", " ").split()
        if any(mark in word.lower() for mark in ("doi", "pmid", "http", "nct0")) and not occurs(word, source)
    ]


_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你帮助临床医师形成研究想法。由所给方向和已知事实提出一个明确的研究问题（含人群、比较和结局），说明知识空白，"
        "写出可检验的假设和会推翻它的结果。新意如实说，不夸大；可行性联系所给条件。"
        "“依据的已知事实”照抄所给内容，不编造文献、DOI或试验注册号；需要查证的写入“立项前先查”。\n"
        + limits("zh", "currency", "rare")
    ),
    "en": (
        "You help a clinician form a research idea. From the field and the known facts, ask one clear question"
        " (population, comparison, outcome), say what the gap is, state a hypothesis that can be tested and the result"
        " that would refute it. Be honest about novelty; tie feasibility to the resources given. 'Known facts' are"
        " copied"
        " from what was given; invent no paper, DOI or trial number, and put what must be looked up under 'To check"
        " first'.\n" + limits("en", "currency", "rare")
    ),
}
_TEMPLATE: dict[Lang, str] = {
    "zh": (
        "方向或临床观察：{{ topic }}\n{% if known %}\n已知：\n{% for k in known %}\n- {{ k }}\n{% endfor %}\n{%"
        " endif %}"
        "{% if resources %}\n可用条件：{{ resources }}\n{% endif %}\n请提出一个研究想法。"
    ),
    "en": (
        "Field or observation: {{ topic }}\n"
        "{% if known %}\nKnown:\n{% for k in known %}\n- {{ k }}\n{% endfor %}\n{% endif %}"
        "{% if resources %}\nResources: {{ resources }}\n{% endif %}\nPropose one research idea."
    ),
}

_ZH = Example(
    IdeaInput(
        topic="我科发现，服用SGLT2抑制剂的2型糖尿病患者骨科术后偶有血糖不高的酮症",
        known=("SGLT2抑制剂可致血糖正常的酮症酸中毒", "禁食和手术应激促进酮体生成"),
        resources="三级医院电子病历，近5年骨科择期手术约1.2万例，血酮为部分患者检测",
    ),
    Idea(
        question="2型糖尿病患者骨科择期手术，术前停用SGLT2抑制剂不足3天与停用3天及以上相比，"
        "术后48小时内酮症的发生率是否更高？",
        gap="停药多久能降低围手术期酮症风险，骨科人群的直接数据少，各科做法不一。",
        known=("SGLT2抑制剂可致血糖正常的酮症酸中毒", "禁食和手术应激促进酮体生成"),
        hypothesis="停药不足3天者术后48小时内酮症的发生率高于停药3天及以上者。",
        refuted_if="校正禁食时间、糖化血红蛋白和胰岛素使用后，两组发生率的差异置信区间包含零，"
        "且上限低于有临床意义的差值。",
        novelty="把停药间隔作为暴露而不只是用药与否，并在单一手术类别中比较。",
        feasibility="病例数充足；难点是血酮仅部分患者检测，存在检测偏倚，宜加做前瞻性小样本统一检测。",
        design="回顾性队列，倾向评分加权；另设3个月前瞻性队列，术后统一测血酮。",
        risks=("选择性检测血酮会高估发生率", "使用病历数据须经伦理审查并去标识", "前瞻部分发现酮症须有处理预案"),
        check_first=("检索近年围手术期SGLT2抑制剂停药研究，确认空白仍在", "抽查100份病历，看停药时间记录是否可靠"),
    ),
)
_EN = Example(
    IdeaInput(
        topic="Older in-patients who move wards at night seem to become delirious more often",
        known=("Sleep loss contributes to delirium", "About one in five of our ward moves happens after 22:00"),
        resources="Two hospitals, bed-movement log, delirium screening twice a day in patients over 70",
    ),
    Idea(
        question="In medical in-patients over 70, is a ward move after 22:00, compared with one by day, followed"
        " by more"
        " delirium within 48 hours?",
        gap="Moves between wards have been linked to delirium, but the hour of the move, which a hospital can"
        " change, has"
        " rarely been looked at.",
        known=("Sleep loss contributes to delirium", "About one in five of our ward moves happens after 22:00"),
        hypothesis="Delirium within 48 hours is more frequent after a night move than after a day move.",
        refuted_if="After adjustment for dementia, acuity and the reason for the move, the difference is near zero"
        " with an"
        " interval that excludes a clinically relevant increase.",
        novelty="The exposure is a matter of bed management, not of the patient.",
        feasibility="Both logs exist and delirium is screened routinely; sicker patients may be moved at night, so the"
        " reason for the move has to be coded.",
        design="Cohort of moves, matched on acuity; a time-stratified comparison within patients moved more than once.",
        risks=(
            "Screening at night may be less complete",
            "Routine data need ethical approval and de-identification",
        ),
        check_first=(
            "A literature search on night transfers and delirium",
            "How complete the screening is after night moves in a sample of 100",
        ),
    ),
)

RESEARCH_IDEA = Task(
    name="research_idea",
    titles={"zh": "科研选题", "en": "Research idea"},
    about={
        "zh": "由临床观察和已知事实提出研究问题、知识空白和可被推翻的假设；供临床研究者。",
        "en": "From an observation and what is known: a question, the gap, a hypothesis that can fail; for"
        " researchers.",
    },
    input=IdeaInput,
    output=Idea,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_question, check_known, check_citations, asked_language(), not_echoed()),
    thinking=True,
)
