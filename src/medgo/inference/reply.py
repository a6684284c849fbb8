"""A reply as it grows: token ids in, reasoning and answer text out.

Pure: knows no engine. Splits reasoning from answer, finds stop strings, never gives half a character, counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from medgo.errors import UnsupportedRequestError
from medgo.inference.prompt import FORCED_CLOSE, THINK_CLOSE, THINK_OPEN, ChatRenderer, RenderedPrompt
from medgo.inference.protocol import Completion, Delta, FinishReason, GenerationRequest, TokenLogprob, Usage

_INCOMPLETE = "\N{REPLACEMENT CHARACTER}"


class TextSplitter:
    """Splits a growing text into reasoning and answer, and stops at a stop string.

    ``feed`` returns pieces that can no longer change: what might begin ``<think>``, ``</think>`` or a stop
    string is held back until it is known. Stop strings count in the answer only.

    Args:
        stop: Strings that end the answer.
        in_reasoning: The text begins inside the reasoning (the prompt opened it).
    """

    def __init__(self, stop: Sequence[str] = (), *, in_reasoning: bool = False) -> None:
        self._stop = tuple(stop)
        self._pending = ""
        self._begun = in_reasoning
        self._strip_next = in_reasoning
        self.in_reasoning = in_reasoning
        self.answer = ""
        self.reasoning: str | None = "" if in_reasoning else None
        self.stopped = False

    def feed(self, piece: str) -> list[Delta]:
        """Take the next piece of text; return what is certain."""
        if self.stopped:
            return []
        self._pending += piece
        return self._release(final=False)

    def finish(self) -> list[Delta]:
        """Release what was held back: nothing more will come."""
        return [] if self.stopped else self._release(final=True)

    def _release(self, *, final: bool) -> list[Delta]:
        out: list[Delta] = []
        if not self._begun:
            self._open(final=final)
        if self._begun and self.in_reasoning:
            out += self._release_reasoning(final=final)
        if self._begun and not self.in_reasoning:
            out += self._release_answer(final=final)
        return [delta for delta in out if delta.text]

    def _open(self, *, final: bool) -> None:
        """Decide whether the reply begins with ``<think>`` (white space before it does not count)."""
        head = self._pending.lstrip()
        if head.startswith(THINK_OPEN):
            self._pending = head[len(THINK_OPEN) :]
            self.in_reasoning, self.reasoning, self._begun, self._strip_next = True, "", True, True
        elif final or (head and not THINK_OPEN.startswith(head)):
            self._begun = True

    def _release_reasoning(self, *, final: bool) -> list[Delta]:
        before, found, after = self._pending.partition(THINK_CLOSE)
        if found:
            delta = self._emit_reasoning(before.rstrip())
            self._pending, self.in_reasoning, self._strip_next = after, False, True
            return [delta]
        # White space before a possible </think> is held back with it: it belongs to neither side.
        body = before if final else before[: len(before) - _overlap(before, THINK_CLOSE)]
        body = body.rstrip()
        self._pending = before[len(body) :]
        return [self._emit_reasoning(body)]

    def _emit_reasoning(self, text: str) -> Delta:
        text = self._strip_lead(text)
        self.reasoning = (self.reasoning or "") + text
        return Delta(text, "reasoning")

    def _release_answer(self, *, final: bool) -> list[Delta]:
        text, self._pending = self._strip_lead(self._pending), ""
        # The one that is complete first, so that the result does not depend on how the text was cut; of those that are
        # complete at once, the longest.
        hits = [(at + len(s), at) for s in self._stop if (at := text.find(s)) >= 0]
        if hits:
            text, self.stopped = text[: min(hits)[1]], True
        elif not final:
            keep = max((_overlap(text, s) for s in self._stop), default=0)
            text, self._pending = text[: len(text) - keep], text[len(text) - keep :]
        self.answer += text
        return [Delta(text)]

    def _strip_lead(self, text: str) -> str:
        """White space around ``</think>`` belongs to neither reasoning nor answer."""
        if self._strip_next:
            text = text.lstrip()
            self._strip_next = not text
        return text


def _overlap(text: str, marker: str) -> int:
    """Length of the longest end of ``text`` that is a proper beginning of ``marker``."""
    for n in range(min(len(text), len(marker) - 1), 0, -1):
        if text.endswith(marker[:n]):
            return n
    return 0


class Reply:
    """One reply under construction, for engines that see token ids.

    Args:
        renderer: Tokenizer of the model.
        request: What was asked.
        prompt: The rendered prompt.
        live: Text is wanted while it grows (streaming). Without it, and without stop strings, nothing is decoded before
            the end, which costs a batch nothing per token.
    """

    def __init__(
        self,
        renderer: ChatRenderer,
        request: GenerationRequest,
        prompt: RenderedPrompt,
        *,
        live: bool = False,
    ) -> None:
        self.request = request
        self.prompt = prompt
        self.token_ids: list[int] = []
        self.finish_reason: FinishReason | None = None
        self.thinking_forced = False
        self._renderer = renderer
        self._splitter = TextSplitter(request.sampling.stop, in_reasoning=prompt.starts_in_reasoning)
        self._live = live or bool(request.sampling.stop)
        self._decoded_from = self._decoded_to = 0
        self._deltas: list[Delta] = []
        think = (
            [renderer.tokenizer.convert_tokens_to_ids(t) for t in (THINK_OPEN, THINK_CLOSE)]
            if renderer.supports_thinking
            else [None, None]
        )
        self._think_open_id, self._think_close_id = think
        self._thinking_now = prompt.starts_in_reasoning
        self._reasoning_tokens = 0
        self._due: tuple[int, ...] = ()
        if request.json_schema is not None and request.thinking.enabled and not request.answer_prefix:
            self._check_marks()
            if not prompt.starts_in_reasoning:
                self._due = tuple(renderer.encode(THINK_OPEN))

    def push(self, token_id: int) -> bool:
        """Take the next token, sampled or forced. Returns whether the reply is finished."""
        sampling = self.request.sampling
        self.token_ids.append(token_id)
        if token_id in self._renderer.eos_ids and not sampling.ignore_eos:
            self.finish_reason = "stop"
        else:
            self._count(token_id)
            if self._live:
                self._decode(final=False)
            if self._splitter.stopped:
                self.finish_reason = "stop"
            elif len(self.token_ids) >= sampling.max_new_tokens:
                self.finish_reason = "length"
        return self.finish_reason is not None

    def _count(self, token_id: int) -> None:
        if token_id == self._think_open_id and not self._renderer.decode(self.token_ids[:-1]).strip():
            self._thinking_now = True
        elif token_id == self._think_close_id:
            if self._thinking_now and not self.thinking_forced and self.request.json_schema is not None:
                # The blank line that every answer begins with; a grammar of compact JSON would forbid it.
                self._due = tuple(self._renderer.encode(FORCED_CLOSE.partition(THINK_CLOSE)[2]))
            self._thinking_now = False
        elif self._thinking_now and not self.thinking_forced:
            self._reasoning_tokens += 1

    @property
    def think_close_id(self) -> int | None:
        """The token that ends the reasoning; None in a model that does not think."""
        return self._think_close_id

    @property
    def is_reasoning(self) -> bool:
        """The tokens so far end inside the reasoning."""
        return self._thinking_now

    @property
    def budget_spent(self) -> bool:
        """The reasoning is still open and must be forced closed now: its budget is used up, or there would be no room
        left to close it and to answer.
        """
        return self._thinking_now and self.tokens_before_close == 0

    @property
    def tokens_before_close(self) -> int | None:
        """How many tokens may be written before the budget must be looked at again; None when nothing bounds them."""
        budget = self.request.thinking.budget
        if budget is None or self.thinking_forced:
            return None
        if not self._thinking_now and self._renderer.decode(self.token_ids).strip():
            return None  # the answer has begun
        opening = 0 if self._thinking_now else 1  # the model writes <think> itself
        room = self.request.sampling.max_new_tokens - len(self.token_ids) - opening
        left = min(budget - self._reasoning_tokens, room - len(self._renderer.forced_close_ids) - 1)
        return max(left, 0) + opening

    def must_write(self) -> tuple[int, ...]:
        """Tokens that come next whatever the model would say, to be pushed in order; nearly always none.

        A spent thinking budget closes the reasoning. A reply with a JSON schema and thinking on opens its reasoning
        itself: what comes before the JSON is then known from its first token to its last.
        """
        if self._due:
            due, self._due = self._due, ()
            return due
        return self.force_close() if self.budget_spent else ()

    def force_close(self) -> tuple[int, ...]:
        """Note that the reasoning is being closed by force; returns the tokens to push, in order."""
        self.thinking_forced = True
        return self._renderer.forced_close_ids

    def _check_marks(self) -> None:
        """Where the reasoning ends is seen by its token; the JSON would otherwise never begin."""
        if not {self._think_open_id, self._think_close_id} <= set(self._renderer.tokenizer.get_added_vocab().values()):
            raise UnsupportedRequestError(
                f"this model's tokenizer has no token of its own for {THINK_CLOSE}, so that constrained JSON could not "
                "begin behind the reasoning",
                hint="use --thinking off",
            )

    def take_deltas(self) -> list[Delta]:
        """Text that became certain since the last call (live replies only)."""
        out, self._deltas = self._deltas, []
        return out

    def completion(self, *, latency: float, cached: int = 0, logprobs: list[TokenLogprob] | None = None) -> Completion:
        """Close the reply and describe it. Text still held back is released into the deltas.

        Args:
            latency: Seconds since the engine began on the request.
            cached: Prompt tokens that were not computed again.
            logprobs: One entry per generated token.
        """
        self._decode(final=True)
        usage = Usage(len(self.prompt.token_ids), len(self.token_ids), cached, self._reasoning_tokens)
        return Completion(
            request_id=self.request.id,
            text=self._splitter.answer,
            finish_reason=self.finish_reason or "stop",
            reasoning=self._splitter.reasoning,
            usage=usage,
            logprobs=None if logprobs is None else tuple(logprobs),
            thinking_forced=self.thinking_forced,
            latency=latency,
        )

    def _decode(self, *, final: bool) -> None:
        """Decode the tokens not yet released, from a window that keeps the spacing of what was before them."""
        old = self._renderer.decode(self.token_ids[self._decoded_from : self._decoded_to])
        new = self._renderer.decode(self.token_ids[self._decoded_from :])
        if final:
            new = new.rstrip(_INCOMPLETE)  # the reply was cut inside a character; half of one is nothing
        elif new.endswith(_INCOMPLETE):
            return
        self._decoded_from, self._decoded_to = self._decoded_to, len(self.token_ids)
        self._deltas += self._splitter.feed(new[len(old) :])
        if final:
            self._deltas += self._splitter.finish()
