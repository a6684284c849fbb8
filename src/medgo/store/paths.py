"""Where MedGo keeps files that it can make again. Knows nothing of what they are."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_dir() -> Path:
    """Return the folder for everything that can be made or fetched again; it need not exist yet.

    ``$MEDGO_CACHE`` if set, else the platform's user cache (``$XDG_CACHE_HOME`` or ``~/.cache`` on Linux,
    ``~/Library/Caches`` on macOS, ``%LOCALAPPDATA%`` on Windows) with ``medgo`` appended.
    """
    if own := os.environ.get("MEDGO_CACHE"):
        return Path(own).expanduser().absolute()
    return _user_cache() / "medgo"


def existing_parent(path: Path) -> Path:
    """Return the nearest folder at or above ``path`` that exists, for questions about its disk."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


def _user_cache() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    # The XDG specification tells us to ignore a relative path.
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    return Path(xdg) if xdg.startswith("/") else Path.home() / ".cache"
