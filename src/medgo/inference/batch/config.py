"""What one batch run is asked to do. Knows nothing of how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from medgo.errors import InputError
from medgo.inference.engines.options import EngineOptions
from medgo.inference.protocol import GenerationRequest, Sampling, Thinking
from medgo.schema import Message

ResumeMode = Literal["auto", "never", "force"]
STANDARD_STREAM = "-"


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """A batch run.

    Args:
        input: A file of rows, or ``-`` for standard input.
        output: A JSONL file, or ``-`` for standard output (which cannot be resumed).
        engine: The model and what runs it.
        sampling: How tokens are chosen; ``seed`` is the run's, from which each row gets its own.
        thinking: Whether a thinking model reasons before it answers.
        system: System prompt for rows that bring none; None sends none.
        logprobs: None, or N for the log-probability of each generated token and of the N most likely ones.
        resume: ``auto`` continues a run of the same configuration and refuses another; ``never`` refuses any output
            that is there; ``force`` starts over and keeps the old output as ``<output>.bak``, ``.bak2``, …
        retry_errors: When continuing, compute the rows again that had failed.
        ordered: Put the output into the order of the input at the end.
        limit: Answer the first N rows only; a later run with a higher limit continues.
        latency: Write what depends on the moment (``latency``, ``usage.cached``) into the rows too. Without it two runs
            of the same configuration give the same bytes on a batch-invariant engine.
    """

    input: str
    output: str
    engine: EngineOptions = EngineOptions()
    sampling: Sampling = Sampling()
    thinking: Thinking = Thinking()
    system: str | None = None
    logprobs: int | None = None
    resume: ResumeMode = "auto"
    retry_errors: bool = False
    ordered: bool = False
    limit: int | None = None
    latency: bool = False

    def __post_init__(self) -> None:
        # Builds a request once: a combination that no row could be answered with is one error, not one a row.
        GenerationRequest("check", (Message("user", "?"),), self.sampling, self.thinking)
        if self.limit is not None and self.limit < 1:
            raise InputError(f"limit must be at least 1, found {self.limit}")
        if self.logprobs is not None and not 0 <= self.logprobs <= 20:
            raise InputError(f"logprobs must be between 0 and 20, found {self.logprobs}")
        if self.to_stdout and (self.resume == "force" or self.retry_errors):
            raise InputError("standard output cannot be resumed", hint="write to a file")
        if not self.to_stdout:
            self._check_output(Path(self.output))

    @property
    def to_stdout(self) -> bool:
        """Rows go to standard output."""
        return self.output == STANDARD_STREAM

    def _same_file(self, output: Path) -> bool:
        source = Path(self.input)
        return self.input != STANDARD_STREAM and source.exists() and output.exists() and output.samefile(source)

    def _check_output(self, output: Path) -> None:
        if output.suffix.lower() in (".gz", ".zst"):
            raise InputError(
                f"{output}: the output grows row by row, which a compressed file cannot",
                hint="write .jsonl and compress it afterwards",
            )
        if output.is_dir():
            raise InputError(f"{output} is a folder", hint=f"name a file, such as {output / 'predictions.jsonl'}")
        if self._same_file(output):
            raise InputError(f"{output} is input and output at once", hint="choose another output")
