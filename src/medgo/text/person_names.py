"""A person's name out of the components that a field keeps it in, and a name back into them. Knows no format."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HAN = re.compile("[\u3400-\u9fff]")
_COMPOUND = frozenset({
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯", "端木",
    "宇文", "长孙", "南宫", "独孤", "百里", "呼延",
})  # fmt: skip


def compose(family: str, given: Sequence[str]) -> str:
    """The whole name as people write it: 张伟, ``John A Smith``.

    Args:
        family: Family name; may be empty.
        given: Given names in their order; may be empty.
    """
    names = [name.strip() for name in given if name.strip()]
    family = family.strip()
    if _HAN.search(family + "".join(names)):
        return family + "".join(names)
    return " ".join([*names, family] if family else names)


def decompose(name: str, given: int) -> tuple[str, list[str]]:
    """Take a name apart.

    Args:
        name: As :func:`compose` would write it, or one word that stands for a person.
        given: How many given names there were.

    Returns:
        Family name, and as many given names; those for which nothing is left are empty.
    """
    name = name.strip()
    if name.startswith("[") and name.endswith("]"):  # a tag stands for the whole
        return name, [""] * given
    if _HAN.search(name) and " " not in name:
        if not given:
            return name, []
        cut = 2 if name[:2] in _COMPOUND and len(name) > 2 else 1
        return name[:cut], [name[cut:], *[""] * (given - 1)]
    words = name.split()
    family = words.pop() if words else ""
    if not given:
        return name, []
    if not words:
        return family, [""] * given
    return family, [*words[: given - 1], " ".join(words[given - 1 :]), *[""] * given][:given]
