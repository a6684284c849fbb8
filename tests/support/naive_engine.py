"""The slow and obviously right engine: one sequence, float32, one token at a time; knows no batching.

Tests compare the real engines with it, and the stand-in endpoint answers with it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from medgo.errors import MedGoError
from medgo.inference.grammar import Grammar, Matcher
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import (
    Completion,
    Delta,
    EngineInfo,
    GenerationRequest,
    LabelScores,
    RequestError,
    Sampling,
    ScoringRequest,
    Thinking,
    TokenLogprob,
)
from medgo.inference.reply import Reply
from medgo.schema import Message


class NaiveEngine:
    """A model folder, run token by token.

    Args:
        model_dir: A folder in Hugging Face format.
    """

    def __init__(self, model_dir: Path) -> None:
        self.renderer = ChatRenderer.load(model_dir)
        self._model: Any = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32).eval()
        self._grammar = Grammar(self.renderer.tokenizer, self.renderer.eos_ids)
        self.info = EngineInfo("naive", str(model_dir), "float32", "cpu", self.renderer.context_length, True)

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        for request in requests:
            try:
                *_, last = self.stream(request)
            except MedGoError as error:
                yield Completion.failed(request.id, error)
            else:
                assert last.completion is not None
                yield last.completion

    def stream(self, request: GenerationRequest) -> Iterator[Delta]:
        started = time.perf_counter()
        prompt = self.renderer.render(request.messages, request.thinking, request.answer_prefix)
        self.renderer.check_fits(len(prompt.token_ids), request.sampling.max_new_tokens)
        reply = Reply(self.renderer, request, prompt, live=True)
        matcher = self._grammar.matcher(request.json_schema) if request.json_schema is not None else None
        dice = torch.Generator().manual_seed(request.sampling.seed)
        logprobs: list[TokenLogprob] = []
        forced: list[int] = []
        new, cache = list(prompt.token_ids), None
        while reply.finish_reason is None:
            logits, cache = self._forward(new, cache)
            forced = forced or list(reply.must_write())
            if forced:
                token = forced.pop(0)
            else:
                token = choose(self._lawful(logits, matcher, reply), request.sampling, dice)
                if matcher is not None and not reply.is_reasoning:
                    matcher.accept(token)
            if request.logprobs is not None:
                logprobs.append(self._logprob(logits, token, request.logprobs))
            reply.push(token)
            yield from reply.take_deltas()
            new = [token]
        completion = reply.completion(
            latency=time.perf_counter() - started, logprobs=logprobs if request.logprobs is not None else None
        )
        yield from reply.take_deltas()
        yield Delta("", completion=completion)

    def score(self, requests: Iterable[ScoringRequest]) -> Iterator[LabelScores]:
        for request in requests:
            try:
                yield self._score(request)
            except MedGoError as error:
                yield LabelScores(request.id, error=RequestError.of(error))

    def _score(self, request: ScoringRequest) -> LabelScores:
        prompt = self.renderer.render(request.messages, answer_prefix=request.answer_prefix).token_ids
        self.renderer.check_fits(len(prompt), 1)
        labels = {label: self.renderer.encode(label) for label in request.labels}
        first = torch.log_softmax(self._forward(list(prompt), None)[0], -1)
        scores = {}
        for label, ids in labels.items():
            scores[label] = float(first[ids[0]])
            for n in range(1, len(ids)):
                after = torch.log_softmax(self._forward([*prompt, *ids[:n]], None)[0], -1)
                scores[label] += float(after[ids[n]])
        mass = sum(math.exp(float(first[i])) for i in {ids[0] for ids in labels.values()})
        return LabelScores(request.id, scores, mass, len(prompt))

    def count_tokens(self, messages: tuple[Message, ...], thinking: Thinking = Thinking()) -> int:
        return len(self.renderer.render(messages, thinking).token_ids)

    def close(self) -> None:
        self._model = None

    def _lawful(self, logits: torch.Tensor, matcher: Matcher | None, reply: Reply) -> torch.Tensor:
        if matcher is None:
            return logits
        forbidden = torch.from_numpy(matcher.forbidden(reasoning=reply.is_reasoning))
        return logits.where(
            ~torch.nn.functional.pad(forbidden, (0, len(logits) - len(forbidden)), value=True), -math.inf
        )

    @torch.inference_mode()
    def _forward(self, token_ids: list[int], cache: Any) -> tuple[torch.Tensor, Any]:
        out = self._model(torch.tensor([token_ids]), past_key_values=cache, use_cache=True, logits_to_keep=1)
        return out.logits[0, -1].float(), out.past_key_values

    def _logprob(self, logits: torch.Tensor, token: int, n: int) -> TokenLogprob:
        logprobs = torch.log_softmax(logits, -1)
        top = logprobs.topk(n)
        spell = self.renderer.token_text
        named = tuple((spell(i), v) for i, v in zip(top.indices.tolist(), top.values.tolist(), strict=True))
        return TokenLogprob(token, spell(token), float(logprobs[token]), named)


def choose(logits: torch.Tensor, sampling: Sampling, dice: torch.Generator) -> int:
    """Draw the next token: temperature, then the ``top_k`` candidates, then the nucleus."""
    if sampling.temperature == 0.0:
        return int(logits.argmax())
    p = torch.softmax(logits / sampling.temperature, -1)
    if sampling.top_k == 0 and sampling.top_p == 1.0:
        return int(torch.multinomial(p, 1, generator=dice))
    p, ids = p.sort(descending=True, stable=True)
    if sampling.top_k:
        p, ids = p[: sampling.top_k], ids[: sampling.top_k]
    p = p / p.sum()
    keep = p.cumsum(0) - p < sampling.top_p
    return int(ids[keep][torch.multinomial(p[keep], 1, generator=dice)])
