"""Which readers there are, by name, and which of them reads a file. Imports a reader when it is asked for."""

from __future__ import annotations

import difflib
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from medgo.corpus.opening import head_of
from medgo.corpus.protocol import Reader
from medgo.errors import InputError

# In the order in which they are asked: what is told by few letters first, plain text last.
_READERS = {
    "pubmed": "pubmed:PubMedReader",
    "jats": "jats:JatsReader",
    "medlineplus": "medlineplus:MedlinePlusReader",
    "wikipedia": "wikipedia:WikipediaReader",
    "c-cda": "clinical.ccda:CcdaReader",
    "fhir": "clinical.fhir:FhirReader",
    "hl7v2": "clinical.hl7:Hl7Reader",
    "medquad": "medquad:MedquadReader",
    "dialogues": "dialogues:DialoguesReader",
    "csv": "clinical.tables:TableReader",
    "pdf": "pdf:PdfReader",
    "epub": "epub:EpubReader",
    "html": "html:HtmlReader",
    "text": "plain:PlainReader",
}
FORMATS = tuple(_READERS)


@lru_cache
def find_reader(name: str) -> Reader:
    """The reader of that name.

    Raises:
        InputError: There is none.
    """
    if name not in _READERS:
        close = difflib.get_close_matches(name, _READERS, n=2)
        hint = f"did you mean {' or '.join(close)}?" if close else f"one of {', '.join(_READERS)}"
        raise InputError(f"there is no reader for {name!r}", hint=hint)
    module, kind = _READERS[name].split(":")
    reader: Reader = getattr(import_module(f"medgo.corpus.{module}"), kind)()
    return reader


def detect(path: Path) -> Reader | None:
    """The first reader that recognises a file; None where none does.

    Raises:
        InputError: The file cannot be opened.
    """
    name, head = head_of(path)
    return next((reader for reader in map(find_reader, FORMATS) if reader.recognises(name, head)), None)
