"""Names that are words, that stand without a surname or a cue, or that other peoples bear; the words alone stay."""

from __future__ import annotations

import pytest

from medgo.deid.names_zh import ChineseNameDetector
from medgo.deid.protocol import Note
from tests.deid.names_zh.marked import check, covered, read


@pytest.mark.parametrize(
    "marked",
    [
        "患者⟦温馨⟧入院，予完善检查",
        "患者⟦高兴⟧入院后配合治疗",
        "患者⟦安静⟧，女，45岁",
        "患者⟦平静⟧，男，70岁，退休",
        "给⟦高兴⟧打电话，未接",
        "⟦高兴⟧来电询问病情",
        "家属⟦向阳⟧签字",
        "患者⟦黎明⟧今日出院",
        "家属⟦时光⟧要求转院",
        "其女⟦白露⟧陪同",
        "丈夫⟦江南⟧拒绝签字",
        "护士⟦梅香⟧执行",
        "⟦满仓⟧他爹昨日到场",
        "⟦栓柱⟧他娘代诉",
    ],
)
def test_a_word_between_somebody_and_what_they_do_is_a_name(detector: ChineseNameDetector, marked: str) -> None:
    check(detector, marked)


@pytest.mark.parametrize(
    "text",
    [
        "患者高兴地离开了病房",
        "患者安静入睡，患者平静入院，患者温和",
        "患者步行入院，患者平车入院，患者急诊入院，患者轮椅入院，患者自行入院",
        "患者安全出院，患者平安出院，手术成功完成",
        "家属同意签字，家属拒绝签字，家属已签字，家属代签字，家属当面签字，家属全部签字",
        "家属明确表示，家属强烈要求，家属满意",
        "患者高热入院，患者高烧因感冒起，患者高危因素",
        "患者时常来电，单位来电，医院来电，家里来电，昨日来电",
        "给家属打电话，给医生打电话，给单位打电话，联系家属，告知病情，通知成功，告知家属",
        "孩子他爹，患者他妈，可能他爸知道",
        "患者张力气胸，老年头晕",
    ],
)
def test_what_people_are_and_how_they_come_is_no_name(detector: ChineseNameDetector, text: str) -> None:
    assert [text[one.start : one.end] for one in detector.find(Note(text, "zh"))] == []


@pytest.mark.parametrize(
    "marked",
    [
        "⟦老李头⟧今天又来量血压",
        "⟦老逄头⟧腿疼",
        "⟦老李⟧头痛两天",
        "⟦小张⟧护士给他换药",
        "由⟦小刘⟧医生接诊",
        "⟦老王⟧主任查房",
        "⟦冼采薇⟧，女。⟦采薇⟧的女儿到场",
        "下午三点⟦逄清和⟧过来拔管",
        "昨晚值班⟦冼雨澄⟧交班",
        "今早和⟦裴听澜⟧一起查房",
        "患者⟦冼雨澄⟧阿司匹林100mg口服",
        "患者⟦冼雨\n澄⟧诉头痛，继续观察",
        "患者⟦譚雨澄⟧，因頭痛入院",
        "護士⟦蕭靜嫻⟧執行醫囑",
    ],
)
def test_forms_of_address_narration_and_broken_names(detector: ChineseNameDetector, marked: str) -> None:
    check(detector, marked)


@pytest.mark.parametrize(
    "marked",
    [
        "患者⟦木塔力甫⟧诉头痛",
        "患者⟦阿依努尔古丽⟧诉腹痛",
        "家属⟦阿不都外力⟧签字",
        "⟦吾斯曼江⟧因外伤入院",
        "⟦叶尔波力⟧，男，哈萨克族",
        "⟦赛里克别克⟧，男，50岁",
        "患者⟦苏都毕力格⟧今日出院",
        "⟦阿拉腾苏都⟧，女，蒙古族",
        "⟦格桑措姆⟧诉咳嗽",
        "患者⟦仁增旺姆⟧于昨日入院",
        "⟦阿西拉则⟧，女，彝族",
    ],
)
def test_names_of_peoples_without_surnames(detector: ChineseNameDetector, marked: str) -> None:
    note, spans = read(marked)
    wanted = {at for start, end in spans for at in range(start, end)}
    assert wanted <= covered(list(detector.find(note)))


@pytest.mark.parametrize(
    "text",
    [
        "口服尼莫地平，加用达比加群，阿那曲唑",
        "来自乌鲁木齐，途经克拉玛依、阿克苏",
        "患者多日来不能平卧，今日来诊",
        "双下肢力弱，阿是穴压痛",
    ],
)
def test_other_words_of_the_same_characters_stay(detector: ChineseNameDetector, text: str) -> None:
    assert [text[one.start : one.end] for one in detector.find(Note(text, "zh"))] == []
