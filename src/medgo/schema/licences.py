"""Licences under which rows may be made and learnt from without asking. A recipe may name others its user agreed to."""

from __future__ import annotations

OPEN_LICENCES = (
    "Apache-2.0",
    "MIT",
    "CC0-1.0",
    "CC-BY-4.0",
    "HPO licence",
    "LicenseRef-US-Government-Public-Domain",
    "MIT AND CC0-1.0",
)
