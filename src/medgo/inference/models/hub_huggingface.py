"""Hugging Face: the files of a model, and its place in the cache that all Hugging Face libraries share.

The bytes are fetched by :mod:`medgo.inference.models.fetch`, because huggingface_hub 2.4 throws a partial file away
when its process ends (huggingface_hub pull request 4228): a shard of 4 GB would start again at zero.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from medgo.errors import DownloadError, StorageError
from medgo.inference.models.remote import RemoteFile, RemoteModel, status_error
from medgo.inference.models.retry import Retry


def list_huggingface(model_id: str, revision: str | None, *, timeout: float) -> RemoteModel:
    """Ask the hub (or its mirror, ``HF_ENDPOINT``) for the files of a model with their hashes.

    Args:
        timeout: Seconds without an answer before a try counts as failed.

    Raises:
        ModelNotFoundError: No such model or revision.
        DownloadError: It may not be read, or the hub does not answer.
    """
    from huggingface_hub import HfApi, constants, get_token, hf_hub_url

    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or constants.ENDPOINT
    token = get_token()
    info = _model_info(HfApi(endpoint=endpoint, token=token or False), model_id, revision, timeout)
    files = []
    for entry in info.siblings or []:
        url = hf_hub_url(model_id, entry.rfilename, revision=info.sha, endpoint=endpoint)
        if entry.lfs is not None:
            files.append(RemoteFile(entry.rfilename, entry.lfs.size, entry.lfs.sha256, "sha256", url))
        elif entry.size is not None and entry.blob_id:
            files.append(RemoteFile(entry.rfilename, entry.size, entry.blob_id, "git-sha1", url))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return RemoteModel(model_id, "hf", revision or "main", str(info.sha), tuple(files), headers)


def _model_info(api: Any, model_id: str, revision: str | None, timeout: float) -> Any:
    import httpx2  # the HTTP client of huggingface_hub 2
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    retry = Retry(f"the hub for {model_id}")
    while True:
        try:
            return api.model_info(model_id, revision=revision, files_metadata=True, timeout=timeout)
        except HfHubHTTPError as error:
            status = error.response.status_code
            if not retry.is_worth(status):
                what = f"{model_id} at revision {revision}" if revision else model_id
                raise status_error(status, what, "hf") from error
            retry.wait(error, error.response.headers.get("Retry-After"))
        except OfflineModeIsEnabled as error:
            raise DownloadError("HF_HUB_OFFLINE forbids the network", hint="unset HF_HUB_OFFLINE") from error
        except HFValidationError as error:
            raise DownloadError(f"{model_id!r} is not a hub id: {error}") from error
        except httpx2.TransportError as error:
            retry.wait(error)


def repository_folder(model_id: str) -> Path:
    """Return the folder of a model in the Hugging Face cache; it need not exist."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / f"models--{model_id.replace('/', '--')}"


def place_in_cache(model: RemoteModel) -> None:
    """Make fetched blobs visible as a snapshot: one link a file, then the revision's name.

    The layout is documented: https://huggingface.co/docs/huggingface_hub/guides/manage-cache

    Raises:
        StorageError: The disk is full or knows no links.
    """
    try:
        _link_snapshot(model)
    except OSError as error:
        raise StorageError(
            f"cannot link {model.model_id} into the Hugging Face cache: {error}", hint="use --local-dir"
        ) from error


def _link_snapshot(model: RemoteModel) -> None:
    repository = repository_folder(model.model_id)
    snapshot = repository / "snapshots" / model.commit
    for file in model.files:
        link = snapshot / file.path
        link.parent.mkdir(parents=True, exist_ok=True)
        blob = repository / "blobs" / file.digest
        temporary = link.with_name(f"{link.name}.{os.getpid()}.tmp")
        temporary.symlink_to(os.path.relpath(blob, link.parent))
        temporary.replace(link)
    if model.revision != model.commit:
        reference = repository / "refs" / model.revision
        reference.parent.mkdir(parents=True, exist_ok=True)
        reference.write_text(model.commit, encoding="utf-8")


def cached_snapshot(model_id: str, revision: str | None) -> Path | None:
    """Return the folder of a model in the Hugging Face cache, complete or not, without asking the network."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    # snapshot_download(local_files_only=True) would call a snapshot incomplete because we left out pickles.
    try:
        config = try_to_load_from_cache(model_id, "config.json", revision=revision)
    except HFValidationError:
        return None
    return Path(config).parent if isinstance(config, str) else None
