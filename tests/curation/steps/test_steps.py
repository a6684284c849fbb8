"""Steps change what they say they change, remove what they say they remove, and leave medicine as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.curation.protocol import Removal
from medgo.curation.steps import STEPS, Language, Licence, Normalise, Quality, Residue, Retraction
from medgo.schema import Document, Lang, SourceRef, Withdrawal
from medgo.store import encode_row

PROSE = (
    "Metformin is the first choice for most people with type 2 diabetes. It lowers glucose without causing weight "
    "gain, and the dose is raised slowly from 500 mg to 2,000 mg a day so that the stomach can get used to it."
)
ZH = (
    "二甲双胍是多数2型糖尿病患者的首选药物。它降低血糖而不增加体重，剂量由每日500 mg缓慢加至2000 mg，以减轻胃肠道反应。"
)


def document(text: str, lang: Lang = "en", licence: str = "CC-BY-4.0", **meta: object) -> Document:
    return Document(SourceRef("7", "made", licence), lang, text, meta=meta)


def reason(outcome: Document | Removal) -> str:
    return outcome.reason if isinstance(outcome, Removal) else ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u200bb\ufeffc\u00ad", "abc"),
        ("血压１３０／８０ｍｍＨｇ，好。", "血压130／80mmHg，好。"),
        ("one\r\ntwo\u2028three\rfour", "one\ntwo\nthree\nfour"),
        ("a \u00a0\t b\n\n\n\n\nc", "a b\n\nc"),
        ("e\u0301", "é"),
        ("Accept all cookies\nFever is common.\nPage 3 of 12\n版权所有 2020 某医院\n下一页", "Fever is common."),
        ("The page 3 of 12 was lost. 患者拒绝登录。", "The page 3 of 12 was lost. 患者拒绝登录。"),
        ("10⁹/L, H₂O, 37℃, Ⅱ型, ½ tablet", "10⁹/L, H₂O, 37℃, Ⅱ型, ½ tablet"),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert Normalise().text(text) == expected


def test_scripts_are_converted_on_request_alone() -> None:
    assert Normalise().text("腫瘤與頭痛") == "腫瘤與頭痛"
    assert Normalise(script="simplified").text("腫瘤與頭痛") == "肿瘤与头痛"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = Normalise().text(text)
    assert Normalise().text(once) == once
    letters = [letter for letter in once if letter.isalnum() and letter.isascii()]
    # Nothing appears that was not there, in its full width at least.
    assert all(letter in text or chr(ord(letter) + 0xFEE0) in text or not letter.isascii() for letter in letters)


def test_an_unchanged_document_is_the_same_object() -> None:
    given_one = document(PROSE)
    assert Normalise().apply(given_one) is given_one


def test_languages() -> None:
    assert reason(Language().apply(document("Это лекарство применяется при гипертонии у взрослых пациентов."))) != ""
    assert Language().apply(document(ZH, "en")) == replace(document(ZH), lang="zh")
    assert reason(Language(langs=("zh",)).apply(document(PROSE))) == "language not asked for"
    numbers = document("12 34 56 78 90 " * 10, "zh")
    assert Language().apply(numbers) is numbers


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        (PROSE, "en", ""),
        (ZH, "zh", ""),
        ("Too short.", "en", "too short"),
        (PROSE + " ���������", "en", "garbled"),
        (ZH + "锟斤拷锟斤拷", "zh", "garbled"),
        ("PatientÃ©s with coeliac disease and the gluten that is in bread; " * 3, "en", "garbled"),
        ("1 2 3 4 5 6 7 8 9 0 | " * 40 + PROSE, "en", "symbols and numbers"),
        ("\n".join(["Home page of the hospital and contact."] * 12), "en", "repeated lines"),
        ("the drug is given and the drug is taken and " * 20 + "end.", "en", "repeated words"),
        ("Home Departments Doctors Appointments Contact Imprint News Jobs Search Login " * 3, "en", "no sentences"),
        ("Lorem ipsum dolor sit amet and the rest of it is for a test. " + PROSE, "en", "placeholder"),
    ],
)
def test_quality(text: str, lang: Lang, expected: str) -> None:
    assert reason(Quality().apply(document(text, lang))) == expected


def test_a_table_of_laboratory_values_is_kept() -> None:
    text = "Results of the patient and the ranges that are normal.\n" + "\n".join(
        f"{name}: {value} mmol/L (normal {low}-{high})."
        for name, value, low, high in (
            ("Sodium", 138, 135, 145),
            ("Potassium", 4.1, 3.5, 5.1),
            ("Chloride", 101, 98, 107),
        )
    )
    assert reason(Quality().apply(document(text))) == ""


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("CC-BY-4.0", ""),
        ("CC-BY-SA-3.0", ""),
        ("cc0-1.0", ""),
        ("LicenseRef-CC-BY", ""),
        ("CC-BY-NC-4.0", "licence not allowed"),
        ("CC-BY-NC-ND-4.0", "licence not allowed"),
        ("CC-BY-ND-4.0", "licence not allowed"),
        ("Elsevier user licence", "licence not allowed"),
        ("unknown", "no licence stated"),
        ("", "no licence stated"),
    ],
)
def test_licences(licence: str, expected: str) -> None:
    assert reason(Licence().apply(document(PROSE, licence=licence))) == expected


def test_a_licence_that_is_named_is_allowed_whatever_is_denied() -> None:
    assert reason(Licence(allow=("CC-BY-NC-4.0",)).apply(document(PROSE, licence="CC-BY-NC-4.0"))) == ""


def withdrawals(folder: Path, *rows: Withdrawal) -> tuple[str, ...]:
    path = folder / "a.withdrawn.jsonl"
    path.write_bytes(b"".join(encode_row(row.to_dict()) for row in rows))
    return (str(path),)


def test_withdrawn_documents_are_removed_up_to_their_version(tmp_path: Path) -> None:
    step = Retraction(withdrawn=withdrawals(tmp_path, Withdrawal("made", "7", "deleted", "update-3", "2")))
    assert reason(step.apply(document(PROSE, version="1"))) == "deleted"
    assert reason(step.apply(document(PROSE, version="3"))) == ""
    assert reason(step.apply(replace(document(PROSE), ref=SourceRef("7", "other", "MIT")))) == ""


def test_copies_and_parts_of_what_is_withdrawn_are_removed_too(tmp_path: Path) -> None:
    rows = [Withdrawal("pubmed", "31", "retracted", "32"), Withdrawal("doi", "10.1/ABC", "concern", "10.1/x")]
    step = Retraction(withdrawn=withdrawals(tmp_path, *rows))
    part = replace(document(PROSE), ref=SourceRef("31#zh", "pubmed", "unknown"))
    assert reason(step.apply(part)) == "retracted"
    assert reason(step.apply(document(PROSE, pmid="31"))) == "retracted"
    assert reason(step.apply(document(PROSE, doi="10.1/aBc"))) == "concern"
    assert reason(step.apply(document(PROSE, doi="10.1/abcd", pmid="311"))) == ""


def test_of_contradictory_withdrawals_the_one_that_means_most_holds(tmp_path: Path) -> None:
    rows = [Withdrawal("made", "7", "retracted", "notice", ""), Withdrawal("made", "7", "deleted", "update-3", "1")]
    for order in (rows, rows[::-1]):
        step = Retraction(withdrawn=withdrawals(tmp_path, *order))
        assert reason(step.apply(document(PROSE, version="9"))) == "retracted"


def test_other_withdrawals_make_another_fingerprint(tmp_path: Path) -> None:
    step = Retraction(withdrawn=withdrawals(tmp_path, Withdrawal("made", "7", "deleted", "a")))
    before = step.fingerprint
    withdrawals(tmp_path, Withdrawal("made", "8", "deleted", "a"))
    assert step.fingerprint != before


def test_what_says_that_it_is_retracted_is_removed() -> None:
    retracted = document(PROSE, publication_types=["Journal Article", "Retracted Publication"])
    assert reason(Retraction().apply(retracted)) == "retracted"
    assert reason(Retraction().apply(replace(document(PROSE), title="RETRACTED: A trial of metformin"))) == "retracted"
    about = replace(
        document("Retracted eyelids are seen in Graves disease. " + PROSE), title="Lid retraction in Graves"
    )
    assert reason(Retraction().apply(about)) == ""


def test_numbers_of_persons_are_masked_and_medicine_is_not() -> None:
    text = PROSE + " Correspondence: quillon.thresh@clinic-example.org, phone +1 415-867-2210."
    outcome = Residue().apply(document(text))
    assert isinstance(outcome, Document)
    assert "quillon" not in outcome.text
    assert "867-2210" not in outcome.text
    assert outcome.text.startswith(PROSE)
    same = document(ZH, "zh")
    assert Residue().apply(same) is same


def test_a_list_of_patients_is_removed() -> None:
    rows = "\n".join(f"住院号：ZY{20260000 + n} 电话：1390057{1000 + n}" for n in range(20))
    assert reason(Residue().apply(document(rows, "zh"))) == "personal data"


def test_what_rows_are_made_of_besides_the_text_is_masked_too() -> None:
    turns = [["user", "我的电话是13800138000"], ["assistant", "请到心内科就诊。"]]
    meta = {"turns": turns, "question": "Call 415-555-0134?", "doi": "10.1000/13800138000"}
    outcome = Residue().apply(replace(document("胸闷三天，活动后加重。", "zh"), meta=meta))
    assert isinstance(outcome, Document)
    assert outcome.meta["turns"] == [["user", "我的电话是[电话]"], ["assistant", "请到心内科就诊。"]]
    assert "555" not in outcome.meta["question"]
    assert outcome.meta["doi"] == "10.1000/13800138000"


def test_every_step_says_its_options_in_its_fingerprint() -> None:
    assert all(kind().fingerprint.startswith(f"{name} ") for name, kind in STEPS.items())
    assert Quality(min_words=5).fingerprint != Quality().fingerprint
