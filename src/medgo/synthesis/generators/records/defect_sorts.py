"""Every sort of defect: family, grade, which rule it breaks and how it is mended, in both languages. Knows no record.

Time limits are those of 病历书写基本规范 (卫医政发〔2010〕11号).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from medgo.synthesis.generators.records.flaws import Sort
from medgo.tasks.coding.quality_rules import Family, Grade

# name | family | grade, then rule and suggestion, Chinese and English.
_TEXT = """
missing_section|completeness|major
必写段落不得缺失|Required sections must not be missing
由书写医师根据实际情况补写该段，不得编造|The author should add the section from what was actually found
sex_contradiction|identity|veto
性别各处应一致|The patient's sex must agree everywhere
核对患者身份后更正性别，排除张冠李戴|Verify the identity, correct the sex and make sure that no other chart was used
age_contradiction|identity|major
年龄各处应一致|The patient's age must agree everywhere
核对身份信息后更正年龄|Check the identity data and correct the age
laterality|laterality|veto
左右侧和部位各处应一致|Side and site must agree everywhere
当面复查患者后更正侧别，并核对影像|Re-examine the patient, correct the side and compare with imaging
late_first_note|timeliness|major
首次病程记录应在入院后8小时内完成|The first course note is due within 8 hours of admission
如实保留完成时间，由科室说明超时原因|Keep the true time and have the department explain the delay
late_admission_record|timeliness|major
入院记录应在入院后24小时内完成|The admission record is due within 24 hours of admission
如实保留完成时间，由科室说明超时原因|Keep the true time and have the department explain the delay
late_discharge_summary|timeliness|major
出院记录应在出院后24小时内完成|The discharge summary is due within 24 hours of discharge
如实保留完成时间，由科室说明超时原因|Keep the true time and have the department explain the delay
discharge_before_admission|timeliness|veto
出院时间不得早于入院时间|A patient cannot be discharged before admission
核对入院和出院登记后更正时间|Check the admission and discharge registers and correct the time
dose_unit|medication|veto
药物剂量和单位须准确|Drug dose and unit must be right
立即与医嘱和说明书核对剂量单位并更正|Check the unit against the order and the label at once and correct it
copy_forward|copy_forward|major
不同日期的病程记录不得雷同|Notes of different days must not be identical
由书写医师按当日实际情况重写|The author should write the note from that day's findings
history_is_complaint|history|major
现病史应按时间顺序详细记录|The history is told in order of time, beyond the complaint
补写起病情况、伴随症状、诊治经过和有鉴别意义的阴性症状|Add onset, associated symptoms, treatment and relevant negatives
no_duration|chief_complaint|minor
主诉应写明症状和持续时间|The chief complaint gives symptom and duration
补写持续时间，并与现病史一致|Add the duration, in agreement with the history
other_duration|chief_complaint|major
主诉与现病史的时间应一致|Chief complaint and history must agree on the duration
向患者核实起病时间后统一|Ask the patient when it began and make both agree
allergy_lost|history|veto
过敏史各处应一致，不得遗漏|Allergies must agree everywhere and must not be lost
立即核实过敏史并更正过敏史一栏|Verify the allergy at once and correct the allergy section
denied_disease|contradiction|major
同一病史不得既有又无|A disease cannot be both present and denied in the history
向患者核实后删除错误的一处|Ask the patient and delete the wrong statement
denied_sign|contradiction|major
同一症状不得既有又无|A symptom cannot be both present and denied
向患者核实后删除错误的一处|Ask the patient and delete the wrong statement
surgery_contradiction|contradiction|major
手术史不得既有又无|An operation cannot be both reported and denied
核实手术史后删除错误的一处|Verify the surgical history and delete the wrong statement
vital_sign|vital_signs|major
生命体征数值应合理|Vital signs must be plausible
与体温单和监护记录核对后更正|Check the observation chart and the monitor and correct the value
no_dose|medication|major
出院带药应写明剂量和用法|Discharge drugs need dose and directions
按医嘱补写剂量|Add the dose as it stands in the order
not_analysed|results|major
异常检查结果应有分析和处理|Abnormal results are analysed and acted on
补写对异常结果的分析、处理和复查计划|Add what the results mean, what is done and when they are repeated
contraindicated|medication|veto
不得使用患者存在禁忌的药物|No drug that is contraindicated in this patient
暂停该药，请主管医师和临床药师核对禁忌证|Hold the drug; physician and pharmacist should review the contraindication
added_sign|contradiction|major
不得写入资料中没有的内容|Nothing may be written that the material does not say
删除没有依据的内容|Delete what has no basis
added_drug|medication|veto
不得写入资料中没有的药物|No drug may be written that the material does not order
核对医嘱后删除|Check the orders and delete it
dropped_sentence|completeness|major
资料中的重要内容不得遗漏|Nothing that matters in the material may be left out
补写遗漏的内容|Add what was left out
"""


def _read() -> dict[str, Sort]:
    found = {}
    lines = _TEXT.strip().splitlines()
    for head, rule, suggestion in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        name, family, grade = head.split("|")
        rule_zh, rule_en = rule.split("|")
        zh, en = suggestion.split("|")
        found[name] = Sort(
            name,
            cast("Family", family),
            cast("Grade", grade),
            {"zh": f"{rule_zh}。", "en": f"{rule_en}."},
            {"zh": f"{zh}。", "en": f"{en}."},
        )
    return found


# Name → sort.
SORTS: Mapping[str, Sort] = _read()
