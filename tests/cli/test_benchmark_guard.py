"""The step that ``medgo curate`` compares with benchmarks by: made of what is here, and never of nothing."""

import pickle
from pathlib import Path

import pytest

from medgo.cli._benchmark_items import open_guard
from medgo.curation.protocol import Removal
from medgo.errors import InputError, RecipeError
from medgo.schema import Document, SourceRef
from tests.evaluation.benchmarks.exam_files import write

QUESTION = "A fact sheet of our own: which exercise helps a gardener whose left knee aches on the stairs in May?"


@pytest.fixture
def exam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEDGO_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MEDGO_DATA", raising=False)
    options = {"A": "Rest", "B": "Squats", "C": "Chess", "D": "Prayer"}
    row = {"question": QUESTION, "answer": "Squats", "options": options, "meta_info": "step1", "answer_idx": "B"}
    write(tmp_path / "exam/medqa/test.jsonl", [row])
    return tmp_path / "exam"


def test_the_step_finds_what_is_here_and_says_what_is_not(exam: Path) -> None:
    step, said = open_guard([str(exam)])({})
    assert (said["items"], said["benchmarks"]) == (1, ["medqa"])
    assert "medmcqa" in said["absent"]
    document = Document(SourceRef("d", "books", "CC0-1.0", "2026"), "en", f"Chapter 2. {QUESTION}")
    assert isinstance(step.apply(document), Removal)


def test_a_process_that_is_sent_the_step_opens_the_same_file(exam: Path) -> None:
    step, _ = open_guard([str(exam)])({})
    sent = pickle.dumps(step)
    assert len(sent) < 2_000
    again = pickle.loads(sent)
    assert again.fingerprint == step.fingerprint
    assert again.find(QUESTION) == step.find(QUESTION) is not None


def test_nothing_to_compare_with_is_an_error(exam: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="every one of them would pass"):
        open_guard([str(tmp_path / "empty")])({})
    with pytest.raises(InputError, match="every one of them would pass"):
        open_guard(None)({})


def test_options_that_do_not_exist_are_refused(exam: Path) -> None:
    with pytest.raises(RecipeError, match="no options off"):
        open_guard([str(exam)])({"off": True})
