from __future__ import annotations

import re

import pytest

from tests.deid.replacing.marked import new


@pytest.mark.parametrize("patient", ["a", "b", "c"])
@pytest.mark.parametrize(
    ("label", "value", "pattern"),
    [
        ("email", "ruotong.xi88@qq.com", r"[a-z]{7}\.[a-z]{2}\d\d@example\.(?:com|org|net)"),
        ("email", "ruotong at gmail dot com", r"[a-z]{7} at example dot (?:com|org|net)"),
        ("url", "https://www.xiruotong.cn/blog/1", r"https://www\.[a-z]+\.example\.(?:com|org|net)/\w+/\d"),
        ("url", "xiruotong.me", r"[a-z]+\.example\.(?:com|org|net)"),
        ("ip_address", "10.20.30.40", r"(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+"),
        ("ip_address", "10.20.30.40:8080", r"(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+:8080"),
        ("ip_address", "fe80::1ff:fe23:4567:890a", r"2001:db8::[\da-f:]+"),
        ("device", "a4:5e:60:c2:11:0f", r"00:00:5E:00:53:[\dA-F]{2}"),
        ("social_account", "@xi_ruotong88", r"@[a-z]{2}_[a-z]{7}\d\d"),
        ("social_account", "wxid_7h2k9", r"[a-z]+_\d[a-z]\d[a-z]\d"),
    ],
)
def test_addresses_are_reserved_for_documentation(label: str, value: str, pattern: str, patient: str) -> None:
    surrogate = new(label, value, patient=patient)
    assert re.fullmatch(pattern, surrogate)
    assert "ruotong" not in surrogate


def test_an_address_is_one_in_any_case() -> None:
    assert new("email", "Ruotong@QQ.com").lower() == new("email", "ruotong@qq.com")
