"""Names that are no surname and given name."""

from __future__ import annotations

import pytest

from medgo.deid.names_zh import ChineseNameDetector
from medgo.deid.protocol import Note
from tests.deid.names_zh.marked import check


@pytest.mark.parametrize(
    "marked",
    [
        "患者⟦约翰·史密斯⟧因腹痛入院",
        "⟦阿卜杜热西提·买买提⟧因腹痛入院",
        "⟦热依汗古丽·吐尔逊⟧诉头痛",
        "由⟦玛丽亚⟧医生接诊",
        "⟦约翰逊⟧先生，男，50岁",
        "⟦次仁央宗⟧，女，藏族",
        "患者⟦扎西顿珠⟧，男",
        "⟦其其格⟧，女，蒙古族",
        "⟦张某某⟧，男，45岁",
        "⟦李××⟧，女",
        "⟦王*⟧，⟦陈*明⟧",
        "患者⟦赵某⟧，女",
        "⟦老张⟧说昨晚没睡好，⟦小李⟧也没睡",
        "⟦王⟧大爷和⟦赵姐⟧一起做康复",
        "⟦司马⟧大夫来查房",
    ],
)
def test_forms_of_names(detector: ChineseNameDetector, marked: str) -> None:
    check(detector, marked)


@pytest.mark.parametrize(
    "text", ["于某一天出现头痛", "对某些药物过敏", "大小约3×2cm", "46,XX染色体", "行X线检查", "左×右对比", "成X线片"]
)
def test_what_only_looks_hidden(detector: ChineseNameDetector, text: str) -> None:
    check(detector, text)


@pytest.mark.parametrize(
    "marked",
    [
        "完善检查。  ⟦闻人筱⟧  2023-3-16",
        "继续观察。   ⟦邬秉谦⟧\n二〇二三年三月一日",
        "家属陪护。  ⟦闻人 筱⟧ 2023-3-16",
        "患者丈夫⟦邬 秉谦⟧要求转院",
        "姓名：⟦闻\n人筱⟧\n性别：女",
        "患者⟦邬\n秉谦⟧，女",
        "复核医师：⟦邬秉谦⟧  随访护士：⟦闻人筱⟧",
        "予⟦邬秉谦⟧麻醉医生交接",
        "护士⟦邬庸⟧，途中监测",
        "⟦苌某⟧表示理解，⟦郗某彤⟧诉头晕，⟦郗×彤⟧，女",
        "老公姓⟦邬⟧，他有糖尿病",
        "宝宝小名⟦糯糯⟧，英文名⟦Marigny Duquette⟧",
        "家属代诉：老伴姓⟦祁⟧，叫⟦祁连城⟧，退休",
        "大姐姓⟦吕⟧,名⟦小兰⟧的家属",
        "患者姓名叫法不一",
    ],
)
def test_names_apart_in_parts_and_told(detector: ChineseNameDetector, marked: str) -> None:
    check(detector, marked)


@pytest.mark.parametrize(
    "text",
    [
        "病情稳定。  出院\n",
        "继续治疗。  方案\n",
        "姓名  性别",
        "汉语拼音：Houtoujun",
        "经主任医师查房",
        "张某因",
        "于某一天",
    ],
)
def test_words_that_stand_apart_stay(detector: ChineseNameDetector, text: str) -> None:
    assert [one for one in detector.find(Note(text, "zh")) if text[one.start : one.end] != "张某"] == []
