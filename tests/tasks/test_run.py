"""A task given to an engine: good replies, cut ones, rubbish, another language, an engine that fails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from medgo.errors import EngineFailureError, InputError, PromptTooLongError, UnsupportedRequestError
from medgo.inference.protocol import Sampling, Thinking
from medgo.schema import Lang
from medgo.tasks.definition import Form, Task
from medgo.tasks.registry import all_tasks, find
from medgo.tasks.run import run_task
from tests.support.scripted_engine import Answer, ScriptedEngine

TASK = find("imaging_report")


def _run(answer: Answer, form: Form = "text", lang: Lang = "zh", task: Task[Any, Any] = TASK, **sampling: Any) -> Any:
    engine = ScriptedEngine(lambda request: answer)
    value = task.examples[lang].input
    result = run_task(engine, task, value, lang, form, Sampling(**({"max_new_tokens": 20_000} | sampling)))
    return result, engine.requests[0]


@pytest.mark.parametrize("task", all_tasks(), ids=lambda task: task.name)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_good_reply_is_read_and_clean(task: Task[Any, Any], lang: Lang, form: Form) -> None:
    example = task.examples[lang]
    result, request = _run(task.render(example.output, lang, form), form, lang, task)
    assert result.output == example.output
    assert result.clean and result.findings == () and result.error is None
    assert request.json_schema == (task.json_schema if form == "json" else None)
    assert request.thinking.enabled is task.thinking


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_cut_reply_is_no_output(form: Form) -> None:
    text = TASK.render(TASK.examples["zh"].output, "zh", form)
    result, _ = _run(text, form, max_new_tokens=len(text) - 1)
    assert result.output is None and not result.clean
    assert result.error.code == "task_reply" and "cut off" in result.error.message
    assert result.reply == text


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("reply", ["", "我不知道。", "影像所见：正常", '{"findings": ', "{}", "[]", "null"])
def test_rubbish_is_no_output(form: Form, reply: str) -> None:
    result, _ = _run(reply, form)
    assert result.output is None and result.error.code == "task_reply"
    assert result.completion.text == reply


def test_missing_sections_are_named() -> None:
    result, _ = _run("检查项目：胸部CT\n影像所见：正常")
    assert "missing sections: 临床资料, 检查技术, 影像印象, 审核说明" in result.error.message


def test_another_language() -> None:
    english = TASK.examples["en"].output
    text, _ = _run(TASK.render(english, "en"))
    assert text.output is None  # its headings are not the ones asked for
    structured, _ = _run(TASK.render(english, "en", "json"), "json")
    assert structured.output == english and not structured.clean
    assert "asked_language" in {finding.check for finding in structured.findings}


def test_a_wrong_output_is_whole_but_not_clean() -> None:
    text = TASK.render(TASK.examples["zh"].output, "zh").replace("右上肺尖段见", "左上肺尖段见")
    result, _ = _run(text)
    assert result.output is not None and not result.clean
    assert {finding.check for finding in result.findings} == {"sides_from_input"}


def test_reasoning_is_kept_apart() -> None:
    task = find("consultation_opinion")
    result, request = _run(("想一想", task.render(task.examples["zh"].output, "zh")), task=task)
    assert result.clean and result.completion.reasoning == "想一想" and "想一想" not in result.reply
    assert request.thinking.budget is not None and request.thinking.budget < request.sampling.max_new_tokens


def test_a_model_that_cannot_think_does_the_task_without() -> None:
    task = find("consultation_opinion")
    text = task.render(task.examples["zh"].output, "zh")
    plain = ScriptedEngine(lambda request: UnsupportedRequestError("no mode") if request.thinking.enabled else text)
    assert run_task(plain, task, task.examples["zh"].input, "zh", sampling=Sampling(20_000)).clean
    asked = run_task(plain, task, task.examples["zh"].input, "zh", thinking=Thinking(enabled=True))
    assert asked.error is not None and asked.error.code == "unsupported_request"  # asked for, so not dropped


def test_what_the_engine_refuses_keeps_its_code() -> None:
    result, _ = _run(PromptTooLongError("too long"))
    assert result.output is None and result.error.code == "prompt_too_long"
    failed, _ = _run(EngineFailureError("gone"))
    assert failed.error.code == "engine_failure"


def test_the_prompt_holds_the_input_and_the_form() -> None:
    _, request = _run("x")
    system, user = request.messages
    assert "影像印象：\n1. …" in system.content
    assert TASK.examples["zh"].input.dictation in user.content


def test_an_unknown_task_names_the_nearest() -> None:
    with pytest.raises(InputError, match="no task") as caught:
        find("imaging_reprot")
    assert caught.value.hint == "did you mean imaging_report?"


@pytest.mark.slow
def test_the_embedded_model_fills_the_schema() -> None:
    from medgo.inference.engines import EngineOptions, open_engine

    engine = open_engine(EngineOptions(model="embedded"))
    try:
        task = find("laboratory_report")
        result = run_task(engine, task, task.examples["en"].input, "en", "json", Sampling(max_new_tokens=200))
    finally:
        engine.close()
    assert result.reply.startswith('{"critical":"')  # the schema's first section
    # A model without medical skill: what comes is a whole object of the schema, or said to be cut.
    if result.completion.finish_reason == "stop":
        assert set(json.loads(result.reply)) == set(task.output.model_fields)
    else:
        assert result.output is None and result.error is not None and result.error.code == "task_reply"
