"""Teaching case: a case told in stages, each with a question to answer before reading on. Knows no model."""

from __future__ import annotations

from typing import Literal

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import limits
from medgo.tasks.quoting import missing_numbers, occurs, plain

Learner = Literal["student", "resident", "specialist", "nurse"]
Label = Literal["A", "B", "C", "D", "E"]


class TeachingInput(TaskModel):
    """A case, for whom it is told, and what they should learn."""

    case: str = section("病例资料", "Case", min_length=20)
    objectives: tuple[str, ...] = section("教学目标", "Learning objectives", min_length=1, max_length=6)
    learner: Learner = section("对象", "Learner", default="resident")
    stages: int = section("分几步", "Stages", default=2, ge=1, le=6)


class Option(TaskModel):
    """One answer to choose from."""

    label: Label = section("选项", "Option")
    text: str = section("内容", "Text", min_length=1)


class Stage(TaskModel):
    """What is told, what is asked, and what is right."""

    story: str = section("病情", "What happens", min_length=1)
    question: str = section("问题", "Question", min_length=1)
    options: tuple[Option, ...] = section("选项", "Options", min_length=3, max_length=5)
    answer: Label = section("答案", "Answer")
    explanation: str = section("解析", "Explanation", min_length=1)
    objective: int = section("对应目标（第几条）", "Objective (number)", ge=1)


class TeachingCase(TaskModel):
    """A case in stages with what to take home."""

    title: str = section("标题", "Title", min_length=1)
    stages: tuple[Stage, ...] = section("分步", "Stages", min_length=1)
    take_home: tuple[str, ...] = section("要点小结", "Take home", min_length=1, max_length=6)


def check_answers(value: TeachingInput, output: TeachingCase, lang: Lang) -> list[Finding]:
    """The answer is among the options, which are labelled A, B, C … in order and differ."""
    del value
    found = []
    for n, stage in enumerate(output.stages, start=1):
        labels = [option.label for option in stage.options]
        if stage.answer not in labels:
            text = say(lang, "答案不在选项中", "the answer is not among the options")
            found.append(Finding("answer_among_options", f"stages.{n}.answer", text, span=stage.answer))
        if labels != list("ABCDE")[: len(labels)]:
            text = say(lang, "选项应从A起依次排列", "options should be A, B, C … in order")
            found.append(Finding("options_in_order", f"stages.{n}.options", text, span="".join(labels)))
        if len({plain(option.text) for option in stage.options}) < len(stage.options):
            text = say(lang, "有相同的选项", "two options are the same")
            found.append(Finding("options_differ", f"stages.{n}.options", text))
    return found


def check_story(value: TeachingInput, output: TeachingCase, lang: Lang) -> list[Finding]:
    """Every number that the story tells is in the case."""
    text = say(lang, "病例资料中没有这个数字", "this number is not in the case")
    return [
        Finding("numbers_in_case", f"stages.{n}.story", text, span=number)
        for n, stage in enumerate(output.stages, start=1)
        for number in missing_numbers(stage.story, value.case)
    ]


def check_not_told(value: TeachingInput, output: TeachingCase, lang: Lang) -> list[Finding]:
    """What is right is not told before it is asked."""
    del value
    text = say(lang, "病情中已经说出答案", "the story already tells the answer")
    found = []
    told = ""
    for n, stage in enumerate(output.stages, start=1):
        told = f"{told}\n{stage.story}\n{stage.question}"
        for option in stage.options:
            if option.label == stage.answer and occurs(option.text, told):
                found.append(Finding("answer_not_told", f"stages.{n}.story", text, span=option.text))
    return found


def check_coverage(value: TeachingInput, output: TeachingCase, lang: Lang) -> list[Finding]:
    """As many stages as asked for; each serves an objective that was given."""
    found = []
    if len(output.stages) != value.stages:
        text = say(lang, f"应分{value.stages}步", f"{value.stages} stages were asked for")
        found.append(Finding("stages_asked_for", "stages", text, span=str(len(output.stages))))
    count = len(value.objectives)
    for n, stage in enumerate(output.stages, start=1):
        if stage.objective > count:
            text = say(lang, f"只有{count}条教学目标", f"there are only {count} objectives")
            found.append(Finding("objective_exists", f"stages.{n}.objective", text, span=str(stage.objective)))
    if count <= value.stages and {stage.objective for stage in output.stages} < set(range(1, count + 1)):
        text = say(lang, "有教学目标没有对应的问题", "an objective has no question")
        found.append(Finding("objectives_covered", "stages", text, "warning"))
    return found


_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你为带教老师编写分步教学病例。每一步先讲病情，再提一个问题，选项从A起，只有一个最佳答案，干扰项要像真的。"
        "解析说明为什么选它、其余为什么不选，联系病情中的线索。病情只用所给资料，数字不改，答案不能在提问前说破。"
        "每步对应一条教学目标，题目难度合乎对象。患者身份信息一律不写。\n" + limits("zh", "grounded", "currency")
    ),
    "en": (
        "You write staged teaching cases. Each stage tells what happens, then asks one question with options from A and"
        " one best answer; distractors must be plausible. The explanation says why it is right and why the others are"
        " not, pointing to clues in the story. Use only the case given, change no number, and do not give the"
        " answer away"
        " before it is asked. Each stage serves one objective at the learner's level. Nothing that identifies a"
        " patient.\n" + limits("en", "grounded", "currency")
    ),
}
_TEMPLATE: dict[Lang, str] = {
    "zh": (
        "对象：{{ {'student': '医学生', 'resident': '住院医师', 'specialist': '专科医师', 'nurse':"
        " '护士'}[learner] }}\n"
        "教学目标：\n{% for o in objectives %}\n{{ loop.index }}. {{ o }}\n{% endfor %}\n\n病例资料：\n{{ case }}\n\n"
        "请编写{{ stages }}步的教学病例。"
    ),
    "en": (
        "Learner: {{ learner }}\nLearning objectives:\n{% for o in objectives %}\n{{ loop.index }}. {{ o }}\n{%"
        " endfor %}"
        "\n\nCase:\n{{ case }}\n\nWrite a teaching case of {{ stages }} stage{{ '' if stages == 1 else 's' }}."
    ),
}

_ZH = Example(
    TeachingInput(
        case=(
            "患者男性，28岁，咽痛1周后出现颜面水肿和茶色尿2天。血压158/96mmHg。尿蛋白++，尿红细胞满视野，见红细胞管型。"
            "肌酐132μmol/L，补体C3 0.32g/L（明显降低），抗链球菌溶血素O升高。经限盐、利尿和降压，2周后尿量增加、"
            "水肿消退。"
            "8周后复查补体C3恢复正常。"
        ),
        objectives=("识别急性肾炎综合征并选择最有鉴别意义的检查", "说出补体恢复的时间及其意义"),
        learner="resident",
        stages=2,
    ),
    TeachingCase(
        title="咽痛之后的茶色尿",
        stages=(
            Stage(
                story="男性，28岁，咽痛1周后颜面水肿、茶色尿2天。血压158/96mmHg，尿蛋白++，尿红细胞满视野，"
                "见红细胞管型，肌酐132μmol/L。",
                question="下列哪项检查对区分病因最有帮助？",
                options=(
                    Option(label="A", text="血清补体C3和抗链球菌溶血素O"),
                    Option(label="B", text="24小时尿钙定量"),
                    Option(label="C", text="静脉肾盂造影"),
                    Option(label="D", text="尿找抗酸杆菌"),
                ),
                answer="A",
                explanation=(
                    "水肿、高血压、血尿和红细胞管型组成急性肾炎综合征，先有咽痛，应想到链球菌感染后肾小球肾炎；"
                    "补体C3降低可与IgA肾病区分。尿钙看结石，造影在肌酐升高时不宜，抗酸杆菌用于泌尿系结核，线索均不符。"
                ),
                objective=1,
            ),
            Stage(
                story="补体C3 0.32g/L，抗链球菌溶血素O升高。限盐、利尿和降压2周后，尿量增加、水肿消退，"
                "患者问何时复查。",
                question="如果诊断成立，下面哪种情况最应促使考虑肾活检？",
                options=(
                    Option(label="A", text="镜下血尿持续数月"),
                    Option(label="B", text="补体C3超过8周仍低"),
                    Option(label="C", text="抗链球菌溶血素O仍高"),
                    Option(label="D", text="水肿消退后体重下降"),
                ),
                answer="B",
                explanation=(
                    "链球菌感染后肾小球肾炎的C3多在8周内恢复，持续降低提示膜增生性肾小球肾炎、狼疮肾炎等，应考虑活检。"
                    "镜下血尿可持续较久，抗体滴度下降慢，体重下降是利尿的结果，都不单独构成活检指征。"
                ),
                objective=2,
            ),
        ),
        take_home=("红细胞管型说明血尿来自肾小球", "C3低且8周内恢复支持链球菌感染后肾小球肾炎", "C3持续低要找别的病"),
    ),
)
_EN = Example(
    TeachingInput(
        case=(
            "A 70-year-old woman on bendroflumethiazide and sertraline was brought in confused after a week of poor"
            " appetite. BP 112/64 mmHg, no oedema, dry tongue. Sodium 114 mmol/L, potassium 3.1 mmol/L, urea 9 mmol/L,"
            " glucose 6 mmol/L, urine sodium 48 mmol/L. She had one seizure in the emergency department. Sodium"
            " was raised"
            " to 120 mmol/L over the first 24 hours under close checks and she woke up."
        ),
        objectives=("Recognise severe symptomatic hyponatraemia", "Know how fast to correct it"),
        learner="student",
        stages=2,
    ),
    TeachingCase(
        title="Confused after a week of not eating",
        stages=(
            Stage(
                story="A 70-year-old woman on bendroflumethiazide and sertraline is confused after a week of poor"
                " appetite."
                " BP 112/64 mmHg, no oedema, dry tongue. Potassium 3.1 mmol/L, glucose 6 mmol/L. Then she has a"
                " seizure.",
                question="Which result would best explain the seizure?",
                options=(
                    Option(label="A", text="Sodium 114 mmol/L"),
                    Option(label="B", text="Urea 9 mmol/L"),
                    Option(label="C", text="Calcium 2.4 mmol/L"),
                    Option(label="D", text="Haemoglobin 108 g/L"),
                ),
                answer="A",
                explanation="A thiazide and an SSRI both lower sodium, and at this level the brain swells:"
                " confusion and"
                " seizures follow. The urea is only a little raised, the calcium is normal, and mild anaemia does"
                " not cause"
                " seizures.",
                objective=1,
            ),
            Stage(
                story="Her sodium is 114 mmol/L with a urine sodium of 48 mmol/L. The senior physician starts"
                " treatment with"
                " checks every few hours.",
                question="What is the main danger of raising the sodium too fast?",
                options=(
                    Option(label="A", text="Pulmonary embolism"),
                    Option(label="B", text="Osmotic demyelination"),
                    Option(label="C", text="Acute pancreatitis"),
                    Option(label="D", text="Thyroid storm"),
                ),
                answer="B",
                explanation="Brain cells have given up solutes to adapt; a fast rise draws water out of them and"
                " damages"
                " myelin, above all with low potassium and poor nutrition, as here. That is why many guidelines"
                " cap the rise"
                " at about 8 to 10 mmol/L in 24 hours once the seizure is controlled; check the current local one.",
                objective=2,
            ),
        ),
        take_home=(
            "A seizure with low sodium is an emergency: a small rise stops it",
            "After that, slowly: watch the sodium every few hours",
            "Ask about thiazides and SSRIs in every confused older person",
        ),
    ),
)

TEACHING_CASE = Task(
    name="teaching_case",
    titles={"zh": "教学病例", "en": "Teaching case"},
    about={
        "zh": "把病例编成分步讲述的教学病例，每步有问题、选项、答案和解析；供带教老师。",
        "en": "A case told in stages, each with question, options, answer and explanation; for teachers.",
    },
    input=TeachingInput,
    output=TeachingCase,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_answers, check_story, check_not_told, check_coverage, asked_language(), not_echoed()),
)
