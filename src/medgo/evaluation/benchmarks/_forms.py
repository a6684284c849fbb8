"""What the readers of many benchmarks' rows have in common: options in columns, one gold label, splits in file names.

Knows no single benchmark and reads no file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from medgo.evaluation.benchmarks.row import LETTERS, Row

MEDAGENTSBENCH = frozenset({"realidx", "question", "options", "answer_idx", "answer"})
"""Fields of every file of MedAgentsBench, a re-packaging of ten medical benchmarks; ``realidx`` is the original id."""

_DEV_WORDS = ("dev", "train", "training", "val", "valid", "validation")


def named(*words: str) -> str:
    """Make a pattern for paths whose file name or folder says one of the words, such as ``dev/x.tsv``, ``x_dev5.json``.

    Args:
        words: In lower case; a number may follow them.

    Returns:
        A regular expression that looks at the last two parts of a path only, so that a folder somewhere above
        (``/home/dev/…``) says nothing.
    """
    return rf"(?:^|[/_.\-])(?:{'|'.join(words)})\d*(?:[/_.\-][^/]*|/[^/]*|[_.\-][^/]*/[^/]*)$"


def not_named(*words: str) -> str:
    """Make a pattern for paths that :func:`named` does not match."""
    return rf"^(?!.*{named(*words)})"


DEV = named(*_DEV_WORDS)
"""Files of training and development items: only ever few-shot examples."""
NOT_DEV = not_named(*_DEV_WORDS)
"""Files that may hold test items."""


def column_options(row: Row, fields: Sequence[str]) -> dict[str, str]:
    """Options that stand in fields of their own, lettered in this order; empty ones are left out.

    Raises:
        BenchmarkDataError: Fewer than two options are left.
    """
    pairs = [(letter, row.values.get(name)) for letter, name in zip(LETTERS, fields, strict=False)]
    return row.checked_options(fields[0], pairs)


def one_label(row: Row, field: str, options: Mapping[str, str]) -> tuple[str]:
    """The single gold label of a field.

    Raises:
        BenchmarkDataError: There is none, more than one, or it is not among the options.
    """
    labels = row.labels(field, options)
    if len(labels) != 1:
        raise row.error(field, f"one letter among {', '.join(options)}", row.values.get(field))
    return (labels[0],)


def numbered_label(row: Row, field: str, options: Mapping[str, str], *, first: int) -> tuple[str]:
    """The gold label of a field that counts the options.

    Args:
        row: The row.
        field: Its field.
        options: Label → text, without gaps.
        first: What the field says for the first option, 0 or 1.

    Raises:
        BenchmarkDataError: It is no whole number, or counts past the options.
    """
    place = row.integer(field) - first
    if not 0 <= place < len(options):
        raise row.error(field, f"a number from {first} to {first + len(options) - 1}", row.values.get(field))
    return (list(options)[place],)


def same_text(row: Row, field: str, text: str) -> None:
    """Refuse a row whose gold label and gold text contradict each other, as after a shuffle or a bad export.

    Raises:
        BenchmarkDataError: The field says something else than the text.
    """
    if " ".join(row.text(field).split()) != " ".join(text.split()):
        raise row.error(field, f"the text of the gold option ({text[:40]!r})", row.values.get(field))
