"""Hospitals, firms, schools: read from the ending of their name to the left. Knows the words of :mod:`.words`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from medgo.deid.classes import IdentifierClass
from medgo.deid.places_zh.gazetteer import Level
from medgo.deid.places_zh.words import (
    ADMINISTERED,
    BEFORE_NAME,
    EMPLOYED,
    GENERIC,
    NATIONWIDE,
    NO_EMPLOYER,
    NUMBERED,
    SHORT_HOSPITAL,
)
from medgo.deid.protocol import Finding

_LONGEST = 26
_RUN = re.compile(r"(?:[〇\u4e00-\u9fffA-Za-z\d·&]|\([\u4e00-\u9fff]{1,8}\))*\Z")
_BRANCH = re.compile(
    r"[ (]?[\u4e00-\u9fff]{1,4}(?:院区|分院|校区|分公司|分校|分厂|支行)\)?|[东南西北总]院(?![前内外])|有限公司|"
    r"\([\u4e00-\u9fff]{2,10}\)(?=[，。；,\s]|$)"
)
# 厂家, 大学生, 公司化: the ending goes on and is none.
_GOES_ON = re.compile(
    r"[家商]|[东南西北中前后]?[路街巷弄]|家属[院楼区]|小区|生(?!物)|获得|感染|焦虑|管理|[卡账帐]|职员|柜员|转账|存折|支付|[内前外级]|区(?!域)"
)
# Bodies of science that a record cites, not where somebody works.
_FOREIGN = ("美国", "英国", "德国", "法国", "日本国立", "加拿大", "澳大利亚", "欧洲", "世界", "国际")
_NUMBERED_ENDS = {"一院", "二院", "三院", "四院", "五院", "六院", "附院"}
_MASKED = re.compile(r"[Xx×*]+(?:[省市县区][Xx×*]*)*$")
_SHORT = {"厂", "高中", "学校", "大学", "小学", "中学", "公司", "农场", "林场", "矿业", "超市", "药店", "药房"}


def read_body(
    text: str,
    suffix_start: int,
    suffix_end: int,
    label: IdentifierClass,
    places: Mapping[int, tuple[int, Level]],
    name: str,
) -> Finding | None:
    """The hospital or organisation whose name ends here; None where the words before it name nobody.

    Args:
        text: A view's text.
        suffix_start: Where 医院, 公司 and so on start.
        suffix_end: Where they end.
        label: ``hospital`` or ``organisation``.
        places: End and level of the longest place name by its start.
        name: Detector that asks.
    """
    start = _name_start(text, suffix_start, places)
    own, suffix = text[start:suffix_start], text[suffix_start:suffix_end]
    if not own or _MASKED.match(own) or (suffix != "支行" and _GOES_ON.match(text, suffix_end)):
        return None
    if label == "organisation" and own.startswith(_FOREIGN):
        return None
    placed = any(places[at][1] != "ambiguous" for at in range(start, suffix_start) if at in places)
    if not placed and _says_nothing(own, suffix):
        return None
    branch = _BRANCH.match(text, suffix_end)
    end = branch.end() if branch is not None else suffix_end
    score = 0.9 if placed else 0.8 if label == "hospital" else 0.7
    return Finding(start, end, label, score, name)


def _name_start(text: str, suffix_start: int, places: Mapping[int, tuple[int, Level]]) -> int:
    floor = max(0, suffix_start - _LONGEST)
    run = _RUN.search(text[floor:suffix_start])
    start = floor + run.start() if run else suffix_start
    cut = BEFORE_NAME.match(text, start, suffix_start)
    if cut is None:
        return start
    # 于 in 于都县 stands before nothing: a place that holds the cut begins the name.
    holding = (at for at in range(max(start, cut.end() - 4), cut.end()) if places.get(at, (0,))[0] > cut.end())
    return next(holding, cut.end())


def read_employers(text: str, name: str) -> Iterator[Finding]:
    """Employers and schools after words like 就职于, whatever their names look like.

    Args:
        text: A view's text.
        name: Detector that asks.
    """
    for employed in EMPLOYED.finditer(text):
        if not NO_EMPLOYER.match(employed["body"]):
            yield Finding(employed.start("body"), employed.end("body"), "organisation", 0.8, name)


def read_short(text: str, name: str) -> Iterator[Finding]:
    """Hospitals that are called by half of their name: 转协和.

    Args:
        text: A view's text.
        name: Detector that asks.
    """
    for hospital in SHORT_HOSPITAL.finditer(text):
        yield Finding(*hospital.span(), "hospital", 0.8, name)


def _says_nothing(own: str, suffix: str) -> bool:
    if suffix == "银行" and NATIONWIDE.fullmatch(own):
        return True
    if suffix in _NUMBERED_ENDS:
        return own[-1] in "统同唯另任单某每" or not re.search(r"[\u4e00-\u9fff]", own)
    if ADMINISTERED.search(own) and not own.startswith(("当地", "外")):
        return False
    if NUMBERED.search(own):
        return False
    if len(own) == 1 and not own.isdigit():
        return True
    generic = GENERIC.match(own)
    rest = len(own) - (generic.end() if generic else 0)
    return rest < (2 if suffix in _SHORT else 1)
