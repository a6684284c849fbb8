"""Fields give their names up, in every layout of a form."""

from __future__ import annotations

import pytest

from medgo.deid.names_zh import ChineseNameDetector
from medgo.deid.names_zh.contexts import contexts
from medgo.deid.names_zh.labelled import LabelledNames
from medgo.deid.names_zh.lexicon import lexicon
from medgo.deid.protocol import Note
from tests.deid.names_zh.marked import check, covered


@pytest.mark.parametrize("label", sorted(set(contexts().labels) - contexts().weak))
def test_every_label_is_heard(label: str) -> None:
    text = f"{label}:钭一苇"
    found = list(LabelledNames(lexicon(), contexts()).find(text))
    assert [text[one.start : one.end] for one in found] == ["钭一苇"]
    assert found[0].label == contexts().labels[label]


@pytest.mark.parametrize(
    "marked",
    [
        "患者姓名 ⟦瞿牧之⟧ 性别 男",
        "医师(签名):⟦瞿牧之⟧",
        "家属签名(关系):⟦瞿牧之⟧",
        "姓名:____⟦瞿牧之⟧____",
        "姓名:\t⟦瞿牧之⟧\t性别:\t男",
        "姓名:\n⟦瞿牧之⟧\n性别:男",
        "主治医师:⟦瞿牧之⟧/⟦匡素弦⟧",
        "姓名:⟦瞿牧之⟧性别:男",
        "姓名:⟦买买提⟧ 性别:男",
        "签名:⟦帕丽旦⟧",
    ],
)
def test_layouts(detector: ChineseNameDetector, marked: str) -> None:
    check(detector, marked)


@pytest.mark.parametrize(
    "text", ["姓名:", "姓名:不详", "家属:否认", "父亲:已故", "医师签名:  性别:男", "联系人:无", "子女:体健"]
)
def test_a_field_without_a_name_is_empty(detector: ChineseNameDetector, text: str) -> None:
    check(detector, text)


def test_a_name_that_the_form_breaks(detector: ChineseNameDetector) -> None:
    text = Note("医师签名：欧阳\n岫云\n2024年", "zh")
    at = text.view.text.index("欧")
    assert covered(list(detector.find(text))) >= {at, at + 1, at + 3, at + 4}


def test_a_name_that_the_form_spreads(detector: ChineseNameDetector) -> None:
    text = Note("姓名：李   梨      性别：女", "zh")
    found = "".join(text.view.text[at] for at in sorted(covered(list(detector.find(text)))))
    assert found.replace(" ", "") == "李梨"
