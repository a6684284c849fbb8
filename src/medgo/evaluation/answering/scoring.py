"""Answers from label probabilities: letters, sets of letters, or option texts. Pure; the engine is elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from medgo.errors import InputError
from medgo.evaluation.answering.asking import Ask
from medgo.evaluation.answering.labels import best_group, by_group, confidence, finite, in_sets, label_groups
from medgo.inference.protocol import LabelScores, ScoringRequest
from medgo.schema import Prediction

_PREMISE = "|premise"
# A model without a chat template continues text: it needs the words that an answer follows.
_LEAD = {"en": "\nAnswer:", "zh": "\n答案："}
_GAP = {"en": " ", "zh": ""}


def scoring_requests(ask: Ask, *, text: bool, plain: bool) -> tuple[ScoringRequest, ...]:
    """What to score for an item.

    Args:
        ask: The item.
        text: Compare option texts (with and without the question, for PMI); else letters.
        plain: The model sees text without a chat template.

    Returns:
        One request, or two for option texts: with the question and without it.

    Raises:
        InputError: The item has no options, or several of them may be right and texts are to be compared.
    """
    if not ask.item.options:
        raise InputError(
            f"{ask.benchmark.title} asks for free text, which has no labels to score",
            hint="use --method generate for it, or leave it out",
        )
    if text and ask.item.multiple:
        raise InputError(
            f"{ask.benchmark.title} may have several right options, and texts can only be compared one by one",
            hint="use --labels letter for it, or leave it out",
        )
    gap = _GAP[ask.item.lang] if plain else ""
    if text:
        texts = tuple(dict.fromkeys(gap + option for option in ask.item.options.values()))
        return (
            ScoringRequest(ask.id, ask.messages, texts),
            ScoringRequest(ask.id + _PREMISE, ask.premise, texts),
        )
    prefix = _LEAD[ask.item.lang] if plain else ""
    labels = tuple(gap + "".join(group) for group in label_groups(ask.item))
    return (ScoringRequest(ask.id, ask.messages, labels, answer_prefix=prefix, ends_turn=in_sets(ask.item)),)


def read_scores(ask: Ask, scores: Mapping[str, LabelScores], *, text: bool) -> Prediction:
    """The prediction that the scores of an item's requests mean.

    Args:
        ask: The item.
        scores: Request id → scores, of all that :func:`scoring_requests` returned.
        text: As there.
    """
    failed = next((score.error for score in scores.values() if score.error is not None), None)
    if failed is not None:
        return replace(ask.prediction("error"), error=f"{failed.code}: {failed.message}")
    main = scores[ask.id]
    prediction = _read_texts(ask, scores) if text else _read_letters(ask, main)
    tokens = {
        "prompt": main.prompt_tokens,
        "forwarded": sum(score.forwarded_tokens for score in scores.values()),
        "head_rows": sum(score.head_rows for score in scores.values()),
    }
    return replace(prediction, tokens=tokens)


def _read_letters(ask: Ask, main: LabelScores) -> Prediction:
    groups = by_group(ask.item, main.logprobs)
    best = best_group(groups)
    mass = {"label_mass": main.label_mass}
    if best is None:
        return replace(ask.prediction("unparsed"), rule="no-label", scores=mass)
    if in_sets(ask.item):
        scores = mass | {"confidence": confidence(groups, best)}
        return replace(ask.prediction("answered", best), rule="letter-set", scores=scores)
    logprobs = finite({group[0]: value for group, value in groups.items()})
    return replace(ask.prediction("answered", best), rule="letter", logprobs=logprobs, scores=mass)


def _read_texts(ask: Ask, scores: Mapping[str, LabelScores]) -> Prediction:
    """Summed, per byte, and with what the text is worth by itself taken off; the second is the answer.

    Sources: lm-evaluation-harness ``acc`` and ``acc_norm`` (bytes of UTF-8); Holtzman et al. 2021 for PMI.
    """
    main, alone = scores[ask.id], scores[ask.id + _PREMISE]
    by_text = {name.strip(): value for name, value in main.logprobs.items()}
    by_itself = {name.strip(): value for name, value in alone.logprobs.items()}
    summed = {label: by_text[option.strip()] for label, option in ask.item.options.items()}
    ways = {
        "sum": summed,
        "norm": {label: value / len(ask.item.options[label].encode()) for label, value in summed.items()},
        "pmi": {label: value - by_itself[ask.item.options[label].strip()] for label, value in summed.items()},
    }
    if best_group({(label,): value for label, value in summed.items()}) is None:
        return replace(ask.prediction("unparsed"), rule="no-label", scores={"label_mass": main.label_mass})
    chosen = {way: max(values, key=lambda label: values[label]) for way, values in ways.items()}
    right = {f"accuracy_{way}": float((label,) == ask.item.answer) for way, label in chosen.items()}
    prediction = ask.prediction("answered", (chosen["norm"],))
    return replace(prediction, rule="text", logprobs=finite(summed), scores={"label_mass": main.label_mass} | right)
