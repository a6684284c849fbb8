"""Batch: a file of questions becomes a file of answers; nothing is lost, nothing is computed twice."""

from medgo.inference.batch.config import BatchConfig, ResumeMode
from medgo.inference.batch.progress import ConsoleProgress, Progress, SilentProgress
from medgo.inference.batch.runner import EngineOpener, run_batch
from medgo.inference.batch.stopping import StopRequest, stop_on_signals
from medgo.inference.batch.summary import BatchSummary

__all__ = [
    "BatchConfig",
    "BatchSummary",
    "ConsoleProgress",
    "EngineOpener",
    "Progress",
    "ResumeMode",
    "SilentProgress",
    "StopRequest",
    "run_batch",
    "stop_on_signals",
]
