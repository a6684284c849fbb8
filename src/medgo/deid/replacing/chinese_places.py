"""Surrogates of Chinese addresses, places, hospitals and other bodies: same level, same form, another region.

A region moves as a whole (see :mod:`medgo.deid.replacing.chinese_regions`), so that an address, a hospital and a plate
of one patient agree. Names of roads, villages, estates and firms are replaced, words that say what they are stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from medgo.deid.replacing.chinese_regions import ChineseRegions, region_of
from medgo.deid.replacing.draws import Draws, shaped
from medgo.deid.replacing.pools import pool

_WHAT = (
    "街道办事处|街道|办事处|社区|居委会|村委会|自然村|行政村|新村|大队|生产队|工业园|科技园|产业园|经济开发区|"
    "开发区|高新区|小区|花园|花苑|公寓|"
    "家园|家属院|宿舍|大厦|广场|中心|山庄|名邸|华庭|豪庭|大道|大街|胡同|环路|公路|国道|省道|农场|林场|牧场|嘎查|苏木|"
    "[镇乡村屯庄寨堡坝湾营路街巷弄里苑府城园邨阁轩居厝]"
)
_OF_HOUSES = "(?:号楼|号院|号|栋|幢|座|单元|门|室|层|楼|组|社|队|弄|户|段|期|房|巷|院)"
_IN_CHARACTERS = f"[一二三四五六七八九十百零〇]+{_OF_HOUSES}(?![镇乡村街路])"
_NUMBER = rf"[A-Za-z]?\d+(?:[-—~/][A-Za-z\d]+)*[A-Za-z]?{_OF_HOUSES}?|{_IN_CHARACTERS}"
_UNIT = r"[东西南北中上下][区院门座侧段路]|[A-Za-z甲乙丙丁][座栋区单元]+"
_SEGMENT = re.compile(
    rf"({_NUMBER})|({_UNIT})|([一-鿿]{{1,10}}?)({_WHAT})(?=[^路街村]|$)|([一-鿿]+|[A-Za-z]{{2,}})|(.)", re.DOTALL
)
_KEPT = frozenset("附近旁边对面隔壁路口交叉口与和及的之内外东西南北侧号楼院门")

_HOSPITAL = re.compile(
    "((?:第?[一二三四五六七八九十\\d]+)?(?:附属)?(?:第?[一二三四五六七八九十\\d]+)?"
    "(?:人民医院|中心医院|中西医结合医院|中医医?院|妇幼保健(?:计划生育服务中心|院|所)|妇产科?医院|儿童医院|肿瘤医院|口腔医院|眼科医院|"
    "精神卫生中心|康复医院|胸科医院|传染病医院|职工医院|总医院|军医院|附属医院|社区卫生服务(?:中心|站)|乡?镇?中心卫生院|卫生院|卫生室|卫生所|"
    "疾病预防控制中心|体检中心|血液中心|血站|护理院|养老院|敬老院|疗养院|医学检验(?:所|实验室|中心)|急救中心|医学中心|门诊部|医务室|诊所|医院))"
    "(.*)$",
    re.DOTALL,
)
_BODY = re.compile(
    "(股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|分公司|公司|集团|合作社|事务所|工作室|"
    "师范大学|理工大学|科技大学|农业大学|医科大学|医学院|职业技术学院|技师学院|大学|学院|(?:第?[一二三四五六七八九十\\d]+)?(?:实验)?(?:高级)?(?:中学|小学|幼儿园|高中|初中)|"
    "学校|银行|信用社|派出所|公安局|法院|居委会|村委会|委员会|研究[院所]|出版社|酒店|饭店|超市|商场|商店|餐厅|药店|药房|工厂|[厂局站店院所社])$"
)
_TRADE = re.compile(
    "(?:计算机|电子|信息|网络|软件|生物|医药|医疗|器械|食品|机械|建筑|建材|化工|纺织|服装|物流|运输|汽车|房地产|置业|投资|商贸|贸易|实业|能源|环保|农业|"
    "科技|技术|文化|传媒|教育|咨询|工程|设备|制造|系统|服务|管理|股份|电器|五金|家具|装饰|保险|证券|餐饮|旅游)+$"
)

_UNIVERSITY = re.compile(
    "(.*?)((?:医科|医药|中医药|师范|理工|科技|农业)?大学|医学院)?(附属)?([市县区镇乡村])?", re.DOTALL
)


@dataclass(frozen=True)
class ChinesePlaces:
    """Places of one patient.

    Args:
        draws: Of the patient.
        regions: Of the same patient.
    """

    draws: Draws
    regions: ChineseRegions

    def address(self, value: str, attempt: int) -> str:
        """Another address, or another place, of the same level and form."""
        region, rest = region_of(re.sub(r"(?<=[一-鿿])\s+|\s+(?=[一-鿿])", "", value))
        moved = self.regions.moved(region) if region else region
        head = moved.province + (moved.city if moved.city != moved.province else "") + moved.district
        return head + self._rest(rest, attempt)

    def hospital(self, value: str, attempt: int) -> str:
        """Another hospital of the same kind; the name of a department behind it stays."""
        return self._body(value, _HOSPITAL.search(value), attempt)

    def organisation(self, value: str, attempt: int) -> str:
        """Another firm, school or office of the same kind."""
        return self._body(value, _BODY.search(value) or _HOSPITAL.search(value), attempt)

    def _body(self, value: str, kind: re.Match[str] | None, attempt: int) -> str:
        what = kind[1] if kind else ""
        tail = kind[2] if kind and kind.re is _HOSPITAL else ""
        if not re.search(r"(?:科|病区|病房|门诊|室|ICU|中心)$", tail):
            tail = ""
        region, name = region_of(value[: kind.start(1)] if kind else value)
        moved = self.regions.moved(region) if region else region
        head = moved.province + (moved.city if moved.city != moved.province else "") + moved.district
        trade = _TRADE.search(name)
        if trade and not tail:
            name, what = name[: trade.start()], trade[0] + what
        if name or not (head or re.search("[一二三四五六七八九]", what)):
            head += self._named(name or value, attempt)
        what = re.sub("(?<=第)[一二三四五六七八九]", lambda found: self._ordinal(found[0], attempt), what)
        return head + re.sub(r"\d+", lambda found: shaped(found[0], self.draws, "ordinal", value, attempt), what) + tail

    def _named(self, name: str, attempt: int) -> str:
        """A name that may hold a university's: 华安医科大学附属 → another stem, the same words."""
        found = _UNIVERSITY.fullmatch(name)
        if not found or not (found[1] or found[2]):
            return self._stem(name, attempt) + (found[3] or "" if found else "")
        return self._stem(found[1] or name, attempt) + "".join(filter(None, found.groups()[1:]))

    def _ordinal(self, numeral: str, attempt: int) -> str:
        others = [one for one in "一二三四五六" if one != numeral]
        return self.draws.pick(others, "ordinal", numeral, attempt)

    def _rest(self, rest: str, attempt: int) -> str:
        new = []
        for found in _SEGMENT.finditer(rest):
            number, unit, name, what, other, letter = found.groups()
            if number:
                # By its digits alone, so that a room is one wherever its address stands.
                key = number.rstrip("".join(set(_OF_HOUSES) - set("(?:|)")))
                new.append(shaped(number, self.draws, "number", key, attempt))
            elif name:
                new.append(self._stem(name, attempt) + what)
            elif other and not set(other) <= _KEPT:
                new.append(self._stem(other, attempt))
            else:
                new.append(unit or other or letter)
        return "".join(new)

    def _stem(self, name: str, attempt: int) -> str:
        stems = _stems()
        if name in stems:
            return stems[self.draws.cycle(len(stems), "stem", attempt)[stems.index(name)]]
        return self.draws.pick(stems, "stem", name, attempt)


@lru_cache
def _stems() -> tuple[str, ...]:
    return tuple(pool("chinese_places")["stems"].split())
