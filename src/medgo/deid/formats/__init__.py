"""Reading and writing records in the forms that hospitals keep them in; nothing is found or replaced here."""

from medgo.deid.formats.columns import Columns, read_columns
from medgo.deid.formats.detecting import FORMAT_NAMES, FormatName, detect_format, files_of, open_format
from medgo.deid.formats.protocol import CORPUS, Format, HeldBackError, Part, Reason, Record, Unit, rebuild

__all__ = [
    "CORPUS",
    "FORMAT_NAMES",
    "Columns",
    "Format",
    "FormatName",
    "HeldBackError",
    "Part",
    "Reason",
    "Record",
    "Unit",
    "detect_format",
    "files_of",
    "open_format",
    "read_columns",
    "rebuild",
]
