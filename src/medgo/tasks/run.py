"""A task given to a model: one request, its reply read and checked. Knows engines through their protocol only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from medgo.errors import EngineFailureError, InputError, MedGoError, UnsupportedRequestError
from medgo.inference.protocol import Completion, Engine, GenerationRequest, RequestError, Sampling, Thinking
from medgo.schema import Lang
from medgo.tasks.definition import Finding, Form, InputT, OutputT, Task

# The longest example of ours has some 1,600 tokens as JSON; a document that loops is stopped a little later.
DEFAULT_SAMPLING = Sampling(max_new_tokens=3072)
_THINKING_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class TaskResult(Generic[OutputT]):
    """What became of a task.

    Args:
        task: Its name.
        lang: Language that was asked for.
        form: Form that was asked for.
        output: The whole output, or None: there is never half of one.
        findings: What the task's checks found wrong with the output.
        reply: What the model wrote, without reasoning.
        completion: All else that the engine says of it.
        error: Why there is no output; ``task_reply`` where the model answered, but not with one.
    """

    task: str
    lang: Lang
    form: Form
    output: OutputT | None
    findings: tuple[Finding, ...]
    reply: str
    completion: Completion
    error: RequestError | None = None

    @property
    def clean(self) -> bool:
        """There is an output, and no check found an error in it."""
        return self.output is not None and not any(finding.severity == "error" for finding in self.findings)


class TaskReplyError(MedGoError):
    """A model answered, but what it wrote is not the output of the task."""

    code = "task_reply"


def request_for(
    task: Task[InputT, OutputT],
    value: InputT,
    lang: Lang,
    form: Form = "text",
    sampling: Sampling = DEFAULT_SAMPLING,
    *,
    thinking: Thinking | None = None,
    request_id: str = "task",
) -> GenerationRequest:
    """The request that asks an engine to do the task; the JSON form is constrained to the output's schema.

    Args:
        task: What to do.
        value: With what.
        lang: Language of the prompt and of the output.
        form: ``text`` for people, ``json`` for programs.
        sampling: How tokens are chosen.
        thinking: Whether to reason first; None is as the task is better done, with at most half of the tokens.
        request_id: Comes back in the completion.
    """
    if thinking is None:
        budget = min(_THINKING_TOKENS, sampling.max_new_tokens // 2)
        thinking = Thinking(enabled=True, budget=budget) if task.thinking else Thinking()
    schema = task.json_schema if form == "json" else None
    return GenerationRequest(request_id, task.messages(value, lang, form), sampling, thinking, json_schema=schema)


def read_reply(
    task: Task[InputT, OutputT], value: InputT, lang: Lang, form: Form, completion: Completion
) -> TaskResult[OutputT]:
    """Read and check what came back for :func:`request_for`. Pure."""
    try:
        output = _output(task, lang, form, completion)
    except MedGoError as error:
        failure = completion.error or RequestError.of(error)
        return TaskResult(task.name, lang, form, None, (), completion.text, completion, failure)
    findings = tuple(task.check(value, output, lang))
    return TaskResult(task.name, lang, form, output, findings, completion.text, completion)


def run_task(
    engine: Engine,
    task: Task[InputT, OutputT],
    value: InputT,
    lang: Lang,
    form: Form = "text",
    sampling: Sampling = DEFAULT_SAMPLING,
    *,
    thinking: Thinking | None = None,
) -> TaskResult[OutputT]:
    """Have an engine do a task once.

    Args:
        engine: Does it.
        task: What to do.
        value: With what.
        lang: Language of the prompt and of the output.
        form: ``text`` for people, ``json`` for programs.
        sampling: How tokens are chosen.
        thinking: None is as the task is better done; on a model without a thinking mode the task is then done without.

    Returns:
        The output with what the checks found, or why there is none.

    Raises:
        EngineFailureError: The engine itself broke.
    """
    completion = _ask(engine, request_for(task, value, lang, form, sampling, thinking=thinking))
    refused = completion.error is not None and completion.error.code == UnsupportedRequestError.code
    if refused and thinking is None and task.thinking:
        completion = _ask(engine, request_for(task, value, lang, form, sampling, thinking=Thinking()))
    return read_reply(task, value, lang, form, completion)


def _ask(engine: Engine, request: GenerationRequest) -> Completion:
    for completion in engine.generate([request]):
        return completion
    raise EngineFailureError(f"{engine.info.engine} gave no reply at all")


def _output(task: Task[InputT, OutputT], lang: Lang, form: Form, completion: Completion) -> OutputT:
    if completion.finish_reason == "error":
        raise TaskReplyError("the engine failed")
    if completion.finish_reason == "length":
        tokens = completion.usage.completion
        raise TaskReplyError(
            f"the reply was cut off after {tokens} tokens; half a document is none",
            hint="allow more tokens (--max-new-tokens), or use a model that does not ramble",
        )
    try:
        return task.read(completion.text, lang, form)
    except InputError as error:
        raise TaskReplyError(error.message, hint=error.hint) from error
