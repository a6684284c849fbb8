"""Log-probabilities of labels through vLLM: one token is generated after each distinct beginning of a label.

Knows the core and token ids. vLLM switches its prefix cache off for requests that ask about their prompt's tokens, so a
label of several tokens is asked for as several one-token requests that share the prompt in the cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from vllm import SamplingParams
from vllm.sampling_params import RequestOutputKind

from medgo.errors import InputError
from medgo.inference.engines._vllm_core import News, VllmCore
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import LabelScores, RequestError, ScoringRequest

Tokens = tuple[int, ...]


@dataclass(slots=True)
class _Item:
    """A request being scored.

    Args:
        labels: Tokens of each label.
        wanted: Beginning of a label → tokens whose log-probability after it is needed.
        found: The same with the answers.
        asked: Core's name of a request → the beginning it is about.
        forwarded: Tokens that vLLM did not find in its cache.
    """

    request: ScoringRequest
    prompt: Tokens
    labels: dict[str, Tokens]
    wanted: dict[Tokens, set[int]]
    found: dict[Tokens, dict[int, float]] = field(default_factory=dict)
    asked: dict[str, Tokens] = field(default_factory=dict)
    forwarded: int = 0

    def scores(self) -> LabelScores:
        first = self.found[()]
        return LabelScores(
            request_id=self.request.id,
            logprobs={
                label: sum(self.found[ids[:n]][ids[n]] for n in range(len(ids))) for label, ids in self.labels.items()
            },
            label_mass=min(1.0, sum(math.exp(logprob) for logprob in first.values())),
            prompt_tokens=len(self.prompt),
            forwarded_tokens=self.forwarded,
            head_rows=len(self.wanted),
        )


class LabelScorer:
    """Scores requests, many at once.

    Args:
        window: Requests at once.
    """

    def __init__(self, core: VllmCore, renderer: ChatRenderer, window: int) -> None:
        self._core, self._renderer, self._window = core, renderer, window
        self._active: dict[str, _Item] = {}

    def run(self, requests: Iterator[ScoringRequest]) -> Iterator[LabelScores]:
        """Score all requests; one that cannot be scored costs only itself."""
        try:
            more = True
            while more or self._active:
                while more and len(self._active) < self._window:
                    if (request := next(requests, None)) is None:
                        more = False
                    elif (failed := self._start(request)) is not None:
                        yield failed
                if self._active:
                    yield from self._collect()
        finally:
            self._core.abort(list(self._active))

    def _start(self, request: ScoringRequest) -> LabelScores | None:
        try:
            item = self._prepare(request)
            self._ask(item, ())
        except InputError as error:
            return LabelScores(request.id, error=RequestError.of(error))
        return None

    def _collect(self) -> list[LabelScores]:
        done = []
        for name, news in self._core.wait(self._active):
            item = self._active.pop(name)
            beginning = item.asked.pop(name)
            item.found[beginning] = _read(news, item.wanted[beginning])
            item.forwarded += len(item.prompt) + len(beginning) - news.cached
            if beginning == ():  # the prompt is in the cache now: all longer beginnings find it there
                for longer in item.wanted.keys() - {()}:
                    self._ask(item, longer)
            if not item.asked:
                done.append(item.scores())
        return done

    def _ask(self, item: _Item, beginning: Tokens) -> None:
        params = SamplingParams(
            max_tokens=1,
            temperature=0.0,
            ignore_eos=True,
            detokenize=False,
            output_kind=RequestOutputKind.FINAL_ONLY,
            logprob_token_ids=sorted(item.wanted[beginning]),
        )
        name = self._core.submit(item.prompt + beginning, params, "named_logprobs")
        item.asked[name] = beginning
        self._active[name] = item

    def _prepare(self, request: ScoringRequest) -> _Item:
        if not request.labels or not all(request.labels):
            raise InputError("a scoring request needs at least one label, and no label may be empty")
        prompt = self._renderer.render(request.messages, request.thinking, request.answer_prefix).token_ids
        end = (self._renderer.end_of_turn_id,) if request.ends_turn else ()
        labels = {label: (*self._renderer.encode(label), *end) for label in request.labels}
        self._renderer.check_fits(len(prompt), max(map(len, labels.values())))
        wanted: dict[Tokens, set[int]] = {}
        for ids in labels.values():
            for n, token in enumerate(ids):
                wanted.setdefault(ids[:n], set()).add(token)
        return _Item(request, prompt, labels, wanted)


def _read(news: News, wanted: set[int]) -> dict[int, float]:
    return {token: float(news.logprobs[0][token].logprob) for token in wanted}
