"""What a model's label means in our classes. Knows words that tell a hospital from a company; no model."""

from __future__ import annotations

import re

from medgo.deid.classes import IdentifierClass

_HOSPITAL = re.compile(
    r"医院|卫生院|卫生室|卫生服务(?:中心|站)?|诊所|医务室|疗养院|急救中心"
    r"|\b(?:hospital|clinic|infirmary|medical cent(?:er|re)|health cent(?:er|re)|hospice)\b",
    re.I,
)
_ORGANISATION = re.compile(
    r"公司|集团|工厂|厂$|大学|学院|中学|小学|学校|幼儿园|银行(?![卡账存流])|派出所|法院|局$|委员会|事务所|研究院|研究所|合作社|部队"
    r"|\b(?:inc|llc|ltd|plc|gmbh|corp(?:oration)?|company|university|college|school|academy|bank|church|department|institute"
    r"|foundation|group|associates|partners|services|insurance|police|army|navy|nursing home)\b",
    re.I,
)
_ADDRESS = re.compile(
    r"\d|[路街巷弄号栋幢室村镇乡]$|\b(?:street|st|avenue|ave|road|rd|lane|drive|boulevard|blvd)\b", re.I
)
# Provinces and countries name nobody.
_WIDE = re.compile(
    r"(?:中国|中华人民共和国|美国|英国|日本|韩国|德国|法国|俄罗斯|泰国|印度|越南|缅甸|非洲|欧洲|亚洲|东北|华北|华东|华南|西南|西北"
    r"|(?:北京|天津|上海|重庆)市?|(?:河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾)省?"
    r"|(?:内蒙古|广西|西藏|宁夏|新疆)(?:壮族|回族|维吾尔)?(?:自治区)?|香港|澳门"
    r"|alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois"
    r"|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri"
    r"|montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma"
    r"|oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|washington"
    r"|west virginia|wisconsin|wyoming|[a-z]{2}|u\.s\.a?\.?|usa|united states|united kingdom|uk|england|scotland|wales"
    r"|ireland|canada|mexico|china|india|japan|(?:south |north )?korea|vietnam|germany|france|spain|italy|russia|brazil"
    r"|africa|asia|europe|poland|ukraine|portugal|austria|greece|turkey|egypt|iran|iraq|israel|syria|lebanon|pakistan"
    r"|(?:the )?(?:netherlands|philippines|czech republic|u\.?s\.?|u\.?k\.?|united states|united kingdom)"
    r"|bangladesh|nepal"
    r"|denmark|sweden|norway|finland|iceland|belgium|switzerland|hungary|romania|bulgaria|serbia|croatia|slovenia"
    r"|slovakia|estonia|latvia|lithuania|belarus|argentina|chile|peru|colombia|venezuela|ecuador|bolivia|cuba|haiti"
    r"|jamaica|guatemala|honduras|el salvador|nicaragua|panama|nigeria|ghana|kenya|ethiopia|somalia|sudan|morocco"
    r"|algeria|south africa|australia|new zealand|indonesia|malaysia|thailand|taiwan|mongolia|afghanistan)",
    re.I,
)
# Neither does a bank with branches everywhere; where somebody works there, the rules read it from its context.
_BANKS = re.compile(
    "(?:中国)?(?:人民|工商|农业|建设|交通|招商|邮政储蓄|民生|光大|中信|浦发|浦东发展|兴业|平安|华夏|广发)?银行"
)
_COUNTED = "[0-9〇零一二三四五六七八九十]"
# A month alone ("咳嗽3月") is a duration as often: the rules read what stands around it.
_DAY = re.compile(
    rf"{_COUNTED}{{2,4}}年{_COUNTED}{{1,3}}月(?:{_COUNTED}{{1,3}}[日号])?|{_COUNTED}{{1,3}}月{_COUNTED}{{1,3}}[日号]"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}\b(?:,? \d{4}\b)?"
    r"|\b\d{1,2}(?:st|nd|rd|th)? (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:,? \d{4}\b)?"
    r"|\b\d{1,4}([-/.])\d{1,2}\1\d{1,4}\b",
    re.I,
)
# "University of Nicosia": the name goes on behind such a word.
_GOES_ON = re.compile(r" of (?=\w)| (?:for|at|in|de|and|&) (?=[A-Z][a-z])")


def place_class(text: str) -> IdentifierClass | None:
    """What a place is; None for a province or a country."""
    if _WIDE.fullmatch(text.strip()):
        return None
    return "hospital" if _HOSPITAL.search(text) else "address" if _ADDRESS.search(text) else "location"


def organisation_class(text: str) -> IdentifierClass | None:
    """What an organisation is; None where no word says so: models take tests and drugs for companies."""
    if _HOSPITAL.search(text):
        return "hospital"
    if _BANKS.fullmatch(text):
        return None
    return "organisation" if _ORGANISATION.search(text) else None


def date_span(text: str) -> tuple[int, int] | None:
    """Where in a time the date stands; None for years, durations, "yesterday" and times of day."""
    days = list(_DAY.finditer(text))
    return (days[0].start(), days[-1].end()) if days else None


def ending(text: str) -> int | None:
    """Where the name of a hospital or another body ends: behind the last word for one; None where there is none."""
    ends = [match.end() for pattern in (_HOSPITAL, _ORGANISATION) for match in pattern.finditer(text)]
    if not ends:
        return None
    return len(text) if _GOES_ON.match(text, max(ends)) else max(ends)
