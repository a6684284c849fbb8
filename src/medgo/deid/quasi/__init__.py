"""What tells who somebody is only together with more: ages under 90, and where and of whom a person comes."""

from medgo.deid.quasi.ages import YoungerAgeDetector
from medgo.deid.quasi.origins import OriginDetector

__all__ = ["OriginDetector", "YoungerAgeDetector"]
