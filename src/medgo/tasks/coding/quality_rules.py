"""In which families a record is checked, and what each looks for. Knows no record.

The families are those in which hospitals check records; the rules beside them are worded by us.
"""

from __future__ import annotations

from typing import Literal

from medgo.schema import Lang

Family = Literal[
    "completeness",
    "identity",
    "timeliness",
    "chief_complaint",
    "history",
    "contradiction",
    "laterality",
    "copy_forward",
    "diagnosis_coding",
    "results",
    "vital_signs",
    "medication",
    "consent",
    "wording",
]
Grade = Literal["veto", "major", "minor"]
GRADES = {"veto": ("否决", "veto"), "major": ("重度", "major"), "minor": ("轻度", "minor")}
FAMILIES = {
    "completeness": ("内容缺失", "missing content"),
    "identity": ("身份与基本信息不符", "identity"),
    "timeliness": ("时限", "timeliness"),
    "chief_complaint": ("主诉", "chief complaint"),
    "history": ("病史", "history"),
    "contradiction": ("前后矛盾", "contradiction"),
    "laterality": ("左右部位不符", "laterality"),
    "copy_forward": ("复制粘贴", "copied forward"),
    "diagnosis_coding": ("诊断与编码", "diagnosis and coding"),
    "results": ("检查检验结果未分析", "results without analysis"),
    "vital_signs": ("生命体征", "vital signs"),
    "medication": ("用药与医嘱", "medication"),
    "consent": ("知情同意与签名", "consent and signature"),
    "wording": ("书写", "wording"),
}

# What each family looks for, in our own words. Time limits are the usual ones; a hospital may set its own.
RULES: dict[str, dict[Lang, str]] = {
    "completeness": {"zh": "必写段落缺失或空泛", "en": "a required section is missing or says nothing"},
    "identity": {
        "zh": "性别、年龄、婚姻、职业各处一致，并与病情相符",
        "en": "sex, age, marital status and occupation agree everywhere and fit the illness",
    },
    "timeliness": {
        "zh": "首次病程8小时内，入院记录和出院记录24小时内，抢救记录6小时内补记，时间先后合理",
        "en": "first note within 8 hours, admission note and discharge summary within 24, resuscitation within 6;"
        " in order",
    },
    "chief_complaint": {
        "zh": "主诉写明症状和时间，并与现病史、诊断呼应",
        "en": "the chief complaint gives symptom and duration and fits history and diagnosis",
    },
    "history": {
        "zh": "现病史按时间顺序，既往史、过敏史、手术史与他处一致",
        "en": "history in order of time; past history, allergies and operations agree with the rest",
    },
    "contradiction": {
        "zh": "同一事实不得既有又无，症状、体征与诊断不得互相否定",
        "en": "nothing is both present and absent; findings do not contradict the diagnosis",
    },
    "laterality": {"zh": "左右侧和部位各处一致", "en": "side and site agree everywhere"},
    "copy_forward": {"zh": "不同日期的记录不得雷同", "en": "notes of different days are not identical"},
    "diagnosis_coding": {
        "zh": "诊断有依据，编码与诊断、形态学编码相符",
        "en": "diagnoses have a basis; codes fit the diagnosis and the morphology",
    },
    "results": {"zh": "异常结果有分析、有处理或有诊断", "en": "abnormal results are analysed, acted on or diagnosed"},
    "vital_signs": {
        "zh": "生命体征数值合理，不为零，不逐日雷同",
        "en": "vital signs are plausible, not zero, not repeated",
    },
    "medication": {
        "zh": "药品有剂量、单位、用法，与医嘱、过敏史相符",
        "en": "drugs have dose, unit and frequency and agree with orders and allergies",
    },
    "consent": {"zh": "知情同意书和签名齐全", "en": "consent forms and signatures are there"},
    "wording": {"zh": "用语规范，单位和缩写正确", "en": "accepted terms, correct units and abbreviations"},
}
