"""Reads an address from its first character on: place names, roads, estates, villages, numbers. Judges nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal

from medgo.deid.places_zh.gazetteer import Level

Part = Literal["province", "city", "county", "ambiguous", "town", "road", "estate", "number"]
# Grammar and medicine: no name of a road, an estate or a village holds them.
NOT_IN_NAMES = (
    "[的了因在并无诉患其曾被住或但你他她它们这那吗呢症痛疼炎癌术诊您该此把给让请咳嗽呕胸腹腔肾肺脑肝胃膝髋某很已又也述检吸咽喉鼻舌颈髂肌腱膜瓣腺瘤栓]"
    "|建议|考虑|提示|注射|服用|行走|再次|还有|如果|若有|说|且(?!末)|则|都(?=[有没是很会不])|未(?!来|央)|"
    "药(?![王材都谷港厂行])|予(?![舍])|"
    "就(?=[诊医在])|我(?!爱)|病(?!房)|测(?!绘)|[男女](?=[，性,])|岁(?![丰月寒])|管(?![庄城镇营])|"
    "[查断](?=[体为出见])|囊(?!谦)"
)
_NAME = rf"(?:(?!{NOT_IN_NAMES})[\u4e00-\u9fff])"
_TOWN = (
    "街道办事处|街道办|街道|村委会|居委会|行政村|自然村|村民小组|生产队|大队|林场|农场|牧场|苏木|社区|镇|乡|村|屯|庄|寨"
)
_ROAD = r"大道|大街|公路|胡同|国道|省道|(?<!走)路|街|巷|弄|里弄|[一二三四五六七八九十]道|道(?=[东西南北中]?[ ]?\d)"
_ESTATE = (
    "家属院|家属楼|宿舍楼|宿舍|小区|花园|公寓|家园|新村|新城|新苑|花苑|名苑|雅苑|嘉苑|大厦|广场|别墅|山庄|华庭|"
    "豪庭|公馆|名邸|大院|公租房|"
    "安置房|工业园|产业园|科技园|国际城|社区服务中心"
)
_ADMIN = "自治州|自治县|自治旗|开发区|高新区|经开区|新区|矿区|市|县|(?<!地)区|旗|盟"
_WEAK = "园|苑|城|院|楼|庭|府|湾|里|台|居|轩|阁|坊|郡|坝|坪|沟|堡|坡|岭|组|条|道|门|国际|中心|码头"
_DIGITS = r"(?:[A-Za-z]{0,2}\d{1,5}[A-Za-z]?|[一二三四五六七八九十百零〇两]{1,5}|[A-Za-z])"
_NUM = rf"(?:[附甲乙丙丁东西南北中第]?{_DIGITS}(?:[-–—~/](?:\d{{1,5}}[A-Za-z]?|[A-Za-z]\d{{0,4}})){{0,4}})"
_FIRM_UNIT = (
    "号院|号楼|号门|村民小组|小组|生产队|大队|街坊|单元|栋|幢|棟|弄|巷|组|社|队|团|连|街|路|村|"
    "#楼|号大院|公里处|国道|省道|环路"
)
_UNIT = f"{_FIRM_UNIT}|号|號|座|层|楼|室|房|户|门|条|片区|片|区|期|段|里|营|#"
# 农村, 社区, 病区 name no place, 走路 is no road.
_NO_NAME = (
    "(?!(?:[农本全该同外各某城乡山牧疫病院校小社市郊灾辖老旧这那每]"
    "(?:村|镇|乡|区|小区|县|市|社区)(?![镇乡村街路道])|走路|马路))"
)
_NAMED = re.compile(
    rf"{_NO_NAME}{_NAME}{{1,8}}?(?:(?P<town>{_TOWN})|(?P<road>{_ROAD})|(?P<estate>{_ESTATE})|(?P<county>{_ADMIN}))"
    rf"(?:{_TOWN}|{_ROAD}|{_ESTATE}){{0,2}}(?:[东南西北中]?段|[东南西北]侧|[东南西北]口|(?:交叉口|交汇处|交界处|"
    rf"路口)(?:[东西]?[南北]?[角侧])?)?(?![静痛咳吐吸])"
)
_NAMED_WEAK = re.compile(
    rf"{_NAME}{{1,8}}?(?:{_WEAK})(?=\s?(?:{_NUM}\s?(?:{_UNIT}|-)|\d|[A-Za-z](?:座|\d))|[，。；、,.;:：\s()（）)\]】]|$)"
)
_NUMBERED = re.compile(rf"{_NUM}\s?(?:{_UNIT})(?:之\d{{1,3}}|[东南西北]侧)?")
_NUMBERED_FIRMLY = re.compile(rf"{_NUM}\s?(?:{_FIRM_UNIT})")
_BARE_NUMBER = re.compile(
    r"(?:[A-Za-z]?\d{1,5}[A-Za-z]?)(?:[-–—](?:\d{1,5}|[A-Za-z]\d{0,4})){0,3}(?![\dA-Za-z]|\s?(?:岁|年|月|日|元|"
    r"次|天|个|℃|%|[.:/]\d))"
)
_ROOM = re.compile(r"[A-Za-z]?\d{3,4}")
# A line may end inside an address, unless the next one is another field.
_JOINT = re.compile(r"(?:[ ·]|(?<=[路街道])[与和]|\n(?![^\n:,。]{0,8}:))?(?=[\u4e00-\u9fffA-Za-z\d(])")
_BRACKETED = re.compile(rf"\({_NAME}{{2,12}}\)")
_ROAD_OF_PLACE = re.compile(
    rf"[东南西北中内外]?(?:{_ROAD}|小区|花园|公寓|新村|大厦|社区|街道|镇|乡|村)(?:[东南西北中]?段)?(?![静痛咳吐吸])"
)
_AFTER_PLACE = re.compile(r"地区|林区|市区|城区|郊区|市(?![场面售])|州(?=[\u4e00-\u9fff]{2,4}[市县])")
# Longer than any address: keeps a list of a thousand towns from being read a thousand times.
_LONGEST = 160
# At least one of these before a plain number with 号 or 楼: 武汉市5号 is a date.
_LOCAL: frozenset[Part] = frozenset({"town", "road", "estate", "number"})


@dataclass(slots=True)
class Chain:
    """An address, part by part.

    Args:
        start: First character.
        end: After the last one.
        parts: Kinds of parts that it has.
    """

    start: int
    end: int
    parts: set[Part] = field(default_factory=set)

    @property
    def local(self) -> bool:
        """Whether it is more exact than a county."""
        return not self.parts.isdisjoint(_LOCAL)


def read_chain(
    text: str, start: int, places: Mapping[int, tuple[int, Level]], walls: AbstractSet[int], *, local: bool = False
) -> Chain:
    """The longest address that starts at a position; empty (``end == start``) where none does.

    Args:
        text: A view's text.
        start: First character.
        places: End and level of the longest place name by its start.
        walls: Starts of stretches that belong to something else, such as a hospital.
        local: Read a plain number at once: something before ``start`` was a road or a building.
    """
    chain = Chain(start, start)
    if local:
        chain.parts.add("number")
    while chain.end < min(len(text), start + _LONGEST):
        at = chain.end
        if at > start:
            joint = _JOINT.match(text, at)
            at = joint.end() if joint else at
        step = None if at in walls else _step(text, at, chain, places)
        if step is None or step[0] > _wall(walls, at, step[0]):
            break
        chain.end = step[0]
        chain.parts.add(step[1])
    return chain


def _wall(walls: AbstractSet[int], at: int, end: int) -> int:
    return next((place for place in range(at + 1, end) if place in walls), end)


def _step(text: str, at: int, chain: Chain, places: Mapping[int, tuple[int, Level]]) -> tuple[int, Part] | None:
    spaced = at > chain.end
    place = places.get(at)
    if place is not None:
        road = _ROAD_OF_PLACE.match(text, place[0])
        if road is not None:  # 南京路 is a road, wherever it is
            return road.end(), "road"
        suffix = _AFTER_PLACE.match(text, place[0])
        return (suffix.end() if suffix else place[0]), place[1]
    local = chain.local
    number = (_NUMBERED if local else _NUMBERED_FIRMLY).match(text, at) if chain.parts else None
    if number is not None:
        return number.end(), "number"
    if not spaced or local:
        named = _NAMED.match(text, at)
        if named is not None:
            kind = named.lastgroup
            return named.end(), kind  # type: ignore[return-value]
    if chain.parts & {"county", "town", "road", "estate", "number"} and (local or not spaced):
        weak = _NAMED_WEAK.match(text, at)
        if weak is not None:
            return weak.end(), "estate"
    if local:
        bare = _BARE_NUMBER.match(text, at)
        if bare is not None and (not spaced or "-" in bare[0] or _ROOM.fullmatch(text, at, bare.end())):
            return bare.end(), "number"
        bracket = _BRACKETED.match(text, at)
        if bracket is not None:
            return bracket.end(), "estate"
    return None
