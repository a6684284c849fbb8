"""What terminology rows say, in both languages. Braces are filled by the rows; knows no term."""

from __future__ import annotations

from collections.abc import Mapping

from medgo.schema import Lang

Phrasings = Mapping[Lang, tuple[str, ...]]

ASK_PREFERRED: Phrasings = {
    "zh": (
        "“{mention}”对应的规范医学术语是什么？",
        "病历中写到“{mention}”，请给出标准术语{code_too}。",
        "请将“{mention}”规范化为标准术语{code_too}。",
    ),
    "en": (
        "What is the preferred medical term for “{mention}”?",
        "A note says “{mention}”. Give the preferred term{code_too}.",
        "Normalise “{mention}” to its preferred term{code_too}.",
    ),
}
ASK_COLLOQUIAL: Phrasings = {
    "zh": (
        "患者自述“{mention}”，医学上应如何规范表述？",
        "口语中的“{mention}”对应哪个医学术语？",
    ),
    "en": (
        "A patient says “{mention}”. What is the clinical term for it?",
        "Which clinical term stands for the everyday words “{mention}”?",
    ),
}
ASK_LAY: Phrasings = {
    "zh": ("通俗说法“{mention}”对应哪个医学术语？",),
    "en": (
        "What is the clinical term for “{mention}”?",
        "Which clinical term says the same as the plain words “{mention}”?",
    ),
}
# A classification lists under a category what belongs to it; that is not another name of the category.
ASK_FILED: Phrasings = {
    "zh": ("“{mention}”在{system}中归入哪个编码？", "病历中写到“{mention}”，{system}编码是什么？"),
    "en": (
        "Under which {system} code is “{mention}” reported?",
        "A note says “{mention}”. Which {system} code covers it?",
        "Code “{mention}” in {system}.",
    ),
}
IS_FILED: Phrasings = {
    "zh": ("归入{code}“{preferred}”。",),
    "en": ("It is reported under {code}, “{preferred}”.", "{code}, “{preferred}”, covers it."),
}
MENTION_IS_FILED: Phrasings = {
    "zh": ("“{mention}”是该类目下的包括词。",),
    "en": ("“{mention}” is listed there as an inclusion term.",),
}
CODE_TOO: Mapping[Lang, str] = {"zh": "及{system}编码", "en": " and its {system} code"}
IS_PREFERRED: Phrasings = {
    "zh": ("规范术语为“{preferred}”。", "标准术语是“{preferred}”。", "应规范为“{preferred}”。"),
    "en": ("The preferred term is “{preferred}”.", "The standard term is “{preferred}”.", "It maps to “{preferred}”."),
}
HAS_CODE: Phrasings = {
    "zh": ("其{system}编码为{code}。", "{system}编码：{code}。"),
    "en": ("Its {system} code is {code}.", "{system} code: {code}."),
}
MENTION_IS_SYNONYM: Phrasings = {
    "zh": ("“{mention}”与之同义。", "“{mention}”是它的另一种说法。"),
    "en": ("“{mention}” is another name for it.", "“{mention}” means the same."),
}
NOT_THE_SAME: Phrasings = {
    "zh": ("注意不要与“{other}”（{code}）混淆，后者是另一个概念。",),
    "en": ("It is not to be confused with “{other}” ({code}), which is another concept.",),
}
ASK_TRANSLATION: Phrasings = {
    "zh": ("请将医学术语“{mention}”译为中文。", "“{mention}”的中文规范名称是什么？", "“{mention}”用中文怎么说？"),
    "en": (
        "Translate the medical term “{mention}” into English.",
        "What is “{mention}” called in English?",
        "Give the English term for “{mention}”.",
    ),
}
IS_TRANSLATION: Phrasings = {
    "zh": ("中文为“{preferred}”。", "规范译名为“{preferred}”。"),
    "en": ("In English it is “{preferred}”.", "The English term is “{preferred}”."),
}
ASK_HIERARCHY: Phrasings = {
    "zh": (
        "按人类表型本体（HPO）的分类，“{narrow}”属于“{broad}”吗？",
        "在HPO中，“{narrow}”是“{broad}”的下位概念吗？请说明理由。",
    ),
    "en": (
        "In the Human Phenotype Ontology, is “{narrow}” a kind of “{broad}”?",
        "Does “{narrow}” fall under “{broad}” in the HPO hierarchy? Say why.",
    ),
}
YES_HIERARCHY: Phrasings = {
    "zh": ("是。", "属于。"),
    "en": ("Yes.",),
}
NO_HIERARCHY: Phrasings = {
    "zh": ("不是。", "不属于。"),
    "en": ("No.",),
}
LEVEL: Phrasings = {
    "zh": ("“{narrow}”的上位概念是“{broad}”。",),
    "en": ("“{narrow}” is a kind of “{broad}”.",),
}
REVERSED: Phrasings = {
    "zh": ("关系恰好相反：“{narrow}”是“{broad}”的一种。",),
    "en": ("It is the other way round: “{narrow}” is a kind of “{broad}”.",),
}
SIBLINGS: Phrasings = {
    "zh": ("两者并列，同属“{broad}”。",),
    "en": ("The two stand side by side under “{broad}”.",),
}
ASK_TOGETHER: Phrasings = {
    "zh": (
        "同一次就诊中，ICD-10-CM编码{a}（{a_name}）与{b}（{b_name}）可以同时编码吗？",
        "按ICD-10-CM规则，{a}（{a_name}）和{b}（{b_name}）能否一起使用？",
    ),
    "en": (
        "May the ICD-10-CM codes {a} ({a_name}) and {b} ({b_name}) be reported together for one encounter?",
        "Under ICD-10-CM, can {a} ({a_name}) and {b} ({b_name}) be coded at the same time?",
    ),
}
EXCLUDES1: Phrasings = {
    "zh": ("不可以。", "一般不可以。"),
    "en": ("No.", "As a rule, no."),
}
EXCLUDES1_WHY: Phrasings = {
    "zh": (
        "{b}列在{a}的Excludes1（此处不编码）注释中。",
        "{a}下的Excludes1注释排除{b}。",
    ),
    "en": (
        "{b} stands in the Excludes1 note (“not coded here”) of {a}.",
        "The Excludes1 note under {a} excludes {b}.",
    ),
}
EXCLUDES1_EXCEPT: Phrasings = {
    "zh": ("只有两种情况确实互不相关时才例外，并应在病历中写明。",),
    "en": ("The exception is when the two conditions are unrelated, which the record must then make clear.",),
}
EXCLUDES2: Phrasings = {
    "zh": ("可以，前提是患者确实同时存在两种情况。",),
    "en": ("Yes, provided that the patient has both conditions.",),
}
EXCLUDES2_WHY: Phrasings = {
    "zh": ("{b}列在{a}的Excludes2（此处未包括）注释中：它不属于{a}，可另行编码。",),
    "en": (
        "{b} stands in the Excludes2 note (“not included here”) of {a}: it is not part of {a} and is coded as well.",
    ),
}
ASK_FILED_CHOICE: Phrasings = {
    "zh": ("“{mention}”应归入下列哪个{system}类目？",),
    "en": ("Under which of these {system} categories is “{mention}” reported?",),
}
ASK_CHOICE: Phrasings = {
    "zh": ("请为“{mention}”从下列候选中选出最贴切的术语：", "下列术语中哪一个与“{mention}”同义？"),
    "en": ("Choose the term that fits “{mention}” best:", "Which of these terms means the same as “{mention}”?"),
}
CHOICE_LINE: Phrasings = {"zh": ("{label}. {name}（{code}）",), "en": ("{label}. {name} ({code})",)}
CHOSEN: Phrasings = {
    "zh": ("选{label}：“{preferred}”（{code}）。",),
    "en": ("{label}: “{preferred}” ({code}).",),
}
NARROWER: Phrasings = {
    "zh": ("{label}（“{other}”）比原词更具体，原文没有这一信息。",),
    "en": ("{label} (“{other}”) is more specific than the words given.",),
}
BROADER: Phrasings = {
    "zh": ("{label}（“{other}”）过于笼统。",),
    "en": ("{label} (“{other}”) is too general.",),
}
BESIDE: Phrasings = {
    "zh": ("{label}（“{other}”）是另一个并列的概念。",),
    "en": ("{label} (“{other}”) is a different concept.",),
}
ASK_ABBREVIATION: Phrasings = {
    "zh": (
        "病历中提到{context}，并写有缩写“{short}”。此处“{short}”指什么？",
        "上下文涉及{context}时，缩写“{short}”应如何解读？",
    ),
    "en": (
        "A note mentions {context} together with “{short}”. What does “{short}” stand for there?",
        "In the context of {context}, how is the abbreviation “{short}” to be read?",
    ),
}
STANDS_FOR: Phrasings = {
    "zh": ("此处“{short}”指{here}（{there}）。", "“{short}”在这里是{here}（{there}）的缩写。"),
    "en": ("Here “{short}” stands for {here} ({there}).", "“{short}” is short for {here} ({there}) here."),
}
CONTEXT_SAYS: Phrasings = {
    "zh": ("依据是上下文中的{context}。",),
    "en": ("The context ({context}) settles it.",),
}
ELSEWHERE: Phrasings = {
    "zh": ("同一缩写在其他情况下还可指{others}，书写病历时宜写全称。",),
    "en": ("Elsewhere the same letters may stand for {others}, so a note should spell the term out.",),
}
