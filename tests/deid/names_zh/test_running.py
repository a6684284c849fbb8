"""Words of records are no names, though their characters make names."""

from __future__ import annotations

import pytest

from medgo.deid.names_zh import ChineseNameDetector
from medgo.deid.names_zh.contexts import contexts
from medgo.deid.names_zh.lexicon import lexicon
from medgo.deid.names_zh.running import RunningNames
from tests.deid.names_zh.marked import check

_POOL = """
高血压 高热 高密度影 王不留行 白细胞 白带异常 黄疸 黄染 马上 方案 安排 和平
于今日 时有 安静 常规 金葡菌 石膏 万古霉素 明显 包块 成人 全身 双侧 水肿 查体
程度 项目 温度 尿路 心包积液 胆管 小关节 余未见异常 曾因 应用 向上 单侧 关节
管床医生 左室 史 汤剂 费用 司机 宫颈 解剖 麻醉 毛细血管 连续 申请 经过
谷丙转氨酶 盘状 池 云翳 边缘 焦虑 席汉综合征 卜 甘草 党参 葛根 桂枝 桑叶 苗勒管
杜仲 危重 容量 阴性 阳性 华法林 简易 计划 强化 练习 冷汗 元素 符合 相关 羊水
牛黄 鹿茸 乌梅 都是 有关 同意 由于 后壁 经医生 和医生 上级医师 住院医师
全科医生 家庭医生 值班护士 男同志 老年人 小结节 老药 小便 阿司匹林 阿托品
"""
WORDS = _POOL.split()

PARAGRAPHS = (
    "患者入院后完善三大常规、肝肾功能、电解质、凝血功能、肿瘤标志物及胸部CT平扫加增强等检查，给予抗感染、化痰平喘等对症治疗，症状明显好转。",
    "查体：神志清，精神可，全身皮肤黏膜无黄染及出血点，浅表淋巴结未触及肿大。双侧瞳孔等大等圆，对光反射灵敏。颈软，气管居中。双肺呼吸音粗，"
    "可闻及散在湿啰音。心界不大，律齐。腹平软，无压痛反跳痛，肝脾肋下未及，移动性浊音阴性，肠鸣音正常。双下肢无水肿。",
    "手术经过：患者取平卧位，全麻成功后，常规消毒铺巾，取右侧腹直肌切口，逐层进腹，探查见胆囊肿大，壁水肿，与周围组织粘连，结扎胆囊动脉及"
    "胆囊管，完整切除胆囊，清点纱布器械无误，逐层关腹，安返病房。",
    "右肺上叶尖段见一结节状高密度影，边缘毛糙，可见毛刺征及胸膜牵拉，增强扫描明显强化。余肺未见实质性病变。纵隔内见多发小淋巴结。",
    "中医诊断：眩晕，肝阳上亢证。舌红苔黄腻，脉弦数。方用天麻钩藤饮加减：天麻、钩藤、石决明、栀子、黄芩、川牛膝、杜仲、桑寄生、夜交藤、茯神、"
    "白芍、甘草，水煎服，每日一剂，早晚分服。",
    "护理记录：患者夜间睡眠尚可，诉切口轻度疼痛，敷料干燥无渗出，留置胃管、尿管通畅。予翻身拍背，协助咳痰，告知家属陪护注意事项。",
    "产程经过：规律宫缩6小时入院，胎膜自然破裂，羊水清，宫口开全，会阴侧切助娩一活男婴，胎盘胎膜娩出完整，母婴同室。",
    "应家属要求，向患者解释病情，和平时相比，明显好转，马上安排床位，单位证明已开具，方案由上级医师确定，于今日下午转入普通病房。",
    "您好，我最近总是头晕，高血压好几年了，吃的是氨氯地平和缬沙坦，这两天血压又高了，需要去医院吗？谢谢医生。",
    "和医生沟通后，经医生诊断，由主任批准，向主任汇报病情，应医生要求复查。",
    "患者：体健，父：已故，母：健在，父亲：高血压，家属：否认家族遗传病史。记录：患者神志清。麻醉：全麻。",
)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_no_name(detector: ChineseNameDetector, word: str) -> None:
    for sentence in (f"患者{word}，继续观察。", f"{word}。", f"今日复查示{word}较前好转。"):
        check(detector, sentence)


@pytest.mark.parametrize("paragraph", PARAGRAPHS)
def test_a_record_without_names_stays_whole(detector: ChineseNameDetector, paragraph: str) -> None:
    check(detector, paragraph)


def test_the_margin_is_larger_with_a_context() -> None:
    names = RunningNames(lexicon(), contexts())
    bare, told = (next(iter(names.find(text))) for text in ("遇到佘望舒了", "遇到佘望舒医生了"))
    assert told.margin > bare.margin
    assert told.score > bare.score


def test_names_side_by_side_are_told_apart() -> None:
    names = RunningNames(lexicon(), contexts())
    text = "顾晚晴和裴听雨"
    assert [text[one.start : one.end] for one in names.find(text)] == ["顾晚晴", "裴听雨"]
