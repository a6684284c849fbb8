"""Finds places and organisations in Chinese text: one pass for names and endings, then a reading around each hit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import ClassVar, NamedTuple

import ahocorasick

from medgo.deid.classes import IdentifierClass
from medgo.deid.places_zh.bodies import read_body, read_employers, read_short
from medgo.deid.places_zh.chain import NOT_IN_NAMES, Chain, read_chain
from medgo.deid.places_zh.gazetteer import Level, gazetteer
from medgo.deid.places_zh.labels import read_fields
from medgo.deid.places_zh.words import BODIES, HOSPITALS, TRIGGERS
from medgo.deid.protocol import Finding, Note

_HAN = re.compile(r"[\u4e00-\u9fff]")
# Roads, estates and villages that a number follows, and buildings: an address although no known place stands there.
_NUMERAL = r"(?:\d{1,5}|[一二三四五六七八九十百〇零]{1,4}|[A-Za-z]\d{0,3})"
_ANCHOR = re.compile(
    rf"(?:[路街巷弄里村园苑城庄院区府厦寓庭湾屯镇寨]|(?<![尿气胆肠化阴吸窦隧产鼻耳通流出入孔腔腺管渠轨味])道)"
    rf"(?:[东南西北中]段?)?[ ]?[附第]?{_NUMERAL}[ ]?[-#]?\d{{0,4}}(?:号|弄|巷|栋|幢|座|支|组|社|队|单元|室|期|"
    rf"街坊)(?!切口|线|位|片)"
    rf"|\d{{1,4}}[ ]?(?:号楼|栋|幢|号院)(?=[ ]?[\dA-Za-z一二三四五六])"
    rf"|[一二三四五六七八九十\d]{{1,3}}单元(?=[ ]?\d)"
    rf"|[镇乡](?=[\u4e00-\u9fff]{{1,5}}[村屯])|村(?=[一二三四五六七八九十\d]{{1,2}}[组队社])|"
    rf"街道(?=[\u4e00-\u9fff]{{1,6}}社区)"
    rf"|(?:小区|家园|新村|花苑|家属院|大厦|公寓|花园小区|居委会|村委会)"
)
_NOT_ROADS = re.compile(
    r"[尿通旁径入管线电回气思来半一链通]路|[本该全同农外各某每多](?:村|小区|镇)|"
    r"[病院社地小校牧疫山灾市郊肾胃灶腰骶额颞顶枕]区[ ]?\d"
)
_NAME_BEFORE = re.compile(
    rf"(?:(?!{NOT_IN_NAMES}|[到去往是着过围绕出回送]|至(?![善诚德])|从(?!化)|为(?!民)|(?<!自)由|(?<!前)进|"
    rf"于(?![洪都潜])|可以|时候)[\u4e00-\u9fff]|[\dA-Za-z]{{1,4}}(?=[\u4e00-\u9fff])){{1,9}}\Z"
)
_WARD = re.compile(r"院部|病房|门诊|病区|医技|外科|内科|科室")
_WINDOW = 12
# Made-up and renamed towns: 云川市. What is left is no town: 城市, 上市.
_TOWNS = re.compile(
    rf"(?:(?!{NOT_IN_NAMES}|[于於到至去往转赴抵返从由是为各本外全省超门上菜夜股议送进着过闹脉比对较居]|"
    rf"来自|当地)[\u4e00-\u9fff]){{2,3}}(?:(?<![省城超门上菜夜股楼花都])市|(?<![各全邻外本该贫郊])县)"
    r"(?![场面售价级域民城])"
)
# Named after a city, and nowhere near it.
_NAMED_AFTER = re.compile(
    r"(?:[\dIVX]{0,4}\s?)?(?:[\u4e00-\u9fff]{0,4}?(?:标准|分类|分型|分级|评分|量表|指南|共识|定义|问卷)|(?:标准|"
    r"分类|分型|分级|分期|指南|定义|量表|评分|共识|系统|会议|准则|宣言|病毒|株|方案|试验|研究|"
    r"疗法|手术|综合征|征|热|疫苗|问卷|定律|法则|新碱|瑞滨|西汀|胺|地辛|碱|型|肺炎|流感|孢|性|菌|瓜|西瓜霜|马多|陈醋))"
)
_LONGER_WORD = re.compile(
    r"[增扩肿胀粗巨长最较不]大连|氟里昂|[\d一二三四五六七八九]成都|北京都|补益阳|.高雄激|[指]南通|两包头|一包头|[一]定保定"
)
_SKIP = re.compile(r"[于在至地为是到:\s,]{0,3}")


class _Hit(NamedTuple):
    kind: str
    length: int
    level: Level | None = None


@lru_cache(maxsize=1)
def _automaton() -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for word in TRIGGERS.split():
        automaton.add_word(word, (_Hit("trigger", len(word)),))
    for label, words in (("hospital", HOSPITALS), ("organisation", BODIES)):
        for word in words.split():
            automaton.add_word(word, (_Hit(label, len(word)),))
    for word, level in gazetteer().levels.items():
        automaton.add_word(word, (_Hit("place", len(word), level),))
    automaton.make_automaton()
    return automaton


class ChinesePlaceDetector:
    """Addresses, towns, hospitals and organisations in Chinese text.

    A province, a municipality or a country alone stays unless the text says that somebody lives or comes from there.
    """

    name: ClassVar[str] = "places_zh"
    version: ClassVar[str] = "1"

    def find(self, note: Note) -> Iterator[Finding]:
        """Findings in the view; linear in its length."""
        if _HAN.search(note.view.text):
            yield from self._found(note.view.text)

    def _found(self, text: str) -> Iterator[Finding]:
        yield from read_fields(text, self.name)
        yield from read_employers(text, self.name)
        yield from read_short(text, self.name)
        places, triggers, endings = _hits(text)
        walls: set[int] = set()
        taken: set[int] = set()
        for start, end, label in endings:
            body = read_body(text, start, end, label, places, self.name)
            if body is not None:
                walls.add(body.start)
                taken.update(range(body.start, body.end))
                yield body
        yield from self._addresses(text, places, triggers, walls, taken)

    def _addresses(
        self,
        text: str,
        places: Mapping[int, tuple[int, Level]],
        triggers: set[int],
        walls: AbstractSet[int],
        taken: AbstractSet[int],
    ) -> Iterator[Finding]:
        done, listed = 0, len(text)
        starts = _starts(text, places, triggers)
        for start, reach in starts:
            if start in taken or reach - 1 in taken:
                continue
            if start < done:
                if reach > done:  # an anchor inside what was read, with a number behind it
                    chain = read_chain(text, reach, places, walls, local=True)
                    yield Finding(done, chain.end, "address", 0.85, self.name)
                    done = chain.end
                continue
            chain = read_chain(text, start, places, walls)
            if reach > chain.end:
                rest = read_chain(text, reach, places, walls, local=True)
                chain = Chain(start, rest.end, chain.parts | rest.parts)
            triggered = (
                start in triggers
                or text[start - 1 : start] == "住"
                or (start == listed + 1 and text[listed] in "、,和与及")
            )
            finding = self._judged(text, chain, triggered, reach > start)
            done = max(done, chain.end)
            if finding is not None:
                listed = finding.end
                yield finding

    def _judged(self, text: str, chain: Chain, triggered: bool, anchored: bool) -> Finding | None:
        start, end, parts = chain.start, chain.end, chain.parts
        if end <= start:
            return None
        if text[start - 1 : start] == "某" and text[start] in "省市县区镇乡村":
            start -= 1
        if chain.local:
            known = bool(parts & {"province", "city", "county", "ambiguous"})
            if not (known or triggered or anchored):
                return None
            score = 0.96 if known and "number" in parts else 0.9 if known or triggered else 0.75
            return Finding(start, end, "address", score, self.name)
        alone = len(parts) == 1
        if alone and ("province" in parts or "ambiguous" in parts) and not triggered:
            return None
        if alone and (_NAMED_AFTER.match(text, end) or _LONGER_WORD.match(text, max(0, start - 1))):
            return None
        return Finding(start, end, "location", 0.9 if triggered or not alone else 0.8, self.name)


def _hits(text: str) -> tuple[dict[int, tuple[int, Level]], set[int], list[tuple[int, int, IdentifierClass]]]:
    """Longest place at each start, where triggers point, endings of hospitals and organisations."""
    places: dict[int, tuple[int, Level]] = {}
    triggers: set[int] = set()
    endings: list[tuple[int, int, IdentifierClass]] = []
    for last, hits in _automaton().iter(text):
        kind, length, level = hits[0]
        end = last + 1
        start = end - length
        if level is not None:
            if start not in places or places[start][0] < end:
                places[start] = (end, level)
        elif kind == "trigger":
            skipped = _SKIP.match(text, end)
            triggers.add(skipped.end() if skipped else end)
        else:
            endings.append((start, end, "hospital" if kind == "hospital" else "organisation"))
    for town in _TOWNS.finditer(text):
        places.setdefault(town.start(), (town.end(), "county"))
    return places, triggers, endings


def _starts(text: str, places: Mapping[int, tuple[int, Level]], triggers: set[int]) -> list[tuple[int, int]]:
    """Where an address may start, and how far an anchor says that it reaches (its start where none does)."""
    starts = {at: at for at in places}
    for at in triggers:
        starts.setdefault(at, at)
    for anchor in _ANCHOR.finditer(text):
        at = anchor.start()
        if _NOT_ROADS.match(text, max(0, at - 1)):
            continue
        floor = max(0, at - _WINDOW)
        before = _NAME_BEFORE.search(text[floor:at])
        if before is None and not text[at].isdigit():
            continue
        if text[at].isdigit() and _WARD.search(text, floor, at):
            continue
        start = floor + before.start() if before is not None else at
        starts[start] = max(anchor.end(), starts.get(start, 0))
    return sorted(starts.items())
