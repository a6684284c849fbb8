"""What a model's labels become."""

from __future__ import annotations

import pytest

from medgo.deid.tier_b.labels import date_span, ending, organisation_class, place_class


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("湖南省", None), ("湖南", None), ("中国", None), ("Ohio", None), ("the Netherlands", None), ("TX", None),
        ("怀化市", "location"), ("Dunmore", "location"), ("榆林路88号", "address"), ("卢峰镇", "address"),
        ("14 Quillfeather Avenue", "address"), ("怀化市第一人民医院", "hospital"),
    ],
)  # fmt: skip
def test_places(text: str, label: str | None) -> None:
    assert place_class(text) == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("溆浦县中医院", "hospital"), ("Dunmore Clinic", "hospital"), ("怀化铁路机械厂", "organisation"),
        ("Quillfeather LLC", "organisation"), ("Lasix", None), ("BP", None), ("核磁共振", None),
    ],
)  # fmt: skip
def test_organisations(text: str, label: str | None) -> None:
    assert organisation_class(text) == label


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("3月5日", "3月5日"), ("二〇二四年三月", "二〇二四年三月"), ("March 5", "March 5"),
        ("5th of March", "5th of March"),
        ("2024-03-05", "2024-03-05"), ("2024年3月5日上午", "2024年3月5日"), ("2020-02-20 1015", "2020-02-20"),
        ("February 09, 2022    Age", "February 09, 2022"), ("2.6月6日", "6月6日"), ("2024年", None), ("3个月", None),
        ("昨日", None), ("two weeks", None), ("2小时", None), ("近2月", None),
    ],
)  # fmt: skip
def test_days(text: str, date: str | None) -> None:
    span = date_span(text)
    assert (None if span is None else text[slice(*span)]) == date


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("溆浦县中医院行", "溆浦县中医院"), ("Dunmore Clinic on Monday", "Dunmore Clinic"),
        ("University of Dunmore", "University of Dunmore"), ("卢峰银行卡", None), ("卢峰", None),
    ],
)  # fmt: skip
def test_ends(text: str, body: str | None) -> None:
    end = ending(text)
    assert (None if end is None else text[:end]) == body


def test_a_bank_with_branches_everywhere_names_nobody() -> None:
    assert organisation_class("中国工商银行") is None
    assert organisation_class("溆浦农村商业银行") == "organisation"
