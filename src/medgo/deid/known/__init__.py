"""Finds what a record's header already states, in any spelling."""

from medgo.deid.known.detector import KnownDetector

__all__ = ["KnownDetector"]
