"""A second opinion on de-identified text: crude patterns, written apart from the detectors that made it.

It shares no rule, lexicon or code with tier A, so that a blind spot of one is not a blind spot of the other. It asks
for little: what it finds in a text that was made clean is worth a look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from medgo.deid.classes import IdentifierClass
from medgo.deid.protocol import Finding, Note

_PLATES = "京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤琼川贵云陕甘青蒙桂宁新藏"
_RELATIONS = "女儿|儿子|丈夫|妻子|配偶|父亲|母亲|父母|兄弟|姐妹|哥哥|姐姐|弟弟|妹妹|本人"
_HAN = "\u4e00-\u9fff"
_PATTERNS: tuple[tuple[IdentifierClass, str], ...] = (
    ("id_card", r"(?<![\dA-Za-z])[1-9]\d{16}[\dXx](?![\dA-Za-z])"),
    ("id_card", r"(?<!\d)[1-9]\d{7}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}(?!\d)"),
    ("phone", r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"),
    ("phone", r"(?<![\d-])(?:\+?1[-. ])?\(?[2-9]\d{2}\)?[-. ]\d{3}[-. ]\d{4}(?![\d-])"),
    ("ssn", r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"),
    ("email", r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"),
    ("url", r"(?:https?://|www\.)[^\s，。；<>\"']{3,200}"),
    # A number that says itself what list it stands in (233604007 SNOMED CT) is everybody's.
    ("other_id", r"(?<![\d.])\d{9,24}(?![\d.])(?! ?\(?(?:SNOMED|ICD|LOINC|RxNorm))"),
    ("date", r"(?<!\d)(?:19|20)\d{2}(?:年\d{1,2}月|[-/.]\d{1,2}[-/.]\d{1,2}(?!\d))(?:\d{1,2}[日号])?"),
    ("date", r"(?<!\d)\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})(?![\d/])"),
    ("name", rf"(?:患者姓名|姓名|医师签名|主治医师|记录者)[:：]\s?[{_HAN}·]{{2,6}}"),
    ("name", rf"联系人[:：]\s?(?!{_RELATIONS})[{_HAN}·]{{2,6}}"),
    ("name", r"\b(?:Mr|Mrs|Ms|Dr)\.? ?[A-Z][a-z'’-]{1,20}(?: [A-Z][a-z'’-]{1,20})?"),
    ("address", rf"[{_HAN}]{{2,8}}(?:路|街|巷|弄)\s?\d{{1,5}}\s?(?:号|弄)"),
    ("address", r"\b\d{1,6} (?:[A-Z][a-z]+ ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Blvd|Court|Ct)\b"),
    ("vehicle", rf"[{_PLATES}][A-HJ-NP-Z][·. ]?[A-HJ-NP-Z0-9]{{5,6}}"),
)  # fmt: skip
_ANY = tuple((label, re.compile(pattern)) for label, pattern in _PATTERNS)


class IndependentDetector:
    """Finds what looks like an identifier at first sight."""

    name: ClassVar[str] = "independent"
    version: ClassVar[str] = "1"

    def find(self, note: Note) -> Iterator[Finding]:
        """Findings in the view; they may overlap."""
        for label, pattern in _ANY:
            for match in pattern.finditer(note.view.text):
                yield Finding(match.start(), match.end(), label, 0.9, self.name)
