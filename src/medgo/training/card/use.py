"""What a medical model is for and what it is not for: the words of every card, whatever the run. Holds no number."""

from __future__ import annotations

from medgo.evaluation.report.words import Words
from medgo.training.card.document import Section

SUMMARY = Words(
    "This card was written from the records of the training run itself. What no record says is marked *not recorded*; "
    "nothing was filled in by hand.",
    "本模型卡由训练运行自身的记录生成。没有记录之处标注为“未记录”，没有任何内容由人工补填。",
)

INTENDED = Section(
    Words("Intended use", "预期用途"),
    (
        Words(
            "An aid to doctors and to research: answering from given evidence, drafting and checking records, coding, "
            "suggesting diagnoses to consider. A physician reads, corrects and answers for everything it writes. It is "
            "never a replacement for one.",
            "辅助医生和医学研究：依据所给资料作答，起草与核对病历，编码，提示可考虑的诊断。模型写出的一切均须由医师审阅、"
            "修改并负责。模型绝不替代医师。",
        ),
        Words(
            "**Not for**\n\n"
            "- emergencies: whoever may be in danger needs the emergency services at once, not a model;\n"
            "- operations and other high-risk interventions, and doses that nobody checks;\n"
            "- rare diseases, pregnancy, newborns and other small groups, unless a specialist reads with particular "
            "care: such cases are few in any training set;\n"
            "- decisions that nobody reviews, or use by patients without a clinician.",
            "**不适用于**\n\n"
            "- 急症：可能有危险的人应立即呼叫急救，而不是询问模型；\n"
            "- 手术等高风险操作，以及无人核对的用药剂量；\n"
            "- 罕见病、妊娠、新生儿等少见人群，除非专科医师格外谨慎地审阅：这类病例在任何训练集中都很少；\n"
            "- 无人复核的决定，或患者在没有临床人员参与时自行使用。",
        ),
        Words(
            "Private by design: the weights run on a machine of the hospital without any connection, and nothing that "
            "is asked needs to leave it. Prompts with patients' data belong to the hospital's own rules on such data.",
            "隐私优先：权重可在医院内部的机器上离线运行，所提问的内容无需离开本单位。含患者信息的输入须遵守本单位的数据管理规定。",
        ),
    ),
)

LIMITS = Section(
    Words("Limits", "局限"),
    (
        Words(
            "- It can be wrong with confidence, leave out what matters, and invent what was not said. Check every "
            "statement, above all negations, sides, units, doses and names.\n"
            "- What it knows ends with its sources and their versions, named above; guidelines go on changing.\n"
            "- Tests on questions say little about work in a ward. No result here is evidence of clinical benefit or "
            "safety, and none makes it a medical device.\n"
            "- Both languages were tested only as far as the tables say; other languages not at all.\n"
            "- Intervals tell how far chance reaches on these items. They do not cover other hospitals, other patients "
            "or other ways to ask.",
            "- 模型可能自信地出错、遗漏要点或编造未提及的内容。请核对每一句话，尤其是否定、侧别、单位、剂量与名称。\n"
            "- 其知识止于上文所列来源及版本，而诊疗指南仍在更新。\n"
            "- 题目测试难以反映病房中的实际工作。此处的任何结果都不是临床获益或安全性的证据，也不使其成为医疗器械。\n"
            "- 中英两种语言的测试范围仅限表中所列；其他语言完全未测。\n"
            "- 区间只反映这些题目上的偶然波动，不涵盖其他医院、其他患者或其他提问方式。",
        ),
    ),
)

NEVER_EVALUATED = Words(
    "Not evaluated in any case: use with patients or in a ward, the effect on doctors' decisions, fairness between "
    "groups of patients, and attacks by people who mean to mislead it, unless a table above names them.",
    "除上表列明者外，以下方面均未评测：用于患者或病房的实际效果、对医师决策的影响、不同患者群体间的公平性，以及蓄意误导模型的攻击。",
)
