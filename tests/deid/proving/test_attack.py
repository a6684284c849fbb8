"""The attack finds what was left on purpose, and nothing in what was done well."""

import pytest

from medgo.deid.classes import IdentifierClass
from medgo.deid.protocol import KnownIdentifier
from medgo.deid.proving.attack import Attack
from medgo.deid.proving.independent import IndependentDetector
from medgo.deid.replacing.protocol import Piece, Replaced

ATTACK = Attack.with_detectors([IndependentDetector()])


def replaced(original: str, swaps: list[tuple[str, str, IdentifierClass]]) -> Replaced:
    """Replace the first occurrence of each value, in order."""
    out, pieces, at, new = [], [], 0, 0
    for value, surrogate, label in swaps:
        start = original.index(value, at)
        new += start - at
        pieces.append(Piece(start, start + len(value), new, new + len(surrogate), label, "test"))
        out += [original[at:start], surrogate]
        at, new = start + len(value), new + len(surrogate)
    return Replaced("".join([*out, original[at:]]), pieces)


def sorts(original: str, result: Replaced, known: tuple[KnownIdentifier, ...] = ()) -> set[str]:
    return {leak.sort for leak in ATTACK.leaks(original, result, lang="zh", known=known)}


def test_nothing_is_found_where_everything_was_replaced() -> None:
    text = "患者逄晓岚，女，45岁，电话13900001234，因腹痛入院。"
    result = replaced(text, [("逄晓岚", "曲文静", "name"), ("13900001234", "19900005678", "phone")])
    assert sorts(text, result) == set()


@pytest.mark.parametrize("left", ["逄晓岚", "逄 晓 岚", "Pang Xiaolan", "PANG XIAOLAN", "逄女士"])
def test_a_name_that_stands_elsewhere_in_another_spelling_is_found(left: str) -> None:
    text = f"患者逄晓岚，女，45岁。与{left}沟通病情。"
    result = replaced(text, [("逄晓岚", "曲文静", "name")])
    assert "known" in sorts(text, result)


def test_a_surrogate_that_equals_the_identifier_has_replaced_nothing() -> None:
    text = "患者逄晓岚，女。"
    assert "known" in sorts(text, replaced(text, [("逄晓岚", "逄晓岚", "name")]))


def test_a_surrogate_may_share_its_surname_with_somebody_else() -> None:
    text = "逄女士入院，家属靳先生陪同。"
    result = replaced(text, [("逄女士", "靳女士", "name"), ("靳先生", "曲先生", "name_relative")])
    assert sorts(text, result, (KnownIdentifier("name_relative", "靳广源"),)) == set()
    english = "Mrs. Thistlewood came with Corwin Thistlewood; seen by Dr. Ravenscroft."
    swaps: list[tuple[str, str, IdentifierClass]] = [
        ("Mrs. Thistlewood", "Mrs. Ravenscroft", "name"),
        ("Dr. Ravenscroft", "Dr. Mapleton", "name_clinician"),
    ]
    left = [leak for leak in ATTACK.leaks(english, replaced(english, swaps), lang="en") if leak.start < 20]
    assert left == []


def test_a_surrogate_may_have_the_number_of_somebody_elses_flat() -> None:
    text = "Lives at 12 Quillfeather Lane, Apt 9S; her son at 4 Osprey Court, Apt 2B."
    swaps: list[tuple[str, str, IdentifierClass]] = [
        ("12 Quillfeather Lane, Apt 9S", "88 Marlow Road, Apt 2B", "address"),
        ("4 Osprey Court, Apt 2B", "7 Hallam Way, Apt 5C", "address"),
    ]
    assert sorts(text, replaced(text, swaps)) == set()
    swaps[1] = ("4 Osprey Court, Apt 2B", "7 Hallam Way, Apt 2B", "address")
    assert sorts(text, replaced(text, swaps)) == {"known"}


@pytest.mark.parametrize(
    ("text", "name", "surrogate"),
    [
        ("逄女士入院。", "逄女士", "逄女士"),
        ("Mrs. Thistlewood came.", "Mrs. Thistlewood", "Ms. Thistlewood"),
        ("患者逄晓岚，主管医师靳广源。", "靳广源", "逄晓岚"),
    ],
)
def test_a_surrogate_that_keeps_a_name_or_is_somebody_of_the_record_is_a_leak(
    text: str, name: str, surrogate: str
) -> None:
    known = (KnownIdentifier("name", "逄晓岚"), KnownIdentifier("name", "Ada Thistlewood"))
    assert "known" in sorts(text, replaced(text, [(name, surrogate, "name")]), known)


def test_a_shifted_date_may_be_another_date_of_the_note() -> None:
    text = "2024-03-05入院，2024-03-12手术。"
    result = replaced(text, [("2024-03-05", "2024-03-12", "date"), ("2024-03-12", "2024-03-19", "date")])
    assert sorts(text, result) == set()


def test_six_digits_of_a_number_are_a_fragment() -> None:
    text = "住院号：ZY88301957，条码尾号301957。"
    result = replaced(text, [("ZY88301957", "ZY11452286", "medical_record_number")])
    assert "fragment" in sorts(text, result)


def test_what_only_the_header_knows_is_looked_for() -> None:
    text = "家属代述：逄晓岚昨日发热。"
    assert sorts(text, Replaced(text, []), (KnownIdentifier("name", "逄晓岚"),)) == {"known"}


@pytest.mark.parametrize(
    "left", ["身份证310104197803054521", "电话：021-64370045", "SSN 219-09-9999", "mail a.b@clinic.org", "2024年3月5日"]
)
def test_patterns_of_its_own_see_what_was_not_replaced(left: str) -> None:
    text = f"患者一般情况可，{left}，余无特殊。"
    assert "detector" in sorts(text, Replaced(text, []))
