"""Names of people written in Latin letters."""

from medgo.deid.names_en.detector import EnglishNameDetector

__all__ = ["EnglishNameDetector"]
