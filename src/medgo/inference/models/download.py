"""Getting a model from a hub: plan it, then fetch it. Shows nothing; the caller gives a function for progress."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from medgo.errors import DownloadError, StorageError
from medgo.inference.models import hub_huggingface, hub_modelscope
from medgo.inference.models.check import check_gguf, check_hf_folder
from medgo.inference.models.registry import Source, parse_model_name
from medgo.inference.models.remote import RemoteFile, RemoteModel, choose_files
from medgo.store.hashing import fingerprint, git_blob_sha1, sha256_of_file
from medgo.store.paths import cache_dir, existing_parent

if TYPE_CHECKING:
    from medgo.inference.models.fetch import Fetcher

_WORKERS = 4
_RESERVE = 256 << 20  # bytes of the disk that a download leaves free


@dataclass(frozen=True, slots=True)
class DownloadRequest:
    """What to download.

    Args:
        name: Alias or ``[hf:|modelscope:]organisation/name[@revision]``.
        source: None takes the one that the name says, else Hugging Face.
        revision: Branch, tag or commit; None takes the one that the name says, else the default branch.
        local_dir: Folder to write to; None writes to the hub's own cache.
        include: Shell patterns of files; none takes weights (safetensors), configuration and tokenizer.
        exclude: Shell patterns of files to leave out.
        timeout: Seconds without any byte before a try counts as failed.
    """

    name: str
    source: Source | None = None
    revision: str | None = None
    local_dir: Path | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class DownloadPlan:
    """Which file goes where.

    Args:
        folder: Where the model will be when all is done.
        targets: Each file with the place where its bytes go; files of equal content share one.
        in_hf_cache: The places are blobs of the Hugging Face cache, to be linked into ``folder``.
    """

    model: RemoteModel
    folder: Path
    targets: tuple[tuple[RemoteFile, Path], ...]
    in_hf_cache: bool
    timeout: float

    @property
    def total_bytes(self) -> int:
        """Bytes of all places together: what ``advance`` adds up to."""
        return sum(file.size for file, _ in self.targets)

    @property
    def missing_bytes(self) -> int:
        """Bytes that are not on the disk yet."""
        missing = 0
        for file, target in self.targets:
            partial = target.with_name(target.name + ".incomplete")
            if not target.exists():
                missing += file.size - (partial.stat().st_size if partial.exists() else 0)
        return max(missing, 0)


def plan_download(request: DownloadRequest) -> DownloadPlan:
    """Ask the hub what there is and decide what to fetch.

    Raises:
        ModelNotFoundError: The hub has no such model.
        DownloadError: It may not be read, the hub does not answer, or no file is wanted.
        StorageError: The disk has no room for it.
    """
    name = parse_model_name(request.name)
    if name.scope != "hub":
        raise DownloadError(
            f"{request.name!r} is not on a hub", hint="the embedded model comes with MedGo; a folder is used as it is"
        )
    source = request.source or name.source or "hf"
    list_files = hub_huggingface.list_huggingface if source == "hf" else hub_modelscope.list_modelscope
    model = list_files(name.target, request.revision or name.revision, timeout=request.timeout)
    model = replace(model, files=choose_files(model.files, request.include, request.exclude))
    plan = _place(model, request)
    _expect_room(plan)
    return plan


def fetch_model(plan: DownloadPlan, advance: Callable[[int], None] = lambda _: None) -> Path:
    """Fetch all files of a plan, four at a time, and check every one of them.

    Args:
        advance: Called from several threads with the number of bytes that are done (may be negative).

    Returns:
        The folder with the model.

    Raises:
        DownloadError: The hub refused, did not answer, or sent other bytes than it announced. What has arrived is kept,
            and the next call continues there.
        CorruptModelError: The files are what the hub has, but not a whole model.
        StorageError: The disk is full.
    """
    from filelock import FileLock

    from medgo.inference.models.fetch import Fetcher  # httpx: most commands need no network

    lock = cache_dir() / "locks" / f"{fingerprint(str(plan.folder))}.lock"
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot write to the cache: {error}", hint="set MEDGO_CACHE to a writable folder"
        ) from error
    fetcher = Fetcher(plan.model.source, plan.model.headers, timeout=plan.timeout, advance=advance)
    with FileLock(lock), closing(fetcher):
        _fetch_all(plan, fetcher, advance)
        if plan.in_hf_cache:
            hub_huggingface.place_in_cache(plan.model)
    _check_result(plan)
    return plan.folder


def _fetch_all(plan: DownloadPlan, fetcher: Fetcher, advance: Callable[[int], None]) -> None:
    def get(item: tuple[RemoteFile, Path]) -> None:
        file, target = item
        if target.exists():
            if _digest(file, target) == file.digest:
                advance(file.size)
                return
            target.unlink()
        fetcher.fetch(file, target)

    pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="download")
    try:
        # Small files first: a model that may not be read fails before any weights move.
        for _ in pool.map(get, sorted(plan.targets, key=lambda item: item[0].size)):
            pass
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _place(model: RemoteModel, request: DownloadRequest) -> DownloadPlan:
    if request.local_dir is None and model.source == "hf":
        repository = hub_huggingface.repository_folder(model.model_id)
        blobs = {repository / "blobs" / file.digest: file for file in model.files}
        targets = tuple((file, blob) for blob, file in blobs.items())
        return DownloadPlan(model, repository / "snapshots" / model.commit, targets, True, request.timeout)
    folder = request.local_dir or hub_modelscope.snapshot_folder(model.model_id, model.revision)
    folder = folder.expanduser().absolute()
    return DownloadPlan(
        model, folder, tuple((file, folder / file.path) for file in model.files), False, request.timeout
    )


def _expect_room(plan: DownloadPlan) -> None:
    missing = plan.missing_bytes
    free = shutil.disk_usage(existing_parent(plan.folder)).free
    if missing + _RESERVE > free:
        raise StorageError(
            f"{plan.model.model_id} needs {missing} more bytes in {plan.folder}, and {free} are free there",
            hint="free some space, or give a folder on another disk with --local-dir",
        )


def _check_result(plan: DownloadPlan) -> None:
    names = [file.path for file in plan.model.files]
    for name in names:
        if name.endswith(".gguf"):
            check_gguf(plan.folder / name)
    if "config.json" in names and any(name.endswith(".safetensors") for name in names):
        check_hf_folder(plan.folder)


def _digest(file: RemoteFile, path: Path) -> str:
    return sha256_of_file(path) if file.algorithm == "sha256" else git_blob_sha1(path)
