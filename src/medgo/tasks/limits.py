"""What MedGo must not do, whatever the task: the words of prompts that say so, and the checks that see to it.

Knows no task. A task takes the limits that concern it; the checks read single texts of an output.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from medgo.schema import Lang
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Finding

Limit = Literal["suggestion", "urgent", "no_prescription", "missing", "rare", "currency", "grounded", "high_risk"]

_ZH: Mapping[Limit, str] = {
    "suggestion": "所写都是建议，每条写明依据；不下最终诊断，不代替医师签名，由医师决定。",
    "urgent": "先看有没有危及生命的情况：如有，第一句话就写明立即要做的处置（呼叫急救、抢救团队），再谈其他。",
    "no_prescription": "不开具处方和医嘱，只拟供医师审核的方案；是否执行由接诊医师决定。",
    "missing": "年龄、性别、妊娠、肝肾功能、过敏史、体重等关键信息缺失时，写明缺什么、为什么要问（最多三项），"
    "此时不给具体剂量。",
    "rare": "考虑罕见病时说明把握有限，写出能确认它的检查，并建议多学科会诊或转罕见病诊疗中心。",
    "currency": "涉及指南、药品审批或疫情等随时间变化的内容时，说明依据的年份，并提示核对最新版本；其他情况不必提。",
    "grounded": "只使用材料中写明的事实；数字、单位、左右侧和“无”“否认”照原文，不补写未提供的结果。",
    "high_risk": (
        "手术取舍、溶栓、化疗、胰岛素、阿片类、儿科与麻醉用药等高风险决定：给出依据和需核对的事项，"
        "不替医师作决定，并写明请哪个专科会诊。"
    ),
}
_EN: Mapping[Limit, str] = {
    "suggestion": "What you write are suggestions with their basis: no final diagnosis, no signature; physicians"
    " decide.",
    "urgent": (
        "Look for danger to life first: if there is any, the first sentence says what to do at once (emergency number,"
        " rapid response team); everything else comes after it."
    ),
    "no_prescription": (
        "You write no prescription and no order, only a draft for review; whether it is carried out is the treating"
        " physician's decision."
    ),
    "missing": (
        "Where age, sex, pregnancy, renal or hepatic function, allergies or a weight needed for dosing are missing, say"
        " what is missing and why it matters (at most three questions) and give no dose."
    ),
    "rare": (
        "Where a rare disease is considered, say that confidence is limited, what would confirm it, and suggest a"
        " multidisciplinary or referral centre opinion."
    ),
    "currency": (
        "Where the answer depends on guidelines, approvals or an epidemic, give the year of what you rely on and ask to"
        " check the current version; elsewhere leave this out."
    ),
    "grounded": (
        "Use only facts that the material states; copy numbers, units, sides and negations as written and add no result"
        " that is not there."
    ),
    "high_risk": (
        "For high-risk decisions (whether to operate, thrombolysis, chemotherapy, insulin, opioids, paediatric or"
        " anaesthetic dosing) give the evidence and what has to be confirmed, leave the decision to the physician, and"
        " name the specialty to consult."
    ),
}

# What only a physician may say, or sign.
_FINAL = {
    "zh": re.compile(
        r"确诊为|可以确诊|明确诊断为你|你(?:就是|得的就是|患的就是)|(?:医师|医生)(?:签名|签章)[:：]\s*[^\s_＿]"
    ),
    "en": re.compile(
        r"\b(?:you (?:definitely|certainly) have|i (?:hereby )?diagnose|definitively diagnosed with|"
        r"(?:electronically )?signed by|signature:\s*\w)",
        re.IGNORECASE,
    ),
}
_PRESCRIBED = {
    "zh": re.compile(r"处方已(?:开具|签发|生成)|已为(?:您|你|患者)开具|(?:^|\n)\s*Rp[.:：]|遵此处方"),
    "en": re.compile(
        r"\b(?:i (?:have )?prescribed?|prescription (?:issued|signed|sent)|order (?:signed|placed|entered))\b"
        r"|(?:^|\n)\s*Rx:",
        re.IGNORECASE,
    ),
}
_DOSE = re.compile(
    r"\d(?:[\d.,~–-]*)\s*(?:mg|µg|μg|ug|mcg|g|ml|mL|IU|U|units?|mmol|mEq|毫克|微克|克|毫升|单位|片|粒|支|滴)"
    r"(?:\s*/\s*(?:kg|d|day|h|次|日|天))?(?![A-Za-z/])"
)
_CALL_NOW = {
    "zh": re.compile(
        r"(?<!\d)120(?!\d|\s*[a-zA-Zμ/次])|急救电话|(?:立即|立刻|马上)[^。；，]{0,6}(?:急诊|抢救|送医)|抢救(?:室|团队|小组)|快速反应团队|呼叫急救"
    ),
    "en": re.compile(
        r"\b(?:911|112|999|emergency (?:number|services|department)|ambulance|rapid response|resuscitation|code team)\b"
        r"|\b(?:call|page|alert|fetch)\b[^.;]{0,40}\b(?:team|now|immediately)\b",
        re.IGNORECASE,
    ),
}
_WAITING = {
    "zh": re.compile(r"(?:在家|先)(?:继续)?观察|再观察|观察几天|过几天再|择期就诊|不必(?:就医|去医院)"),
    "en": re.compile(
        r"\b(?:wait and see|watchful waiting|see how (?:it|things) go|no need to (?:see|seek)|in a few days|"
        r"routine appointment)\b",
        re.IGNORECASE,
    ),
}
# "do not wait and see" is good advice.
_NEGATED = re.compile(r"(?:不要|不可|不能|不应|不宜|切勿|勿|别|\bnot|\bnever|n't)\s*$", re.IGNORECASE)


def limits(lang: Lang, *names: Limit) -> str:
    """The named limits as paragraphs of a system prompt, one a line."""
    words = _ZH if lang == "zh" else _EN
    return "\n".join(f"- {words[name]}" for name in names)


def no_final_word(texts: Mapping[str, str], lang: Lang) -> list[Finding]:
    """Final diagnoses, signatures and issued prescriptions, which are a physician's.

    Args:
        texts: Field of the output → its text.
        lang: Language of the findings; both languages' words are looked for.
    """
    found = []
    for place, text in texts.items():
        for patterns, why in (
            (_FINAL, ("最终诊断或签名只能由医师作出", "a final diagnosis or signature is the physician's")),
            (_PRESCRIBED, ("不得开具或签发处方", "no prescription or order may be issued")),
        ):
            for pattern in patterns.values():
                hit = pattern.search(text)
                if hit:
                    found.append(Finding("no_final_word", place, say(lang, *why), span=hit.group().strip()))
    return found


def doses(text: str) -> list[str]:
    """Amounts of a drug that a text gives (``5 mg``, ``2片``); concentrations such as ``mg/dL`` are none."""
    return [match.group() for match in _DOSE.finditer(text)]


def calls_for_help(text: str, lang: Lang) -> bool:
    """Whether the first sentence says to get emergency help now."""
    first = re.split(r"(?<=[。！!])|(?<=\.)\s|\n", text.strip(), maxsplit=1)[0]
    return bool(_CALL_NOW[lang].search(first))


def advice_to_wait(text: str, lang: Lang) -> str:
    """The words that tell somebody to wait; empty for none."""
    hits = [hit for hit in _WAITING[lang].finditer(text) if not _NEGATED.search(text[: hit.start()])]
    return hits[0].group() if hits else ""
