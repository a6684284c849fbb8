"""Terminology normalisation: words of a record → preferred term and code, chosen among candidates. Knows no model."""

from __future__ import annotations

from pydantic import model_validator

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import limits
from medgo.tasks.quoting import occurs, plain


class Term(TaskModel):
    """One entry of a vocabulary."""

    code: str = section("编码", "Code", min_length=1)
    system: str = section("编码系统", "Code system", min_length=1)
    name: str = section("标准术语", "Preferred term", min_length=1)
    note: str = section("说明", "Note", default="")


class MentionInput(TaskModel):
    """Words as they stand in a record, and what they may be coded as. Without candidates, any code may be given."""

    mention: str = section("原文词语", "Mention", min_length=1)
    context: str = section("所在句子", "Context", min_length=1)
    system: str = section("目标编码系统", "Target code system", min_length=1)
    candidates: tuple[Term, ...] = section("候选术语", "Candidates", default=(), max_length=30)

    @model_validator(mode="after")
    def _mention_is_in_context(self) -> MentionInput:
        if not occurs(self.mention, self.context):
            raise ValueError("the mention does not occur in its context")
        return self


class Alternative(TaskModel):
    """A term that was considered and not chosen."""

    code: str = section("编码", "Code", min_length=1)
    name: str = section("术语", "Term", min_length=1)
    why_not: str = section("不选的理由", "Why not", min_length=1)


class Normalised(TaskModel):
    """What the words mean, and the one term chosen; no code where none fits."""

    meaning: str = section("含义", "Meaning", min_length=1)
    preferred: str = section("标准术语", "Preferred term", default="")
    code: str = section("编码", "Code", default="")
    system: str = section("编码系统", "Code system", default="")
    reason: str = section("选择理由", "Reason", min_length=1)
    alternatives: tuple[Alternative, ...] = section(
        "考虑过的其他术语", "Alternatives considered", default=(), max_length=8
    )
    assertion: str = section("语境（否认、家族史、既往等）", "Assertion (denied, family, past …)", default="")


def check_candidate(value: MentionInput, output: Normalised, lang: Lang) -> list[Finding]:
    """The chosen code is one of the candidates, with that candidate's name and system."""
    if not value.candidates or not output.code:
        return []
    chosen = [term for term in value.candidates if term.code == output.code]
    if not chosen:
        text = say(lang, "编码不在候选术语中", "the code is not among the candidates")
        return [Finding("code_in_candidates", "code", text, span=output.code)]
    if not any(plain(term.name) == plain(output.preferred) and term.system == output.system for term in chosen):
        text = say(lang, f"该编码的术语是“{chosen[0].name}”", f"this code stands for '{chosen[0].name}'")
        return [Finding("name_fits_code", "preferred", text, span=output.preferred)]
    return []


def check_whole(value: MentionInput, output: Normalised, lang: Lang) -> list[Finding]:
    """Code, term and system are given together, in the system asked for, or none of them."""
    given = [bool(output.code), bool(output.preferred), bool(output.system)]
    found = []
    if any(given) and not all(given):
        text = say(lang, "编码、术语、编码系统应同时给出", "code, term and system belong together")
        found.append(Finding("code_whole", "code", text))
    if output.system and plain(output.system) != plain(value.system):
        text = say(lang, f"要求的编码系统是{value.system}", f"the code system asked for is {value.system}")
        found.append(Finding("system_asked_for", "system", text, span=output.system))
    return found


def check_alternatives(value: MentionInput, output: Normalised, lang: Lang) -> list[Finding]:
    """Alternatives are other candidates, each once."""
    known = {term.code for term in value.candidates}
    seen: set[str] = set()
    found = []
    for n, one in enumerate(output.alternatives, start=1):
        if one.code == output.code or one.code in seen or (known and one.code not in known):
            text = say(lang, "不是另一个候选术语", "not another candidate")
            found.append(Finding("alternatives_are_others", f"alternatives.{n}.code", text, span=one.code))
        seen.add(one.code)
    return found


_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你是病案编码助手，把病历中的词语对应到标准术语和编码。先结合所在句子说明词语的含义（缩写写出全称），"
        "再选最贴切的一个编码："
        "部位、侧别、病因、分期、并发症和类目说明（包括、不包括）都要相符，能具体就不笼统，病历没写的不推断。"
        "有候选时只能从中选；都不合适时编码、术语、编码系统留空并说明原因。写出考虑过的其他术语及不选的理由。"
        "词语被否认、属家族史或既往史时在“语境”中注明。\n" + limits("zh", "grounded")
    ),
    "en": (
        "You help a coder map words of a record to a preferred term and a code. Say what the words mean in this"
        " sentence"
        " (spell out abbreviations), then choose the one code that fits: site, side, cause, stage, complication and the"
        " category's includes and excludes must agree; as specific as the record allows, and no more. With candidates,"
        " choose only among them; if none fits, leave code, term and system empty and say why. List the other terms you"
        " considered and why not. Note under 'Assertion' when the words are denied, past or a relative's.\n"
        + limits("en", "grounded")
    ),
}
_TEMPLATE: dict[Lang, str] = {
    "zh": (
        "原文词语：{{ mention }}\n所在句子：{{ context }}\n目标编码系统：{{ system }}\n"
        "{% if candidates %}\n候选术语：\n{% for c in candidates %}\n- {{ c.code }} {{ c.name }}"
        "{% if c.note %}（{{ c.note }}）{% endif %}\n\n{% endfor %}\n{% endif %}"
    ),
    "en": (
        "Mention: {{ mention }}\nContext: {{ context }}\nTarget code system: {{ system }}\n"
        "{% if candidates %}\nCandidates:\n{% for c in candidates %}\n- {{ c.code }} {{ c.name }}"
        "{% if c.note %} ({{ c.note }}){% endif %}\n\n{% endfor %}\n{% endif %}"
    ),
}

_ZH = Example(
    MentionInput(
        mention="DKA",
        context="患者2型糖尿病10年，此次因自行停药出现DKA入院，神志清楚，对答切题。",
        system="ICD-10",
        candidates=(
            Term(code="E11.0", system="ICD-10", name="2型糖尿病伴有昏迷"),
            Term(code="E11.1", system="ICD-10", name="2型糖尿病伴有酮症酸中毒", note="不伴昏迷"),
            Term(code="E10.1", system="ICD-10", name="1型糖尿病伴有酮症酸中毒"),
            Term(code="E11.9", system="ICD-10", name="2型糖尿病不伴有并发症"),
        ),
    ),
    Normalised(
        meaning="DKA 即糖尿病酮症酸中毒，句中指2型糖尿病患者停药后发生，神志清楚。",
        preferred="2型糖尿病伴有酮症酸中毒",
        code="E11.1",
        system="ICD-10",
        reason="分型为2型，有酮症酸中毒而无昏迷，与E11.1的说明一致。",
        alternatives=(
            Alternative(code="E11.0", name="2型糖尿病伴有昏迷", why_not="患者神志清楚，无昏迷。"),
            Alternative(code="E10.1", name="1型糖尿病伴有酮症酸中毒", why_not="病历写明为2型糖尿病。"),
            Alternative(code="E11.9", name="2型糖尿病不伴有并发症", why_not="已有酮症酸中毒这一急性并发症。"),
        ),
    ),
)
_EN = Example(
    MentionInput(
        mention="NOF #",
        context="Slipped on ice, left NOF # on film, closed, admitted for fixation.",
        system="ICD-10-CM",
        candidates=(
            Term(
                code="S72.002A",
                system="ICD-10-CM",
                name="Fracture of unspecified part of neck of left femur, initial encounter for closed fracture",
            ),
            Term(
                code="S72.001A",
                system="ICD-10-CM",
                name="Fracture of unspecified part of neck of right femur, initial encounter for closed fracture",
            ),
            Term(
                code="S72.142A",
                system="ICD-10-CM",
                name="Displaced intertrochanteric fracture of left femur, initial encounter for closed fracture",
            ),
        ),
    ),
    Normalised(
        meaning="'NOF #' is a fracture of the neck of the femur; here the left one, closed, at first admission.",
        preferred="Fracture of unspecified part of neck of left femur, initial encounter for closed fracture",
        code="S72.002A",
        system="ICD-10-CM",
        reason="Site, side, closed fracture and first encounter agree; which part of the neck is not stated.",
        alternatives=(
            Alternative(
                code="S72.001A",
                name="Fracture of unspecified part of neck of right femur, initial encounter for closed fracture",
                why_not="The record says left.",
            ),
            Alternative(
                code="S72.142A",
                name="Displaced intertrochanteric fracture of left femur, initial encounter for closed fracture",
                why_not="The fracture is of the neck, not between the trochanters; displacement is not stated.",
            ),
        ),
    ),
)

TERMINOLOGY_NORMALISATION = Task(
    name="terminology_normalisation",
    titles={"zh": "术语标准化与编码", "en": "Terminology normalisation and coding"},
    about={
        "zh": "把病历中的词语对应到标准术语和编码，并写明为何不选其他；供编码员。",
        "en": "Words of a record to a preferred term and code, with why not the others; for coders.",
    },
    input=MentionInput,
    output=Normalised,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_candidate, check_whole, check_alternatives, asked_language(), not_echoed()),
    thinking=True,
)
