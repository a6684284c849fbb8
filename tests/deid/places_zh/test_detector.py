"""What the Chinese place detector covers and what it leaves; the places here are made up."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.deid.places_zh import ChinesePlaceDetector
from medgo.deid.places_zh.gazetteer import gazetteer
from medgo.deid.protocol import Finding, Note

DETECTOR = ChinesePlaceDetector()
PROVINCES = ("浙江省", "湖北省", "四川省", "江西省", "内蒙古自治区", "山东")
CITIES = ("泊川市", "澄渊市", "蓼江市", "岱溪市")
COUNTIES = ("沐阳坪县", "枕流区", "柘林县", "洄水区")
TOWNS = ("鹭溪镇", "磐石乡", "望春街道")
VILLAGES = ("芦苇荡村", "老鸦坪村", "水磨沟屯")
ROADS = ("揽月路", "桐荫大道", "拾翠东街", "砚池巷")
ESTATES = ("观澜名苑", "柏悦花园", "栖霞里小区")


def find(text: str) -> tuple[str, list[Finding]]:
    note = Note(text, "zh")
    return note.view.text, list(DETECTOR.find(note))


def covered(text: str, value: str) -> bool:
    view, findings = find(text)
    mask = bytearray(len(view))
    for one in findings:
        mask[one.start : one.end] = b"\1" * (one.end - one.start)
    # A view leaves out the end of a full line.
    shown = value if value in view else value.replace("\n", "", 1)
    start = view.index(shown)
    return all(mask[at] for at in range(start, start + len(shown)) if view[at].isalnum())


def found(text: str) -> set[str]:
    view, findings = find(text)
    return {view[one.start : one.end] for one in findings}


numbers = st.integers(1, 999)
rural = st.tuples(
    st.sampled_from(PROVINCES), st.sampled_from(CITIES), st.sampled_from(COUNTIES), st.sampled_from(TOWNS),
    st.sampled_from(VILLAGES), st.sampled_from(("", "3组", "二组", "18号", "村民小组5号")),
).map("".join)  # fmt: skip
urban = st.builds(
    lambda parts, number, home, room: "".join(parts) + f"{number}号{home}{room}",
    st.tuples(
        st.sampled_from((*PROVINCES, "")), st.sampled_from(CITIES), st.sampled_from(COUNTIES), st.sampled_from(ROADS)
    ),
    numbers,
    st.sampled_from((*ESTATES, "")),
    st.sampled_from(("3栋2单元501室", "5号楼1203", "12幢1单元7层702", "8-2-301", "B座1806", "")),
)
no_town = st.builds(
    lambda home, n, m: f"{home}{n}号楼{m}单元{n}0{m}室", st.sampled_from(ESTATES), numbers, st.integers(1, 9)
)
LAYOUTS = (
    "患者现住{}，否认外伤史。",
    "住址：{}\n电话：",
    "家庭住址 {} 联系电话 13900000000",
    "姓名：甲  现住址：{}  职业：工人",
    "患者家住{}。",
    "收件地址:{}；收件人",
    "目前居住在{}，平素体健",
    "现居住于{},因咳嗽就诊",
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(rural, urban, no_town), st.sampled_from(LAYOUTS))
def test_an_address_is_covered_to_its_last_letter_in_every_layout(address: str, layout: str) -> None:
    assert covered(layout.format(address), address)


@settings(max_examples=60, deadline=None)
@given(st.one_of(rural, urban))
def test_an_address_needs_no_word_before_it(address: str) -> None:
    assert covered(f"{address}（户主）", address)


@pytest.mark.parametrize(
    "text, value",
    [
        ("籍贯：山东", "山东"),
        ("来自云南，工人", "云南"),
        ("在杭州务工10年", "杭州"),
        ("户籍地江西省赣州市于都县贡江镇", "江西省赣州市于都县贡江镇"),
        ("老家河南驻马店上蔡县，", "河南驻马店上蔡县"),
        ("曾到过广州、深圳", "深圳"),
        ("重庆市渝中区揽月路 235 号 柏悦国际中心 12-3", "重庆市渝中区揽月路 235 号 柏悦国际中心 12-3"),
        ("台北市大安区信義路四段一號5樓之2", "台北市大安区信义路四段一号5楼之2"),
        ("就诊于泊川市第三人民医院。", "泊川市第三人民医院"),
        ("转至澄渊医科大学附属第二医院（东院区）", "澄渊医科大学附属第二医院"),
        ("后于蓼江市柘林县鹭溪镇卫生院输液", "蓼江市柘林县鹭溪镇卫生院"),
        ("由301医院转入", "301医院"),
        ("市一院会诊", "市一院"),
        ("送检单位：博岚", "博岚"),
        ("就职于岱溪远拓精密机械有限公司，任车工", "岱溪远拓精密机械有限公司"),
        ("就职于顺鼎鑫，任会计", "顺鼎鑫"),
        ("现就读岱溪市第七中学", "岱溪市第七中学"),
        ("工作单位：揽月小学", "揽月小学"),
    ],
)
def test_towns_hospitals_and_employers_are_covered(text: str, value: str) -> None:
    assert covered(text, value)


@pytest.mark.parametrize(
    "text",
    [
        "左室流出道通畅，尿路感染，气道2号插管，胃区压痛，3号切口",
        "手术室3号间，病区6区，2区淋巴结清扫，静脉通路2条，胆道1号支架",
        "生于原籍，久居本地，无疫区、疫水接触史",
        "曾在当地医院就诊，外院CT示右肺结节，由120送至我院急诊，转入本院内科",
        "患者为小学教师，初中文化，大学毕业后在工厂上班，工作单位：退休",
        "波士顿肠道准备评分8分，鹿特丹标准，洛杉矶分级B级，柏林定义",
        "予长春新碱、氟里昂、大连续缝合；单位：mg/L 单位：10^9/L",
        "住址：不详 现住址：同户籍地址 地址：—",
        "四川人，汉族，自述走路不稳，农村居民，小区内散步后胸闷，回家路上晕倒",
        "医院获得性肺炎，医院焦虑抑郁量表评分，去了多家医院，某公司体检",
        "2单元悬浮红细胞，第3组肌肉，7层螺旋CT，住院部3号楼5层",
        "XX医院，Acute pain without any Chinese",
        "",
    ],
)
def test_medicine_and_generic_words_stay(text: str) -> None:
    assert found(text) == set()


def test_a_province_alone_stays_but_a_city_does_not() -> None:
    assert found("北京、四川多见") == set()
    assert found("武汉、宜昌多见") == {"武汉", "宜昌"}


@pytest.mark.parametrize("value", ["泊川市枕流\n区人民医院", "泊川市枕流区揽月\n路18号柏悦花园3栋\n2单元501室"])
def test_a_full_line_may_end_inside_a_name(value: str) -> None:
    assert covered(f"患者三天前无明显诱因出现上腹部疼痛伴恶心呕吐数次，家住附近，曾就近至{value}，后好转。", value)


def test_labelled_values_are_certain_and_others_are_not() -> None:
    _, labelled = find("送检单位：博岚医院")
    _, plain = find("经博岚医院治疗")
    assert max(one.score for one in labelled) >= 0.95
    assert max(one.score for one in plain) < 0.95


def test_hospitals_are_not_taken_for_addresses() -> None:
    view, findings = find("于澄渊市枕流区人民医院住院")
    assert {(view[one.start : one.end], one.label) for one in findings} == {("澄渊市枕流区人民医院", "hospital")}


def test_values_of_one_line_forms_end_at_the_next_field() -> None:
    view, findings = find("住址 湖北省泊川市鹭溪镇 联系电话 027 入院诊断 肺炎")
    assert all("联系" not in view[one.start : one.end] for one in findings)
    assert findings


def test_names_of_these_tests_stand_in_no_list() -> None:
    levels = gazetteer().levels
    assert not {*CITIES, *COUNTIES} & levels.keys()
    assert levels["于都县"] == "county"
    assert levels["武汉"] == "city"
    assert levels["和田"] == "ambiguous"


@pytest.mark.parametrize(
    "unit", ["山东", "住在山东市路1号", "北京市海淀区", "人民医院", "住址：\t", "一二三号路", "于在到至"]
)
def test_time_grows_with_length_only(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            for _ in DETECTOR.find(Note(text, "zh")):
                pass
            best = min(best, time.process_time() - start)
        return best

    seconds(2_000)
    assert seconds(80_000) < 25 * seconds(8_000) + 0.05


@pytest.mark.parametrize(
    ("text", "hospital"),
    [
        ("家属要求转望溪市中心医院继续治疗", "望溪市中心医院"),
        ("遂赴澄渊市人民医院就诊", "澄渊市人民医院"),
        ("三年前於仁柏醫院行手術", "仁柏醫院"),
        ("就诊于某市枕流区人民医院", "某市枕流区人民医院"),
        ("曾在蓼州医大附一住院", "蓼州医大附一"),
        ("建议转协和进一步诊治", "协和"),
        ("家属要求去湘雅看。", "湘雅"),
    ],
)
def test_hospitals_begin_behind_the_verb(text: str, hospital: str) -> None:
    view, findings = find(text)
    spans = {(one.start, one.end) for one in findings if one.label == "hospital"}
    wanted = find(hospital)[0]
    assert spans == {(view.index(wanted), view.index(wanted) + len(wanted))}


@pytest.mark.parametrize("text", ["转协同治疗", "转协作单位", "在华山看日出", "出院带药，附一张处方", "转同济堂"])
def test_words_like_short_names_of_hospitals_stay(text: str) -> None:
    assert found(text) == set()


def test_an_address_in_a_city_without_its_name_begins_with_it() -> None:
    assert found("住某市枕流区长青路3号") == {"某市枕流区长青路3号"}
