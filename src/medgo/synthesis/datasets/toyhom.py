"""Chinese medical dialogue data (Toyhom): a patient's question with a doctor's answer, by department. GB18030 CSV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medgo.errors import InputError
from medgo.schema import Document, SourceRef
from medgo.synthesis.datasets.dataset import Dataset
from medgo.synthesis.datasets.reading import answered, table

_NAME, _LICENCE = "toyhom", "MIT"
_COLUMNS = ("title", "ask", "answer")
_NOTHING = ("", "无")


def _read(path: Path) -> Iterator[Document]:
    files = [path] if path.is_file() else sorted(path.glob("*.csv"))
    if not files:
        raise InputError(f"{path} holds no .csv")
    for file in files:
        for number, row in table(file, _COLUMNS, "gb18030"):
            title, ask, answer = (row[name] for name in _COLUMNS)
            ref = SourceRef(f"{file.stem}-{number}", _NAME, _LICENCE)
            yield from answered(ref, "zh", title if ask in _NOTHING else ask, "" if answer in _NOTHING else answer)


TOYHOM = Dataset(
    name=_NAME,
    title="Chinese medical dialogue data (Toyhom), questions with doctors' answers",
    licence=_LICENCE,
    url="https://github.com/Toyhom/Chinese-medical-dialogue-data",
    langs=("zh",),
    holds="documents",
    read=_read,
    about="Answers are of uneven quality: written by many doctors on a website, unchecked.",
)
