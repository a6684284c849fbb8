"""What a model finds counts where it is likelier than words; it is cut to what it means, and numbers have digits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.classes import WORDS, IdentifierClass
from medgo.deid.deidentifier import Deidentifier
from medgo.deid.protection import ProtectedTerms
from medgo.deid.protocol import Finding, Note
from medgo.deid.tier_b.weighing import MOST, ModelDetector


class Says(ModelDetector):
    """A model that finds the stretches in brackets."""

    name: ClassVar[str] = "says"
    version: ClassVar[str] = "1"

    def __init__(self, findings: list[Finding]) -> None:
        self._findings = findings

    def read(self, note: Note) -> Iterator[Finding]:
        yield from self._findings


def kept(marked: str, label: IdentifierClass, *, gated: bool = False) -> list[str]:
    """What is left of the stretch in brackets."""
    start, end = marked.index("⟦"), marked.index("⟧") - 1
    note = Note(marked.replace("⟦", "").replace("⟧", ""), "zh")
    assert len(note.view.text) == len(note.text)
    detector = Says([Finding(start, end, label, 0.9, "says")])
    found = Deidentifier([detector], ProtectedTerms()).find(note).findings if gated else list(detector.find(note))
    assert all(one.score <= MOST for one in found if one.label in WORDS)
    return [note.text[one.start : one.end] for one in found]


@pytest.mark.parametrize(
    ("marked", "name"),
    [
        ("昨晚值班⟦冼霁岚⟧交班", "冼霁岚"),
        ("给药后⟦予冼霁岚⟧麻醉医生交接", "冼霁岚"),
        ("患者⟦冼霁步⟧行入病区", "冼霁"),
        ("补充：患者女儿⟦逄语桐来⟧院", "逄语桐"),
        ("随后⟦逄先生⟧来诊", "逄"),
        ("检验者：官⟦霁岚⟧  审核", "官霁岚"),
        ("今晨⟦老逄⟧诉头痛", "老逄"),
        ("患者⟦热依木江·库尔班⟧因腹痛入院", "热依木江·库尔班"),
        ("陪护人⟦木塔力甫⟧在旁", "木塔力甫"),
    ],
)
def test_a_name_is_cut_to_what_it_is(marked: str, name: str) -> None:
    assert kept(marked, "name") == [name]


@pytest.mark.parametrize(
    "marked",
    [
        "心音有力，⟦律齐⟧。",
        "起病以来⟦神志清⟧，精神差",
        "右下⟦叶基⟧底段见黏液",
        "伴⟦肛周⟧疼痛",
        "凡士⟦林纱条⟧填塞",
        "⟦患者⟧今日出院",
        "⟦心理咨询师⟧，现居外地",
        "⟦王⟧",
        "⟦Discharge Summary⟧ at noon",
    ],
)
def test_words_are_no_names_whatever_a_model_says(marked: str) -> None:
    assert kept(marked, "name") == []


@pytest.mark.parametrize(
    ("marked", "label", "left"),
    [
        ("在⟦溆浦县中医院行⟧胸部CT", "hospital", ["溆浦县中医院"]),
        ("单位：⟦溆浦县中医院\t送检⟧科室", "hospital", ["溆浦县中医院"]),
        ("⟦Dunmore Community Hospital\n\nNURSING⟧ NOTE", "hospital", ["Dunmore Community Hospital"]),
        ("from ⟦University of Dunmore⟧ since", "organisation", ["University of Dunmore"]),
        ("⟦户籍地址⟧为外省", "location", []),
        ("⟦开户⟧人签字", "location", []),
        ("来自⟦溆浦⟧", "location", ["溆浦"]),
        ("住⟦榆林路88号，听雨苑3栋⟧。", "address", ["榆林路88号，听雨苑3栋"]),
        ("诉⟦头痛⟧两天", "passport", []),
        ("护照⟦E88231476⟧有效", "passport", ["E88231476"]),
        ("⟦Thaddeus Kettle  Room⟧ 12", "name", ["Thaddeus Kettle"]),
        ("from ⟦Thaddeus Kettle's⟧ car", "name", ["Thaddeus Kettle"]),
    ],
)
def test_other_findings_end_where_they_end(marked: str, label: IdentifierClass, left: list[str]) -> None:
    assert kept(marked, label) == left


@pytest.mark.parametrize(
    ("marked", "label"),
    [
        ("予⟦英夫利西⟧单抗输注", "location"),
        ("Winslow⟦孔置⟧引流管", "name"),
        ("予替⟦格瑞洛⟧口服", "name"),
        ("诊断⟦帕金森病⟧明确", "other_id"),
        ("诊断⟦糖尿病⟧明确", "organisation"),
    ],
)
def test_the_gate_takes_the_side_of_a_term(marked: str, label: IdentifierClass) -> None:
    assert kept(marked, label, gated=True) == []


@given(
    st.text(alphabet=st.sampled_from(list("患者冼霁岚王医院路88号Jo Doe,\n\t·。某")), min_size=1, max_size=40),
    st.data(),
    st.sampled_from(sorted(WORDS)),
)
def test_what_is_left_lies_near_what_was_found(text: str, data: st.DataObject, label: IdentifierClass) -> None:
    note = Note(text, "zh")
    size = len(note.view.text)
    if not size:
        return
    start = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(start + 1, size))
    last = 0
    for one in Says([Finding(start, end, label, 0.9, "says")]).find(note):
        assert 0 <= one.start < one.end <= size
        assert start - 2 <= one.start < end
        assert start < one.end <= end + 1
        assert one.start >= last - 1
        last = one.end
