"""Chinese phrasings of every sentence of a case. Words only: slots in braces are filled with facts.

Kinds and slots are those of the English bank; each kind has several phrasings that say exactly the same.
"""

from __future__ import annotations

from collections.abc import Mapping

BANK: Mapping[str, tuple[str, ...]] = {
    "intro": (
        "{patient}{sex}，{age}，因{signs}就诊。",
        "{patient}，{sex}，{age}，因{signs}转诊评估。",
        "{sex}，{age}，以{signs}来诊。",
        "{patient}{age}，{sex}，主要问题为{signs}。",
    ),
    "intro_lasting": (
        "{patient}{sex}，{age}，{signs}{duration}。",
        "{patient}，{sex}，{age}，因{signs}{duration}就诊。",
        "{sex}，{age}，主诉{signs}{duration}。",
        "{patient}{age}，{sex}，近{duration}出现{signs}。",
    ),
    "told_early": ("孕产及婴儿期：{signs}。", "追溯早期病史有{signs}。", "围产期及婴儿期病史提示{signs}。"),
    "told_growth": ("生长发育：{signs}。", "生长发育方面存在{signs}。", "生长发育评估见{signs}。"),
    "told_complaint": ("另有{signs}。", "病程中还有{signs}。", "补充病史：{signs}。"),
    "told_examination": ("查体：{signs}。", "查体见{signs}。", "体格检查发现{signs}。"),
    "told_investigation": ("已有检查：{signs}。", "化验及影像提示{signs}。", "辅助检查示{signs}。"),
    "told_other": ("另记录有{signs}。", "此外还有{signs}。"),
    "denied": ("{nos}。", "阴性表现：{nos}。", "值得注意的是{nos}。"),
    "history": ("既往史：{diseases}。", "既往有{diseases}病史。", "已知患有{diseases}。"),
    "drugs": ("目前用药：{drugs}。", "现服用药物：{drugs}。", "长期用药为{drugs}。"),
    "values_vital": ("生命体征：{values}。", "入院时{values}。", "测{values}。"),
    "values_lab": ("化验：{values}。", "实验室检查：{values}。", "血液检查结果：{values}。"),
    "question_plain": ("请问应考虑哪些疾病？", "最可能是什么病？如何排序？", "需要和哪些疾病鉴别？", ""),
    "question_new": (
        "除已知疾病外，还应考虑什么新的诊断？",
        "已知疾病不能解释的部分，应考虑什么？",
        "需要和哪些疾病鉴别？",
        "",
    ),
    "think_summary": (
        "先归纳：{sex}，{age}，主要表现为{signs}。",
        "病例要点是{age}{sex}{patient}，突出表现为{signs}。",
        "概括来说，{patient}{sex}，{age}，核心问题是{signs}。",
        "这是一位{age}的{sex}{patient}，主要特点为{signs}。",
    ),
    "think_key": (
        "最有鉴别价值的是{signs}，出现这些表现的疾病较少。",
        "其中{signs}分量最重，大多数疾病并不出现。",
        "应抓住{signs}，它们最能缩小范围。",
        "诊断线索主要在{signs}，见于少数疾病。",
    ),
    "think_dull": (
        "{signs}见于很多疾病，对鉴别帮助不大。",
        "相比之下，{signs}较常见，特异性低。",
        "至于{signs}，许多疾病都有，权重较低。",
    ),
    "think_vague": (
        "{signs}的描述比较笼统，若能具体化会更有帮助。",
        "{signs}只是概括性的说法，证据力度弱于具体体征。",
        "还要考虑到{signs}可能对应多种更具体的表现。",
    ),
    "think_open": ("单个表现都缺乏决定性，只能看组合。", "需要从整体组合来判断，单项特异性都有限。"),
    "think_known": (
        "{findings}可由已知的{cause}解释。",
        "已知的{cause}足以解释{findings}，归于原有疾病即可。",
        "先把{findings}归于已知的{cause}。",
    ),
    "think_drug_effect": (
        "{findings}可能与所用药物{cause}有关。",
        "药物{cause}本身可以引起{findings}。",
        "要考虑{findings}是{cause}的药物影响。",
    ),
    "think_avoided": (
        "用药方面，{disease}患者禁用{drug}，后续治疗应避开。",
        "因合并{disease}，{drug}属于禁忌，治疗时应注意。",
    ),
    "think_first": (
        "首先考虑{disease}：与{signs}相符。",
        "排在第一位的是{disease}，可以同时解释{signs}。",
        "先看{disease}，{signs}均支持。",
        "与{disease}最吻合，依据是{signs}。",
    ),
    "think_next": (
        "其次考虑{disease}，支持点为{signs}。",
        "{disease}也可出现{signs}。",
        "再看{disease}：{signs}与之相符。",
        "还需鉴别{disease}，两者共有的表现是{signs}。",
    ),
    "think_weak": ("{disease}作为备选保留，病例中的支持点很少。", "{disease}暂列为待排，支持依据有限。"),
    "think_unexplained": (
        "{signs}用{disease}难以解释。",
        "但{signs}与{disease}不太相符。",
        "{signs}则无法归因于{disease}。",
    ),
    "think_missed": (
        "{disease}的可能性因{patient}{nos}而下降。",
        "{disease}的可能性有所降低，因为{patient}{nos}。",
        "不利于{disease}的是{patient}{nos}。",
    ),
    "think_normal": (
        "{values}在参考范围内，{disease}的可能性因此下降。",
        "{values}属正常，而{disease}常有变化。",
    ),
    "think_nothing_against": ("病例中的表现与{disease}均可相容。", "目前看不到与{disease}相矛盾的地方。"),
    "close_clear": (
        "综合来看，{one}的可能性明显高于{other}，但仍需进一步证实。",
        "综合权衡，{one}对现有表现的解释明显优于{other}，可作为初步考虑，有待证实。",
    ),
    "close_likely": (
        "综合来看，{one}的可能性略高于{other}，差距有限。",
        "{one}比{other}更符合，但两者都要保留，等待检查结果。",
    ),
    "close_open": (
        "仅凭现有资料，{one}与{other}难分先后，两者并列，需补充资料。",
        "在{one}和{other}之间暂时难以取舍，需要进一步的鉴别依据。",
    ),
    "close_decide": (
        "下一步最有价值的是核实{sign}，若存在则更支持{one}，而非{other}。",
        "核实{sign}有助于区分{one}与{other}。",
    ),
    "close_rare": (
        "所涉多为罕见病，判断把握有限，应请罕见病中心参与。",
        "由于是罕见病，需要说明这一排序把握有限以及如何证实。",
    ),
    "close_common": ("以上排序只依据已知资料，需由临床医师核对。", "排序依据是各表现的吻合程度，最终由接诊医师判断。"),
    "summary": (
        "{sex}，{age}，表现为{signs}。",
        "{age}{sex}{patient}，突出表现为{signs}。",
        "{patient}{sex}，{age}，以{signs}为主要特点。",
    ),
    "summary_known": ("既往有{diseases}。", "基础疾病为{diseases}。"),
    "caution_rare": (
        "涉及罕见病，把握有限，以上排序需临床医师审核，建议多学科会诊或转罕见病诊疗中心。",
        "首要考虑的疾病属罕见病，判断把握有限，需临床医师审核，并建议咨询罕见病诊疗中心。",
    ),
    "caution": ("以上供接诊医师参考，需临床医师审核。", "仅为建议，需临床医师审核。"),
    "look_for": ("重点核实有否{sign}。", "核实是否存在{sign}，若存在则更支持本病。"),
    "look_ask": ("追问是否有{sign}。", "重点询问是否有{sign}，若有则更支持本病。"),
    "look_examine": ("查体注意是否有{sign}。", "重点检查是否有{sign}，若有则更支持本病。"),
    "look_test": ("完善检查，明确是否存在{sign}。", "进一步检查是否存在{sign}，若存在则更支持本病。"),
    "missing": ("{item}",),
    "look_general": ("对照典型临床表现补充病史和查体。", "有针对性地补充病史并复查体征。"),
    "confirm": ("{test}。", "建议：{test}。", "下一步：{test}。"),
    "confirm_rare": ("转罕见病诊疗中心完成确诊性检查。", "提交多学科讨论，安排确诊性检查。"),
    "urgent_sign": (
        "患者存在{signs}，属急危重情况，立即启动快速反应团队抢救，先稳定生命体征。",
        "因{signs}，立即呼叫快速反应团队处置。",
    ),
    "urgent": (
        "立即通知抢救团队，尽快排查{diseases}。",
        "立即呼叫抢救团队，优先排查{diseases}。",
    ),
}

SEXES: Mapping[str, str] = {"male": "男", "female": "女"}
SEXES_LONG: Mapping[str, str] = {"male": "男性", "female": "女性"}
UNITS: Mapping[str, str] = {"days": "天", "weeks": "周", "months": "个月", "years": "年"}
AGE_UNITS: Mapping[str, str] = {"months": "个月", "years": "岁"}
ROUTES: Mapping[str, str] = {
    "oral": "口服",
    "intravenous": "静脉给药",
    "subcutaneous": "皮下注射",
    "inhaled": "吸入",
    "sublingual": "舌下含服",
    "ophthalmic": "滴眼",
}
FREQUENCIES: Mapping[str, str] = {
    "once daily": "每日一次",
    "twice daily": "每日两次",
    "three times daily": "每日三次",
    "four times daily": "每日四次",
    "at night": "睡前",
    "as required": "必要时",
    "once weekly": "每周一次",
    "every three weeks": "每三周一次",
}
# Units that a Chinese record writes in another way.
MEASURES: Mapping[str, str] = {"bpm": "次/分", "breaths/min": "次/分"}
STATES: Mapping[str, str] = {"high": "（偏高）", "low": "（偏低）", "normal": ""}
