"""What a header states is found however the narrative spells it, and nothing that only looks like it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.deidentifier import Deidentifier
from medgo.deid.known import KnownDetector
from medgo.deid.known.detector import spellings_of
from medgo.deid.protection import ProtectedTerms
from medgo.deid.protocol import CERTAIN, KnownIdentifier, Note

DETECTOR = KnownDetector()
CHINESE_SPELLINGS = [
    *(
        "覃雅楠",
        "覃 雅 楠",
        "覃\u200b雅楠",
        "覃女士",
        "覃某某",
        "老覃",
        "覃××",
        "雅楠",
        "覃医生",
        "Qin Yanan",
        "QIN YANAN",
    ),
    *("Qin Ya-nan", "Yanan Qin", "Ya Nan Qin", "Qin, Yanan", "Ms Qin", "Tan Yanan", "Y.N. Qin", "QinYanan"),
]
LATIN_SPELLINGS = [
    *("Ottoline Brackenbury", "OTTOLINE BRACKENBURY", "Brackenbury, Ottoline", "O. Brackenbury", "Brackenbury O"),
    *("Ottoline J. Brackenbury", "Mrs Brackenbury", "Ottoline", "ottoline brackenbury", "Brackenbury,Ottoline"),
]


def found(text: str, value: str, label: str = "name") -> list[str]:
    """The stretches of the original that are found."""
    note = Note(text, "zh", (KnownIdentifier(label, value),))  # type: ignore[arg-type]
    view = note.view
    return [text[view.start(one.start) : view.end(one.end)] for one in DETECTOR.find(note)]


def covers(text: str, wanted: str, value: str, label: str = "name") -> bool:
    """Whether every letter and digit of ``wanted`` is found."""
    note = Note(text, "zh", (KnownIdentifier(label, value),))  # type: ignore[arg-type]
    covered = {at for one in DETECTOR.find(note) for at in range(note.view.start(one.start), note.view.end(one.end))}
    start = text.index(wanted)
    return all(at in covered for at in range(start, start + len(wanted)) if text[at].isalnum())


@pytest.mark.parametrize("written", CHINESE_SPELLINGS)
def test_a_chinese_name_is_found_in_every_spelling(written: str) -> None:
    assert covers(f"昨日{written}来院复查，cc: {written}, reviewed", written, "覃雅楠")


@pytest.mark.parametrize("written", ["尉迟岚", "尉迟先生", "Yuchi Lan", "Lan Yuchi"])
def test_a_compound_surname_is_one_name(written: str) -> None:
    assert covers(f"与{written}谈话", written, "尉迟岚")


def test_a_traditional_spelling_is_found() -> None:
    assert covers("患者譚鈺瑩今日出院", "譚鈺瑩", "谭钰莹")
    assert covers("患者谭钰莹今日出院", "谭钰莹", "譚鈺瑩")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("小白鼠实验，白细胞升高，白蛋白低", "白露曦"),
        ("总高胆红素，高总胆固醇血症，血压居高不下", "高峻岭"),
        ("he an hour later felt well", "何安"),
        ("身体健康，心理健康", "郎健康"),
        ("马上复查，马尾神经", "马骁骥"),
    ],
)
def test_words_that_only_share_a_character_stay(text: str, value: str) -> None:
    assert found(text, value) == []


def test_a_name_with_dots_is_found_in_parts() -> None:
    assert covers("阿依古丽·吐尔逊今晨诉头痛", "阿依古丽·吐尔逊", "阿依古丽·吐尔逊")
    assert covers("阿依古丽诉头痛", "阿依古丽", "阿依古丽·吐尔逊")


@pytest.mark.parametrize(
    "header", ["Ottoline Brackenbury", "BRACKENBURY, OTTOLINE", "Brackenbury^Ottoline", "Ms. Ottoline Brackenbury"]
)
@pytest.mark.parametrize("written", LATIN_SPELLINGS)
def test_a_latin_name_is_found_in_every_spelling(header: str, written: str) -> None:
    name = written.removeprefix("Mrs ")
    assert covers(f"Today {written} was seen; {written}'s wound heals.", name, header)


def test_accents_may_come_or_go() -> None:
    assert covers("seen with Zoë Ñíguez", "Zoë Ñíguez", "Zoe Niguez")
    assert covers("seen with Zoe Niguez", "Zoe Niguez", "Zoë Ñíguez")


def test_a_nickname_is_found() -> None:
    assert covers("Maggie says she fell", "Maggie", "Margaret Thistlewood")


def test_a_patient_called_like_a_disease_is_told_from_it() -> None:
    text = "Parkinson denies tremor. No Parkinson's disease. Foley catheter out."
    assert found(text, "Harriet Parkinson") == ["Parkinson"]
    assert found(text, "Ann Foley") == []


def test_ordinary_words_at_the_start_of_a_sentence_stay() -> None:
    assert found("Will follow up. May shower.", "Will May") == []
    assert found("I saw Will today", "Will May") == ["Will"]


@given(
    st.lists(st.sampled_from(list("0123456789")), min_size=8, max_size=18),
    st.sampled_from(["", " ", "-", ".", "/"]),
    st.sampled_from(["患者{}。", "MRN {} noted", "：{}，", "({})"]),
)
def test_a_number_is_found_with_any_separator(digits: list[str], separator: str, frame: str) -> None:
    value = "".join(digits)
    written = separator.join(digits)
    assert covers(frame.format(written), written, value, "medical_record_number")


@pytest.mark.parametrize(
    ("written", "value", "label"),
    [
        ("一九九零三六五七二八幺", "19903657281", "phone"),
        ("199****7281", "19903657281", "phone"),
        ("+86 199-0365-7281", "19903657281", "phone"),
        ("199 0365 7281", "+8619903657281", "phone"),
        ("(212) 555-0173", "212-555-0173", "phone"),
        ("ZY 0012-3456", "ZY00123456", "medical_record_number"),
        ("123456", "00123456", "medical_record_number"),
    ],
)
def test_numbers_in_other_forms(written: str, value: str, label: str) -> None:
    assert covers(f"联系{written}，", written, value, label)


def test_the_last_four_digits_are_found_by_their_label() -> None:
    assert found("卡号尾号7281", "6222020200127281", "bank_account") == ["7281"]
    assert found("SSN ending in 7281", "987-65-7281", "ssn") == ["7281"]
    assert found("血小板7281", "987-65-7281", "ssn") == []


def test_a_number_inside_a_longer_one_is_another() -> None:
    assert found("编号9123456789", "12345678", "medical_record_number") == []


@pytest.mark.parametrize("value", ["1961-03-04", "19610304", "1961年3月4日", "03/04/1961"])
@pytest.mark.parametrize(
    "written",
    [
        "1961-3-4",
        "1961.03.04",
        "1961年3月4日",
        "03/04/61",
        "4 March 1961",
        "March 4th, 1961",
        "Mar 4",
        "19610304",
        "一九六一年三月四日",
        "3月4日",
    ],
)
def test_a_date_is_found_in_every_form(written: str, value: str) -> None:
    assert covers(f"出生 {written} 。", written, value, "date")


def test_an_address_is_found_in_parts() -> None:
    value = "湖南省怀化市溆浦县卢峰镇榆林路88号2栋301室"
    for part in ("湖南省怀化市溆浦县卢峰镇榆林路88号2栋301室", "怀化市", "溆浦县", "榆林路"):
        assert covers(f"家住{part}。", part, value, "address")
    assert found("湖南省", value, "address") == []
    english = "14 Quillfeather Avenue, Apt 3B, Dunmore, OH 45999"
    for part in ("14 Quillfeather Ave", "Dunmore", "14 QUILLFEATHER AVENUE, APT 3B, DUNMORE, OH 45999"):
        assert covers(f"lives at {part}.", part, english, "address")


@pytest.mark.parametrize("label", ["email", "social_account"])
def test_accounts_are_found_in_any_case(label: str) -> None:
    assert covers("write to OTTOLINE.B@example.org", "OTTOLINE.B@example.org", "ottoline.b@example.org", label)


@pytest.mark.parametrize("value", ["", " ", "-", "男", "12", "…", "\u200b", "A", "(", "[a", "\\", "·", "^", ","])
@pytest.mark.parametrize("label", ["name", "phone", "date", "address", "email", "medical_record_number", "photo"])
def test_values_that_say_nothing_find_nothing(value: str, label: str) -> None:
    assert found("患者男，12岁，(A)·[a 12\\ ^,", value, label) == []


@given(st.text(max_size=40), st.sampled_from(["name", "address", "phone", "date", "email", "hospital", "id_card"]))
def test_any_value_can_be_looked_for(value: str, label: str) -> None:
    note = Note(f"x {value} 患者", "zh", (KnownIdentifier(label, value),))  # type: ignore[arg-type]
    for one in DETECTOR.find(note):
        assert 0 <= one.start < one.end <= len(note.view.text)
        assert one.score >= CERTAIN or one.label == "location"


def test_criteria_called_after_the_patients_town_are_left_to_the_gate() -> None:
    text = "Boston criteria met. Drove in from Boston, where she lives at 14 Quillfeather Ave."
    note = Note(text, "en", (KnownIdentifier("address", "14 Quillfeather Ave, Boston, MA"),))
    found = Deidentifier([DETECTOR], ProtectedTerms()).find(note)
    assert [text[one.start : one.end] for one in found.findings] == ["Boston", "14 Quillfeather Ave"]
    assert [one.start for one in found.protected] == [0]


def test_time_grows_with_the_note_and_no_faster() -> None:
    known = (
        KnownIdentifier("name", "覃雅楠"),
        KnownIdentifier("name", "Ottoline Brackenbury"),
        KnownIdentifier("phone", "19903657281"),
    )

    def seconds(repeats: int) -> float:
        note = Note("患者于今日入院，Brackenbury O 199 036 Qin 覃 1 9 9 0 3 " * repeats, "zh", known)
        begin = time.process_time()
        list(DETECTOR.find(note))
        return time.process_time() - begin

    for one in known:
        spellings_of(one)
    short, long = (min(seconds(repeats) for _ in range(3)) for repeats in (500, 5000))
    # Ten times the text; a quadratic search would take a hundred times as long.
    assert long < 40 * max(short, 5e-3)
