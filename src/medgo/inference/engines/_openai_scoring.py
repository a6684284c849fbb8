"""Labels scored by an endpoint's candidates for the next token. Pure: knows no connection."""

from __future__ import annotations

import math

from medgo.errors import UnsupportedRequestError
from medgo.inference.protocol import Completion, LabelScores, ScoringRequest


def label_scores(request: ScoringRequest, completion: Completion) -> LabelScores:
    """Read the labels' log-probabilities off the candidates for the next token.

    Raises:
        UnsupportedRequestError: A label seems to be several tokens.
    """
    assert completion.logprobs  # noqa: S101 (the caller has seen to it)
    first = completion.logprobs[0]
    seen: dict[str, float] = {first.token: first.logprob}
    for token, logprob in first.top:
        seen[token] = max(logprob, seen.get(token, -math.inf))
    for label in request.labels:
        begun = [token for token in seen if token and token != label and label.startswith(token)]
        if label not in seen and begun:
            raise UnsupportedRequestError(
                f"the label {label!r} seems to be several tokens ({begun[0]!r} is likely and begins it), and an "
                "endpoint shows the probability of the first one only",
                hint="use labels of one token, such as letters, or a local engine",
            )
    found = {label: seen.get(label, -math.inf) for label in request.labels}
    mass = min(1.0, sum(math.exp(logprob) for logprob in found.values()))
    return LabelScores(request.id, found, mass, completion.usage.prompt)
