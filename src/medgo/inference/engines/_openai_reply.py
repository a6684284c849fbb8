"""A reply from an endpoint as it grows: chunks in, reasoning and answer text out. Knows no connection."""

from __future__ import annotations

from collections.abc import Callable

from medgo.inference.engines._openai_wire import Chunk
from medgo.inference.prompt import THINK_CLOSE, THINK_OPEN
from medgo.inference.protocol import Completion, Delta, FinishReason, GenerationRequest, TokenLogprob, Usage
from medgo.inference.reply import TextSplitter


class EndpointReply:
    """One reply under construction, over one or two requests to the endpoint (see :meth:`continue_as_answer`).

    Args:
        request: What was asked.
        emit: Takes each piece of text as soon as it is certain.
    """

    def __init__(self, request: GenerationRequest, emit: Callable[[Delta], None]) -> None:
        self._request = request
        self._emit = emit
        self._splitter = TextSplitter(request.sampling.stop)
        self._half = ""
        self._field_is_open = False
        self._answer_only = False
        self._usages: list[Usage] = []
        self._usage = Usage()
        self._logprobs: list[TokenLogprob] = []
        self._finish: str | None = None
        self._forced = False
        # A first step may be cut inside the JSON. The second begins it anew: an endpoint's grammar knows no first half.
        restarts = request.json_schema is not None and request.thinking.budget is not None
        self._held: list[Delta] | None = [] if restarts else None
        self.has_begun = False

    @property
    def stopped(self) -> bool:
        """A stop string was found, so nothing more is wanted."""
        return self._splitter.stopped

    def take(self, chunk: Chunk) -> None:
        """Add the next chunk."""
        if chunk.reasoning and not self._answer_only:
            if not self._field_is_open:
                self._feed(THINK_OPEN)
            self._field_is_open = True
            self._feed(chunk.reasoning)
        elif text := chunk.reasoning + chunk.content if self._answer_only else chunk.content:
            if self._field_is_open:
                self._feed(THINK_CLOSE)
            self._field_is_open = False
            self._feed(text)
        self._logprobs += chunk.logprobs
        self._finish = chunk.finish_reason or self._finish
        self._usage = chunk.usage or self._usage

    def _feed(self, text: str) -> None:
        """Endpoints that count in UTF-16 may cut an emoji between two chunks; its halves belong together."""
        self.has_begun = True
        text = self._half + text
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        whole = text.removesuffix(self._half).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        self._give(self._splitter.feed(whole))

    def _give(self, deltas: list[Delta]) -> None:
        for delta in deltas:
            if self._held is not None and delta.kind == "answer":
                self._held.append(delta)
            else:
                self._emit(delta)

    @property
    def ended_by_length(self) -> bool:
        """The last request ended because its bound was reached."""
        return self._finish == "length"

    def continue_as_answer(self) -> str:
        """Close the reasoning, by force if need be; what comes now is the answer.

        Returns:
            What the assistant's turn holds so far, for the endpoint to go on with.
        """
        if self._splitter.reasoning is None and not self._splitter.answer:
            self._feed(THINK_OPEN)  # tokens were spent and nothing shows: the model did not come to its answer
        if self._splitter.in_reasoning:
            self._forced = True
            self._feed(THINK_CLOSE)
        self._field_is_open, self._answer_only, self._finish = False, True, None
        self._usages.append(self._usage)
        self._usage = Usage()
        if self._held is not None:
            self._held, self._splitter.answer = None, ""
        reasoning = self._splitter.reasoning
        head = "" if reasoning is None else f"{THINK_OPEN}\n{reasoning}\n{THINK_CLOSE}\n\n"
        return head + self._splitter.answer

    def completion(self, latency: float) -> Completion:
        """Close the reply and describe it; text still held back is emitted.

        Args:
            latency: Seconds since the engine began on the request.
        """
        self._give(self._splitter.finish())
        held, self._held = self._held or [], None
        self._give(held)
        return Completion(
            request_id=self._request.id,
            text=self._splitter.answer,
            finish_reason=self._finish_reason(),
            reasoning=self._splitter.reasoning,
            usage=self._total(),
            logprobs=None if self._request.logprobs is None else tuple(self._logprobs),
            thinking_forced=self._forced,
            latency=latency,
        )

    def _finish_reason(self) -> FinishReason:
        return "length" if self._finish == "length" and not self.stopped else "stop"

    def _total(self) -> Usage:
        """Prompt tokens of the first request, new tokens of all."""
        first = (self._usages or [self._usage])[0]
        used = [*self._usages, self._usage]
        reasoning = sum(usage.reasoning for usage in used)
        if self._forced and not reasoning:
            reasoning = first.completion
        return Usage(first.prompt, sum(usage.completion for usage in used), first.cached, reasoning)
