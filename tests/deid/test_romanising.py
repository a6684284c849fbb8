"""Names in Latin letters beside Chinese ones are the same people's; what else stands in brackets stays."""

from __future__ import annotations

import pytest

from medgo.deid.assembling import deidentifier
from medgo.deid.protocol import Note

FINDER = deidentifier()


def found(text: str) -> list[tuple[str, str]]:
    return [(one.label, text[one.start : one.end]) for one in FINDER.find(Note(text, "zh")).findings]


@pytest.mark.parametrize(
    "latin",
    ["Tan Zhiqiang", "TAN ZHIQIANG", "Zhiqiang Tan", "Tan, Zhiqiang", "Tan Zhi-Qiang", "ZhiQiang TAN", "Tan Chi Keung"],
)
@pytest.mark.parametrize(
    "form", ["患者谭志强（@），男", "患者谭志强 (@)，男", "患者：谭志强/@/男", "@（谭志强），男，45岁"]
)
def test_both_scripts_of_one_name_are_found(form: str, latin: str) -> None:
    marked = found(form.replace("@", latin))
    assert ("name", "谭志强") in marked
    assert ("name", latin) in marked


def test_whose_it_is_is_told_by_the_chinese_name() -> None:
    assert ("name_relative", "Tan Yu") in found("其妻谭雨（Tan Yu）签字")


@pytest.mark.parametrize(
    "other",
    [
        "PICC Line",
        "Parkinson Disease",
        "ICU",
        "Hodgkin Lymphoma",
        "Attending Physician",
        "Lasix",
        "Type II",
        "NYHA III",
    ],
)
def test_what_is_no_name_stays(other: str) -> None:
    assert found(f"患者谭志强（{other}），男") == [("name", "谭志强")]
