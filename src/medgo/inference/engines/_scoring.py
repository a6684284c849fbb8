"""Log-probabilities of labels after prompts: every distinct beginning of prompts and labels is read once.

Prompts that begin alike (one template, the same examples, rotations of one question) share what they have in common,
and so do the labels of one prompt. Only the positions after which a label's token stands go through the output layer.
Knows requests; what is shared is the business of ``_prefix_tree``, where keys and values stand that of a ``TreeStore``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from medgo.errors import EngineFailureError, InputError, MedGoError, PromptTooLongError
from medgo.inference.engines._path_store import TreeStore
from medgo.inference.engines._prefix_tree import Piece, Walk, as_key, key_length, plan_segments
from medgo.inference.engines._ragged import RaggedBatch
from medgo.inference.engines._scheduler import Forward, Limits
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import LabelScores, RequestError, ScoringRequest

# What is looked at together to find what is shared: more would find little more and delay the first result.
_WINDOW_REQUESTS, _WINDOW_TOKENS = 16_384, 16_000_000


@dataclass(slots=True, eq=False)
class _Item:
    """A request as token ids, and what is known of its labels so far.

    Args:
        prompt: Tokens of the prompt, see ``as_key``.
        labels: Tokens of each label.
        totals: Log-probability of each label, as far as its tokens were read.
        first: Log-probability of each token that begins a label.
        waiting: Tokens of labels that were not read yet.
        forwarded: Tokens forwarded for this request.
        head_rows: Rows of logits computed for this request.
    """

    request: ScoringRequest
    prompt: bytes
    labels: tuple[tuple[int, ...], ...]
    totals: list[float] = field(init=False)
    first: dict[int, float] = field(default_factory=dict)
    waiting: int = field(init=False)
    forwarded: int = 0
    head_rows: int = 0

    def __post_init__(self) -> None:
        self.totals = [0.0] * len(self.labels)
        self.waiting = sum(map(len, self.labels))

    @property
    def prompt_tokens(self) -> int:
        return key_length(self.prompt)

    @property
    def longest(self) -> int:
        """Tokens of the prompt and its longest label."""
        return self.prompt_tokens + max(map(len, self.labels))

    def walks(self) -> list[Walk[_Want]]:
        """The prompt with each label; the last token of a label is only predicted."""
        last = self.prompt_tokens - 1
        by_beginning: dict[tuple[int, ...], Walk[_Want]] = {}
        for k, ids in enumerate(self.labels):
            walk = by_beginning.setdefault(ids[:-1], Walk(self.prompt + as_key(ids[:-1]), []))
            walk.wants += [(last + n, _Want(self, k, n)) for n in range(len(ids))]
        return list(by_beginning.values())

    def result(self) -> LabelScores:
        if any(map(math.isnan, self.totals)):
            error = EngineFailureError("the model's output is not a number (NaN)")
            return LabelScores(self.request.id, error=RequestError.of(error))
        return LabelScores(
            request_id=self.request.id,
            logprobs=dict(zip(self.request.labels, self.totals, strict=True)),
            label_mass=min(1.0, sum(map(math.exp, self.first.values()))),
            prompt_tokens=self.prompt_tokens,
            forwarded_tokens=self.forwarded,
            head_rows=self.head_rows,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Want:
    """The log-probability of the n-th token of the k-th label."""

    item: _Item
    k: int
    n: int

    @property
    def token(self) -> int:
        return self.item.labels[self.k][self.n]

    def take(self, logprob: float) -> None:
        """Add what was found."""
        self.item.totals[self.k] += logprob
        self.item.waiting -= 1
        if self.n == 0:
            self.item.first[self.token] = logprob


class LabelScorer:
    """Scores requests.

    Args:
        forward: The model.
        renderer: Its tokenizer and template.
        store: Keeps keys and values.
        limits: Tokens per pass and in the store.
    """

    def __init__(self, forward: Forward, renderer: ChatRenderer, store: TreeStore, limits: Limits) -> None:
        self._forward, self._renderer, self._store, self._limits = forward, renderer, store, limits

    def run(self, requests: Iterator[ScoringRequest]) -> Iterator[LabelScores]:
        """Score all requests; one that cannot be scored costs only itself."""
        window: list[_Item] = []
        tokens = 0
        for request in requests:
            try:
                window.append(self._prepare(request))
            except MedGoError as error:
                yield LabelScores(request.id, error=RequestError.of(error))
                continue
            tokens += window[-1].longest * len(window[-1].labels)
            if len(window) == _WINDOW_REQUESTS or tokens >= _WINDOW_TOKENS:
                yield from self._score(window)
                window, tokens = [], 0
        if window:
            yield from self._score(window)

    def _prepare(self, request: ScoringRequest) -> _Item:
        if not request.labels or not all(request.labels):
            raise InputError("a scoring request needs at least one label, and no label may be empty")
        prompt = self._renderer.render(request.messages, request.thinking, request.answer_prefix).token_ids
        end = (self._renderer.end_of_turn_id,) if request.ends_turn else ()
        item = _Item(request, as_key(prompt), tuple((*self._renderer.encode(label), *end) for label in request.labels))
        self._renderer.check_fits(len(prompt), item.longest - len(prompt))
        if item.longest > self._limits.cache_tokens:
            raise PromptTooLongError(
                f"prompt and label need {item.longest} tokens of cache, but memory allows {self._limits.cache_tokens}",
                hint="shorten the prompt, or free memory",
            )
        return item

    def _score(self, window: list[_Item]) -> Iterator[LabelScores]:
        """Forward what the window's items do not share, and give each item as soon as all its labels are known."""
        segments = plan_segments(walk for item in window for walk in item.walks())
        for pieces, batch in self._store.passes(segments, self._limits.pass_tokens):
            for want, logprob in self._read(pieces, batch):
                want.take(logprob)
                if want.item.waiting == 0:
                    yield want.item.result()

    def _read(self, pieces: list[Piece[_Want]], batch: RaggedBatch) -> list[tuple[_Want, float]]:
        """Forward pieces in one pass; what is wanted of them, with its log-probability."""
        wants: list[_Want] = []
        rows: list[int] = []  # row of the logits of each want
        places: list[int] = []  # token of each row
        at = 0
        for piece in pieces:
            piece.segment.rows[piece.segment.end - 1][0].item.forwarded += piece.length
            for position in piece.rows():
                found = piece.segment.rows[position]
                found[0].item.head_rows += 1
                wants += found
                rows += [len(places)] * len(found)
                places.append(at + position - piece.start)
            at += piece.length
        device = batch.cache.device
        ids = np.concatenate([piece.tokens() for piece in pieces]).astype(np.int64)
        logits = self._forward(
            torch.from_numpy(ids).to(device), batch, torch.tensor(places, dtype=torch.long, device=device)
        )
        if not wants:
            return []
        with torch.inference_mode():
            index = torch.tensor(rows, device=device)
            tokens = torch.tensor([want.token for want in wants], device=device)
            logprobs = logits[index, tokens] - logits.logsumexp(dim=-1)[index]
        return list(zip(wants, logprobs.tolist(), strict=True))
