"""Surrogates of addresses in networks, all in ranges and domains that are reserved for documentation.

Domains example.com, .org and .net (RFC 2606), 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24 (RFC 5737),
2001:db8::/32 (RFC 3849), 00-00-5E-00-53-xx (RFC 7042).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from medgo.deid.classes import IdentifierClass
from medgo.deid.replacing.draws import Draws, shaped

_DOMAINS = ("example.com", "example.org", "example.net")
_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
MAC = re.compile(r"[\dA-Fa-f]{2}([:-])(?:[\dA-Fa-f]{2}\1){4}[\dA-Fa-f]{2}")
_AT = re.compile(r"(.+?)(\s*(?:@|＠|\(at\)|\[at\]|\bat\b|艾特|#(?=\w+\.))\s*)(.+)", re.IGNORECASE | re.DOTALL)
_DOT = re.compile(r"\s*(?:\bdot\b|\(dot\)|\[dot\]|点)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Contacts:
    """Addresses of one patient.

    Args:
        draws: Of the patient.
    """

    draws: Draws

    def written(self, label: IdentifierClass, value: str, attempt: int) -> str:
        """Another address of the same class and form."""
        if label == "email":
            return self._email(value, attempt)
        if label == "url":
            return self._url(value, attempt)
        if mac := MAC.fullmatch(value):
            return mac[1].join(("00", "00", "5E", "00", "53", f"{self.draws.number(256, 'mac', value, attempt):02X}"))
        if label == "ip_address":
            return self._ip(value, attempt)
        return self._account(value, attempt)

    def _email(self, value: str, attempt: int) -> str:
        found = _AT.fullmatch(value)
        local, at, domain = found.groups() if found else (value, "@", "")
        new = self._word(local, attempt)
        dot = _DOT.search(domain)
        other = self.draws.pick(_DOMAINS, "domain", domain.casefold())
        return new + at + (other.replace(".", dot[0]) if dot else other)

    def _url(self, value: str, attempt: int) -> str:
        scheme = re.match(r"(?:https?://|ftp://)?(?:www\.)?", value, re.IGNORECASE)
        head = scheme[0] if scheme else ""
        host, slash, path = value[len(head) :].partition("/")
        site = self._word(host.partition(".")[0] or "site", attempt).lower()
        tail = f"/{self._word(path, attempt)}" if path else slash
        return f"{head}{site}.{self.draws.pick(_DOMAINS, 'domain', host.casefold())}{tail}"

    def _ip(self, value: str, attempt: int) -> str:
        key = value.casefold()
        if value.count(":") > 1:
            groups = [f"{self.draws.number(65536, 'ip', key, attempt, at):x}" for at in range(3)]
            return "2001:db8::" + ":".join(groups)
        rest = re.sub(r"^[\d.]+", "", value)
        host = 1 + self.draws.number(254, "ip", key, attempt)
        return f"{self.draws.pick(_NETWORKS, 'ip', key, attempt)}.{host}{rest}"

    def _account(self, value: str, attempt: int) -> str:
        return shaped(value, self.draws, "account", value.casefold(), attempt, words=True)

    def _word(self, value: str, attempt: int) -> str:
        """A word of the same shape; Chinese characters, which a shape keeps, become letters."""
        plain = re.sub(r"[^\x00-\x7f]", "x", value)
        return shaped(plain, self.draws, "word", value.casefold(), attempt, words=True)
