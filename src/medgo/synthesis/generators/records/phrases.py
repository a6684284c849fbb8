"""How each sentence of a record is said, in Chinese and English side by side. Words only; slots take facts.

``said_…`` is how patients and hurried notes put it, the others how a record does. Several phrasings say the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from medgo.schema import Lang

PHRASES: Mapping[str, Mapping[Lang, tuple[str, ...]]] = {
    "said_onset": {
        "zh": ("{signs}{duration}了。", "{signs}有{duration}了。", "就是{signs}，{duration}了。"),
        "en": ("{Signs} for {duration}.", "It started {duration} ago with {signs}.", "{Signs}, {duration} now."),
    },
    "said_worse": {
        "zh": ("这{worse}加重了。", "近{worse}更厉害了。"),
        "en": ("Worse for the last {worse}.", "It got worse {worse} ago."),
    },
    "said_more": {"zh": ("还有{signs}。", "另外有{signs}。"), "en": ("Also {signs}.", "Also present: {signs}.")},
    "said_no": {"zh": ("没有{signs}。",), "en": ("No {signs}.",)},
    "said_no_other": {"zh": ("未诉{signs}。",), "en": ("No {signs}.",)},
    "said_known": {
        "zh": ("以前有{diseases}。", "得过{diseases}。"),
        "en": ("Earlier illnesses: {diseases}.", "Before this: {diseases}."),
    },
    "said_known_none": {
        "zh": ("以前身体好，没有慢性病。", "平时身体健康。"),
        "en": ("Well before this, no chronic illness.", "Healthy until now."),
    },
    "said_drugs": {
        "zh": ("平时用{drugs}。", "在家用药：{drugs}。"),
        "en": ("Takes {drugs}.", "At home: {drugs}."),
    },
    "said_drugs_none": {"zh": ("平时不吃药。",), "en": ("No regular medicines.",)},
    "said_operation_none": {"zh": ("没做过手术。",), "en": ("Never had an operation.",)},
    "said_allergy_none": {"zh": ("没有药物过敏。",), "en": ("No allergies to medicines.",)},
    "complaint": {"zh": ("{signs}{duration}。",), "en": ("{Signs} for {duration}.",)},
    "complaint_worse": {
        "zh": ("{signs}{duration}，加重{worse}。",),
        "en": ("{Signs} for {duration}, worse for {worse}.",),
    },
    "onset": {
        "zh": ("患者{sex}，{age}，{duration}前出现{signs}。", "患者，{sex}，{age}，于{duration}前开始出现{signs}。"),
        "en": ("{Age} {sex} with {signs} for {duration}.", "{Age} {sex} presenting with {signs} for {duration}."),
    },
    "worse": {
        "zh": ("近{worse}上述症状加重。", "{worse}前症状加重，遂来诊。"),
        "en": ("Symptoms have worsened over the last {worse}.", "There has been worsening for {worse}."),
    },
    "more": {
        "zh": ("伴{signs}。", "病程中伴有{signs}。"),
        "en": ("Associated with {signs}.", "Also present: {signs}."),
    },
    "no": {"zh": ("无{signs}。", "否认{signs}。"), "en": ("No {signs}.", "Denies {signs}.")},
    "no_other": {"zh": ("未诉{signs}。",), "en": ("No {signs}.",)},
    "lasted": {"zh": ("{duration}。",), "en": ("{Duration}.",)},
    "aged": {"zh": ("{age}。",), "en": ("{Age}.",)},
    "known": {
        "zh": ("既往有{diseases}病史。", "{diseases}病史。"),
        "en": ("Past history of {diseases}.", "Known {diseases}."),
    },
    "known_none": {"zh": ("既往体健，否认慢性病史。",), "en": ("Previously well, no chronic illness.",)},
    "drugs": {"zh": ("长期用药：{drugs}。",), "en": ("Regular medication: {drugs}.",)},
    "drugs_none": {"zh": ("无长期用药。",), "en": ("No regular medication.",)},
    "operation_none": {"zh": ("否认手术史。",), "en": ("No previous surgery.",)},
    "allergy_none": {"zh": ("否认药物过敏史。",), "en": ("No known drug allergies.",)},
    "vitals": {
        "zh": ("体温{temp} ℃，脉搏{pulse}次/分，呼吸{resp}次/分，血压{sys}/{dia} mmHg，血氧饱和度{sat}%。",),
        "en": ("T {temp} °C, HR {pulse}/min, RR {resp}/min, BP {sys}/{dia} mmHg, SpO2 {sat}% on room air.",),
    },
    "values": {"zh": ("{values}。",), "en": ("{Values}.",)},
    "seen": {
        "zh": ("查体见{signs}。", "可见{signs}。"),
        "en": ("Examination shows {signs}.", "On examination, {signs}."),
    },
    "shown": {"zh": ("检查提示{signs}。",), "en": ("Tests show {signs}.",)},
    "impression": {"zh": ("考虑{dx}。", "诊断考虑{dx}。"), "en": ("Impression: {dx}.", "Likely {dx}.")},
    "impression_known": {"zh": ("基础疾病：{diseases}。",), "en": ("Background: {diseases}.",)},
    "treat": {"zh": ("予{drug}。",), "en": ("Start {drug}.",)},
    "treat_plan": {
        "zh": ("拟予{drug}，由主管医师确认。",),
        "en": ("{Drug}, to be confirmed by the physician.",),
    },
    "continue": {"zh": ("继续{drugs}。",), "en": ("Continue {drugs}.",)},
    "recheck": {"zh": ("复查{tests}。",), "en": ("Repeat {tests}.",)},
    "feature_person": {
        "zh": ("{sex}，{age}，{signs}{duration}。", "患者{age}，{sex}，主要表现为{signs}，病程{duration}。"),
        "en": ("{Age} {sex}; {signs} for {duration}.", "{Age} {sex} whose main symptoms over {duration} are {signs}."),
    },
    "feature_known": {"zh": ("既往{diseases}。",), "en": ("Background of {diseases}.",)},
    "feature_known_none": {"zh": ("既往无慢性病。",), "en": ("No chronic illness.",)},
    "feature_values": {"zh": ("辅助检查异常：{values}。",), "en": ("Abnormal results: {values}.",)},
    "feature_values_none": {"zh": ("血液化验未见明确异常指标。",), "en": ("No abnormal blood results so far.",)},
    "basis_signs": {
        "zh": ("有{signs}等症状，与本病相符。", "临床表现为{signs}，符合本病。"),
        "en": ("Symptoms fit: {signs}.", "The presentation with {signs} fits the diagnosis."),
    },
    "basis_values": {"zh": ("{values}，支持诊断。",), "en": ("{Values}, which supports the diagnosis.",)},
    "diff_for": {"zh": ("支持点：{signs}。",), "en": ("For: {signs}.",)},
    "diff_against": {"zh": ("不支持点：{signs}。",), "en": ("Against: {signs}.",)},
    "diff_unexplained": {
        "zh": ("{signs}用本病难以解释。",),
        "en": ("{Signs} would remain unexplained.",),
    },
    "diff_open": {
        "zh": ("目前资料尚不能排除，需结合进一步检查。",),
        "en": ("Not excluded by what is known; further tests will decide.",),
    },
    "said_weigh": {"zh": ("要和{dx}鉴别。",), "en": ("Consider {dx} in the differential.",)},
    "said_today1": {
        "zh": ("自己说{signs}好一点，没有新的不舒服。", "{signs}比昨天轻一些，没有别的不适。"),
        "en": ("Says {signs} a little better, nothing new.", "A bit better today: {signs} easing, nothing new."),
    },
    "today1": {
        "zh": ("患者{signs}较前减轻，未诉新发不适。", "患者诉{signs}有所减轻，无新发不适。"),
        "en": ("{Signs} slightly better than before; no new complaints.", "Reports that {signs} eased; nothing new."),
    },
    "said_today2": {
        "zh": ("{signs}好多了，能下床走动。", "{signs}明显减轻，自己下床活动。"),
        "en": ("{Signs} much better, up and walking.", "Up and walking, {signs} much better."),
    },
    "today2": {
        "zh": ("患者{signs}明显缓解，可下床活动。", "{signs}较前明显好转，已下床活动。"),
        "en": ("{Signs} much improved; walks on the ward.", "Marked improvement of {signs}; mobile on the ward."),
    },
    "said_today1_none": {
        "zh": ("自己说比昨天好一点，没有新的不舒服。",),
        "en": ("Says it is a little better, nothing new.",),
    },
    "today1_none": {
        "zh": ("患者一般情况较前好转，未诉新发不适。",),
        "en": ("Feels slightly better; no new complaints.",),
    },
    "said_today2_none": {"zh": ("好多了，能下床走动。",), "en": ("Much better, up and walking.",)},
    "today2_none": {"zh": ("患者一般情况明显好转，可下床活动。",), "en": ("Feels much better; walks on the ward.",)},
    "said_better_none": {"zh": ("比入院时好多了。",), "en": ("Feels much better.",)},
    "better_none": {"zh": ("好转，一般情况较入院时改善。",), "en": ("Improved since admission.",)},
    "local1": {"zh": ("局部体征同前。",), "en": ("Local findings unchanged.",)},
    "local2": {"zh": ("局部体征较前减轻。",), "en": ("Local findings have improved.",)},
    "assess1": {
        "zh": ("诊断{dx}，症状开始缓解，目前治疗有效。", "{dx}，治疗后症状减轻。"),
        "en": ("{Dx}, beginning to respond to treatment.", "{Dx}: symptoms easing with treatment."),
    },
    "assess2": {
        "zh": ("{dx}恢复顺利，可准备出院。", "{dx}好转，病情平稳。"),
        "en": ("{Dx}, recovering well; discharge can be planned.", "{Dx}, improved and stable."),
    },
    "cause": {
        "zh": ("{value}，考虑与{cause}有关。", "{value}，分析与{cause}相关。"),
        "en": ("{Value}: attributed to {cause}.", "{Value}, explained by {cause}."),
    },
    "admit": {
        "zh": ("建议收住入院，完善检查并治疗。",),
        "en": ("Admit for work-up and treatment.",),
    },
    "watch": {
        "zh": ("继续观察，病情稳定后出院。",),
        "en": ("Continue to observe; discharge when stable.",),
    },
    "no_change": {"zh": ("无新的检查结果。",), "en": ("No new results.",)},
    "repeated": {
        "zh": ("复查{new}（入院时{old}）。",),
        "en": ("Repeat {new} (on admission {old}).",),
    },
    "admitted_for": {"zh": ("因{signs}{duration}入院。",), "en": ("Admitted with {signs} for {duration}.",)},
    "admitted_for_worse": {
        "zh": ("因{signs}{duration}，加重{worse}入院。",),
        "en": ("Admitted with {signs} for {duration}, worse for {worse}.",),
    },
    "course_dx": {"zh": ("入院后完善检查，诊断为{dx}。",), "en": ("Work-up established {dx}.",)},
    "course_treat": {"zh": ("予{drug}治疗。",), "en": ("Treated with {drug}.",)},
    "course_treat_none": {"zh": ("予对症支持治疗。",), "en": ("Supportive treatment was given.",)},
    "course_home": {"zh": ("原有用药{drugs}继续。",), "en": ("Home medication was continued: {drugs}.",)},
    "course_end": {
        "zh": ("经治疗后症状逐渐缓解。",),
        "en": ("Symptoms improved steadily.",),
    },
    "said_better": {"zh": ("{signs}明显减轻。",), "en": ("{Signs} much better.",)},
    "better": {"zh": ("好转，{signs}较入院时明显减轻。",), "en": ("Improved: {signs} much better than on admission.",)},
    "said_take_home": {"zh": ("带药：{drugs}。",), "en": ("Discharge medicines: {drugs}.",)},
    "said_take_home_none": {"zh": ("不带药。",), "en": ("No discharge medicines.",)},
    "take_none": {"zh": ("无",), "en": ("none",)},
}
# What stands where the material says nothing.
NOT_PROVIDED: Mapping[Lang, str] = {"zh": "未提供", "en": "not provided"}
ASKED: Mapping[str, Mapping[Lang, str]] = {
    "start": {"zh": "医生：哪里不舒服？多久了？", "en": "Doctor: What brings you in, and since when?"},
    "more": {"zh": "医生：还有别的症状吗？", "en": "Doctor: Anything else?"},
    "past": {"zh": "医生：以前有什么病？平时吃什么药？", "en": "Doctor: Any other illnesses or regular medicines?"},
    "allergy": {"zh": "医生：做过手术吗？对药物过敏吗？", "en": "Doctor: Any operations? Any allergies to medicines?"},
    "menses": {"zh": "医生：末次月经什么时候？", "en": "Doctor: What about your periods?"},
    "patient": {"zh": "患者：", "en": "Patient: "},
}
