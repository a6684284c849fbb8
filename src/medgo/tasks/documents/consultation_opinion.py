"""Consultation opinion (会诊记录, WS/T 500 C0045): one specialty's answer to another's question."""

from __future__ import annotations

from typing import Literal

from medgo.schema import Lang
from medgo.tasks import checks
from medgo.tasks.definition import Example, Task, TaskModel, section
from medgo.tasks.documents.common import REVIEW, Sex, age_field, instruct, review_field, sex_field


class ConsultationRequest(TaskModel):
    """What is asked, and what the consultant found."""

    sex: Sex = sex_field()
    age: str = age_field()
    kind: Literal["routine", "urgent"] = section(
        "会诊类型",
        "Urgency",
        de="DE06.00.319",
        choices={"routine": ("普通会诊", "routine"), "urgent": ("急会诊", "urgent")},
    )
    requested_by: str = section("申请科室", "Requested by", min_length=1)
    consultant: str = section("会诊科室", "Consulting specialty", min_length=1)
    requested_at: str = section("申请时间", "Requested")
    written_at: str = section("会诊时间", "Seen")
    record: str = section("病历资料", "Record", min_length=1)
    question: str = section("会诊目的", "Question", de="DE06.00.214", min_length=1)
    findings: str = section("会诊医师所见", "Consultant's findings", default="")
    thoughts: str = section("会诊医师意见要点", "Consultant's points", default="")


class ConsultationOpinion(TaskModel):
    """Sections in the order of the national template; the answer to the question comes first in the opinion."""

    summary: str = section("病历摘要", "Case summary", loinc="51848-0", de="DE06.00.182")
    diagnosis: str = section("目前诊断", "Current diagnosis", loinc="29548-5", de="DE05.01.025")
    question: str = section("会诊目的", "Question", loinc="42349-1", de="DE06.00.214")
    findings: str = section("会诊所见", "Findings", loinc="29545-1")
    opinion: str = section("会诊意见", "Opinion", loinc="51848-0", de="DE06.00.018", also=("Assessment",))
    recommendations: tuple[str, ...] = section("处理建议", "Recommendations", loinc="18776-5")
    watch: tuple[str, ...] = section("需立即联系的情况", "Call back at once for")
    review: str = review_field()


_TEMPLATE: dict[Lang, str] = {
    "zh": "请根据下面的资料书写会诊意见。\n\n{{ written() }}",
    "en": "Write the consultation opinion from this material.\n\n{{ written() }}",
}

_EXAMPLE_ZH = Example(
    ConsultationRequest(
        sex="male",
        age="72岁",
        kind="routine",
        requested_by="骨科",
        consultant="心内科",
        requested_at="2026-07-06 09:30",
        written_at="2026-07-06 16:20",
        record="左股骨颈骨折，拟2天后行左髋关节置换术。心房颤动5年，口服利伐沙班20 mg，每日1次，末次服药为7月5日晚。"
        "高血压，氨氯地平5 mg，每日1次。无胸痛，平时能上3层楼。脑梗死病史2年，无后遗症。肌酐92 μmol/L，估算肌酐清除"
        "率58 mL/min，血红蛋白118 g/L。心电图：心房颤动，心室率78次/分。",
        question="围手术期抗凝如何处理，心脏风险评估。",
        findings="血压134/78 mmHg，心率80次/分，律绝对不齐，无杂音，双肺无啰音，下肢不肿。超声心动图：左房44 mm，左"
        "室射血分数60%。",
        thoughts="心功能好，能上3层楼，不用再做负荷试验。CHA2DS2-VASc 4分，卒中风险高。利伐沙班术前停，具体按肾功能"
        "和手术出血风险，不需要桥接。术后止血稳定再恢复。心率控制可以。椎管内麻醉需要麻醉科决定停药间隔。",
    ),
    ConsultationOpinion(
        summary="老年男性，左股骨颈骨折，拟2天后行左髋关节置换术。心房颤动5年，口服利伐沙班20 mg，每日1次，末次服药"
        "7月5日晚；高血压，服氨氯地平；2年前脑梗死，无后遗症。肌酐92 μmol/L，肌酐清除率58 mL/min，血红蛋白118 g/L。",
        diagnosis="左股骨颈骨折；心房颤动；高血压病；陈旧性脑梗死。",
        question="围手术期抗凝处理及心脏风险评估。",
        findings="血压134/78 mmHg，心率80次/分，律绝对不齐，未闻及杂音，双肺无啰音，下肢无水肿。心电图：心房颤动，"
        "心室率78次/分。超声心动图：左房44 mm，左室射血分数60%。",
        opinion="心脏方面无手术禁忌的活动性心脏病：无胸痛，平时能上3层楼，左室射血分数正常，不需再做负荷试验。"
        "CHA2DS2-VASc 4分，卒中风险高；髋关节置换出血风险高，利伐沙班术前应停用，不建议肝素桥接。",
        recommendations=(
            "术前停用利伐沙班，停药间隔按肌酐清除率58 mL/min和出血风险确定；拟行椎管内麻醉时由麻醉科决定间隔。",
            "术后止血稳定后由骨科与心内科共同确定恢复抗凝的时间，其间按规范预防深静脉血栓。",
            "继续氨氯地平，围手术期监测血压、心率和心电图。",
        ),
        watch=(
            "新发言语不清、肢体无力等卒中表现。",
            "心室率持续过快、胸痛或气促。",
            "切口出血增多或血红蛋白明显下降。",
        ),
        review=REVIEW["zh"],
    ),
)

_EXAMPLE_EN = Example(
    ConsultationRequest(
        sex="female",
        age="29 years",
        kind="routine",
        requested_by="Obstetrics",
        consultant="Endocrinology",
        requested_at="2026-08-11 10:00",
        written_at="2026-08-11 15:30",
        record="G2P1, 11 weeks. Palpitations, 2 kg weight loss, heat intolerance. TSH <0.01 mIU/L, free T4 38 "
        "pmol/L, free T3 12.4 pmol/L. Nausea mild. No regular medicines, no allergies. ALT 22 U/L, white cells 7.4 "
        "x10^9/L.",
        question="Thyrotoxicosis in the first trimester: Graves' disease or gestational? Treatment?",
        findings="HR 108/min regular, BP 124/62 mmHg. Diffuse soft goiter with bruit, lid lag, mild proptosis on "
        "both sides. Fine tremor. TSH receptor antibodies 9.8 IU/L (normal <1.8).",
        thoughts="Graves'. Goiter with bruit, eyes, antibodies. Propylthiouracil in first trimester, low dose, aim "
        "free T4 upper normal; switch to be discussed after 16 weeks. Beta blocker short term if symptoms. Tell "
        "her about fever and sore throat. Repeat antibodies at 20 weeks, fetal monitoring. No radioiodine.",
    ),
    ConsultationOpinion(
        summary="29-year-old woman, G2P1, at 11 weeks with palpitations, heat intolerance and 2 kg weight loss. "
        "TSH <0.01 mIU/L, free T4 38 pmol/L, free T3 12.4 pmol/L; ALT 22 U/L, white cells 7.4 x10^9/L. No regular "
        "medicines, no allergies.",
        diagnosis="Thyrotoxicosis in the first trimester of pregnancy.",
        question="Graves' disease or gestational thyrotoxicosis; treatment.",
        findings="HR 108/min regular, BP 124/62 mmHg. Diffuse soft goiter with bruit, lid lag, mild proptosis on "
        "both sides, fine tremor. TSH receptor antibodies 9.8 IU/L (normal <1.8).",
        opinion="Graves' disease: goiter with bruit, eye signs and raised receptor antibodies. Gestational "
        "thyrotoxicosis is unlikely: it has no goiter or eye signs, and nausea is only mild.",
        recommendations=(
            "Propylthiouracil is the drug of choice in the first trimester, at the lowest dose that keeps free T4 "
            "at the upper end of normal; dose to be set by the endocrinologist in person. Discuss a switch after "
            "16 weeks.",
            "Short-term beta blocker if symptoms need it.",
            "Repeat receptor antibodies at 20 weeks; fetal monitoring with obstetrics. No radioiodine.",
        ),
        watch=(
            "Fever or sore throat on treatment: stop the drug and check the blood count the same day.",
            "Jaundice, dark urine or severe vomiting.",
            "Confusion, high fever or very fast pulse: possible thyroid storm.",
        ),
        review=REVIEW["en"],
    ),
)

CONSULTATION_OPINION = Task(
    name="consultation_opinion",
    titles={"zh": "会诊意见", "en": "Consultation opinion"},
    about={
        "zh": "由病历资料、会诊目的和会诊医师要点写成会诊意见草稿，先回答所问。",
        "en": "From the record, the question and the consultant's points to a draft opinion that answers the question.",
    },
    input=ConsultationRequest,
    output=ConsultationOpinion,
    instructions={
        "zh": instruct(
            "zh",
            "你是会诊助手，为会诊医师起草会诊意见。会诊意见先直接回答会诊目的，再写依据；建议具体可执行，但手术、停"
            "药间隔、用药剂量等高风险决定写明由谁确定；列出需立即联系的情况。资料缺少影响判断的关键信息时写明需补充"
            "什么，此时不写剂量。",
        ),
        "en": instruct(
            "en",
            "You draft the consultation opinion for the consultant. Answer the question first, then give the "
            "reasons. Recommendations are specific, but say who decides on high-risk matters (surgery, stopping "
            "anticoagulants, doses). List what should trigger a call at once. Where a key fact is missing, say so "
            "and give no dose.",
        ),
    },
    template=_TEMPLATE,
    examples={"zh": _EXAMPLE_ZH, "en": _EXAMPLE_EN},
    checks=(
        *checks.of_every_document(),
        checks.filled("summary", "question", "opinion", "recommendations", "watch"),
        checks.patient_fits(),
        checks.numbers_from_input(),
        checks.sides_from_input(),
        checks.dates_in_order("requested_at", "written_at"),
        checks.timely("consultation", "requested_at", "written_at", by="kind"),
    ),
    meta={"document": "C0045", "loinc": "11488-4"},
    thinking=True,
)
