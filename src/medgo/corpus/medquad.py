"""MedQuAD, as published (XML, one NIH page a file) and as rows (JSONL): an answer is a document with its question.

Ben Abacha & Demner-Fushman, BMC Bioinformatics 2019. Collections 10 to 12 are published without their answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from medgo.corpus.ledger import Ledger
from medgo.corpus.opening import open_source
from medgo.corpus.protocol import Holds, Item, Source
from medgo.corpus.xml import elements, local_name
from medgo.schema import Document, SourceRef
from medgo.store import RowFile

_LICENCE = "CC-BY-4.0"
_SPACES = re.compile(r"[ \t]{2,}")
_ITEM = re.compile(r"(?:(?<=\s)|^)-\s{2,}(?=\S)")
_BREAKS = re.compile(r"\s*\n\s*")
_COLUMNS = ("qid", "question", "answer", "focus", "collection")


@dataclass(frozen=True, slots=True)
class _Pair:
    id: str
    question: str
    answer: str
    focus: str
    kind: str
    version: str


class MedquadReader:
    """Answers with their questions; one without an answer is named and left out."""

    name: ClassVar[str] = "medquad"
    holds: ClassVar[Holds] = "documents"

    def recognises(self, name: str, head: bytes) -> bool:
        """See :class:`medgo.corpus.protocol.Reader`."""
        del name
        if b"<QAPairs" in head and b"<Document" in head[:2000]:
            return True
        try:
            row = json.loads(head.partition(b"\n")[0])
        except ValueError:
            return False
        return isinstance(row, dict) and all(column in row for column in _COLUMNS)

    def read(self, source: Source, ledger: Ledger) -> Iterator[Item]:
        """See :class:`medgo.corpus.protocol.Reader`."""
        name = source.name
        pairs = _of_xml(source, name) if name.lower().endswith(".xml") else _of_rows(source, name, ledger)
        for pair in pairs:
            if not pair.question or not pair.answer:
                ledger.omit(name, pair.id, "no answer" if pair.question else "no question")
                continue
            ref = SourceRef(
                pair.id, source.collection or "medquad", source.licence or _LICENCE, source.retrieved or pair.version
            )
            meta = {"question": pair.question, "focus": pair.focus, "kind": pair.kind}
            yield Document(ref, "en", pair.answer, pair.focus, meta)


def plain_question(text: str) -> str:
    """A question without the templates' spaces and brackets (``What is (are) Acne ?``)."""
    line = " ".join(text.split())
    return line.replace(" ?", "?").replace("What is (are) ", "What is ")


def plain_answer(text: str) -> str:
    """An answer line by line: in the files a run of spaces stands where the page had a new line."""
    return _BREAKS.sub("\n", _SPACES.sub("\n", _ITEM.sub("- ", text.strip())))


def _of_rows(source: Source, name: str, ledger: Ledger) -> Iterator[_Pair]:
    for row in RowFile(source.path, name=name):
        value = row.value
        if value is None or not all(isinstance(value.get(column), str) for column in _COLUMNS):
            ledger.omit(name, f"line {row.number}", "broken row", str(row.error or "a column is missing"))
            continue
        # One document may ask the same question of several diseases under one qid: the focus tells them apart.
        identity = "/".join(value[column].strip() for column in ("collection", "qid", "focus"))
        version = str(value.get("source") or "")
        yield _Pair(
            identity,
            plain_question(value["question"]),
            plain_answer(value["answer"]),
            value["focus"].strip(),
            str(value.get("qtype") or ""),
            version,
        )


def _of_xml(source: Source, name: str) -> Iterator[_Pair]:
    with open_source(source.path) as stream:
        for page in elements(stream, name, ("Document",)):
            if local_name(page) != "Document":
                continue
            focus, publisher = _text(page.find("Focus")), str(page.get("source") or "")
            for pair in page.iter("QAPair"):
                question, answer = pair.find("Question"), pair.find("Answer")
                qid = str(question.get("qid") or "") if question is not None else str(pair.get("pid") or "")
                yield _Pair(
                    "/".join(filter(None, (publisher, qid or str(page.get("id") or "")))),
                    plain_question(_text(question)),
                    plain_answer(_text(answer)),
                    focus,
                    str(question.get("qtype") or "") if question is not None else "",
                    publisher,
                )


def _text(element: Any) -> str:
    return "".join(element.itertext()).strip() if element is not None else ""
