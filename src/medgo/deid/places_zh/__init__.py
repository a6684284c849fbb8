"""Places and organisations in Chinese text."""

from medgo.deid.places_zh.detector import ChinesePlaceDetector

__all__ = ["ChinesePlaceDetector"]
