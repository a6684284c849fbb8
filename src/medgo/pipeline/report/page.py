"""The page itself: one HTML file, every value escaped, one script allowed by its hash. Lays out; works nothing out."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from medgo.evaluation.report.words import Words
from medgo.pipeline.report.content import Page
from medgo.training.card.document import Code, Table

_WORDS = {
    "title": Words("from rows to a model", "从数据到模型"),
    "over_tokens": Words("Over what was learnt", "随学习量的变化"),
    "curves": Words("Training curves", "训练曲线"),
}
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_CODE = re.compile(r"`([^`]+)`")


def as_html(page: Page) -> str:
    """Write the page."""
    script, style = _asset("page.js"), _asset("page.css")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["rich"] = rich
    environment.tests |= {"table": lambda part: isinstance(part, Table), "code": lambda part: isinstance(part, Code)}
    return environment.from_string(_asset("page.html")).render(
        page=page,
        words=_WORDS,
        script=script,
        style=style,
        script_hash=_policy_hash(script),
        style_hash=_policy_hash(style),
    )


def rich(text: str) -> Markup:
    """Text of a card as HTML: bold, code and lists; everything else is escaped."""
    lines = [_CODE.sub(r"<code>\1</code>", _BOLD.sub(r"<strong>\1</strong>", str(escape(x)))) for x in text.split("\n")]
    parts: list[str] = []
    for line in lines:
        if line.startswith("- "):
            opened = bool(parts) and parts[-1].endswith("</ul>")
            before = parts.pop().removesuffix("</ul>") if opened else "<ul>"
            parts.append(f"{before}<li>{line[2:]}</li></ul>")
        elif line:
            parts.append(line)
    return Markup("\n".join(parts))  # noqa: S704 - escaped above, before marks became tags


def _asset(name: str) -> str:
    return files("medgo.pipeline.report").joinpath(name).read_text(encoding="utf-8")


def _policy_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
