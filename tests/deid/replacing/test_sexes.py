"""The sex of a surrogate is what titles, relations and fields say, in every note of a patient and in both scripts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.policy import read_policy
from medgo.deid.replacing import SurrogateReplacer
from medgo.deid.replacing.chinese_names import sex_of
from medgo.deid.replacing.latin_names import sex_of_first_name
from medgo.deid.replacing.latin_parsing import key
from medgo.deid.replacing.sex_cues import cue_of
from medgo.deid.replacing.told import told_by
from tests.deid.replacing.marked import KEY, news, read

PATIENTS = st.text(min_size=1, max_size=8)
GIVENS = {"man": ["婷娟", "丽芳", "梓安"], "woman": ["建军", "志刚", "梓安"]}

CHINESE = [
    ("man", "患者儿子{name:谭@}代诉"),
    ("man", "丈夫：{name_relative:谭@}"),
    ("man", "其子{name_relative:谭@}签字"),
    ("man", "联系人：{name_relative:谭@}，关系：父子"),
    ("man", "联系人：{name_relative:谭@}（儿子） 电话"),
    ("man", "聯繫人：{name_relative:谭@}（患者之子）"),
    ("man", "{name:谭@}先生来诊"),
    ("man", "姓名：{name:谭@}  性别：男  年龄：45岁"),
    ("man", "女婿 {name_relative:谭@} 到场"),
    ("woman", "其妻 {name_relative:谭@} 签字"),
    ("woman", "母亲姓名：{name_relative:谭@}"),
    ("woman", "患者女儿（{name_relative:谭@}）"),
    ("woman", "儿媳{name_relative:谭@}陪护"),
    ("woman", "外孙女：{name_relative:谭@}"),
    ("woman", "{name:谭@}女士，45岁"),
    ("woman", "患者{name:谭@}，女，45岁"),
    ("woman", "产妇{name:谭@}，26岁"),
    ("woman", "姓名：{name:谭@}\n性别：女\n联系人：{name_relative:蒯沛}"),
    ("woman", "家属签字：{name_relative:谭@} 与患者关系：女儿"),
]
ENGLISH = [
    ("man", "Her husband, {name_relative:@ Urquhart}, called."),
    ("man", "Mr. {name:@ Urquhart} was seen."),
    ("man", "{name:Mr. @ Urquhart} was seen."),
    ("man", "Contact: {name_relative:@ Urquhart} (son)"),
    ("man", "{name:@ Urquhart} is a pleasant 64-year-old gentleman"),
    ("man", "Brother-in-law {name_relative:@ Urquhart} lives nearby"),
    ("woman", "Wife: {name_relative:@ Urquhart}, cell"),
    ("woman", "Patient: {name:@ Urquhart}  Sex: F"),
    ("woman", "{name_relative:@ Urquhart}, his daughter, was present."),
    ("woman", "Ms. {name:@ Urquhart} was seen."),
    ("woman", "{name:@ Urquhart}, 64F, presents"),
    ("woman", "Emergency contact: {name_relative:@ Urquhart}, relationship: mother"),
]
FIRST = {"man": ["Rosalind", "Avery", "Zephyr"], "woman": ["Leopold", "Avery", "Zephyr"]}


@pytest.mark.parametrize(("sex", "text"), CHINESE)
@pytest.mark.parametrize("patient", ["a", "b", "c", "d"])
def test_a_chinese_name_gets_the_sex_that_is_told(sex: str, text: str, patient: str) -> None:
    for given_name in GIVENS[sex]:
        surrogate = news(text.replace("@", given_name), patient=patient)[0]
        assert sex_of(surrogate[1:]) in (sex, "both")


@pytest.mark.parametrize(("sex", "text"), ENGLISH)
@pytest.mark.parametrize("patient", ["a", "b", "c"])
def test_an_english_name_gets_the_sex_that_is_told(sex: str, text: str, patient: str) -> None:
    for first in FIRST[sex]:
        surrogate = news(text.replace("@", first), patient=patient, lang="en")[0]
        new = surrogate.removeprefix("Mr. ").split()[0]
        assert sex_of_first_name(key(new)) == sex


@pytest.mark.parametrize(
    ("value", "before", "after"),
    [
        ("谭梓安", "", "，其妻陪同"),
        ("谭梓安", "", "，女儿李某陪同"),
        ("谭梓安", "与女儿同住。", "诉腹痛"),
        ("谭梓安", "性别分布：分子", ""),
        ("Avery Urquhart", "", ", his wife Xanthe, called"),
        ("Avery Urquhart", "", " (wife: Xanthe)"),
        ("Avery Urquhart", "She told the son's doctor that ", " was away"),
    ],
)
def test_words_about_others_say_nothing_certain(value: str, before: str, after: str) -> None:
    cue = cue_of(value, before, after, clinician=False)
    assert cue is None or not cue.certain


def test_a_doctor_is_nobodys_daughter() -> None:
    assert cue_of("谭梓安", "女儿", "医师", clinician=True) is None
    assert cue_of("谭梓安", "", "女士", clinician=True) is not None


@given(PATIENTS)
def test_both_scripts_and_every_form_agree(patient: str) -> None:
    text = "患者{name:谭志刚}（{name:Tan Zhigang}），女，45岁。{name:志刚}诉痛。Ms. {name:Zhigang Tan}"
    whole, letters, alone, turned = news(text, patient=patient)
    assert sex_of(whole[1:]) in ("woman", "both")
    assert alone == whole[1:]
    assert turned.split() == list(reversed(letters.split()))


def test_what_one_note_tells_holds_in_all_notes_of_the_patient_and_of_no_other() -> None:
    telling, silent = "其妻 {name_relative:谭志刚}", "{name_relative:谭志刚}来电"
    facts = told_by(*read(telling))
    by = SurrogateReplacer(KEY, read_policy(), told=lambda patient, fact: patient == "p1" and fact in facts)
    assert news(telling, by=by) == news(silent, by=by)
    assert sex_of(news(silent, by=by)[0][1:]) in ("woman", "both")
    assert sex_of(news(silent, patient="p2", by=by)[0][1:]) == "man"


def test_contradictions_leave_a_name_as_it_is() -> None:
    both = "其妻{name_relative:谭志刚}，其子{name_relative:谭志刚}"
    assert news(both) == news("{name_relative:谭志刚}") * 2


def test_a_title_before_the_surname_tells_whose_it_is_where_one_bears_it() -> None:
    first = news("{name:Avery Urquhart} came. {name:Mrs. Urquhart} is well.", lang="en")[0]
    assert sex_of_first_name(key(first.split()[0])) == "woman"
    two = "{name:Avery Urquhart} and {name:Zephyr Urquhart}. {name:Mrs. Urquhart} is well."
    assert not any(fact[0] == "sex" for fact in told_by(*read(two)))


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["谭志刚", "Avery Urquhart", "玛丽·史密斯"]))
def test_any_text_may_stand_round_a_name(before: str, after: str, name: str) -> None:
    before, after = (text.replace("{", "").replace("}", "") for text in (before, after))
    assert name not in news(f"{before}{{name:{name}}}{after}")
