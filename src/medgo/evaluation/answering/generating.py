"""Answers from replies: the request, the reading, and the label of a reply that was cut off. Pure."""

from __future__ import annotations

from dataclasses import replace

from medgo.evaluation.answering.asking import Ask
from medgo.evaluation.reading import read_answer
from medgo.evaluation.config import RunConfig
from medgo.inference.protocol import Completion, GenerationRequest, LabelScores, Sampling, ScoringRequest, Thinking
from medgo.schema import Prediction, Status

_FORCED = "|forced"
_FORCING_WORDS = {"en": "\n\nThe answer is", "zh": "\n\n因此正确答案是"}
_GAP = {"en": " ", "zh": ""}


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
    answer = read_answer(completion.text, ask.item.options, multiple=ask.may_be_several, truncated=cut)
    return replace(
        prediction,
        labels=answer.labels,
        status=answer.status,
        rule=answer.rule,
        span=answer.span,
        forced=completion.thinking_forced,
    )


def forced_request(ask: Ask, prediction: Prediction) -> ScoringRequest | None:
    """Ask a reply that was cut off for its label at that point; None where there is nothing to ask.

    What the model had written stands as the beginning of its turn, reasoning included, and then the words that an
    answer follows.
    """
    if prediction.status != "truncated" or not ask.item.options or prediction.reply is None:
        return None
    written = prediction.reply
    if prediction.reasoning is not None:
        written = f"<think>\n{prediction.reasoning.strip()}\n</think>\n\n{prediction.reply}"
    labels = tuple(_GAP[ask.item.lang] + label for label in ask.item.options)
    return ScoringRequest(
        id=ask.id + _FORCED,
        messages=ask.messages,
        labels=labels,
        answer_prefix=written + _FORCING_WORDS[ask.item.lang],
        thinking=Thinking(enabled=prediction.reasoning is not None),
    )


def read_forced(prediction: Prediction, scores: LabelScores) -> Prediction:
    """The prediction with the label that was asked for; a failure leaves it truncated and says why."""
    if scores.error is not None:
        return replace(prediction, rule="forced-failed", error=f"{scores.error.code}: {scores.error.message}")
    logprobs = {name.strip(): max(value, -1e4) for name, value in scores.logprobs.items()}
    best = max(logprobs, key=lambda label: logprobs[label])
    return replace(
        prediction,
        labels=(best,),
        status="answered",
        forced=True,
        rule="forced",
        logprobs=logprobs,
        scores={**prediction.scores, "label_mass": scores.label_mass},
    )
