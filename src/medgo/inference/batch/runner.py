"""A batch run: index, plan, load, answer, order. Knows engines by their protocol only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from medgo.errors import EngineFailureError, MedGoError, ResumeMismatchError
from medgo.inference.batch.config import BatchConfig
from medgo.inference.batch.index import BatchRow, InputIndex, open_source
from medgo.inference.batch.inputs import RowDefaults
from medgo.inference.batch.ordering import sort_output
from medgo.inference.batch.outputs import bad_row, output_row, timing_row
from medgo.inference.batch.progress import Progress, SilentProgress
from medgo.inference.batch.resume import (
    Finished,
    Manifest,
    drop_failed,
    found,
    manifest_path,
    read_finished,
    requested,
    set_aside,
)
from medgo.inference.batch.sinks import FileSink, Sink, StreamSink
from medgo.inference.batch.summary import BatchSummary
from medgo.inference.engines._open import choose_engine, open_engine
from medgo.inference.engines.options import EngineOptions
from medgo.inference.protocol import Completion, Engine, GenerationRequest
from medgo.store import sole_writer

EngineOpener = Callable[[EngineOptions], Engine]


def run_batch(
    config: BatchConfig,
    *,
    opener: EngineOpener = open_engine,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> BatchSummary:
    """Answer every row of the input that has no row in the output yet.

    Args:
        config: What to do.
        opener: Loads the engine; called only when a row needs it.
        progress: Is told what happens.
        should_stop: Asked before each row is handed to the engine; True lets the running ones finish and ends.

    Returns:
        What was done; rows that failed are counted there and have their line in the output.

    Raises:
        InputError: The input as a whole, or the configuration, cannot be used. Nothing was computed.
        ResumeMismatchError: The output belongs to another run. Nothing was computed.
        StorageError: The output could not be written; rows that were, are whole.
        EngineFailureError: The engine died; finished rows are safe.
    """
    progress = progress or SilentProgress()
    with ExitStack() as stack:
        source = stack.enter_context(open_source(config.input))
        defaults = RowDefaults(config.sampling, config.thinking, config.system, config.logprobs)
        index = InputIndex(source, defaults)
        if not config.to_stdout:
            stack.enter_context(sole_writer(Path(config.output)))
        return _Run(config, index, opener, progress, should_stop).execute()


class _Run:
    """The state of one run."""

    def __init__(
        self,
        config: BatchConfig,
        index: InputIndex,
        opener: EngineOpener,
        progress: Progress,
        should_stop: Callable[[], bool],
    ) -> None:
        self.config, self.index, self.opener = config, index, opener
        self.progress, self.should_stop = progress, should_stop
        self.total = min(len(index), config.limit or len(index))
        self.output = Path(config.output)
        # Rows that the engine has; the engine may pull requests from a thread of its own.
        self.running: dict[str, BatchRow] = {}
        self.stopped = False

    def execute(self) -> BatchSummary:
        engine_name = choose_engine(self.config.engine)
        wanted = Manifest(requested(self.config, self.index, engine_name))
        finished = self._plan(wanted)
        self.finished = finished
        self.summary = BatchSummary(self.config, self.total, resumed=finished.rows, blank_lines=self.index.blank_lines)
        if self._has_open_rows():
            self._answer_open_rows(wanted)
        if self.config.ordered and not self.config.to_stdout and not self.stopped:
            sort_output(self.output, self.index)
        return replace(
            self.summary,
            failed=finished.failed,
            reasons=dict(finished.reasons),
            missing=sum(not state for state in finished.states[: self.total]),
            interrupted=self.stopped,
        )

    def _plan(self, wanted: Manifest) -> Finished:
        """Decide what stands; refuse an output of another run before any model is loaded."""
        if self.config.to_stdout:
            return Finished(bytearray(len(self.index)))
        output, resume = self.output, self.config.resume
        if resume == "force":
            set_aside(output)
        if not output.exists() or not output.stat().st_size:
            set_aside(output)
            return Finished(bytearray(len(self.index)))
        if resume == "never":
            raise ResumeMismatchError(
                f"{output} is already there", hint="--resume auto continues it, --resume force starts over"
            )
        written = Manifest.read(manifest_path(output))
        if written is None:
            raise ResumeMismatchError(
                f"{output} is already there and has no {manifest_path(output).name}: no batch run wrote it",
                hint="choose another output, or --resume force, which keeps the old file as .bak",
            )
        written.refuse_unless_same(wanted, output)
        if self.config.retry_errors:
            drop_failed(output)
        return read_finished(output, self.index)

    def _has_open_rows(self) -> bool:
        return 0 in self.finished.states[: self.total]

    def _answer_open_rows(self, wanted: Manifest) -> None:
        self.progress.note(f"loading {self.config.engine.model}")
        engine = self._open()
        try:
            manifest = replace(wanted, engine=found(engine.info))
            with self._open_sink(manifest) as sink:
                self.progress.start(self.total, self.finished.rows, self.finished.failed, engine.info)
                started = time.monotonic()
                try:
                    self._write_bad_rows(sink)
                    self._generate(engine, sink)
                finally:
                    self.summary = replace(self.summary, engine=engine.info, seconds=time.monotonic() - started)
                    self.progress.close()
        finally:
            engine.close()

    def _open(self) -> Engine:
        try:
            return self.opener(self.config.engine)
        except MedGoError:
            raise
        except Exception as error:
            raise EngineFailureError(f"{self.config.engine.model} cannot be loaded: {_describe(error)}") from error

    def _open_sink(self, manifest: Manifest) -> Sink:
        if self.config.to_stdout:
            return StreamSink(sys.stdout.buffer, ordered=self.config.ordered)
        written = Manifest.read(manifest_path(self.output))
        if written is not None:
            written.refuse_unless_same(manifest, self.output)
        manifest.write(manifest_path(self.output))
        return FileSink(self.output)

    def _write_bad_rows(self, sink: Sink) -> None:
        """Rows that no request can be made of cost their own line, before the first answer."""
        bad = {p for p in self.index.bad_positions if p < self.total and not self.finished.states[p]}
        if not bad:
            return
        for row in self.index.rows(self.total):
            if row.position in bad and row.error is not None:
                completion = Completion.failed(str(row.row_id), row.error)
                sink.write(row.position, bad_row(row.value, row.row_id, row.text, row.error), None)
                self._count(row, completion)

    def _generate(self, engine: Engine, sink: Sink) -> None:
        try:
            completions = engine.generate(self._feed())
            try:
                for completion in completions:
                    self._take(completion, sink)
            finally:
                if isinstance(completions, Generator):
                    completions.close()
        except EngineFailureError as error:
            raise self._engine_died(error) from error
        except MedGoError:
            raise  # a full disk, a changed input: says so itself
        except Exception as error:
            raise self._engine_died(error) from error
        forgotten = EngineFailureError("the engine ended without answering this request")
        for request_id in list(self.running):
            self._take(Completion.failed(request_id, forgotten), sink)

    def _feed(self) -> Iterator[GenerationRequest]:
        for row in self.index.rows(self.total):
            if self.should_stop():
                self.stopped = True
                return
            if row.request is not None and not self.finished.states[row.position]:
                self.running[row.request.id] = row
                yield row.request

    def _take(self, completion: Completion, sink: Sink) -> None:
        row = self.running.pop(completion.request_id, None)
        if row is None or row.value is None:
            raise EngineFailureError(f"the engine answered {completion.request_id!r}, which it was not asked")
        values = output_row(row.value, row.row_id, completion, latency=self.config.latency)
        sink.write(row.position, values, timing_row(row.row_id, completion))
        self._count(row, completion)

    def _count(self, row: BatchRow, completion: Completion) -> None:
        self.finished.note(row.position, completion.finish_reason)
        self.summary = self.summary.plus(completion)
        self.progress.row(completion)

    def _engine_died(self, error: Exception) -> EngineFailureError:
        return EngineFailureError(
            f"the engine died: {_describe(error)}; {self.finished.rows} of {self.total} rows are finished and safe",
            hint="run the same command again: it continues with the rows that are missing",
        )


def _describe(error: Exception) -> str:
    return error.message if isinstance(error, MedGoError) else f"{type(error).__name__}: {error}"
