"""Documents in passages that a teacher can be shown whole: at ends of sentences, nothing left out. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from medgo.schema import Document
from medgo.text import sentences


def passages(document: Document, longest: int) -> Iterator[str]:
    """Cut a document's text where sentences end.

    Args:
        document: Of any length.
        longest: Characters of a passage; a single sentence that is longer is a passage of its own.

    Yields:
        Passages in order; together they hold every sentence.
    """
    begun: int | None = None
    end = 0
    for span in sentences(document.text, document.lang):
        if begun is not None and span.end - begun > longest:
            yield document.text[begun:end]
            begun = None
        begun = span.start if begun is None else begun
        end = span.end
    if begun is not None:
        yield document.text[begun:end]
