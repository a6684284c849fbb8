"""Values of fields that name a place: 住址：…, 送检医院：… . Reads to the end of the field, whatever it says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.deid.classes import IdentifierClass
from medgo.deid.protocol import Finding

_SCORE = 0.97
_LABELS: dict[IdentifierClass, str] = {
    "address": (
        "现住地址|现住址|家庭住址|家庭地址|户口地址|户籍地址|户籍所在地|户口所在地|户籍地|联系地址|通讯地址|"
        "通信地址|邮寄地址|收货地址|寄件地址|收件地址|"
        "取件地址|送货地址|单位地址|居住地址|居住地|常住地址|常住地|暂住地址|暂住地|详细地址|身份证地址|"
        "联系人地址|注册地址|住址|地址|住所|现住|通讯处"
    ),
    "location": "籍贯|出生地|祖籍|原籍|户籍|来源地|生源地",
    "organisation": (
        r"(?<![\u4e00-\u9fff])单位(?=[ ]?:)|"
        r"工作单位及地址|工作单位名称|工作单位|单位名称|就职单位|服务单位|服务处所|所在单位|用人单位|就读学校|"
        "所在学校|毕业院校|毕业学校|学校名称|学校|公司名称|"
        "投保单位|开户行|开户银行"
    ),
    "hospital": (
        "送检单位|送检医院|送检医疗机构|就诊医院|就诊机构|医院名称|医疗机构名称|医疗机构|转入医院|转出医院|"
        "接收医院|手术医院|定点医院|"
        "申请医院|会诊医院|邀请医院|检查医院|出具单位|报告单位|接诊医院|首诊医院|治疗医院|采样单位"
    ),
}
_GROUPS = "|".join(f"(?P<{label}>{words})" for label, words in _LABELS.items())
_FIELD = re.compile(rf"(?:{_GROUPS})(?:\((?:[^()\n]{{1,8}})\))?(?:\s?[:|]\s*|[\t ]*\t[\t ]*| {{2,}})")
_VALUE = re.compile(r"[^\n\t,。;|]{1,70}")
_NEXT_FIELD = re.compile(
    r"\s{2,}|\s?(?:(?:家庭|联系|单位|办公|移动|固定|手机|住宅)?(?:电话|号码)|手机|邮编|邮政编码|联系人|联系方式|"
    r"姓\s?名|性\s?别|年\s?龄|民\s?族|婚\s?姻|职\s?业|"
    r"入院|出院|住院号|病案号|门诊号|身份证|工作单位|籍贯|户籍|户口|病史|供史|出生|既往|主诉|记录|科室|床号|关系|"
    r"国籍|文化|邮箱|就诊|送检|诊断|可靠|与患者)[^\s,。;:]{0,6}\s?[::]?"
    r"|\s[\u4e00-\u9fff]{2,6}:"
)
# 地址：不详 says nothing of anybody.
_EMPTY = re.compile(
    r"(?:不详|未详|不明|无业|无|未|同上|同前|同户籍|同现|同|略|本院|我院|我科|外院|门诊|急诊|本市|本地|当地|外地|"
    r"退休|离休|务农|农民|个体|自由职业|待业|学生|家务|空|"
    r"毫|微|克|国际|个|次|升|摩尔|千|秒|分|百|保密|拒|见|暂|否|待|已婚|打工|职员|工人|干部|[-—/×*_xX]+$|中国$|中华人民共和国$)"
)
_BODIES = frozenset({"organisation", "hospital"})
# Behind a gap something else is told.
_BODY_ENDS = re.compile(r"(?:公司|集团|[大中小]学|学[院校]|医院|卫生院|[工水]厂|银行|局|所|院|厂|中心)(?=[ \t])")
_HAN = re.compile(r"[\u4e00-\u9fff]{2}")


def read_fields(text: str, name: str) -> Iterator[Finding]:
    """Findings for the values of all fields that name a place.

    Args:
        text: A view's text.
        name: Detector that asks.
    """
    for field in _FIELD.finditer(text):
        value = _VALUE.match(text, field.end())
        if value is None or field.lastgroup is None:
            continue
        end = value.end()
        ending = _NEXT_FIELD.search(text, value.start(), end)
        if ending is not None:
            end = ending.start()
        body = _BODY_ENDS.search(text, value.start(), end) if field.lastgroup in _BODIES else None
        stretch = text[value.start() : body.end() if body else end].rstrip()
        if _HAN.search(stretch) and not _EMPTY.match(stretch):
            label: IdentifierClass = field.lastgroup  # type: ignore[assignment]
            yield Finding(value.start(), value.start() + len(stretch), label, _SCORE, name)
