"""Addresses, places, hospitals and organisations written in Latin letters."""

from medgo.deid.places_en.detector import EnglishPlaceDetector

__all__ = ["EnglishPlaceDetector"]
