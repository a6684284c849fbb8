"""Answers from replies: the request, the reading, and the label of a reply that was cut off. Pure."""

from __future__ import annotations

from dataclasses import replace

from medgo.evaluation.answering.asking import Ask
from medgo.evaluation.answering.labels import best_group, by_group, finite, in_sets, label_groups
from medgo.evaluation.config import RunConfig
from medgo.evaluation.reading import read_answer
from medgo.inference.protocol import Completion, GenerationRequest, LabelScores, Sampling, ScoringRequest, Thinking
from medgo.schema import Prediction, Status

_FORCED = "|forced"
# Rules of predictions whose label was asked for in vain: for good, or until a later run.
UNFORCED, FORCED_FAILED = "unforced", "forced-failed"
_FORCING_WORDS = {"en": "\n\nThe answer is", "zh": "\n\n因此正确答案是"}
_GAP = {"en": " ", "zh": ""}
# A later try would end the same way.
_PERMANENT = ("prompt_too_long", "unsupported_request", "invalid_input")


def generation_request(ask: Ask, config: RunConfig) -> GenerationRequest:
    """The request for an item's reply."""
    temperature, top_p, top_k, length = config.sampling(ask.protocol.temperature, ask.protocol.max_new_tokens)
    return GenerationRequest(
        id=ask.id,
        messages=ask.messages,
        sampling=Sampling(length, temperature, top_p, top_k, ask.seed(config.seed)),
        thinking=config.thinking,
    )


def read_completion(ask: Ask, completion: Completion) -> Prediction:
    """The prediction that a reply means. A failed request is an error, never a wrong answer."""
    if completion.error is not None:
        error = f"{completion.error.code}: {completion.error.message}"
        return replace(ask.prediction("error"), error=error)
    usage = completion.usage
    cut = completion.finish_reason == "length"
    prediction = replace(
        ask.prediction("answered"),
        reply=completion.text,
        reasoning=completion.reasoning,
        tokens={
            "prompt": usage.prompt,
            "completion": usage.completion,
            "reasoning": usage.reasoning,
            "cached": usage.cached,
        },
    )
    if not ask.item.options:
        ended: Status = "truncated" if cut else "answered" if completion.text.strip() else "unparsed"
        return replace(prediction, status=ended)
    answer = read_answer(completion.text, ask.item.options, multiple=ask.item.multiple, truncated=cut)
    return replace(
        prediction,
        labels=answer.labels,
        status=answer.status,
        rule=answer.rule,
        span=answer.span,
        scores={"thinking_forced": 1.0} if completion.thinking_forced else {},
    )


def forced_request(ask: Ask, prediction: Prediction) -> ScoringRequest | None:
    """Ask a reply that was cut off for its label at that point; None where there is nothing to ask.

    What the model had written stands as the beginning of its turn, reasoning included, and then the words that an
    answer follows.
    """
    waiting = prediction.status == "truncated" or prediction.rule == FORCED_FAILED
    if not waiting or prediction.rule == UNFORCED or not ask.item.options or prediction.reply is None:
        return None
    written = prediction.reply
    if prediction.reasoning is not None:
        written = f"<think>\n{prediction.reasoning.strip()}\n</think>\n\n{prediction.reply}"
    labels = tuple(_GAP[ask.item.lang] + "".join(group) for group in label_groups(ask.item))
    return ScoringRequest(
        id=ask.id + _FORCED,
        messages=ask.messages,
        labels=labels,
        answer_prefix=written + _FORCING_WORDS[ask.item.lang],
        thinking=Thinking(enabled=prediction.reasoning is not None),
        ends_turn=in_sets(ask.item),
    )


def read_forced(ask: Ask, prediction: Prediction, scores: LabelScores) -> Prediction:
    """The prediction with the label that was asked for.

    Where asking failed for good (the prompt is too long now, the engine cannot score), the reply stays cut off and is
    wrong; where a later try may succeed, it is an error, which a later run asks again.
    """
    if scores.error is not None:
        error = f"{scores.error.code}: {scores.error.message}"
        if scores.error.code in _PERMANENT:
            return replace(prediction, status="truncated", rule=UNFORCED, error=error)
        return replace(prediction, status="error", rule=FORCED_FAILED, error=error)
    groups = by_group(ask.item, scores.logprobs)
    best = best_group(groups)
    mass = {**prediction.scores, "label_mass": scores.label_mass}
    if best is None:
        return replace(prediction, status="truncated", rule=UNFORCED, error="", scores=mass)
    single = {} if in_sets(ask.item) else finite({group[0]: value for group, value in groups.items()})
    return replace(
        prediction,
        labels=best,
        status="answered",
        forced=True,
        rule="forced",
        logprobs=single,
        scores=mass,
        error="",
    )
