"""What a reader leaves out, and why: counted, and each named to whoever listens. Knows no format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Omission:
    """Something of a source that becomes no document.

    Args:
        file: Name of the file.
        id: What it is called there, or its place (``line 17``).
        reason: One word or two, the same for the same cause (``no abstract``).
        detail: For people; never a patient's text.
    """

    file: str
    id: str
    reason: str
    detail: str = ""


@dataclass
class Ledger:
    """Counts of one reading.

    Args:
        listener: Is told every omission, so that a file can name them all.
    """

    listener: Callable[[Omission], None] | None = None
    omitted: Counter[str] = field(default_factory=Counter)
    """Omissions by reason."""
    noted: Counter[str] = field(default_factory=Counter)
    """What was done to texts that were kept (``table``, ``formula as text``), by name."""

    def omit(self, file: str, name: str, reason: str, detail: str = "") -> None:
        """Something is left out."""
        self.omitted[reason] += 1
        if self.listener is not None:
            self.listener(Omission(file, name, reason, detail))

    def note(self, what: str, count: int = 1) -> None:
        """Something was done to a text."""
        self.noted[what] += count
