"""A run: plan, resume, answer, force what was cut off. Knows engines by their protocol only."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from medgo.errors import EngineFailureError, MedGoError, RunFolderError, UnsupportedRequestError
from medgo.evaluation.answering import (
    Ask,
    forced_request,
    generation_request,
    read_completion,
    read_forced,
    read_scores,
    scoring_requests,
)
from medgo.evaluation.answering.generating import FORCED_FAILED
from medgo.evaluation.runs.folder import (
    has_predictions,
    read_predictions,
    refuse_other_run,
    write_items,
    write_manifest,
)
from medgo.evaluation.runs.plan import RunPlan
from medgo.inference.batch import Progress, SilentProgress
from medgo.inference.engines import EngineOptions, choose_engine, open_engine
from medgo.inference.protocol import (
    Completion,
    Engine,
    EngineInfo,
    GenerationRequest,
    LabelScores,
    RequestError,
    ScoringRequest,
    Usage,
)
from medgo.schema import Prediction
from medgo.store import AppendLog, RowFile, sole_writer

EngineOpener = Callable[[EngineOptions], Engine]
Key = tuple[str, str, int]
_REFUSALS = 8
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended.

    Args:
        total: Predictions that the plan has.
        resumed: Of these, were there before.
        failed: Ended in an engine's error; a later run asks them again.
        interrupted: A signal ended it; what is there is safe.
    """

    total: int
    resumed: int
    failed: int
    interrupted: bool


def run_evaluation(
    plan: RunPlan,
    *,
    opener: EngineOpener = open_engine,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> RunResult:
    """Ask everything in the plan that the run folder has no answer to yet.

    Args:
        plan: What to ask.
        opener: Loads the engine; called only when something is left to ask.
        progress: Is told what happens.
        should_stop: Asked before each item; True lets the running ones finish and ends.

    Raises:
        RunFolderError: The folder holds another run. Nothing was computed.
        StorageError: The disk took no more; what it has is whole.
        EngineFailureError: The engine died; finished items are safe.
    """
    folder = plan.config.output.absolute()
    with sole_writer(folder):
        return _Runner(plan, folder, opener, progress or SilentProgress(), should_stop).run()


class _Runner:
    """The state of one run."""

    def __init__(
        self,
        plan: RunPlan,
        folder: Path,
        opener: EngineOpener,
        progress: Progress,
        should_stop: Callable[[], bool],
    ) -> None:
        self.plan, self.folder, self.opener = plan, folder, opener
        self.progress, self.should_stop = progress, should_stop
        self.config = plan.config
        self.stopped = False
        self.refused = 0  # requests refused from the first one on; -1 once one was not
        self.states: dict[Key, Prediction] = {}

    def run(self) -> RunResult:
        engine_name = choose_engine(self.config.engine)
        self._check_folder(self.plan.manifest(engine_name))
        resumed = sum(not self._is_open(ask) for ask in self.plan.asks())
        if resumed < len(self.plan) or any(map(self._forced_request, self.plan.asks())):
            self._answer(engine_name, resumed)
        failed = sum(prediction.status == "error" for prediction in self.states.values())
        return RunResult(len(self.plan), resumed, failed, self.stopped)

    def _check_folder(self, manifest: dict[str, Any]) -> None:
        """Refuse a folder of something else, else bring it to where a run can go on.

        The manifest is written last: a folder that has one has its items too, whenever the process died.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise RunFolderError(f"{self.folder} is a file", hint="choose a folder for --output")
        begun = has_predictions(self.folder)
        if begun:
            refuse_other_run(self.folder, manifest)
        elif self.folder.exists() and any(_is_foreign(path) for path in self.folder.iterdir()):
            raise RunFolderError(
                f"{self.folder} is not empty and holds no run", hint="choose another --output, or an empty folder"
            )
        if not begun or not (self.folder / "items.jsonl").exists():
            write_items(self.folder, self.plan.item_rows())
        if not begun:
            write_manifest(self.folder, manifest)
            return
        log = self.folder / "predictions.jsonl"
        self.states = {prediction.key: prediction for prediction in read_predictions(log)}
        self._restore_private()

    def _restore_private(self) -> None:
        private = self.folder / "private" / "replies.jsonl"
        if not private.exists():
            return
        for row in RowFile(private):
            value = row.value or {}
            kept = self.states.get((value.get("benchmark", ""), value.get("item", ""), value.get("epoch", -1)))
            if kept is not None:
                restored = replace(kept, reply=value.get("reply"), reasoning=value.get("reasoning"))
                self.states[kept.key] = restored

    def _is_open(self, ask: Ask) -> bool:
        """Whether there is no reply yet; what an engine failed at is asked again."""
        prediction = self.states.get(ask.key)
        return prediction is None or (prediction.status == "error" and prediction.rule != FORCED_FAILED)

    def _forced_request(self, ask: Ask) -> ScoringRequest | None:
        """What asks a reply that was cut off for its label; None where there is nothing to ask."""
        prediction = self.states.get(ask.key)
        wanted = self.config.force and self.config.method == "generate" and prediction is not None
        return forced_request(ask, prediction) if wanted and prediction is not None else None

    def _answer(self, engine_name: str, resumed: int) -> None:
        self.progress.note(f"loading {self.config.engine.model}")
        engine = self.opener(self.config.engine)
        try:
            manifest = self.plan.manifest(engine_name, _found(engine.info))
            refuse_other_run(self.folder, manifest)
            write_manifest(self.folder, manifest)
            with ExitStack() as stack:
                self.log = stack.enter_context(AppendLog(self.folder / "predictions.jsonl"))
                if any(part.benchmark.confidential for part in self.plan.benchmarks):
                    self.private = stack.enter_context(AppendLog(self.folder / "private" / "replies.jsonl"))
                self.progress.start(len(self.plan), resumed, 0, engine.info)
                try:
                    self._ask(engine)
                finally:
                    self.progress.close()
        finally:
            engine.close()

    def _ask(self, engine: Engine) -> None:
        try:
            if self.config.method == "score":
                self._score(engine)
            else:
                self._generate(engine)
                self._force(engine)
        except EngineFailureError as error:
            raise self._died(error.message) from error
        except MedGoError:
            raise
        except Exception as error:
            raise self._died(f"{type(error).__name__}: {error}") from error

    def _died(self, why: str) -> EngineFailureError:
        finished = sum(prediction.status != "error" for prediction in self.states.values())
        if any(part.benchmark.confidential for part in self.plan.benchmarks):
            why = "it said why, which is withheld: it may quote an item that must not be passed on"
        return EngineFailureError(
            f"the engine died: {why}; {finished} of {len(self.plan)} answers are finished and safe",
            hint="run the same command again: it continues with what is missing",
        )

    def _must_stop(self) -> bool:
        """Whether somebody wants the run to end; an engine that scores takes its requests long before it is done."""
        self.stopped = self.stopped or self.should_stop()
        return self.stopped

    def _open_asks(self) -> Iterator[Ask]:
        for ask in self.plan.asks():
            if self._must_stop():
                return
            if self._is_open(ask):
                yield ask

    def _generate(self, engine: Engine) -> None:
        """All benchmarks and epochs through one queue."""
        running: dict[str, Ask] = {}

        def feed() -> Iterator[GenerationRequest]:
            for ask in self._open_asks():
                running[ask.id] = ask
                yield generation_request(ask, self.config)

        with _closing(engine.generate(feed())) as completions:
            for completion in completions:
                ask = running.pop(completion.request_id)
                self._keep(ask, read_completion(ask, completion), completion)
        for ask in running.values():
            forgotten = Completion.failed(ask.id, EngineFailureError("the engine ended without answering"))
            self._keep(ask, read_completion(ask, forgotten), forgotten)

    def _score(self, engine: Engine) -> None:
        text, plain = self.config.labels == "text", self.config.engine.template == "plain"
        waiting: dict[str, tuple[Ask, dict[str, LabelScores], int]] = {}
        owner: dict[str, str] = {}

        def feed() -> Iterator[Any]:
            for ask in self._open_asks():
                requests = scoring_requests(ask, text=text, plain=plain)
                waiting[ask.id] = (ask, {}, len(requests))
                for request in requests:
                    owner[request.id] = ask.id
                    yield request

        with _closing(engine.score(feed())) as results:
            for scores in results:
                ask, parts, wanted = waiting[owner.pop(scores.request_id)]
                parts[scores.request_id] = scores
                if len(parts) == wanted:
                    del waiting[ask.id]
                    self._keep(ask, read_scores(ask, parts, text=text), _as_completion(ask, parts.values()))
                if self._must_stop():
                    return
        if waiting:
            raise EngineFailureError(f"the engine ended without scoring {len(waiting)} items")

    def _force(self, engine: Engine) -> None:
        """Ask every reply that was cut off for its label at that point: one more reading each, no more text."""
        cut = [ask for ask in self.plan.asks() if self._forced_request(ask) is not None]
        if not cut or self.stopped:
            return
        self.progress.note(f"asking {len(cut)} replies that were cut off for their answer")
        asked: dict[str, Ask] = {}

        def feed() -> Iterator[ScoringRequest]:
            for ask in cut:
                request = self._forced_request(ask)
                if request is not None:
                    asked[request.id] = ask
                    yield request

        with _closing(engine.score(feed())) as results:
            for scores in results:
                ask = asked.pop(scores.request_id)
                self._keep(ask, read_forced(ask, self.states[ask.key], scores), None)
                if self._must_stop():
                    return

    def _keep(self, ask: Ask, prediction: Prediction, completion: Completion | None) -> None:
        """Put a prediction into the log; what may quote a confidential item goes into the private one instead."""
        prediction = _encodable(prediction)
        self.states[ask.key] = prediction
        self._stop_if_it_cannot_be_done(prediction)
        if ask.benchmark.confidential:
            names = {"benchmark": prediction.benchmark, "item": prediction.item, "epoch": prediction.epoch}
            texts = {"reply": prediction.reply, "reasoning": prediction.reasoning, "error": prediction.error}
            if any(texts.values()):
                self.private.append(names | texts)
            code = prediction.error.partition(":")[0]
            prediction = replace(prediction, reply=None, reasoning=None, error=code)
        self.log.append(prediction.to_row())
        if completion is not None:
            self.progress.row(completion)

    def _stop_if_it_cannot_be_done(self, prediction: Prediction) -> None:
        """An engine that refuses every request from the first one on will refuse the thousandth.

        Raises:
            UnsupportedRequestError: It has refused so many, and answered none.
        """
        code, _, why = prediction.error.partition(": ")
        self.refused = self.refused + 1 if code == UnsupportedRequestError.code and self.refused >= 0 else -1
        if self.refused == _REFUSALS:
            raise UnsupportedRequestError(f"nothing of this run can be done: {why}")


def _is_foreign(path: Path) -> bool:
    """Whether a file is none that a run leaves which died before its first answer."""
    return path.name.removesuffix(".partial") not in ("items.jsonl", "manifest.json", "predictions.jsonl", "private")


def _encodable(prediction: Prediction) -> Prediction:
    """Half of a surrogate pair, which an endpoint may send, is no character and cannot be read back."""

    def cleaned(text: str | None) -> str | None:
        return text if text is None else text.encode("utf-8", "replace").decode()

    error = cleaned(prediction.error) or ""
    return replace(prediction, reply=cleaned(prediction.reply), reasoning=cleaned(prediction.reasoning), error=error)


@contextmanager
def _closing(results: Iterator[_T]) -> Iterator[Iterator[_T]]:
    """Close an engine's iterator whatever happens, so that it stops work on the rest."""
    try:
        yield results
    finally:
        if isinstance(results, Generator):
            results.close()


def _found(info: EngineInfo) -> dict[str, Any]:
    """What the numbers depend on once the model is loaded; nothing that free memory or an endpoint's mood decides."""
    return {
        "engine": info.engine,
        "weights": info.weights,
        "numbers": info.dtype,
        "device": info.device.partition(":")[0],
        "context_length": info.context_length,
    }


def _as_completion(ask: Ask, scores: Iterable[LabelScores]) -> Completion:
    """What the progress bar counts of a scored item."""
    parts = list(scores)
    error: RequestError | None = next((part.error for part in parts if part.error is not None), None)
    usage = Usage(prompt=sum(part.prompt_tokens for part in parts))
    return Completion(ask.id, "", "error" if error else "stop", usage=usage, error=error)
