"""Tags: the class of an identifier in brackets, in the language of the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from medgo.deid.classes import NAMES, IdentifierClass
from medgo.deid.policy import Policy
from medgo.deid.protocol import Finding
from medgo.deid.replacing.assembling import assembled
from medgo.deid.replacing.draws import Draws, normal
from medgo.deid.replacing.note_names import Person
from medgo.deid.replacing.people import People
from medgo.deid.replacing.protocol import Replaced
from medgo.deid.replacing.quasi import age_bands
from medgo.deid.view import view_of
from medgo.schema import Lang

_CHINESE: dict[IdentifierClass, str] = {
    "name": "姓名",
    "name_relative": "家属姓名",
    "name_clinician": "医务人员姓名",
    "address": "地址",
    "location": "地点",
    "zip_code": "邮编",
    "hospital": "医院",
    "organisation": "单位",
    "date": "日期",
    "age_over_89": "年龄",
    "age": "年龄段",
    "origin": "族裔",
    "phone": "电话",
    "fax": "传真",
    "email": "邮箱",
    "url": "网址",
    "ip_address": "网络地址",
    "social_account": "社交账号",
    "id_card": "身份证号",
    "ssn": "社会保障号",
    "passport": "证件号",
    "licence": "执照号",
    "bank_account": "银行账号",
    "insurance_number": "医保号",
    "medical_record_number": "病历号",
    "organisation_code": "机构代码",
    "vehicle": "车牌号",
    "device": "设备号",
    "biometric": "生物特征",
    "photo": "照片",
    "other_id": "编号",
}


def tag(label: IdentifierClass, lang: Lang, number: int | None = None) -> str:
    """``[姓名]``, ``[NAME]``, with a number ``[NAME-1]``."""
    name = _CHINESE[label] if lang == "zh" else label.upper()
    return f"[{name}]" if number is None else f"[{name}-{number}]"


@dataclass(frozen=True)
class TagReplacer:
    """Puts a tag in the place of every identifier that the policy does not keep.

    Args:
        policy: Says what is kept.
        numbered: Whether equal people and equal values of a text share a number. It counts within one text: across
            texts only a key could make it consistent, which is what surrogates are for.
        generalise_quasi: For notes on rare diseases: ages of grown-ups become bands of five years; all else that could
            be made coarse is a tag anyway.
    """

    policy: Policy
    numbered: bool = False
    generalise_quasi: bool = False

    def replace(self, text: str, findings: Sequence[Finding], *, patient: str, lang: Lang) -> Replaced:  # noqa: ARG002
        """See :class:`medgo.deid.replacing.protocol.Replacer`; the same for every patient."""
        replaced = [one for one in findings if self.policy.action(one.label) != "keep"]
        number = _numbering(text, replaced) if self.numbered else lambda _: None
        news = [(one, tag(one.label, lang, number(one))) for one in replaced]
        if self.generalise_quasi:
            news = sorted([*news, *age_bands(text, replaced)], key=lambda one: one[0].start)
        return assembled(text, news)


def _numbering(text: str, findings: Sequence[Finding]) -> Callable[[Finding], int | None]:
    """The number of each finding: of people by person, of all else by value, in order of appearance by class."""
    names = [_name(text, one) for one in findings if one.label in NAMES]
    people = People(Draws(b"", ""), names, lambda _: False)
    whole = [person for value, before in names for person in people.persons(value, before) if all(person)]
    counts: dict[tuple[IdentifierClass, object], int] = {}

    def number(finding: Finding) -> int:
        what: object = normal(text[finding.start : finding.end])
        if finding.label in NAMES:
            persons = people.persons(*_name(text, finding))
            what = _whose(persons[0], whole) if persons else what
        if (finding.label, what) not in counts:
            counts[finding.label, what] = 1 + sum(label == finding.label for label, _ in counts)
        return counts[finding.label, what]

    return number


def _whose(person: Person, whole: Sequence[Person]) -> Person:
    """The first whole name that a part of a name fits."""
    surname, given = person
    fitting = (one for one in whole if (not surname or one[0] == surname) and (not given or one[1] == given))
    return next(fitting, person)


def _name(text: str, finding: Finding) -> tuple[str, str]:
    return view_of(text[finding.start : finding.end]).text, text[max(0, finding.start - 12) : finding.start]
