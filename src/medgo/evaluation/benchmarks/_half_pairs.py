"""Half of a UTF-16 surrogate pair (``"\\ud83d"``): legal in JSON, but no text that can be hashed, written or tokenized.

Knows no file and no benchmark; says which field of which row holds one.
"""

from __future__ import annotations

import json
import re

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.row import Row

_SURROGATE = re.compile("[\\ud800-\\udfff]")


def refuse_half_pairs(row: Row) -> None:
    """Check all fields of a row.

    Raises:
        BenchmarkDataError: A field holds half of a pair.
    """
    for field, value in row.values.items():
        if _SURROGATE.search(json.dumps(value, ensure_ascii=False, default=str)):
            raise half_pair_error(row, field)


def half_pair_error(row: Row, field: str = "") -> BenchmarkDataError:
    """Make the error for a row whose text is none; what else stands in the row is not repeated.

    Args:
        row: The row.
        field: Where it is; when empty, the first field that holds JSON with such an escape is named.
    """
    escaped = (name for name, value in row.values.items() if isinstance(value, str) and "\\ud" in value.lower())
    name = field or next(escaped, "")
    place = f", field {name!r}" if name else ""
    return BenchmarkDataError(
        f"{row.file}, row {row.number}{place}: expected text, found half of a surrogate pair (an escape such as "
        "\\ud83d without its other half), which is no character",
        hint="a text was cut inside of a character when the file was made: correct it there, or get another copy",
    )
