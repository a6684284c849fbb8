"""The workloads that the measurements share: prompts of known length, and skewed reply lengths."""

from __future__ import annotations

import math
import random

from medgo.inference.protocol import GenerationRequest, Sampling
from medgo.schema import Message

_TOPICS = (
    "hypertension", "type 2 diabetes", "asthma", "atrial fibrillation", "iron deficiency", "migraine", "gout",
    "community-acquired pneumonia", "chronic kidney disease", "hypothyroidism", "osteoporosis", "acute appendicitis",
    "heart failure", "depression", "psoriasis", "deep vein thrombosis",
)  # fmt: skip
_ASKS = (
    "What is {topic} and how is it treated?",
    "Explain {topic} to a patient in plain words.",
    "Which findings would make you suspect {topic}?",
    "What should somebody with {topic} ask at the next visit?",
)
_CONTEXT = (
    "The patient is {age} years old.", "There is a family history of heart disease.", "Blood pressure is 138/84 mmHg.",
    "The symptoms began about three weeks ago.", "No allergies are known.", "There was no fever and no weight loss.",
    "The patient takes a daily vitamin and nothing else.", "An earlier examination showed nothing unusual.",
    "Sleep and appetite are normal.", "The patient would like to avoid injections if that is possible.",
)  # fmt: skip


def medical_prompts(count: int) -> list[str]:
    """Different English questions with more and more context: about 30 to 180 tokens in a chat template."""
    rng = random.Random(7)
    prompts = []
    for i in range(count):
        ask = _ASKS[i % len(_ASKS)].format(topic=_TOPICS[(i // len(_ASKS)) % len(_TOPICS)])
        context = rng.sample(_CONTEXT, k=i % (len(_CONTEXT) + 1))
        prompts.append(" ".join([ask, *context]).format(age=20 + i % 70))
    return prompts


def uniform_requests(count: int, new_tokens: int) -> list[GenerationRequest]:
    """Every reply has exactly ``new_tokens`` tokens."""
    return [_request(i, prompt, new_tokens) for i, prompt in enumerate(medical_prompts(count))]


def skewed_requests(count: int, shortest: int = 8, longest: int = 512) -> list[GenerationRequest]:
    """Reply lengths spread evenly on a logarithmic scale, in random order: many short ones, a few very long."""
    rng = random.Random(11)
    lengths = [round(math.exp(rng.uniform(math.log(shortest), math.log(longest)))) for _ in range(count)]
    return [_request(i, prompt, lengths[i]) for i, prompt in enumerate(medical_prompts(count))]


def _request(i: int, prompt: str, new_tokens: int) -> GenerationRequest:
    sampling = Sampling(max_new_tokens=new_tokens, ignore_eos=True)
    return GenerationRequest(str(i), (Message("user", prompt),), sampling)
