"""Continuous batching: sequences enter a slot as soon as one is free, and every pass does all the work there is.

One ``step`` reads chunks of new prompts and writes one token of every running sequence in the same forward pass. Knows
sequences, slots and budgets; knows no model (the forward pass is a function it is given).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from medgo.errors import EngineFailureError, MedGoError, PromptTooLongError
from medgo.inference.engines._ragged import Chunk, RaggedBatch, SlotCache
from medgo.inference.grammar import Grammar, Matcher
from medgo.inference.prompt import ChatRenderer, RenderedPrompt
from medgo.inference.protocol import Completion, Delta, GenerationRequest, TokenLogprob
from medgo.inference.reply import Reply
from medgo.inference.sampling import choose_tokens, forbid, request_rng

# (token ids [tokens], batch, indices of the rows whose logits are wanted) → logits [rows, vocabulary] in float32
Forward = Callable[[torch.Tensor, RaggedBatch, torch.Tensor], torch.Tensor]

# Prompts are read in chunks that begin at multiples of this, whatever else is running: a request's numbers must not
# depend on where a chunk happened to end.
CHUNK_TOKENS = 1024
# A shared beginning shorter than this is computed again: copying it would not pay.
_MIN_SHARED_PREFIX = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a scheduler.

    Args:
        slots: Most sequences at once.
        pass_tokens: Prompt tokens per forward pass, at least one chunk.
        cache_tokens: Tokens that the cache may hold over all slots.
        exact: Numbers must not depend on the batch: nothing is shared between sequences.
        claimed: The cache's memory is taken for all slots at once (GPU), not as it is written (CPU).
    """

    slots: int
    pass_tokens: int
    cache_tokens: int
    exact: bool
    claimed: bool = False

    @property
    def tokens_per_sequence(self) -> int:
        """Longest sequence that the cache can hold."""
        return self.cache_tokens // self.slots if self.claimed else self.cache_tokens


@dataclass(slots=True, eq=False)
class Sequence:
    """A request on its way: ``stored`` of its tokens are in the cache, ``forced`` ones wait to be written; a
    ``matcher`` holds its answer to a JSON schema.
    """

    request: GenerationRequest
    prompt: RenderedPrompt
    reply: Reply
    matcher: Matcher | None = None
    slot: int = -1
    stored: int = 0
    cached: int = 0
    started: float = field(default_factory=time.perf_counter)
    forced: deque[int] = field(default_factory=deque)
    logprobs: list[TokenLogprob] | None = None
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.rng = request_rng(self.request.sampling.seed)
        self.logprobs = None if self.request.logprobs is None else []

    @property
    def tokens_needed(self) -> int:
        return len(self.prompt.token_ids) + self.request.sampling.max_new_tokens

    def next_chunk(self) -> int:
        """Length of the next chunk of the prompt; 0 when all of it is in the cache."""
        left = len(self.prompt.token_ids) - self.stored
        return min(left, CHUNK_TOKENS - self.stored % CHUNK_TOKENS)

    def constrain(self, logits: torch.Tensor) -> torch.Tensor:
        """Take away, in place, the tokens that its grammar forbids next; nothing if the next token is settled.

        Args:
            logits: [vocabulary].

        Returns:
            The logits as they were; a copy only if somebody asked for them.
        """
        if self.matcher is None or self.forced:
            return logits
        original = logits if self.logprobs is None else logits.clone()
        forbid(logits, self.matcher.forbidden(reasoning=self.reply.is_reasoning))
        return original

    def take(self, choice: int) -> int:
        """Add the next token to the reply, the model's choice or the one that is forced, and return it.

        Raises:
            EngineFailureError: The grammar can no longer be followed.
        """
        token = self.forced.popleft() if (forced := bool(self.forced)) else choice
        if self.matcher is not None and not forced and not self.reply.is_reasoning:
            self.matcher.accept(token)
        self.reply.push(token)
        return token

    def finish(self) -> Completion:
        """Close the reply.

        Raises:
            EngineFailureError: The model spelled the end of its reasoning out, and what follows is not constrained.
        """
        completion = self.reply.completion(
            latency=time.perf_counter() - self.started, cached=self.cached, logprobs=self.logprobs
        )
        if self.matcher is not None and self.reply.is_reasoning and completion.text:
            raise EngineFailureError("the reasoning did not end in its token, so the answer is not constrained")
        return completion


class Scheduler:
    """Runs the requests of one ``generate`` or ``stream`` call.

    Args:
        forward: The model.
        renderer: Its tokenizer and template.
        cache: Keys and values, possibly with prompts of earlier calls in it.
        resident: Token ids that each slot of the cache holds from its beginning; kept up to date.
        limits: Bounds.
        grammar: Compiles the JSON schemas of requests.
        live: Text is wanted as it grows, and a request that cannot be answered raises instead of failing alone.
    """

    def __init__(
        self,
        forward: Forward,
        renderer: ChatRenderer,
        cache: SlotCache,
        resident: list[tuple[int, ...]],
        limits: Limits,
        *,
        grammar: Grammar,
        live: bool = False,
    ) -> None:
        self._grammar = grammar
        self._forward, self._renderer, self._cache, self._limits, self._live = forward, renderer, cache, limits, live
        self._resident = resident
        self._free = list(range(limits.slots - 1, -1, -1))
        self._reading: list[Sequence] = []
        self._writing: list[Sequence] = []
        self._waiting: Sequence | None = None

    def run(self, requests: Iterator[GenerationRequest]) -> Iterator[Completion | tuple[Sequence, list[Delta]]]:
        """Answer requests as they finish; with ``live``, also yield the pieces of text of each sequence.

        Requests are pulled one at a time, only when a slot is free.
        """
        pending: Iterator[GenerationRequest] | None = requests
        while pending is not None or self._waiting or self._reading or self._writing:
            while pending is not None and self._can_admit():
                request = next(pending, None)
                if request is None:
                    pending = None
                    break
                failed = self._admit(request)
                if failed is not None:
                    yield failed
            self._place_waiting()
            if self._reading or self._writing:
                yield from self._step()

    def _can_admit(self) -> bool:
        self._place_waiting()
        reading = sum(len(seq.prompt.token_ids) - seq.stored for seq in self._reading)
        return self._waiting is None and bool(self._free) and reading < self._limits.pass_tokens

    def _admit(self, request: GenerationRequest) -> Completion | None:
        """Prepare a request, or return its failure: it costs only itself.

        Raises:
            MedGoError: The request cannot be answered, and it is the only one (``live``).
        """
        try:
            prompt = self._renderer.render(request.messages, request.thinking, request.answer_prefix)
            needed = len(prompt.token_ids) + request.sampling.max_new_tokens
            self._renderer.check_fits(len(prompt.token_ids), request.sampling.max_new_tokens)
            if needed > self._limits.tokens_per_sequence:
                raise PromptTooLongError(
                    f"prompt and reply need {needed} tokens of cache, but memory allows "
                    f"{self._limits.tokens_per_sequence} for one of {self._limits.slots} sequences",
                    hint="shorten the prompt, lower max_new_tokens or --batch-size, or free memory",
                )
            matcher = None if request.json_schema is None else self._grammar.matcher(request.json_schema)
            reply = Reply(self._renderer, request, prompt, live=self._live)
        except MedGoError as error:
            if self._live:
                raise
            return Completion.failed(request.id, error)
        self._waiting = Sequence(request, prompt, reply, matcher)
        self._place_waiting()
        return None

    def _place_waiting(self) -> None:
        """Give the waiting sequence a slot, once one is free, the cache has room and its prefix is not being read."""
        seq = self._waiting
        if seq is None or not self._free:
            return
        active = len(self._reading) + len(self._writing)
        capacity = max(self._cache.capacity if active else 0, seq.tokens_needed)
        if active and (active + 1) * capacity > self._limits.cache_tokens:
            return
        shared, source = self._find_prefix(seq)
        if source is None:
            return
        self._waiting = None
        self._cache.reserve(seq.tokens_needed)
        seq.slot = self._take_slot(source)
        if shared and seq.slot != source:
            self._cache.copy_prefix(source, seq.slot, shared)
        seq.stored = seq.cached = shared
        self._resident[seq.slot] = seq.prompt.token_ids[:shared]
        self._reading.append(seq)

    def _take_slot(self, source: int) -> int:
        """The slot whose prefix is continued if it is free (a conversation goes on), else the lowest free one."""
        if source in self._free and self._resident[source]:
            self._free.remove(source)
            return source
        return self._free.pop()

    def _find_prefix(self, seq: Sequence) -> tuple[int, int | None]:
        """(tokens, slot) of the longest beginning that the cache already holds; slot None means: wait for a prompt that
        is being read now and begins in the same way.
        """
        if self._limits.exact:
            return 0, self._free[-1]
        ids = seq.prompt.token_ids
        # The last token is always computed: its logits are wanted.
        held = max((_common_prefix(ids[:-1], tokens), slot) for slot, tokens in enumerate(self._resident))
        coming = max((_common_prefix(ids[:-1], other.prompt.token_ids) for other in self._reading), default=0)
        if coming >= max(held[0] + 1, _MIN_SHARED_PREFIX):
            return 0, None
        return held if held[0] >= _MIN_SHARED_PREFIX else (0, self._free[-1])

    def _step(self) -> Iterator[Completion | tuple[Sequence, list[Delta]]]:
        chunks, ids = self._take_chunks()
        # In the order of their slots: without gaps, attention then works on the cache as it lies.
        self._writing.sort(key=lambda seq: seq.slot)
        writing = list(self._writing)
        ids += [seq.reply.token_ids[-1] for seq in writing]
        positions = [seq.stored for seq in writing]
        slots = [seq.slot for seq in writing]
        batch = RaggedBatch(self._cache, [chunk for _, chunk in chunks], slots, positions, exact=self._limits.exact)
        ready, rows = self._rows_wanted(chunks, len(ids))
        logits = self._forward(self._to_device(ids), batch, self._to_device(rows))
        for seq, chunk in chunks:
            seq.stored += chunk.length
            self._resident[seq.slot] = seq.prompt.token_ids[: seq.stored]
        for seq in writing:
            seq.stored += 1
        for seq in ready[: len(ready) - len(writing)]:
            self._reading.remove(seq)
            self._writing.append(seq)
        yield from self._write(ready, logits)

    def _to_device(self, indices: list[int]) -> torch.Tensor:
        return torch.tensor(indices, dtype=torch.long, device=self._cache.device)

    def _take_chunks(self) -> tuple[list[tuple[Sequence, Chunk]], list[int]]:
        """Chunks of prompts for this pass, within its token budget, and their token ids."""
        taken: list[tuple[Sequence, Chunk]] = []
        ids: list[int] = []
        for seq in self._reading:
            length = seq.next_chunk()
            if taken and len(ids) + length > self._limits.pass_tokens:
                break
            taken.append((seq, Chunk(seq.slot, seq.stored, length)))
            ids += seq.prompt.token_ids[seq.stored : seq.stored + length]
        return taken, ids

    def _rows_wanted(self, chunks: list[tuple[Sequence, Chunk]], total: int) -> tuple[list[Sequence], list[int]]:
        """Sequences that get a token from this pass, and the rows of their logits: prompts read to the end, then all
        that are being written.
        """
        ready: list[Sequence] = []
        rows: list[int] = []
        at = 0
        for seq, chunk in chunks:
            at += chunk.length
            if chunk.start + chunk.length == len(seq.prompt.token_ids):
                ready.append(seq)
                rows.append(at - 1)
        return ready + self._writing, rows + list(range(at, total))

    def _write(
        self, ready: list[Sequence], logits: torch.Tensor
    ) -> Iterator[Completion | tuple[Sequence, list[Delta]]]:
        """Choose (or force) the next token of each sequence and close those that are finished."""
        if not ready:
            return
        for seq in ready:
            if not seq.forced:
                seq.forced.extend(seq.reply.must_write())
        with torch.inference_mode():
            rows = [seq.constrain(row) for seq, row in zip(ready, logits, strict=True)]
            sampled = choose_tokens(logits, [seq.request.sampling for seq in ready], [seq.rng for seq in ready])
        for seq, choice, row in zip(ready, sampled, rows, strict=True):
            try:
                completion = self._take(seq, choice, row)
            except EngineFailureError as error:
                if seq in self._writing:
                    self._release(seq)
                yield Completion.failed(seq.request.id, error)
                continue
            if self._live and (deltas := seq.reply.take_deltas()):
                yield seq, deltas
            if completion is not None:
                yield completion

    def _take(self, seq: Sequence, choice: int, logits: torch.Tensor) -> Completion | None:
        """Add a token to a sequence; returns its completion if that was the last.

        Args:
            logits: [vocabulary], the model's own.

        Raises:
            EngineFailureError: This sequence cannot go on.
        """
        if choice < 0:
            raise EngineFailureError("the model's output is not a number (NaN)")
        token = seq.take(choice)
        if seq.logprobs is not None:
            seq.logprobs.append(self._logprob(logits, token, seq.request.logprobs or 0))
        if seq.reply.finish_reason is None:
            return None
        self._release(seq)
        return seq.finish()

    def _release(self, seq: Sequence) -> None:
        self._writing.remove(seq)
        # The last token chosen was never stored; what was is a beginning that a next turn may share.
        written = seq.reply.token_ids[: seq.stored - len(seq.prompt.token_ids)]
        self._resident[seq.slot] = (*seq.prompt.token_ids, *written)
        self._free.append(seq.slot)
        self._free.sort(reverse=True)

    def _logprob(self, row: torch.Tensor, token: int, top: int) -> TokenLogprob:
        with torch.inference_mode():
            logprobs = row.log_softmax(dim=-1)
            best = logprobs.topk(top)
        text = [self._renderer.token_text(i) for i in (token, *best.indices.tolist())]
        return TokenLogprob(
            token, text[0], float(logprobs[token]), tuple(zip(text[1:], best.values.tolist(), strict=True))
        )


def _common_prefix(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Length of the longest common beginning."""
    length = min(len(one), len(other))
    if one[:length] == other[:length]:
        return length
    low, high = 0, length  # one[:low] is common, one[:high] is not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle)
    return low
