"""Dates in every written form: found in a text, read into their parts, moved by days in the same form."""

from medgo.deid.dates.detector import DateDetector
from medgo.deid.dates.parts import Field, PartialDate
from medgo.deid.dates.reading import read_date
from medgo.deid.dates.shifting import shifted

__all__ = ["DateDetector", "Field", "PartialDate", "read_date", "shifted"]
