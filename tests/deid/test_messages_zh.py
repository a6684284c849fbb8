"""Messages between patients, families and doctors: no labels, nicknames, half addresses; and medicine that stays."""

from __future__ import annotations

import pytest

from medgo.deid.assembling import deidentifier
from medgo.deid.protocol import Note

_DEIDENTIFIER = deidentifier("a")


def _read(marked: str) -> tuple[str, set[int]]:
    text, wanted, inside = "", set(), False
    for letter in marked:
        if letter in "⟦⟧":
            inside = letter == "⟦"
            continue
        if inside and letter.isalnum():
            wanted.add(len(text))
        text += letter
    return text, wanted


def _covered(text: str) -> set[int]:
    findings = _DEIDENTIFIER.find(Note(text, "zh")).findings
    return {at for one in findings for at in range(one.start, one.end) if text[at].isalnum()}


@pytest.mark.parametrize(
    "message",
    [
        "我妈叫⟦仝雨霁⟧，今年58了，血糖一直降不下来",
        "⟦逄姐⟧，你的报告出来了，明天来拿一下",
        "⟦蔺哥⟧你好，阿司匹林还要继续吃吗",
        "加我微信⟦rtxi_1972⟧，我把片子发你",
        "加v ⟦ssq20031⟧，发下化验单",
        "我微信就是手机号⟦15867703321⟧",
        "我电话⟦1586770⟧，后四位⟦3321⟧",
        "我的号码⟦幺五八六七七零三三二幺⟧，记一下",
        "我家住⟦荷塘路36弄5号402⟧，能不能上门换药",
        "我住⟦滨江花园3栋2单元601⟧",
        "药寄到⟦浙江省衢州市柯城区荷五路318弄9号楼2单元1104⟧，⟦郗若彤⟧收，⟦13790017788⟧",
        "我是⟦纳雍县雍熙镇⟧的，离市里远",
        "孩子叫⟦蒯一诺⟧，三岁半，发烧39度两天了",
        "宝宝小名⟦糯糯⟧，大名⟦逯嘉禾⟧，湿疹又犯了",
        "我老公⟦昝志强⟧昨天做的支架",
        "老公姓⟦蔺⟧，他有糖尿病",
        "我姓⟦逄⟧，叫我⟦小逄⟧就行",
        "⟦老蔺⟧这两天又喝酒了，肝功能能好吗",
        "⟦仉⟧主任，我爸的化疗几号开始",
        "帮⟦桓温如⟧问一下，她乳腺结节3类",
        "⟦麴志远⟧：医生在吗？我头疼三天了",
        "@⟦昝丽萍⟧ 你家孩子退烧没",
        "我英文名⟦Marigny Duquette⟧，外籍，问下疫苗",
        "我在⟦荆陵二院⟧住过院，说是肺结节",
        "我⟦72年3月15日⟧生的，⟦21年3月⟧做过冠脉造影",
        "⟦三月初五⟧那天开始咳嗽，上个月⟦18号⟧拆的线",
        "我奶奶⟦93岁⟧了还能手术吗",
        "外公⟦九十五⟧了，脑梗后吞咽困难",
        "银行卡⟦6222 0212 0800 9934 417⟧退费打这里",
        "车停地下了，车牌⟦浙H7K392⟧",
    ],
)
def test_a_message_loses_its_identifiers_and_nothing_else(message: str) -> None:
    text, wanted = _read(message)
    assert _covered(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "考虑人民医院治疗效果更好",
        "需与原医院确认医院资质，建议直接咨询当地医院",
        "予村卫生室输液治疗3天，于村卫生室复诊",
        "可到三甲医院就诊，推荐到大医院检查，社区卫生服务中心随访",
        "我住院了3天，在单位上班时突发胸痛",
        "诊断为医院获得性肺炎，请心内科会诊，住院医师查房",
        "口服丁苯酞软胶囊，予丁苯酞氯化钠注射液静滴",
        "Simpson法测EF 55%，Bethesda III类，TI-RADS 4a类，EBER(+)，CD20(+)，C反应蛋白23mg/L CEA 16.8ng/ml",
        "FLAIR呈高信号，DWI未见异常，Murphy征阳性",
        "予贝伐珠单抗联合FOLFOX方案化疗，行Whipple手术，留置Foley导尿管",
        "桥本甲状腺炎、格雷夫斯病，考虑川崎病，不除外马凡综合征",
        "方药：柴胡10g 白术15g 茯苓15g 陈皮6g，针刺足三里、三阴交、曲池、合谷",
        "留置引流管一根，1号Vicryl线逐层缝合，血压130/80，心率78，左肺上叶见2.3×1.5cm结节",
        "华氏巨球蛋白血症，康氏带阳性，史密斯骨折，巴顿骨折，科利斯骨折",
    ],
)
def test_medicine_stays(text: str) -> None:
    assert _covered(text) == set()
