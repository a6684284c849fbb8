"""Names in records, forms and talk are covered, whole and nothing beyond them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.deid.names_zh import ChineseNameDetector
from medgo.deid.protocol import CERTAIN, Note
from tests.deid.names_zh.marked import check, covered, read

# Uncommon names; none is an entry of the lexicons.
_POOL = """
冼霁岚 敖采薇 瞿牧之 佘望舒 郗砚青 闵若谷 匡素弦 蔺承平 谌知微 岑雁书 逄克己
昝景明 盛若溪 廉颂今 钭一苇 蒯守拙 封晏清 靳以棠 佟小满 晏知荃 贺双卿 江枫渔
顾晚晴 裴听雨 季怀瑾 黎晚舟 霍砚舟 宋屿白 费明玉 尉迟静姝 欧阳岫云 诸葛采蘩
上官澹宁 张王若兰 秦疏桐 柯梦蝶 邵庭筠 舒念慈 焦仲平 苗翠屏 段玉衡 乔松年 牟晓霜
鄢知秋 娄士杰 冉启蒙 戚蕴华 骆绍棠 辛芷兰 单玉莲 路遥知 温以宁 邢淑珂 祝英姿
庞学谦 樊丽君 阮秋棠 齐云舒 成其琛 甘霖泽 车志贤 曲文澜 翁若薇 屠呦禾 武振邦
"""
NAMES = _POOL.split()

SENTENCES = (
    "患者⟦{}⟧，男，63岁，因“反复胸闷3年，加重1周”于今日入院。",
    "患者姓名：⟦{}⟧ 性别：女 年龄：45岁 科别：心内科",
    "患者姓名⟦{}⟧性别女年龄45岁职业农民",
    "医师签名：⟦{}⟧    2024年3月5日",
    "主治医师：⟦{}⟧，记录时间：10:30",
    "今日上午⟦{}⟧主任医师查房后指示：继续抗感染治疗。",
    "由⟦{}⟧医生接诊，予头孢曲松静滴。",
    "家属⟦{}⟧代诉病史，病史可靠。",
    "其女⟦{}⟧陪同入院，要求保守治疗。",
    "⟦{}⟧，女，45岁，已婚，汉族。",
    "我叫⟦{}⟧，今年三十四岁，最近总头晕。",
    "⟦{}⟧的身份证号码是多少，请核对。",
    "术者：⟦{}⟧ 麻醉方式：全麻",
    "13床⟦{}⟧今晨体温正常。",
    "|⟦{}⟧|男|58岁|心内科|",
    "审核者：⟦{}⟧\n报告时间：2024-03-05",
)


@pytest.mark.parametrize("sentence", SENTENCES)
@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(NAMES))
def test_a_name_is_found_wherever_it_is_written(detector: ChineseNameDetector, sentence: str, name: str) -> None:
    note, spans = read(sentence.format(name))
    got = covered(list(detector.find(note)))
    for start, end in spans:
        assert got.issuperset(range(start, end)), name


@pytest.mark.parametrize(
    "marked",
    [
        "参加人员：⟦逄克己⟧主任医师、⟦阮疏桐⟧副主任医师、⟦昝景明⟧主治医师、护士长⟦盛若溪⟧",
        "术者：⟦廉颂今⟧、⟦钭一苇⟧、⟦强志远⟧ 麻醉师：⟦蒯守拙⟧ 器械护士：⟦诸葛静姝⟧",
        "记录者：⟦佟小满⟧ 审核者：⟦冷清秋⟧ 报告医师：⟦牧野⟧ 审核医师：⟦江上舟⟧",
        "家属签字：⟦匡素弦⟧（与患者关系：夫妻）",
        "与患者关系：父子  联系人：⟦蔺承平⟧  电话：",
        "病史陈述者：患者本人及其女⟦敖采薇⟧",
        "其子⟦岑雁回⟧陪同，女儿⟦岑雁书⟧电话联系。",
        "今日⟦柳⟧医师查房，同意⟦刘⟧主任意见，按⟦张⟧教授方案执行。",
        "⟦沈⟧，女，45岁。⟦赵某⟧，男性。",
        "【患者】⟦冼霁岚⟧【性别】女【医生】⟦佘望舒⟧",
        "Patient ⟦冼霁岚⟧ was seen by ⟦佘望舒⟧医生 today",
        "⟦裴听雨⟧是一名退休教师，⟦季怀瑾⟧和⟦霍砚舟⟧是同事。",
    ],
)
def test_several_names(detector: ChineseNameDetector, marked: str) -> None:
    check(detector, marked)


@pytest.mark.parametrize(
    ("marked", "label"),
    [
        ("主治医师：⟦佘望舒⟧", "name_clinician"),
        ("⟦佘望舒⟧护士长巡视病房", "name_clinician"),
        ("责任护士⟦佘望舒⟧执行医嘱", "name_clinician"),
        ("联系人：⟦佘望舒⟧", "name_relative"),
        ("其妻⟦佘望舒⟧代诉", "name_relative"),
        ("患者姓名：⟦佘望舒⟧", "name"),
        ("⟦佘望舒⟧，女，45岁", "name"),
    ],
)
def test_whose_name_it_is(detector: ChineseNameDetector, marked: str, label: str) -> None:
    assert {one.label for one in check(detector, marked)} == {label}


@pytest.mark.parametrize("name", ["帕金森", "高明", "白芷", "杜仲", "黄河", "安静", "江山", "雷诺", "马丁"])
def test_a_label_or_a_title_makes_a_name_of_any_word(detector: ChineseNameDetector, name: str) -> None:
    for marked in (f"患者姓名：⟦{name}⟧", f"医师签名：⟦{name}⟧"):
        assert max(one.score for one in check(detector, marked)) >= CERTAIN


@pytest.mark.parametrize("text", ["诊断为帕金森病3年", "桥本甲状腺炎", "克罗恩病活动期", "阿尔茨海默病"])
def test_an_eponym_is_never_certain(detector: ChineseNameDetector, text: str) -> None:
    assert all(one.score < CERTAIN for one in detector.find(Note(text, "zh")))


def test_a_doctor_named_as_a_disease_leaves_the_disease(detector: ChineseNameDetector) -> None:
    check(detector, "由⟦帕金森⟧医生接诊，诊断为帕金森病。")


def test_a_name_found_once_is_found_everywhere(detector: ChineseNameDetector) -> None:
    check(detector, "患者姓名：⟦成其琛⟧。病程：今晨⟦成其琛⟧体温正常。家属诉⟦其琛⟧夜间安睡。")


def test_the_letters_of_a_name_within_another_word_stay(detector: ChineseNameDetector) -> None:
    check(detector, "患者姓名：⟦于静⟧，药物经于静脉注射后缓解，⟦于静⟧诉无不适。")


def test_a_name_that_is_a_word_is_not_looked_for_elsewhere(detector: ChineseNameDetector) -> None:
    check(detector, "患者姓名：⟦安静⟧。患者安静，无躁动。")


def test_a_known_name_is_found_with_a_gap(detector: ChineseNameDetector) -> None:
    text = Note("患者姓名：戚蕴华。复诊患者戚 蕴华诉好转，戚蕴\n华同意出院。", "zh").view.text
    got = "".join(text[at] for at in sorted(covered(list(detector.find(Note(text, "zh"))))))
    assert got.replace(" ", "").replace("\n", "") == "戚蕴华" * 3


def test_a_name_that_a_line_breaks(detector: ChineseNameDetector) -> None:
    note = Note("今日上午带领全科查房后于下午行胸腔穿刺术，患者冼霁\n岚耐受可，安返病房。", "zh")
    at = note.view.text.index("冼")
    assert covered(list(detector.find(note))) >= {at, at + 1, at + 3}


def test_text_without_han_characters_has_no_names(detector: ChineseNameDetector) -> None:
    assert list(detector.find(Note("Zhang Wei, male, 45 y", "en"))) == []
    assert list(detector.find(Note("", "zh"))) == []


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet="张王李欧阳伟小老某×·，：: \n医生患者签名男女约翰A1*", max_size=60))
def test_findings_lie_in_the_text_and_hold_letters(detector: ChineseNameDetector, text: str) -> None:
    note = Note(text, "zh")
    for one in detector.find(note):
        assert 0 <= one.start < one.end <= len(note.view.text)
        assert 0.5 <= one.score <= 1
        assert any("\u4e00" <= character <= "\u9fff" for character in note.view.text[one.start : one.end])


def test_work_grows_with_the_length(detector: ChineseNameDetector) -> None:
    # Found names are counted instead of seconds: one place decides as much as it does alone.
    one = "患者冼霁岚，女，45岁，由佘望舒医生接诊，诊断明确。"
    few, many = (len(list(detector.find(Note(one * count, "zh")))) for count in (3, 300))
    assert many == 100 * few


def test_an_endless_name_is_one_finding(detector: ChineseNameDetector) -> None:
    # Looked for in every spelling, it would cost the square of its length.
    assert len(list(detector.find(Note("扎西" * 20_000, "zh")))) == 1
