"""Every error that MedGo raises on purpose: what happened, why, and the way out.

A caller that prints ``str(error)`` shows the user all three. ``code`` is stable and machine-readable; it is what
ends up in the ``error`` field of an output line.
"""

from __future__ import annotations


class MedGoError(Exception):
    """Base of all expected failures.

    Args:
        message: What happened and why, one or two sentences.
        hint: The way out, as an instruction; empty when there is none.
    """

    code = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  → {self.hint}" if self.hint else self.message


class InputError(MedGoError):
    """The user's input (a file, a line, an argument) is not what was expected."""

    code = "invalid_input"


class PromptTooLongError(InputError):
    """A prompt and its reply do not fit into the model's context."""

    code = "prompt_too_long"


class UnsupportedRequestError(InputError):
    """The engine or the model cannot do what the request asks, and would otherwise have to ignore it."""

    code = "unsupported_request"


class ModelNotFoundError(MedGoError):
    """No model of that name is on this machine or, where the network was asked, on the hub."""

    code = "model_not_found"


class CorruptModelError(MedGoError):
    """A model file is truncated or does not have the hash it should have."""

    code = "corrupt_model"


class DownloadError(MedGoError):
    """A download failed or its content could not be verified."""

    code = "download_failed"


class EngineUnavailableError(MedGoError):
    """The engine's library is not installed, or does not work on this machine."""

    code = "engine_unavailable"


class EngineFailureError(MedGoError):
    """The engine broke while working on a request."""

    code = "engine_failure"


class EndpointError(EngineFailureError):
    """A remote endpoint refused, broke off or did not answer in time."""

    code = "endpoint_error"


class ResumeMismatchError(MedGoError):
    """An output file was written with another configuration than the one asked for now."""

    code = "resume_mismatch"


class StorageError(MedGoError):
    """A file could not be written (full disk, permissions)."""

    code = "storage_error"


class BenchmarkDataError(InputError):
    """A benchmark's file is missing, half downloaded, or a field of a row is not what its schema says."""

    code = "benchmark_data"


class RunFolderError(MedGoError):
    """A run folder is damaged, of another configuration, or holds no run."""

    code = "run_folder"


class KnowledgeSourceError(InputError):
    """A vocabulary's file is missing, damaged, or of another format than it should be."""

    code = "knowledge_source"


class UnknownConceptError(InputError):
    """No source in the index knows that identifier."""

    code = "unknown_concept"


class CertificateError(InputError):
    """Records without a valid de-identification certificate, which nothing may be made from."""

    code = "certificate"


class RecipeError(InputError):
    """A recipe names something that does not exist, or its numbers do not fit together."""

    code = "recipe"


class RowsRefusedError(InputError):
    """Rows were read whole, and a gate says that they must not be learnt from as they are."""

    code = "rows_refused"


class TrainingFailedError(MedGoError):
    """Training cannot go on: a loss that is no number, a process that was lost or does not answer."""

    code = "training_failed"


class PlanRefusedError(InputError):
    """A training run does not fit the devices that it is planned for."""

    code = "plan_refused"
