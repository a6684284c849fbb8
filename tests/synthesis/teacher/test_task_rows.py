"""Document tasks from records and articles: inputs from the text, outputs through the task's own checks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from medgo.errors import RecipeError
from medgo.inference.protocol import GenerationRequest
from medgo.schema import ClinicalRecord, Document, Lang, SftRow, SourceRef
from medgo.synthesis.generators.teacher.article_tasks import ArticleTasks
from medgo.synthesis.generators.teacher.record_documents import RecordDocuments
from medgo.synthesis.generators.teacher.task_rows import TaskRows
from medgo.synthesis.registry import build_generator
from medgo.tasks.definition import TaskModel
from medgo.tasks.registry import find
from tests.support.scripted_engine import Answer
from tests.synthesis.teacher.support import FakeShelf, run

REF = SourceRef("record:1", "tests", "CC0-1.0")
NOTE, SUMMARY = find("outpatient_record"), find("literature_summary")


def texts(value: Any) -> str:
    return json.dumps(value.model_dump(mode="json") if isinstance(value, TaskModel) else value, ensure_ascii=False)


def record(lang: Lang, document: str = "admission_record") -> ClinicalRecord:
    """A record that says all that the outpatient task's own example says."""
    example = NOTE.examples[lang]
    body = {"chief_complaint": "咳嗽", "present_illness": texts(example.input) + texts(example.output)}
    return ClinicalRecord(REF, lang, body, document, synthetic=True, certificate="c1")


class Writer:
    """Fills in the example's input, and writes these outputs one after the other."""

    def __init__(self, lang: Lang, *outputs: Any, filled: Any = None) -> None:
        self.filled = filled if filled is not None else NOTE.examples[lang].input
        self.outputs = list(outputs) or [NOTE.examples[lang].output]
        self.asked: list[GenerationRequest] = []

    def __call__(self, request: GenerationRequest) -> Answer:
        self.asked.append(request)
        if request.json_schema is not None and set(json.loads(request.json_schema)["properties"]) == set(
            NOTE.input.model_fields
        ):
            return self.filled if isinstance(self.filled, str) else texts(self.filled)
        said = self.outputs.pop(0) if len(self.outputs) > 1 else self.outputs[0]
        return said if isinstance(said, str) else texts(said)


def notes(writer: Writer, lang: Lang = "zh", **options: Any) -> tuple[list[Any], dict[str, int]]:
    options = {"tasks": ("outpatient_record",), "max_new_tokens": 4000} | options
    return run(RecordDocuments(**options), writer, (lang,), FakeShelf(kept_records=[record(lang)]))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_record_becomes_a_row_of_the_task(lang: Lang) -> None:
    (draft,), rejected = notes(Writer(lang), lang)
    row = draft.row
    assert isinstance(row, SftRow)
    assert not rejected
    example = NOTE.examples[lang]
    assert row.prompt == NOTE.messages(example.input, lang)
    assert NOTE.read(row.completion.content, lang) == example.output
    assert (row.task, row.provenance.certificate) == ("outpatient_record", "c1")
    assert draft.evidence.facts[0].kind == "passage"


def test_sections_are_shown_by_their_titles() -> None:
    writer = Writer("zh")
    notes(writer)
    assert "主诉：咳嗽" in writer.asked[0].messages[-1].content


def test_a_finding_is_told_once_and_then_costs_the_item() -> None:
    good = NOTE.examples["zh"].output
    bad = good.model_copy(update={"present_illness": good.present_illness + "曾服用华法林 7.5 mg。"})
    assert NOTE.check(NOTE.examples["zh"].input, bad, "zh"), "or this test tests nothing"
    writer = Writer("zh", bad, good)
    (draft,), _ = notes(writer)
    assert NOTE.read(draft.row.completion.content, "zh") == good
    assert [message.role for message in writer.asked[2].messages] == ["system", "user", "assistant", "user"]
    drafts, rejected = notes(Writer("zh", bad))
    assert not drafts
    ((reason, count),) = rejected.items()
    assert (reason.partition(":")[0], count) == ("check", 1)


def _aged(age: str) -> TaskModel:
    made: TaskModel = NOTE.examples["zh"].input.model_copy(update={"age": age})
    return made


@pytest.mark.parametrize(
    ("writer", "why"),
    [
        (Writer("zh", filled="rubbish"), "not the JSON asked for"),
        (Writer("zh", filled="{" + "x" * 5000), "cut off"),
        (
            Writer("zh", filled=NOTE.examples["zh"].input.model_copy(update={"age": "98765岁"})),
            "number not in the material",
        ),
        (Writer("zh", "rubbish"), "not the JSON asked for"),
        (Writer("zh", "很抱歉，我无法书写病历。"), "not the JSON asked for"),
        (Writer("zh", {"chief_complaint": "咳嗽"}), "not the JSON asked for"),
        (Writer("zh", "{" + "x" * 5000), "cut off"),
    ],
)
def test_a_teacher_that_is_no_use_is_counted(writer: Writer, why: str) -> None:
    assert notes(writer) == ([], {why: 1})


def test_a_record_is_not_turned_into_what_it_is_and_never_cut() -> None:
    shelf = FakeShelf(kept_records=[record("zh", "outpatient_record")])
    assert run(RecordDocuments(tasks=("outpatient_record",)), Writer("zh"), ("zh",), shelf) == (
        [],
        {"already: outpatient_record": 1},
    )
    assert notes(Writer("zh"), longest=200) == ([], {"material too long": 1})


@pytest.mark.parametrize("name", ["record_documents", "article_tasks"])
def test_a_task_that_is_none_is_said_when_the_recipe_is_read(name: str) -> None:
    with pytest.raises(RecipeError, match=r"tasks: there is no task 'record_sumary' \(did you mean record_summary\?\)"):
        build_generator(name, {"tasks": ["record_summary", "record_sumary"]})
    for task in build_generator(name, {}).model_dump()["tasks"]:
        assert find(task).name == task


@pytest.mark.parametrize("generator", [RecordDocuments(tasks=("outpatient_record",)), ArticleTasks()])
def test_what_is_in_another_language_is_counted(generator: TaskRows) -> None:
    shelf = FakeShelf([Document(REF, "zh", "长" * 400)], [record("zh")])
    assert run(generator, Writer("zh"), ("en",), shelf) == ([], {"language zh": 1})


def test_what_is_not_there_is_said() -> None:
    for generator in (RecordDocuments(tasks=("outpatient_record",)), ArticleTasks()):
        with pytest.raises(RecipeError, match="needs"):
            run(generator, Writer("zh"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_article_is_its_tasks_input_as_it_is(lang: Lang) -> None:
    example = SUMMARY.examples[lang]
    document = Document(REF, lang, example.input.text, example.input.title)
    asked: list[GenerationRequest] = []

    def answer(request: GenerationRequest) -> Answer:
        asked.append(request)
        return texts(example.output)

    generator = ArticleTasks(tasks=("literature_summary",), max_new_tokens=4000, shortest=50)
    (draft,), rejected = run(generator, answer, (lang,), FakeShelf([document]))
    assert not rejected
    assert len(asked) == 1
    assert example.input.text in draft.row.prompt[-1].content
    assert run(ArticleTasks(), answer, (lang,), FakeShelf([Document(REF, lang, "短")])) == (
        [],
        {"document too short": 1},
    )
