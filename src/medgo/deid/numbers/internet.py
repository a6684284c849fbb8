"""Addresses of people and machines on networks: e-mail, web, IP, hardware; user names behind an @."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.deid.numbers.hits import Hit, Reading

_LOCAL = "abcdefghijklmnopqrstuvwxyz0123456789._%+-'"
# Letters of Latin, Greek and Cyrillic script, not Chinese ones: a sentence goes on behind an address without a blank.
_LABEL = r"[A-Za-z0-9\u00c0-\u052f][A-Za-z0-9\u00c0-\u052f_-]{0,62}"
_DOMAIN = re.compile(
    rf"[ ]?{_LABEL}(?:[ ]?\.[ ]?{_LABEL}){{0,5}}?[ ]?\.[ ]?[A-Za-z]{{2,24}}(?![A-Za-z0-9-]|\.[A-Za-z])"
    rf"|[ ]?{_LABEL}(?:\.{_LABEL}){{1,6}}"
)
_TOP = (
    "com|cn|net|org|edu|gov|io|info|biz|me|co|tv|cc|top|xyz|vip|uk|us|de|fr|jp|kr|hk|tw|sg|au|ca|in|it|es|nl|ru|br|se|no|fi"
    "|dk|pl|ch|at|be|eu|nz|za|mx|ie|pt|cz|hu|gr|tr|il|mil|int|app|dev|online|site|health|care|clinic|hospital|law|museum"
    "|name|pro|mobi|asia"
)
_TOP_NAME = re.compile(_TOP)
_PATH = r"[^\s<>\"'`,;，。；、）】》{}|\\\u4e00-\u9fff]"
_WEB = re.compile(rf"(?:https?|ftp)://{_PATH}{{3,500}}|(?<![A-Za-z0-9@.])www\.{_PATH}{{3,500}}", re.IGNORECASE)
# The name before a dot and a top-level domain, found from the dot: `example.com/path`.
_DOTTED = re.compile(rf"\.(?:{_TOP})(?![A-Za-z0-9-])(?!\.\d)(/[^\s<>\"'`,;，。；、）】》()\u4e00-\u9fff]{{0,200}})?")
_HOST = "abcdefghijklmnopqrstuvwxyz0123456789.-"
# Short words before a dot that are no host: "e.g.in", "p.co".
_WORDY_TOP = re.compile(
    r"\.(?:in|me|it|at|no|be|us|is|de|es|se|name|health|care|pro|site|law|online|info|int|clinic|hospital|app|top)$"
)
# A part of each that few texts hold, and that a search finds faster than the whole.
_IPV4_PART = re.compile(r"\.\d{1,3}\.\d{1,3}\.\d")
_IPV6_PART = re.compile(r":[0-9A-Fa-f]{0,4}:")
_MAC_PART = re.compile(r"[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-]")
_IPV4 = re.compile(
    r"(?<!\d)(?<!\d\d\.)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d]|\.\d)(?::\d{2,5})?"
)
_GROUP = "[0-9A-Fa-f]{1,4}"
_IPV6 = re.compile(
    r"(?<![0-9A-Fa-f.])(?<![0-9A-Fa-f]:)"
    rf"(?:(?:{_GROUP}:){{7}}{_GROUP}|(?:{_GROUP}:){{1,6}}(?::{_GROUP}){{1,6}}|::(?:{_GROUP}:){{0,6}}{_GROUP})"
    r"(?![0-9A-Fa-f:])"
)
_MAC = re.compile(
    r"(?<![0-9A-Fa-f-])(?<![0-9A-Fa-f]:)[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![:-]?[0-9A-Fa-f])"
)
_NAMED = re.compile(r"e-?mail(?: address)?(?: is| at|:| to)? ((?!is |at |to |or |and |address )[a-z][a-z'-]{1,20} )$")
_HANDLE = re.compile(r"(?<![A-Za-z0-9.])@(?=[A-Za-z]{0,30}[0-9_])[A-Za-z_][A-Za-z0-9_.]{2,30}(?<!\.)")
_IP_LABEL = re.compile(r"(?:(?<![a-z])ip|地址|address|host|server|login)[^\d\n]{0,12}$")
_SPOKEN_DOT = r"(?: dot |点|\(dot\)|\[dot\])"
_SPOKEN_TOP = "(?:com|cn|org|net|edu|gov|io|co|uk|de|fr)(?![a-z])"
_SPOKEN_AT = re.compile(
    r"([a-z0-9][\w.+-]{0,40}(?: (?:dot|underscore) [\w-]{1,30}){0,3})\s?(?: at |\(at\)|\[at\]|艾特|圈a)\s?"
    rf"[a-z0-9-]{{1,40}}(?:\s?{_SPOKEN_DOT}\s?[a-z0-9-]{{1,20}}){{0,2}}?\s?{_SPOKEN_DOT}\s?"
    rf"{_SPOKEN_TOP}(?:{_SPOKEN_DOT}[a-z]{{2}}(?![a-z]))?"
)
_SPOKEN_END = re.compile(rf"{_SPOKEN_DOT}\s?{_SPOKEN_TOP}(?:{_SPOKEN_DOT}[a-z]{{2}}(?![a-z]))?")


def internet(reading: Reading) -> Iterator[Hit]:
    """E-mail addresses, web addresses, addresses of machines, user names."""
    text = reading.text
    if "@" in text:
        yield from _mails(reading)
        for match in _HANDLE.finditer(text):
            yield Hit(match.start(), match.end(), "social_account", 0.8)
    if "." in text:
        yield from _hosts(reading)
    yield from _machines(reading)
    if "dot" in reading.lowered or "点" in text:
        yield from _spoken(reading)


def _spoken(reading: Reading) -> Iterator[Hit]:
    """E-mail addresses as they are dictated."""
    last = 0
    for end in _SPOKEN_END.finditer(reading.lowered):
        # The first of the stretch: from the end backwards, because "dot" and 点 are rarer than words.
        address = _SPOKEN_AT.search(reading.lowered, max(last, end.start() - 120), end.end())
        last = end.end()
        if address:
            yield Hit(address.start(1), address.end(), "email", 0.85)


def _mails(reading: Reading) -> Iterator[Hit]:
    at = reading.text.find("@")
    while at >= 0:
        # Backwards from the sign: a pattern that starts at each letter would be slow on long words.
        front = reading.lowered[max(0, at - 65) : at]
        gap = front.endswith(" ")
        start = at - gap - (len(front) - gap - len(_bare(front.removesuffix(" "))))
        domain = _DOMAIN.match(reading.text, at + 1)
        if domain and start < at - gap and _ends_sentence(domain[0]):
            # "at @chef_hale. Then": the name ends where the sentence does.
            if not gap:
                yield Hit(start, at + 1 + domain[0].index("."), "email", 0.9)
        elif domain and start < at - gap and "." in domain[0]:
            while reading.text[start] in ".-'+%" and start < at:
                start += 1
            # "email at mary o'neill@example.org": a blank within, read back to the label.
            blank = _NAMED.search(reading.before(start, 40))
            if blank:
                start -= len(blank[1])
            yield Hit(start, domain.end(), "email", 0.97)
        at = reading.text.find("@", at + 1)


def _ends_sentence(domain: str) -> bool:
    """Whether a blank behind a dot begins a sentence, as what follows is no top-level domain."""
    host, _, last = domain.rpartition(".")
    return bool(host) and last[:1] == " " and host[-1:] != " " and not _TOP_NAME.fullmatch(last[1:].lower())


def _bare(front: str) -> str:
    """What is left of a text without the local part at its end; letters of other scripts than Chinese may be in it."""
    end = len(front)
    while end and (front[end - 1] in _LOCAL or (front[end - 1].isalpha() and front[end - 1] < "\u2e80")):
        end -= 1
    return front[:end]


def _hosts(reading: Reading) -> Iterator[Hit]:
    web = "://" in reading.text or "www." in reading.lowered
    for match in _WEB.finditer(reading.text) if web else ():
        end = match.end()
        while reading.text[end - 1] in ".,;:!?)]'":
            end -= 1
        yield Hit(match.start(), end, "url", 0.97)
    for match in _DOTTED.finditer(reading.lowered):
        dot = match.start()
        front = reading.lowered[max(0, dot - 80) : dot]
        host = front[len(front.rstrip(_HOST)) :].lstrip(".-")
        whole = host + reading.lowered[dot : match.end() - len(match[1] or "")]
        if max(map(len, host.split("."))) < 2 or host.replace(".", "").isdigit():
            continue
        # "Continue.in the morning": a missing space makes a word of everyday language look like a domain.
        if _WORDY_TOP.search(whole) and "." not in host and match[1] is None:
            continue
        yield Hit(dot - len(host), match.end() - (match[1] or "").endswith("."), "url", 0.85)


def _machines(reading: Reading) -> Iterator[Hit]:
    text = reading.text
    for match in _IPV4.finditer(text) if _IPV4_PART.search(text) else ():
        parts = [int(part) for part in match[0].partition(":")[0].split(".")]
        # `1.2.3.4` numbers a heading or a version.
        if max(parts) >= 20 or _IP_LABEL.search(reading.before(match.start(), 24)):
            yield Hit(match.start(), match.end(), "ip_address", 0.93)
    for match in _IPV6.finditer(text) if _IPV6_PART.search(text) else ():
        # `12:30::5` is a slip, not an address: letters, or all eight groups.
        if re.search("[A-Fa-f]", match[0]) or match[0].count(":") == 7:
            yield Hit(match.start(), match.end(), "ip_address", 0.93)
    for match in _MAC.finditer(text) if _MAC_PART.search(text) else ():
        if re.search("[A-Fa-f:]", match[0]):
            yield Hit(match.start(), match.end(), "device", 0.9)
