"""What the package notes while it works (a model converted once, a try repeated) goes to standard error."""

from __future__ import annotations

import logging


def show_notes() -> None:
    """Send MedGo's own notes, and only warnings of other libraries, to standard error."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("medgo").setLevel(logging.INFO)
