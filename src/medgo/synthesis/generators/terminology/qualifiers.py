"""Whether two names of a concept agree in acute, chronic, congenital and the sides. Knows no concept and no row."""

from __future__ import annotations

import re

# Parts of the body or places that a Chinese side stands before; elsewhere the character is part of a drug (levodopa).
_SIDED = "(?=[侧心室房肺肾耳眼手脚足臂腿上下半右左主束冠位肝胸腰膝髋肩乳颈锁股前后结额颞顶枕])"
_QUALIFIERS = tuple(
    re.compile(f"{zh}|{en}", re.IGNORECASE)
    for zh, en in (
        (r"(?<!亚)急性|急腹症", r"\bacute\b"),
        (r"亚急性", r"\bsub-?acute\b"),
        (r"慢性|慢阻肺|慢支", r"\bchronic\b"),
        (r"先天", r"\bcongenit|\binborn\b"),
        (r"双侧|两侧", r"\bbilateral|\bboth sides\b"),
        (r"单侧|一侧", r"\bunilateral|\bone side\b"),
        (rf"左{_SIDED}", r"\bleft\b|\bl(?:a)?evo(?:card|pos|scol|vers)"),
        (rf"右{_SIDED}", r"\bright\b|\bdextro(?:card|pos|scol|vers)"),
    )
)
_SHORT = re.compile(r"(?=(?:.*[A-Z]){2})[A-Za-z0-9./-]{2,8}")


def agree(one: str, other: str) -> bool:
    """Whether two names, of one language or two, agree in acute, chronic, congenital and the sides.

    Tonsillitis is no name of acute tonsillitis. An abbreviation (COPD) spells nothing out, and agrees with all.
    """
    if _SHORT.fullmatch(one) or _SHORT.fullmatch(other):
        return True
    return all((word.search(one) is None) == (word.search(other) is None) for word in _QUALIFIERS)
