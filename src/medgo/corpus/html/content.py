"""What of a page is its text, and what is the site around it: navigation, notices, buttons, lists of links."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from medgo.corpus.html.rendering import SILENT, LinkedBlock, blocks_of
from medgo.corpus.html.tree import Tag
from medgo.corpus.typesetting import Block

_AROUND = frozenset(("nav", "footer", "aside", "form", "dialog"))
_AROUND_ROLES = frozenset({
    "navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "complementary", "menu", "menubar",
    "toolbar",
})  # fmt: skip
# Names that site builders give to what surrounds a text, alone or with what they add to a name: ``share-buttons`` is
# around, ``social-support`` and ``recommendation`` are sections of guidelines.
_AROUND_NAME = re.compile(
    r"(?:[a-z0-9]+[_-]+)*?"
    r"(?:cookies?|consent|gdpr|share|sharing|social|sns|breadcrumbs?|crumbs?|sidebar|side-?nav|related|recommended|"
    r"comments?|disqus|adverts?|ads?|advertisement|sponsor(?:ed)?|banner|newsletter|subscribe|pagination|pager|footer|"
    r"nav(?:bar|igation)?|topnav|menu|masthead|toolbar|toplinks?|skip-?links?|copyright|popup|modal|print|"
    r"back-?to-?top|login|qrcode|weixin|bdshare|jiathis|mianbao|daohang|site-?header|toc|table-of-contents)"
    r"(?:[_-]+(?:box|bar|buttons?|btns?|list|wrap(?:per)?|container|content|inner|outer|links?|menu|nav|section|area|block|"
    r"widget|panel|module|icons?|items?|top|bottom|left|right|main|mobile|desktop|consent|notice|policy|overlay|dialog|"
    r"articles?|posts?|pages?|stories|news|form|media|tools|thread|header|footer|\d+))*",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:^|[;\s])(?:font-size|opacity)\s*:\s*0(?:px|;|$|\s)", re.IGNORECASE
)
_MAIN_SHARE, _KEPT_SHARE = 0.4, 0.5
_LINKS = 0.75
_NOTICE_LENGTH, _NAMES_LENGTH = 220, 500
_NOTICE = re.compile(
    r"\s*(?:copyright\b|©|\(c\) ?(?:19|20)\d\d|all rights reserved|share (?:this|on)|follow us|back to top|skip to|"
    r"read more\W*$|print(?: this)?(?: page)?\W*$|sign up for|subscribe to|we use cookies|"
    r"this (?:web)?site uses cookies|accept (?:all )?cookies|page last (?:reviewed|updated)|advertisement\W*$|"
    r"was this (?:page|article) helpful|"
    r"版权所有|分享(?:到|至)|返回顶部|打印(?:本页)?\W*$|关闭(?:窗口)?\W*$|.{0,12}ICP[备证]|.{0,20}公网安备|上一篇|下一篇|"
    r"扫一扫|当前位置|您(?:现在|当前)?(?:的|所在)?位置|责任编辑[:：]|字体[:：]|【?(?:大|打印|关闭)】?\W*$|微信扫|阅读次数|浏览次数)",
    re.IGNORECASE,
)
_SENTENCE_END = (".", "。", "!", "！", "?", "？", ";", "；", ":", "：")


@dataclass(frozen=True, slots=True)
class Content:
    """A page's text and what was taken away.

    Args:
        blocks: The text.
        removed: What was left out, by kind, in elements or blocks.
    """

    blocks: list[Block]
    removed: Counter[str]


def content_of(page: Tag) -> Content:
    """The text of a page without the site around it."""
    removed: Counter[str] = Counter()
    body = next((one for one in page.elements() if one.name == "body"), page)
    sizes = _sizes(body)
    root = _main(body, sizes)
    whole = max(1, sizes[id(root)])

    def skip(tag: Tag) -> bool:
        why = "hidden" if _is_hidden(tag) else "around" if _is_around(tag) else ""
        # A wrapper of the whole text may carry any class: only what is hidden goes whatever its size.
        if why == "around" and sizes.get(id(tag), 0) > _KEPT_SHARE * whole:
            return False
        if why:
            removed[f"{why} element"] += 1
        return bool(why)

    blocks = _without_link_lists(_without_notices(blocks_of(root, skip), removed), removed)
    return Content(blocks, removed)


def _sizes(body: Tag) -> dict[int, int]:
    """Characters that are no spaces in every element, without what nobody reads."""
    sizes: dict[int, int] = {}

    def measure(tag: Tag) -> int:
        size = 0
        for child in tag.children:
            if isinstance(child, str):
                size += len(child) - child.count(" ") - child.count("\n")
            elif child.name not in SILENT:
                size += measure(child)
        sizes[id(tag)] = size
        return size

    measure(body)
    return sizes


def _main(body: Tag, sizes: dict[int, int]) -> Tag:
    """The element that says it is the main one, where it holds enough of the text; else the body."""
    said = [
        one
        for one in body.elements()
        if one.name == "main" or one.get("role") == "main" or one.get("itemprop") == "articleBody"
    ]
    articles = [one for one in body.elements() if one.name == "article"]
    several = said or (articles if len(articles) == 1 else [])
    large = [one for one in several if sizes.get(id(one), 0) >= _MAIN_SHARE * sizes[id(body)]]
    return large[0] if large else body


def _is_hidden(tag: Tag) -> bool:
    return (
        "hidden" in tag.attributes or tag.get("aria-hidden").lower() == "true" or bool(_HIDING.search(tag.get("style")))
    )


def _is_around(tag: Tag) -> bool:
    if tag.name in _AROUND or tag.get("role").lower() in _AROUND_ROLES:
        return True
    if tag.name in ("html", "body", "main", "article", "h1", "h2", "h3", "p", "td", "th"):
        return False
    if tag.name == "header":
        return not any(one.name in ("h1", "h2") for one in tag.elements())
    names = f"{tag.get('class')} {tag.get('id')}"[:_NAMES_LENGTH]
    return any(_AROUND_NAME.fullmatch(_CAMEL.sub("-", name)) for name in names.split())


def _without_notices(blocks: list[LinkedBlock], removed: Counter[str]) -> list[LinkedBlock]:
    kept = [one for one in blocks if len(one.block.text) > _NOTICE_LENGTH or not _NOTICE.match(one.block.text)]
    removed["notice"] += len(blocks) - len(kept)
    return kept


def _without_link_lists(blocks: list[LinkedBlock], removed: Counter[str]) -> list[Block]:
    """Two blocks of links or more on end are navigation, as is one with three links; so is a heading of such only."""
    dense = [_is_links(one) for one in blocks]
    drop = [False] * len(blocks)
    begin = 0
    while begin < len(blocks):
        end = begin
        while end < len(blocks) and dense[end]:
            end += 1
        if end - begin >= 2 or (end - begin == 1 and blocks[begin].links >= 3):
            drop[begin:end] = [True] * (end - begin)
            if begin and blocks[begin - 1].block.kind == "heading" and _closes(blocks, begin - 1, end):
                drop[begin - 1] = True
        begin = max(end, begin + 1)
    removed["list of links"] += sum(drop)
    return [one.block for one, dropped in zip(blocks, drop, strict=True) if not dropped]


def _is_links(one: LinkedBlock) -> bool:
    heading = one.block.kind == "heading"
    return not heading and one.link_density >= _LINKS and not one.block.text.endswith(_SENTENCE_END)


def _closes(blocks: list[LinkedBlock], heading: int, end: int) -> bool:
    """Whether nothing of a heading's own follows the links below it."""
    if end == len(blocks):
        return True
    return blocks[end].block.kind == "heading" and blocks[end].block.level <= blocks[heading].block.level
