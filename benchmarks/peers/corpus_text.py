"""Reads the files named on standard input with a usual library, and prints seconds of processor time as JSON.

python corpus_text.py html-trafilatura|html-resiliparse|wikitext-mwparserfromhell|pdf-pypdf < names
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path


def main() -> None:
    """Warm up on the first file, then measure all."""
    read = _READERS[sys.argv[1]]()
    files = [Path(line) for line in sys.stdin.read().split("\n") if line]
    read(files[0])
    begun = time.process_time()
    characters = sum(len(read(file)) for file in files)
    seconds = time.process_time() - begun
    sys.stdout.write(json.dumps({"seconds": seconds, "characters": characters}) + "\n")


def _trafilatura() -> Callable[[Path], str]:
    import trafilatura

    return lambda file: trafilatura.extract(file.read_bytes(), include_tables=True, include_comments=False) or ""


def _resiliparse() -> Callable[[Path], str]:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    def read(file: Path) -> str:
        data = file.read_bytes()
        return extract_plain_text(bytes_to_str(data, detect_encoding(data)), main_content=True)

    return read


def _mwparserfromhell() -> Callable[[Path], str]:
    import mwparserfromhell

    return lambda file: str(mwparserfromhell.parse(file.read_text("utf-8")).strip_code())


def _pypdf() -> Callable[[Path], str]:
    from pypdf import PdfReader

    return lambda file: "\n".join(page.extract_text() for page in PdfReader(file).pages)


_READERS = {
    "html-trafilatura": _trafilatura,
    "html-resiliparse": _resiliparse,
    "wikitext-mwparserfromhell": _mwparserfromhell,
    "pdf-pypdf": _pypdf,
}

if __name__ == "__main__":
    main()
