"""Log-probabilities of labels after a prompt: each prompt is read once, whatever the number of its labels.

Only the hidden state after the last prompt token goes through the output layer; a label of several tokens is read as a
short continuation in the prompt's own cache slot, one label after another over the same place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from medgo.errors import InputError, MedGoError
from medgo.inference.engines._ragged import Chunk, RaggedBatch, SlotCache
from medgo.inference.engines._scheduler import CHUNK_TOKENS, Forward, Limits
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import LabelScores, RequestError, ScoringRequest


@dataclass(frozen=True, slots=True)
class _Item:
    """A request as token ids: its prompt, and the tokens of each label."""

    request: ScoringRequest
    prompt: tuple[int, ...]
    labels: tuple[tuple[int, ...], ...]


class LabelScorer:
    """Scores requests in batches that fill a forward pass.

    Args:
        forward: The model.
        renderer: Its tokenizer and template.
        cache: Scratch space.
        limits: Slots and prompt tokens per pass.
    """

    def __init__(self, forward: Forward, renderer: ChatRenderer, cache: SlotCache, limits: Limits) -> None:
        self._forward, self._renderer, self._cache, self._limits = forward, renderer, cache, limits

    def run(self, requests: Iterator[ScoringRequest]) -> Iterator[LabelScores]:
        """Score all requests; one that cannot be scored costs only itself."""
        batch: list[_Item] = []
        for request in requests:
            try:
                item = self._prepare(request)
            except MedGoError as error:
                yield LabelScores(request.id, error=RequestError.of(error))
                continue
            tokens = sum(len(other.prompt) for other in batch) + len(item.prompt)
            if batch and (tokens > self._limits.pass_tokens or len(batch) == self._limits.slots):
                yield from self._score(batch)
                batch = []
            batch.append(item)
        if batch:
            yield from self._score(batch)

    def _prepare(self, request: ScoringRequest) -> _Item:
        if not request.labels or not all(request.labels):
            raise InputError("a scoring request needs at least one label, and no label may be empty")
        prompt = self._renderer.render(request.messages, answer_prefix=request.answer_prefix).token_ids
        labels = tuple(tuple(self._renderer.encode(label)) for label in request.labels)
        self._renderer.check_fits(len(prompt), max(map(len, labels)))
        return _Item(request, prompt, labels)

    def _score(self, batch: list[_Item]) -> list[LabelScores]:
        self._cache.reserve(max(len(item.prompt) + max(map(len, item.labels)) for item in batch))
        first = self._read_prompts(batch)  # [items, vocabulary]
        totals = [[float(first[i, label[0]]) for label in item.labels] for i, item in enumerate(batch)]
        for k in range(max(len(item.labels) for item in batch)):
            self._add_continuations(batch, k, totals)
        return [
            LabelScores(
                request_id=item.request.id,
                logprobs=dict(zip(item.request.labels, totals[i], strict=True)),
                label_mass=min(1.0, float(first[i, sorted({label[0] for label in item.labels})].exp().sum())),
                prompt_tokens=len(item.prompt),
            )
            for i, item in enumerate(batch)
        ]

    def _read_prompts(self, batch: list[_Item]) -> torch.Tensor:
        """Log-probabilities of the token after each prompt, [items, vocabulary]."""
        last: dict[int, torch.Tensor] = {}
        longest = max(len(item.prompt) for item in batch)
        for start in range(0, longest, CHUNK_TOKENS):
            parts = [
                (i, item.prompt[start : start + CHUNK_TOKENS])
                for i, item in enumerate(batch)
                if len(item.prompt) > start
            ]
            ends = [i for i, part in parts if start + len(part) == len(batch[i].prompt)]
            logprobs = self._pass([(i, start, part) for i, part in parts], last_only=True)
            last |= {i: row for (i, _), row in zip(parts, logprobs, strict=True) if i in ends}
        return torch.stack([last[i] for i in range(len(batch))])

    def _add_continuations(self, batch: list[_Item], k: int, totals: list[list[float]]) -> None:
        """Add the log-probabilities of all but the first token of the k-th label of every item."""
        parts = [
            (i, len(item.prompt), item.labels[k][:-1])
            for i, item in enumerate(batch)
            if k < len(item.labels) and len(item.labels[k]) > 1
        ]
        if not parts:
            return
        logprobs = self._pass(parts, last_only=False)
        at = 0
        for i, _, tokens in parts:
            rows = logprobs[at : at + len(tokens)]
            following = torch.tensor(batch[i].labels[k][1:], device=rows.device)
            totals[i][k] += float(rows.gather(1, following[:, None]).sum())
            at += len(tokens)

    def _pass(self, parts: list[tuple[int, int, tuple[int, ...]]], *, last_only: bool) -> torch.Tensor:
        """Read (slot, start, tokens) parts in one pass; log-probabilities after each token or each part's last."""
        chunks = [Chunk(slot, start, len(tokens)) for slot, start, tokens in parts]
        ids = [token for _, _, tokens in parts for token in tokens]
        ends = torch.tensor([len(tokens) for _, _, tokens in parts]).cumsum(0) - 1
        rows = ends if last_only else torch.arange(len(ids))
        device = self._cache.device
        batch = RaggedBatch(self._cache, chunks, [], [], exact=self._limits.exact)
        return self._forward(torch.tensor(ids, device=device), batch, rows.to(device)).log_softmax(dim=-1)
