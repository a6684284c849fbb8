"""The examples that come with the repository: every row is answerable, and every input form is shown."""

from collections import Counter
from pathlib import Path

from medgo.inference.batch.index import InputIndex
from medgo.inference.batch.inputs import RowDefaults
from medgo.store import RowFile

EXAMPLES = Path(__file__).parents[3] / "examples" / "medical_qa.jsonl"


def test_examples() -> None:
    index = InputIndex(RowFile(EXAMPLES), RowDefaults())
    rows = [row.value or {} for row in index.rows()]
    assert len(rows) >= 36 and not index.bad_positions
    languages = Counter(row["language"] for row in rows)
    assert languages["zh"] == languages["en"]
    forms = {form for row in rows for form in ("body", "messages", "prompt", "question", "instruction") if form in row}
    assert len(forms) == 5
    assert {type(row["options"]) for row in rows if "options" in row} == {dict, list}
    assert any("system" in row for row in rows)
    # An answer key must be one of the options; the model never sees it.
    for row, entry in ((row.value or {}, row) for row in index.rows()):
        if "answer" in row:
            labels = row["options"] if isinstance(row["options"], dict) else "ABCDEFGHIJ"[: len(row["options"])]
            assert row["answer"] in labels
            assert entry.request is not None and row["answer"] + "\n" not in entry.request.messages[-1].content
