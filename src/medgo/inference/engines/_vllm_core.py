"""A vLLM engine that several generators may drive at once: requests in, tokens out, nobody's tokens lost.

Knows vLLM's engine and token ids; knows no text, no prompts and no replies. The engine core runs in this process
(docs/decisions/0004-vllm-environment.md), so a killed program leaves nothing behind.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

from medgo.errors import EngineFailureError, UnsupportedRequestError

# What a request wants to know besides its tokens. vLLM's sampler (0.32, Sampler.forward) gives every request of a step
# the log-probabilities of named tokens as soon as one asks for them, so the two kinds never run together.
Wish = Literal["tokens", "top_logprobs", "named_logprobs"]


@dataclass(frozen=True, slots=True)
class News:
    """What a request got since it was last asked about.

    Args:
        token_ids: New tokens.
        logprobs: For each of them token id → vLLM's ``Logprob``; empty unless asked for.
        finished: Nothing more will come.
        cached: Prompt tokens that were not computed again.
        failed: vLLM gave this request up.
    """

    token_ids: list[int]
    logprobs: list[dict[int, Any]]
    finished: bool
    cached: int
    failed: bool = False


class VllmCore:
    """Submits, steps and aborts.

    Args:
        engine: vLLM's ``LLMEngine``.
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._numbers = count()
        self._running: dict[str, Wish] = {}
        self._news: dict[str, News] = {}

    def submit(self, token_ids: Collection[int], params: Any, wish: Wish = "tokens") -> str:
        """Queue a request.

        Args:
            token_ids: The prompt.
            params: vLLM's ``SamplingParams``, for this request alone.
            wish: Which log-probabilities ``params`` asks for.

        Returns:
            The name by which :meth:`wait` and :meth:`abort` know it.

        Raises:
            UnsupportedRequestError: vLLM refuses the parameters.
            EngineFailureError: The engine is closed or broke.
        """
        from vllm.exceptions import VLLMClientError

        with self._lock:
            while self._conflicts(wish):
                self._step()
            name = f"medgo-{next(self._numbers)}"
            try:
                self._alive().add_request(name, {"prompt_token_ids": list(token_ids)}, params)
            except (ValueError, VLLMClientError) as error:
                raise UnsupportedRequestError(f"vLLM refuses this request: {error}") from error
            self._running[name] = wish
        return name

    def wait(self, names: Collection[str]) -> list[tuple[str, News]]:
        """Step until at least one of these requests has news, and take it.

        Raises:
            EngineFailureError: The engine is closed or broke.
        """
        while True:
            with self._lock:
                if found := [(name, self._news.pop(name)) for name in names if name in self._news]:
                    return found
                self._step()

    def abort(self, names: Collection[str]) -> None:
        """Stop work on these requests and forget them."""
        with self._lock:
            unfinished = [name for name in names if self._running.pop(name, None)]
            for name in names:
                self._news.pop(name, None)
            if unfinished and self._engine is not None:
                self._engine.abort_request(unfinished)

    def close(self) -> None:
        """Free the model. Closing twice does nothing."""
        with self._lock:
            engine, self._engine = self._engine, None
            self._running.clear()
            self._news.clear()
            if engine is not None:
                engine.engine_core.shutdown()

    def _conflicts(self, wish: Wish) -> bool:
        if wish == "tokens":
            return False
        return any(other not in ("tokens", wish) for other in self._running.values())

    def _alive(self) -> Any:
        if self._engine is None:
            raise EngineFailureError("the engine is closed", hint="open it again")
        return self._engine

    def _step(self) -> None:
        engine = self._alive()
        try:
            outputs = engine.step()
        except Exception as error:
            # Whatever broke, vLLM's scheduler no longer knows where it is: this engine is gone.
            self._engine = None
            raise EngineFailureError(
                f"vLLM broke: {type(error).__name__}: {error}", hint="lower --batch-size if memory ran out"
            ) from error
        for output in outputs:
            if output.request_id in self._running:
                self._keep(output)

    def _keep(self, output: Any) -> None:
        name, piece = output.request_id, output.outputs[0]
        before = self._news.get(name)
        self._news[name] = News(
            token_ids=(before.token_ids if before else []) + list(piece.token_ids),
            logprobs=(before.logprobs if before else []) + list(piece.logprobs or []),
            finished=output.finished,
            cached=output.num_cached_tokens or 0,
            failed=piece.finish_reason == "error",
        )
        if output.finished:
            del self._running[name]
