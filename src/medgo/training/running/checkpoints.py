"""Checkpoints that are whole or absent, and the one to go on from. Knows the Trainer's saving, not what it learns.

A checkpoint is written into a staging folder on the same disk, every file is hashed and synced, and the folder is
renamed to ``checkpoint-<step>``; only then are older ones removed. So a kill, a full disk or a power cut at any time
leaves the last good checkpoint.
"""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from accelerate.utils import gather_object
from safetensors import SafetensorError
from transformers import Trainer

from medgo.errors import CorruptModelError, ResumeMismatchError, StorageError
from medgo.store.atomic import fsync_folder
from medgo.training.job import Job
from medgo.training.running.first_step import SaveFirstStep, check_saved_weights, check_size
from medgo.training.running.manifest import Identity, Manifest, files_below, hash_and_sync
from medgo.training.running.processes import first_does, place
from medgo.training.running.sharding import gather_what_is_saved

_log = logging.getLogger(__name__)
_PREFIX = "checkpoint-"
_STAGING = ".saving-"
_REMOVING = ".removing-"
_CORRUPT = "corrupt-"
# Beside weights and the two moments of Adam: tokenizer, state of the generators, settings.
_OTHER_FILES = 32 * 2**20
# Checkpoints of a process that are read back: that of the first step, whose learning rate may still be 0 (warm-up), so
# that saved weights of before it would look right, and the next one.
_READ_BACK = 2


def checkpoint_step(folder: Path) -> int:
    """Optimiser steps that a checkpoint folder's name states."""
    return int(folder.name.removeprefix(_PREFIX))


def list_checkpoints(folder: Path) -> list[Path]:
    """Checkpoints in a folder, newest (most steps) first; what was set aside or is half written is none."""
    found = [path for path in folder.glob(f"{_PREFIX}*") if path.name.removeprefix(_PREFIX).isdigit()]
    return sorted(found, key=checkpoint_step, reverse=True)


def say_last_good(folder: Path) -> str:
    """In words, which checkpoint of a folder a run would go on from."""
    kept = list_checkpoints(folder)
    return f"the last good checkpoint is {kept[0]}" if kept else "there is no checkpoint yet"


def find_resume(job: Job) -> Path | None:
    """Find the newest whole checkpoint of a job.

    A damaged one is named in a warning, set aside (``corrupt-checkpoint-<step>``) and the one before is taken. With
    several processes, all call this after their group is set up; the first one looks and tells the others.

    Returns:
        The folder to resume from; None to start at step 0.

    Raises:
        ResumeMismatchError: The newest whole checkpoint is of another job; says what differs.
        OSError: The folder of checkpoints or the job's files cannot be read, or a damaged checkpoint not set aside.
    """
    return first_does(lambda: _find_resume(job, place()[1]))


def _find_resume(job: Job, world_size: int) -> Path | None:
    sweep(job.checkpoints)
    for folder in list_checkpoints(job.checkpoints):
        try:
            manifest = Manifest.read(folder)
            manifest.verify(folder)
        except CorruptModelError as error:
            aside = _free_name(folder.with_name(_CORRUPT + folder.name))
            folder.rename(aside)
            _log.warning("%s is damaged and was set aside as %s: %s", folder, aside.name, error)
            continue
        _refuse_another_job(job, folder, manifest, world_size)
        return folder
    return None


def _refuse_another_job(job: Job, folder: Path, manifest: Manifest, world_size: int) -> None:
    differences = manifest.identity.differences(Identity.of(job))
    if job.devices.sharding == "zero3" and manifest.world_size != world_size:
        # DeepSpeed's files are laid out for their number of processes; the others can be read by any number.
        differences.append(f"the number of processes ({manifest.world_size}, now {world_size})")
    if differences:
        raise ResumeMismatchError(
            f"{folder} belongs to another job; different are: {'; '.join(differences)}",
            hint=f"restore what changed, or move {job.checkpoints} away to train this stage from its start",
        )


def only_first_step(folder: Path) -> bool:
    """Whether no checkpoint in a folder is of more than one step; so where there is none."""
    return all(checkpoint_step(one) == 1 for one in list_checkpoints(folder))


def forget_first_step(folder: Path) -> None:
    """Remove the checkpoint of step 1; later ones, and it beside them, stay: they took longer to make.

    Raises:
        StorageError: It cannot be removed.
    """
    if not only_first_step(folder):
        return
    try:
        for first in list_checkpoints(folder):
            _remove(first)
    except OSError as error:
        raise StorageError(
            f"the checkpoint of step 1 in {folder} cannot be removed: {error.strerror or error}", hint="remove it"
        ) from error


def sweep(folder: Path) -> None:
    """Remove what killed processes left half written or half removed."""
    for leftover in (*folder.glob(f"{_STAGING}*"), *folder.glob(f"{_REMOVING}*")):
        _log.info("%s was left by a process that was stopped; removed", leftover)
        shutil.rmtree(leftover)


class SafeCheckpoints(Trainer):  # type: ignore[misc]
    """A Trainer whose checkpoints are whole or absent, the first of them after one step; goes before TRL's trainer.

    Args:
        job: Whose checkpoints they are; ``TrainingArguments.output_dir`` is not used for them.
    """

    def __init__(self, *args: Any, job: Job, **kwargs: Any) -> None:
        self.job = job
        self._identity = Identity.of(job)
        self._staging: Path | None = None
        self._saved = 0
        self._saved_bytes = 0
        super().__init__(*args, **kwargs)
        self.add_callback(SaveFirstStep())

    def _get_output_dir(self, trial: Any) -> str:  # noqa: ARG002 - the Trainer's signature
        return str(self._staging if self._staging is not None else self.job.checkpoints)

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """Write weights: as the checkpoint's layout has them, and whole when it is not for a checkpoint."""
        if self.is_fsdp_enabled and self._staging is None:
            gather_what_is_saved(self.accelerator)
        super().save_model(output_dir, _internal_call)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        step = self.state.global_step
        final = self.job.checkpoints / f"{_PREFIX}{step}"
        staging = self.job.checkpoints / f"{_STAGING}{step}"
        if final.exists():  # the last step may be saved for two reasons; the content would be the same
            return
        with written_or_storage_error(final, staging, self.job.checkpoints, remove=self.is_world_process_zero()):
            if self.is_world_process_zero():
                shutil.rmtree(staging, ignore_errors=True)
                self._refuse_full_disk(final)
                staging.mkdir(parents=True)
            self.accelerator.wait_for_everyone()
            self._write(model, trial, staging)
            self._publish(staging / final.name, final, step)
        self._saved += 1
        self._saved_bytes = Manifest.read(final).size

    def _write(self, model: Any, trial: Any, staging: Path) -> None:
        self._staging = staging
        try:
            # TRL's own `_save_checkpoint` is passed over: it only writes a model card before this, at every checkpoint.
            Trainer._save_checkpoint(self, model, trial)
        finally:
            self._staging = None
        self.accelerator.wait_for_everyone()

    def _publish(self, written: Path, final: Path, step: int) -> None:
        """Hash what all processes wrote, each its share; the first one renames the folder and removes old ones."""
        first, world = self.is_world_process_zero(), self.accelerator.num_processes
        if first:
            (written / "README.md").unlink(missing_ok=True)  # PEFT's stub of a model card
            check_size(self.model, written, self.job)
            if self._saved < _READ_BACK:
                check_saved_weights(self.accelerator.unwrap_model(self.model), written, self.job)
        self.accelerator.wait_for_everyone()
        share = list(files_below(written))[self.accelerator.process_index :: world]
        hashed = [(name, hash_and_sync(written / name)) for name in share]
        every = gather_object(hashed) if world > 1 else hashed
        if first:
            Manifest(step, self._identity, world, dict(sorted(every))).write(written)
            for folder in {written, *(path for path in written.rglob("*") if path.is_dir())}:
                fsync_folder(folder)
            written.rename(final)
            written.parent.rmdir()
            fsync_folder(final.parent)
            self._remove_old()
        self.accelerator.wait_for_everyone()

    def _remove_old(self) -> None:
        for old in list_checkpoints(self.job.checkpoints)[self.job.stage.checkpoints.keep :]:
            _remove(old)

    def _refuse_full_disk(self, final: Path) -> None:
        final.parent.mkdir(parents=True, exist_ok=True)
        needed, free = self._expected_bytes(), shutil.disk_usage(final.parent).free
        if free < needed:
            raise StorageError(
                f"{final} needs about {needed / 2**20:.0f} MB, and the disk has {free / 2**20:.0f} MB free; "
                f"{say_last_good(final.parent)}",
                hint="make room, then run the same command again: it goes on from there",
            )

    def _expected_bytes(self) -> int:
        """Bytes of a checkpoint: as many as the last one had, or learnt weights and two moments of each."""
        if self._saved_bytes:
            return int(self._saved_bytes * 1.02)
        learnt = [weight for weight in self.model.parameters() if weight.requires_grad]
        weights: int = sum(weight.numel() * weight.element_size() for weight in learnt)
        return 3 * weights + _OTHER_FILES


@contextmanager
def written_or_storage_error(final: Path, staging: Path, checkpoints: Path, *, remove: bool) -> Iterator[None]:
    """Leave nothing of a folder that could not be written.

    Args:
        final: What is written, as it will be called.
        staging: The folder that it is written into.
        checkpoints: Folder of the job's checkpoints.
        remove: Whether this process removes what was half written.

    Raises:
        StorageError: Names the cause and the last good checkpoint.
    """
    try:
        yield
    except Exception as error:
        if not _is_failed_write(error):
            raise
        raise StorageError(
            f"{final} could not be written: {_root_cause(error)}; {say_last_good(checkpoints)}",
            hint="make room on that disk, then run the same command again: it goes on from there",
        ) from error
    finally:
        if remove and sys.exc_info()[0] is not None:
            shutil.rmtree(staging, ignore_errors=True)


def _is_failed_write(error: Exception) -> bool:
    if isinstance(error, RuntimeError):
        # torch.save reports a disk that takes no more as a RuntimeError of its zip writer, without errno:
        # https://github.com/pytorch/pytorch/blob/main/caffe2/serialize/inline_container.cc
        return "PytorchStreamWriter" in str(error) or "inline_container" in str(error)
    if type(error) is Exception:
        # tokenizers has no other class for whatever fails in Rust; these are Rust's words for an errno:
        # https://github.com/huggingface/tokenizers/blob/main/bindings/python/src/error.rs
        return "(os error " in str(error)
    return isinstance(error, (OSError, SafetensorError))


def _root_cause(error: BaseException) -> str:
    """The first exception of a chain has the system's own words; what follows comes from closing a broken file."""
    while error.__context__ is not None:
        error = error.__context__
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, RuntimeError):
        return "the disk did not take the whole of a file (torch does not say why; a full one is the usual cause)"
    return str(error).splitlines()[0]


def _remove(checkpoint: Path) -> None:
    # Under another name first: a half removed checkpoint must not look like one.
    removing = _free_name(checkpoint.with_name(_REMOVING + checkpoint.name))
    checkpoint.rename(removing)
    shutil.rmtree(removing)


def _free_name(path: Path) -> Path:
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}.{number}")
    return candidate
