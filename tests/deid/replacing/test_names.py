from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.replacing.chinese_names import parse, sex_of
from medgo.deid.replacing.latin_parsing import first_names, key
from medgo.deid.replacing.ordinary import ordinary_words
from medgo.deid.replacing.pinyin import split
from medgo.deid.replacing.pools import pool
from medgo.deid.view import view_of
from tests.deid.replacing.marked import new, news, replaced, surrogates

PATIENTS = st.text(min_size=1, max_size=8)
SURNAMES = st.sampled_from("郗逄隗缑郦綦訾蒯")
GIVEN = st.sampled_from(["若彤", "梓萱", "珩", "奕辰", "芊芊", "秉谦", "沛", "知许", "昭昭", "予安"])
FIRST = st.sampled_from(["Isolde", "Leofric", "Oonagh", "Caspian", "Saoirse", "Ottoline", "Zebulon", "Xanthe"])
LAST = st.sampled_from(
    ["Featherstone", "Quillfeather", "Brannigan", "Okonkwo", "Przybylski", "Fitzwilliam", "Urquhart"]
)


@given(SURNAMES, GIVEN, PATIENTS)
def test_every_form_of_a_chinese_name_leads_to_one_person(surname: str, given: str, patient: str) -> None:
    whole, spaced, old, short, title, alone = news(
        f"{{name:{surname}{given}}}{{name:{' '.join(surname + given)}}}{{name:老{surname}}}{{name:{surname}某}}"
        f"{{name:{surname}先生}}{{name:{given}}}",
        patient=patient,
    )
    assert len(whole) == len(surname + given)
    assert spaced.replace(" ", "") == whole
    assert (old, short, title) == ("老" + whole[0], whole[0] + "某", whole[0] + "先生")
    assert alone == whole[1:]


@given(SURNAMES, GIVEN, PATIENTS)
def test_the_original_is_gone(surname: str, given: str, patient: str) -> None:
    whole = new("name", surname + given, patient=patient)
    assert whole[0] != surname
    assert whole[1:] != given


def test_scripts_agree() -> None:
    names = [
        "张若伟",
        "張若偉",
        "Zhang Ruowei",
        "ZHANG RUOWEI",
        "Ruowei Zhang",
        "Zhang, Ruowei",
        "ZhangRuowei",
        "zhang ruo wei",
    ]
    simplified, traditional, *latin = news("、".join(f"{{name:{name}}}" for name in names))
    assert view_of(traditional).text == simplified
    plain = latin[0]
    surname, given = plain.split()
    assert latin == [
        plain,
        plain.upper(),
        f"{given} {surname}",
        f"{surname}, {given}",
        surname + given,
        " ".join([surname, *split(given)]).lower(),
    ]
    # Alone and in another note, the forms still agree.
    assert new("name", "Zhang Ruowei") == plain
    assert new("name", "张若伟") == simplified
    assert new("name", "Mr. Zhang", lang="en") == f"Mr. {surname}"


@pytest.mark.parametrize(
    ("name", "sex"), [("张建军", "man"), ("张丽娟", "woman"), ("郗勇刚", "man"), ("綦婷婷", "woman")]
)
@pytest.mark.parametrize("patient", ["a", "b", "c"])
def test_sex_stays(name: str, sex: str, patient: str) -> None:
    surrogate = new("name", name, patient=patient)
    assert sex_of(name[1:]) == sex
    assert sex_of(surrogate[1:]) in (sex, "both")
    # The same syllables in characters of the other sex are another person.
    assert sex_of(surrogate[1:]) != {"man": "woman", "woman": "man"}[sex]


def test_fields_of_a_structured_name_agree_with_the_whole() -> None:
    whole = new("name", "赵奕辰")
    assert new("name", "赵") + new("name", "奕辰") == whole
    assert new("name", "QUILLFEATHER^XANTHE", lang="en") == "^".join(
        reversed(new("name", "XANTHE QUILLFEATHER").split())
    )


def test_traditional_notes_get_traditional_characters() -> None:
    surrogates_ = [new("name", "張若偉", patient=str(at)) for at in range(20)]
    assert any(view_of(one).text != one for one in surrogates_)
    assert new("hospital", "彰義縣第三醫院").endswith("醫院")


def test_relatives_share_the_surname() -> None:
    patient, son, doctor = news("{name:郦秉谦}之子{name_relative:郦知许}，{name_clinician:蒯沛}医师")
    assert patient[0] == son[0] != doctor[0]


def test_a_compound_surname_stays_one() -> None:
    surrogate = new("name", "欧阳秉谦")
    assert parse(surrogate).surnames[0] != "欧阳"
    assert len(parse(surrogate).surnames[0]) == 2
    assert len(surrogate) == 4


@pytest.mark.parametrize("name", ["阿卜杜热合曼·艾力", "海蒂·霍夫曼", "安·R·沃克曼"])
def test_names_of_other_peoples_keep_their_form(name: str) -> None:
    surrogate = new("name", name)
    assert surrogate.count("·") == name.count("·")
    assert not set(surrogate.split("·")) & {part for part in name.split("·") if not part.isascii()}


@given(FIRST, LAST, PATIENTS)
def test_every_form_of_an_english_name_leads_to_one_person(first: str, last: str, patient: str) -> None:
    forms = [
        f"{first} {last}",
        f"{last}, {first}",
        f"Mr. {last}",
        f"{first[0]}. {last}",
        f"{first}'s",
        f"{first} {last}".upper(),
    ]
    whole, turned, title, initial, possessive, loud = news(
        " and ".join(f"{{name:{form}}}" for form in forms), patient=patient, lang="en"
    )
    new_first, new_last = whole.split(" ")
    assert (new_first != first, new_last != last) == (True, True)
    assert turned == f"{new_last}, {new_first}"
    assert title == f"Mr. {new_last}"
    assert initial == f"{new_first[0]}. {new_last}"
    assert possessive == f"{new_first}'s"
    assert loud == whole.upper()


@given(FIRST, LAST, PATIENTS)
def test_forms_agree_between_notes(first: str, last: str, patient: str) -> None:
    whole = new("name", f"{first} {last}", patient=patient, lang="en")
    assert new("name", f"Dr. {last}", patient=patient, lang="en") == f"Dr. {whole.split()[1]}"
    assert new("name", f"{first} J. {last}", patient=patient, lang="en").split()[::2] == whole.split()


@pytest.mark.parametrize(
    "name", ["Fitz-Gerald, Oonagh", "Oonagh O'Halloran, RN", "Dr. Caspian van der Meer", "oonagh mcteer", "J.P."]
)
def test_form_and_case_stay(name: str) -> None:
    surrogate = new("name", name, lang="en")
    shape = [letter for letter in name if not letter.isalpha() and letter != "'"]
    assert [letter for letter in surrogate if not letter.isalpha()] == shape
    assert surrogate.islower() == name.islower()


def test_titles_credentials_and_particles_stay() -> None:
    surrogate = new("name_clinician", "Dr. Caspian van der Meer Jr., MD", lang="en")
    assert surrogate.startswith("Dr. ")
    assert " van der " in surrogate
    assert surrogate.endswith(" Jr., MD")


@pytest.mark.parametrize(("name", "sex"), [("Margaret", "women"), ("Frederick", "men")])
def test_sex_of_english_names_stays(name: str, sex: str) -> None:
    for patient in "abcdefgh":
        surrogate = new("name", f"{name} Quillfeather", patient=patient, lang="en").split()[0]
        assert first_names()[key(surrogate)] == sex


def test_a_nickname_is_the_same_person() -> None:
    long, short = news("{name:Robert Urquhart}, called {name:Bob Urquhart}", lang="en")
    assert long == short


def test_different_patients_get_different_people() -> None:
    assert len({new("name", "郗若彤", patient=str(at)) for at in range(40)}) > 35
    assert len({new("name", "Xanthe Urquhart", patient=str(at), lang="en") for at in range(40)}) > 35


@given(st.lists(st.tuples(SURNAMES, GIVEN), min_size=1, max_size=6, unique=True), PATIENTS)
def test_nobody_of_the_note_becomes_somebody_else_of_it(people: list[tuple[str, str]], patient: str) -> None:
    names = {surname + given for surname, given in people}
    surrogates_ = news("，".join(f"{{name:{name}}}" for name in sorted(names)), patient=patient)
    assert not names & set(surrogates_)


def test_a_name_of_the_corpus_is_drawn_again_and_its_forms_follow() -> None:
    first = new("name", "郗若彤")
    whole, alone = news("{name:郗若彤}，{name:若彤}", by=surrogates(avoid={first}.__contains__))
    assert whole != first
    assert whole[0] == first[0]
    assert alone == whole[1:]


def test_where_every_name_is_taken_a_tag_stands() -> None:
    assert news("{name:郗若彤}", by=surrogates(avoid=lambda _: True)) == ["[姓名]"]


def test_a_name_broken_over_lines() -> None:
    assert replaced("患者{name:郗若\n彤}。").text == f"患者{new('name', '郗若彤')}。"


@given(st.text(max_size=20), PATIENTS)
def test_any_text_may_be_called_a_name(value: str, patient: str) -> None:
    value = value.replace("}", "").replace("{", "")
    if value:
        assert len(replaced(f"{{name:{value}}}", patient=patient).pieces) == 1


@pytest.mark.parametrize("name", ["Angela", "Lupita", "Marisela", "Lupita Bo", "Angela Quan", "Melina"])
@given(patient=PATIENTS)
def test_western_given_names_get_no_pinyin(name: str, patient: str) -> None:
    first = new("name", name, patient=patient, lang="en").split()[0]
    assert not split(first) or key(first) in first_names() or first in pool("english_names")["surnames"]["L"]


@given(SURNAMES, st.sampled_from(["若彤", "云云", "知许", "予安"]), PATIENTS)
def test_no_surrogate_is_an_ordinary_word(surname: str, given: str, patient: str) -> None:
    whole, alone = news(f"{{name:{surname}{given}}}{{name:{given}}}", patient=patient)
    assert whole not in ordinary_words()
    assert whole[1:] not in ordinary_words()
    assert alone == whole[1:]


def test_ordinary_words_are_words() -> None:
    assert {"全家", "云云", "高兴"} <= ordinary_words()


@pytest.mark.parametrize(("name", "sex"), [("Guillermina Brannigan, RN", "women"), ("Dr. Aurelio Okonkwo", "men")])
def test_sex_of_rarer_first_names_stays(name: str, sex: str) -> None:
    words = [key(word) for word in new("name_clinician", name, lang="en").split()]
    assert any(first_names().get(word) == sex for word in words)
