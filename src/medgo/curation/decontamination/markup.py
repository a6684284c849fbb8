"""Takes HTML, Markdown, LaTeX and escapes out of a text, where they could hide its words. Knows no words."""

from __future__ import annotations

import html
import re
import unicodedata

_INLINE = "a|abbr|b|big|code|del|em|font|i|ins|kbd|mark|q|s|small|span|strike|strong|sub|sup|tt|u|wbr"
_BLOCK = (
    "address|article|aside|blockquote|body|br|caption|center|col|colgroup|dd|details|div|dl|dt|figcaption|figure|footer"
    "|form|h[1-6]|head|header|hr|html|img|input|label|legend|li|main|nav|ol|option|p|pre|section|select|summary|table"
    "|tbody|td|tfoot|th|thead|title|tr|ul"
)
# Only known names with attributes of the usual form: "a<b and c>d" is no tag.
_ATTRIBUTES = r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+)){0,12}\s*/?"
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})(?:{_ATTRIBUTES})>", re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCK})(?:{_ATTRIBUTES})>|<!--.{{0,2000}}?-->", re.IGNORECASE | re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});", re.IGNORECASE)
_LINK = re.compile(r"\]\([^()\s]{1,500}\)")
_ESCAPED = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[^{}\n]{1,40}\}(?:\[[^\]\n]{0,40}\])?")
_FORMAT = re.compile(
    r"\\(?:text(?:bf|it|sf|sc|tt|rm|up|normal|sl|color\{\w+\})?|emph|underline|uline|math(?:rm|bf|it|sf|tt|cal|bb)|mbox"
    r"|textsuperscript|textsubscript|ensuremath|operatorname|boldsymbol|bm|bfseries|itshape|hl|ce|si|SI"
    r"|left|right|bigl?|bigr?)(?![a-zA-Z])"
)
_LAYOUT = re.compile(
    r"\\(?:item|par|noindent|newline|linebreak|paragraph|(?:sub)*section|chapter|title|caption|footnote|hline|newpage"
    r"|(cdot|times|pm|leq?|geq?|approx|sim|circ|degree|rightarrow|to|ldots|dots|quad|qquad))\*?(?![a-zA-Z])"
)
_GREEK_NAMES = (
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega"
    "|Gamma|Delta|Theta|Lambda|Sigma|Omega"
)
_GREEK = dict(zip(_GREEK_NAMES.split("|"), "αβγδεζηθικλμνξπρστφχψωΓΔΘΛΣΩ", strict=True))
_GREEK_COMMAND = re.compile(rf"\\(?:var)?({_GREEK_NAMES})(?![a-zA-Z])\s?")
# What is left of commands of these letters after the known ones are gone are line breaks and tabs of JSON.
_WHITE_ESCAPE = re.compile(r"\\[nrt]|\\\\|\\[,;:! ]")
_WIDE_MARKS = re.compile("[＜＆＼]")
# A word that was parted at the end of a line.
_PARTED = re.compile(r"(?<=[a-z])[-‐\u00ad]\r?\n[ \t]*(?=[a-z])")


def without_markup(text: str) -> str:
    """The text as a reader would see it; what is no markup stays as it is.

    Args:
        text: Any text.
    """
    if not text.isascii() and _WIDE_MARKS.search(text):
        text = unicodedata.normalize("NFKC", text)
    if "\\" in text:
        text = _without_commands(text)
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    if "<" in text:
        text = _BLOCK_TAG.sub("\n", _INLINE_TAG.sub("", text))
    if "](" in text:
        text = _LINK.sub("]", text)
    if "-\n" in text or "-\r\n" in text:
        text = _PARTED.sub("", text)
    return text


def _without_commands(text: str) -> str:
    """LaTeX commands and the escapes of JSON; an unknown command stays a word."""
    if "\\u" in text:
        text = _ESCAPED.sub(_unescaped, text)
    text = _ENVIRONMENT.sub("\n", text)
    text = _GREEK_COMMAND.sub(lambda found: _GREEK[found[1]], text)
    text = _LAYOUT.sub(_layout, _FORMAT.sub("", text))
    return _WHITE_ESCAPE.sub("\n", text)


def _layout(found: re.Match[str]) -> str:
    return " " if found[1] else "\n"


def _unescaped(found: re.Match[str]) -> str:
    units = bytes.fromhex(found[0].replace("\\u", ""))
    return units.decode("utf-16-be", "replace")
