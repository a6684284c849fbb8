"""A run: plan, resume, answer, force what was cut off. Knows engines by their protocol only."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from medgo.errors import EngineFailureError, MedGoError, RunFolderError
from medgo.evaluation.answering import (
    Ask,
    forced_request,
    generation_request,
    read_completion,
    read_forced,
    read_scores,
    scoring_requests,
)
from medgo.evaluation.runs.folder import (
    read_predictions,
    refuse_other_run,
    write_items,
    write_manifest,
)
from medgo.evaluation.runs.plan import RunPlan
from medgo.inference.batch import Progress, SilentProgress
from medgo.inference.engines import EngineOptions, choose_engine, open_engine
from medgo.inference.protocol import Completion, Engine, EngineInfo, GenerationRequest, LabelScores, RequestError, Usage
from medgo.schema import Prediction
from medgo.store import AppendLog, RowFile, sole_writer

EngineOpener = Callable[[EngineOptions], Engine]
Key = tuple[str, str, int]
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
    folder = plan.config.output
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
        self.plan, self.folder, self.opener, self.progress, self.should_stop = (
            plan,
            folder,
            opener,
            progress,
            should_stop,
        )
        self.config = plan.config
        self.stopped = False
        self.states: dict[Key, Prediction] = {}

    def run(self) -> RunResult:
        engine_name = choose_engine(self.config.engine)
        self._check_folder(self.plan.manifest(engine_name))
        resumed = sum(not self._is_open(ask) for ask in self.plan.asks())
        if resumed < len(self.plan) or any(self._is_cut(ask) for ask in self.plan.asks()):
            self._answer(engine_name, resumed)
        failed = sum(prediction.status == "error" for prediction in self.states.values())
        return RunResult(len(self.plan), resumed, failed, self.stopped)

    def _check_folder(self, manifest: dict[str, Any]) -> None:
        if (self.folder / "manifest.json").exists():
            refuse_other_run(self.folder, manifest)
        elif self.folder.exists() and any(self.folder.iterdir()):
            raise RunFolderError(
                f"{self.folder} is not empty and holds no run", hint="choose another --output, or an empty folder"
            )
        else:
            write_manifest(self.folder, manifest)
            write_items(self.folder, self.plan.item_rows())
        log = self.folder / "predictions.jsonl"
        if log.exists():
            self.states = {prediction.key: prediction for prediction in read_predictions(log)}
            self._restore_private()

    def _restore_private(self) -> None:
        private = self.folder / "private" / "replies.jsonl"
        if not private.exists():
            return
        for row in RowFile(private):
            if row.value is None:
                continue
            key = (row.value["benchmark"], row.value["item"], row.value["epoch"])
            if key in self.states:
                kept = self.states[key]
                self.states[key] = replace(kept, reply=row.value["reply"], reasoning=row.value["reasoning"])

    def _is_open(self, ask: Ask) -> bool:
        """Whether there is no answer yet; what an engine failed at is asked again."""
        prediction = self.states.get(ask.key)
        return prediction is None or prediction.status == "error"

    def _is_cut(self, ask: Ask) -> bool:
        prediction = self.states.get(ask.key)
        return self.config.force and prediction is not None and forced_request(ask, prediction) is not None

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
        return EngineFailureError(
            f"the engine died: {why}; {len(self.states)} of {len(self.plan)} answers are finished and safe",
            hint="run the same command again: it continues with what is missing",
        )

    def _open_asks(self) -> Iterator[Ask]:
        for ask in self.plan.asks():
            if self.should_stop():
                self.stopped = True
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
        if waiting:
            raise EngineFailureError(f"the engine ended without scoring {len(waiting)} items")

    def _force(self, engine: Engine) -> None:
        """Ask every reply that was cut off for its label at that point: one more reading each, no more text."""
        cut = {}
        for ask in self.plan.asks():
            prediction = self.states.get(ask.key)
            if not self.config.force or self.stopped or prediction is None or prediction.rule == "forced-failed":
                continue
            request = forced_request(ask, prediction)
            if request is not None:
                cut[request.id] = (ask, prediction, request)
        if not cut:
            return
        self.progress.note(f"asking {len(cut)} replies that were cut off for their answer")
        with _closing(engine.score(request for _, _, request in cut.values())) as results:
            for scores in results:
                ask, prediction, _ = cut[scores.request_id]
                self._keep(ask, read_forced(prediction, scores), None)

    def _keep(self, ask: Ask, prediction: Prediction, completion: Completion | None) -> None:
        """Put a prediction into the log; replies to confidential items go into the private one instead."""
        self.states[ask.key] = prediction
        if ask.benchmark.confidential and prediction.reply is not None:
            names = {"benchmark": prediction.benchmark, "item": prediction.item, "epoch": prediction.epoch}
            self.private.append(names | {"reply": prediction.reply, "reasoning": prediction.reasoning})
            prediction = replace(prediction, reply=None, reasoning=None)
        self.log.append(prediction.to_row())
        if completion is not None:
            self.progress.row(completion)


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
