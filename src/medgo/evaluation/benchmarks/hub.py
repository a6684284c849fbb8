"""Fetches a benchmark's files from the Hugging Face Hub at a commit, once, and finds them again without the network.

Knows no benchmark's content. Files are kept under ``<cache>/datasets``; an interrupted download continues.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from medgo.errors import DownloadError
from medgo.evaluation.benchmarks._tables import SUFFIXES, suffix_of
from medgo.evaluation.benchmarks.definition import Source
from medgo.inference.models.fetch import Fetcher
from medgo.inference.models.remote import RemoteFile, RemoteModel
from medgo.inference.models.retry import Retry
from medgo.store.atomic import replacing, sole_writer
from medgo.store.hashing import fingerprint
from medgo.store.paths import cache_dir

TIMEOUT = 20.0  # seconds without an answer


@dataclass(frozen=True, slots=True)
class HubCopy:
    """Files of a data set at one commit.

    Args:
        folder: Where they lie, named as in the repository.
        files: Their paths in it.
        commit: What they are a copy of.
    """

    folder: Path
    files: tuple[str, ...]
    commit: str


def cached(source: Source) -> HubCopy | None:
    """Return what an earlier download left here, complete, or a copy in the cache of the Hugging Face libraries."""
    marker = _marker(source)
    if marker.is_file():
        entry = json.loads(marker.read_text(encoding="utf-8"))  # it appears whole or not at all
        copy = HubCopy(_folder(source) / entry["commit"], tuple(entry["files"]), entry["commit"])
        if all((copy.folder / name).is_file() for name in copy.files):
            return copy
    return _shared_copy(source)


def fetch(source: Source, *, timeout: float = TIMEOUT) -> HubCopy:
    """Download the files that hold the items; every hash is checked. Where no commit is pinned, the newest is taken.

    Args:
        timeout: Seconds without an answer before a try counts as failed.

    Raises:
        DownloadError: The data set is gated, missing or has other files now, or the hub does not answer.
        StorageError: The disk is full or cannot be written to, or another process is fetching the same.
    """
    with sole_writer(_folder(source)):  # two processes would append to one partial file
        remote = _list(source, timeout)
        folder = _folder(source) / remote.commit
        fetcher = Fetcher("hf", remote.headers, timeout=timeout, advance=lambda _: None)
        try:
            for file in remote.files:
                if not (folder / file.path).is_file():
                    fetcher.fetch(file, folder / file.path)
        finally:
            fetcher.close()
        names = tuple(file.path for file in remote.files)
        with replacing(_marker(source)) as stream:
            stream.write(json.dumps({"commit": remote.commit, "files": names}, indent=1).encode())
    return HubCopy(folder, names, remote.commit)


def _list(source: Source, timeout: float) -> RemoteModel:
    """Ask the hub (or its mirror, ``HF_ENDPOINT``) which of the wanted files the data set has."""
    from huggingface_hub import HfApi, constants, get_token, hf_hub_url

    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or constants.ENDPOINT
    token = get_token()
    info = _dataset_info(HfApi(endpoint=endpoint, token=token or False), source, timeout)
    files = []
    for entry in info.siblings or []:
        if not _is_wanted(entry.rfilename, source.files):
            continue
        url = hf_hub_url(source.hub, entry.rfilename, repo_type="dataset", revision=info.sha, endpoint=endpoint)
        if entry.lfs is not None:
            files.append(RemoteFile(entry.rfilename, entry.lfs.size, entry.lfs.sha256, "sha256", url))
        elif entry.size is not None and entry.blob_id:
            files.append(RemoteFile(entry.rfilename, entry.size, entry.blob_id, "git-sha1", url))
    if not files:
        raise DownloadError(
            f"{source.hub} has none of the files {', '.join(source.files)} (any more)",
            hint=f"get its file from {source.page} and give it with --data NAME=PATH",
        )
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return RemoteModel(source.hub, "hf", source.revision or "main", str(info.sha), tuple(files), headers)


def _dataset_info(api: Any, source: Source, timeout: float) -> Any:
    import httpx2  # the HTTP client of huggingface_hub 2
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    retry = Retry(f"the hub for {source.hub}")
    while True:
        try:
            return api.dataset_info(source.hub, revision=source.revision or None, files_metadata=True, timeout=timeout)
        except HfHubHTTPError as error:
            status = error.response.status_code
            if not retry.is_worth(status):
                raise _refusal(status, source) from error
            retry.wait(error, error.response.headers.get("Retry-After"))
        except OfflineModeIsEnabled as error:
            raise DownloadError("HF_HUB_OFFLINE forbids the network", hint="unset HF_HUB_OFFLINE") from error
        except httpx2.TransportError as error:
            retry.wait(error)


def _refusal(status: int, source: Source) -> DownloadError:
    if status in (401, 403):
        return DownloadError(
            f"the hub does not let us read {source.hub} (HTTP {status}): it is gated, private or does not exist",
            hint=f"accept its terms on {source.page}, then log in with `hf auth login` or set HF_TOKEN",
        )
    if status == 404:
        at = f" at {source.revision}" if source.revision else ""
        return DownloadError(
            f"the hub has no data set {source.hub}{at} (any more)",
            hint=f"look on {source.page}, and give the file with --data NAME=PATH; a mirror may lack it (HF_ENDPOINT)",
        )
    return DownloadError(f"the hub answered HTTP {status} for {source.hub}", hint="try again later")


def _is_wanted(path: str, patterns: Sequence[str]) -> bool:
    place = PurePosixPath(path)
    inside = not place.is_absolute() and ".." not in place.parts and "\\" not in path and ":" not in path
    return inside and suffix_of(Path(path)) in SUFFIXES and any(fnmatchcase(path, pattern) for pattern in patterns)


def _folder(source: Source) -> Path:
    return cache_dir() / "datasets" / source.hub.replace("/", "--")


def _marker(source: Source) -> Path:
    """Written when all files are here; another choice of files or another commit has another marker."""
    return _folder(source) / f"{fingerprint([source.revision, list(source.files)])[:16]}.json"


def _shared_copy(source: Source) -> HubCopy | None:
    """The data set in the cache of the Hugging Face libraries.

    The layout is documented: https://huggingface.co/docs/huggingface_hub/guides/manage-cache
    """
    from huggingface_hub import constants

    repository = Path(constants.HF_HUB_CACHE) / f"datasets--{source.hub.replace('/', '--')}"
    commit = source.revision
    if not commit:
        newest = repository / "refs" / "main"
        commit = newest.read_text(encoding="utf-8").strip() if newest.is_file() else ""
    snapshot = repository / "snapshots" / commit
    if not commit or not snapshot.is_dir():
        return None
    paths = (path.relative_to(snapshot).as_posix() for path in sorted(snapshot.rglob("*")) if path.is_file())
    files = tuple(path for path in paths if _is_wanted(path, source.files))
    return HubCopy(snapshot, files, commit) if files else None
