"""The data card of a corpus, in both languages and as a page with plots, from the run's report. Measures nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from medgo.curation.runs.profile import LENGTH_BINS, Profile
from medgo.curation.runs.runner import CurationReport
from medgo.store import replacing

FILES: Mapping[str, str] = {"README.md": "card.en.md", "README_zh.md": "card.zh.md", "card.html": "card.html"}
_CHINESE = {
    "input": "输入",
    "unreadable line": "无法读取的行",
    "language": "语言",
    "another language": "其他语言",
    "language not asked for": "未要求的语言",
    "quality": "质量",
    "too short": "过短",
    "too long": "过长",
    "garbled": "乱码",
    "placeholder": "占位文本",
    "symbols and numbers": "符号与数字过多",
    "no sentences": "不成句",
    "repeated lines": "重复行",
    "repeated words": "重复词句",
    "licence": "许可证",
    "no licence stated": "未注明许可证",
    "licence not allowed": "许可证不允许",
    "retraction": "撤稿",
    "retracted": "已撤稿",
    "deleted": "来源已删除",
    "replaced": "已被替换",
    "residue": "个人信息残留",
    "personal data": "含个人信息",
    "versions": "版本",
    "older version": "旧版本",
    "same id again": "编号重复",
    "exact_duplicates": "完全重复",
    "copy": "与前文相同",
    "near_duplicates": "近似重复",
    "near copy": "与前文近似",
    "decontamination": "评测去污染",
    "normalise": "规范化",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a plot.

    Args:
        name: What it counts, in English.
        chinese: The same in Chinese.
        count: How many.
        share: Of the longest bar, 0 to 1.
    """

    name: str
    chinese: str
    count: int
    share: float


def write_cards(report: CurationReport, output: Path) -> None:
    """Write ``README.md``, ``README_zh.md`` and ``card.html``.

    Raises:
        StorageError: The disk did not take one.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("medgo.curation", "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=jinja2.select_autoescape(["html"]),
        keep_trailing_newline=True,
    )
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    values = _values(report)
    for name, template in FILES.items():
        with replacing(output / name) as file:
            file.write(environment.get_template(template).render(values).encode())


def _values(report: CurationReport) -> dict[str, Any]:
    after, compared = report.after, dict(report.notes).get("decontaminate")
    return {
        "report": report,
        "before": report.before,
        "after": after,
        "kept_share": after.documents / max(1, report.before.documents),
        "plots": {
            "sources": _bars(after.sources.most_common()),
            "licences": _bars(after.licences.most_common()),
            "langs": _bars((_LANGS.get(lang, lang), count) for lang, count in after.langs.most_common()),
            "lengths": _bars(_lengths(after)),
            "removed": _bars(report.removed.most_common()),
            "changed": _bars(report.changed.most_common()),
        },
        "titles": _TITLES,
        "benchmarks": compared if compared and compared["items"] else None,
        "allowed_without": compared is not None,
    }


_TITLES: Mapping[str, tuple[str, str]] = {
    "sources": ("Documents by source and licence", "来源与许可证"),
    "licences": ("Documents by licence", "许可证"),
    "langs": ("Documents by language", "语言"),
    "lengths": ("Documents by length, in characters", "文档长度（字符）"),
    "removed": ("Removed, by step and reason", "去除的文档（步骤与原因）"),
    "changed": ("Changed, by step", "被修改的文档（步骤）"),
}
_LANGS: Mapping[str, str] = {"zh": "Chinese · 中文", "en": "English · 英文"}


def _bars(counts: Iterable[tuple[str, int]]) -> list[Bar]:
    listed = list(counts)
    most = max((count for _, count in listed), default=1) or 1
    return [Bar(name, _in_chinese(name), count, count / most) for name, count in listed]


def _in_chinese(name: str) -> str:
    return " · ".join(_CHINESE.get(part, part) for part in name.split(" · "))


def _lengths(profile: Profile) -> list[tuple[str, int]]:
    used = [int(name) for name in profile.lengths] or [LENGTH_BINS[0]]
    return [(_bin(power), profile.lengths[str(power)]) for power in range(min(used), max(used) + 1)]


def _bin(power: int) -> str:
    low = 0 if power == LENGTH_BINS[0] else 2**power
    return f"{low:,}–{2 ** (power + 1) - 1:,}" if power < LENGTH_BINS[-1] else f"{low:,}+"
