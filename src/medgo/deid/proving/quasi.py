"""What is left of a person after de-identification: age band, sex, region, department, rare diagnosis, dates.

None of these names anybody; together they may. A text is read once; nothing is kept of it but the combination.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from medgo.deid.runs.rare import FindsRare
from medgo.text import ages, sexes

AGE_BAND = 5
_DEPARTMENTS = re.compile(
    r"心内科|心血管内科|呼吸(?:与危重症)?(?:医学)?科|消化(?:内)?科|神经内科|神经外科|肾内科|血液(?:内)?科|内分泌科|风湿(?:免疫)?科|感染(?:性疾病)?科"
    r"|普(?:通)?外科|骨科|泌尿外科|胸外科|心外科|肝胆外科|妇产科|妇科|产科|儿科|新生儿科|眼科|耳鼻喉科|口腔科|皮肤科|精神科|肿瘤科|急诊科|重症医学科|ICU|康复科|中医科"
    r"|\b(?:cardiology|pulmonology|gastroenterology|neurology|neurosurgery|nephrology|h(?:a)?ematology|endocrinology"
    r"|rheumatology|infectious diseases?|general surgery|orthop(?:a)?edics|urology|thoracic surgery|obstetrics"
    r"|gyn(?:a)?ecology|p(?:a)?ediatrics|ophthalmology|dermatology|psychiatry|oncology|emergency department|icu)\b",
    re.IGNORECASE,
)
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d{2})\s?[-/.年]\s?(0?[1-9]|1[0-2])(?!\d)")
_REGION = re.compile(
    r"(北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海"
    r"|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)(?:省|市|自治区|壮族自治区|回族自治区|维吾尔自治区|特别行政区)?"
)
# As a de-identified age over 89 is written.
_OVER_89 = re.compile(r"90 ?\+|90 ?岁(?:及)?以上|90 or older|over 89")


@dataclass(frozen=True, slots=True)
class QuasiIdentifiers:
    """One record's combination; empty strings where the record says nothing.

    Args:
        age_band: First year of five (``45``), ``0`` below five, ``90+``.
        sex: ``male`` or ``female``.
        region: Province, or empty.
        department: As the record first names one, in lower case.
        diagnosis: Ids of rare diagnoses, with a blank between them.
        month: The first month that is written with its year (``2024-03``).
    """

    age_band: str
    sex: str
    region: str
    department: str
    diagnosis: str
    month: str


def quasi_identifiers(text: str, rare: FindsRare) -> QuasiIdentifiers:
    """Read one de-identified text of either language.

    Args:
        text: The text, as it would leave the building.
        rare: Finds the rare diagnoses.
    """
    department, region, month = _DEPARTMENTS.search(text), _REGION.search(text), _MONTH.search(text)
    sex = next((one.sex for one in sexes(text) if not one.pronoun), "")
    return QuasiIdentifiers(
        age_band=_band(text),
        sex=sex,
        region=region[1] if region else "",
        department=department[0].lower() if department else "",
        diagnosis=" ".join(sorted(set(rare(text)))),
        month=f"{month[1]}-{int(month[2]):02d}" if month else "",
    )


def _band(text: str) -> str:
    """The band of the first age in years."""
    if _OVER_89.search(text):
        return "90+"
    years = next((int(one.value) for one in ages(text) if one.unit in ("a", "year", "岁", "y")), None)
    return "" if years is None else str(years // AGE_BAND * AGE_BAND)
