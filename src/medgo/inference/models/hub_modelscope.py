"""ModelScope: the files of a model over its public HTTP API, and its place in ModelScope's cache.

The client package ``modelscope`` is not needed; the paths of the API and of the cache are those of modelscope-hub 0.5.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from medgo.errors import DownloadError
from medgo.inference.models.remote import RemoteFile, RemoteModel, status_error
from medgo.inference.models.retry import Retry

_DEFAULT_REVISION = "master"
_LISTING_LIMIT = 3000  # the API cuts a longer listing without saying so


def list_modelscope(model_id: str, revision: str | None, *, timeout: float) -> RemoteModel:
    """Ask ModelScope (or ``MODELSCOPE_ENDPOINT``) for the files of a model with their hashes.

    Args:
        timeout: Seconds without an answer before a try counts as failed.

    Raises:
        ModelNotFoundError: No such model or revision.
        DownloadError: It may not be read, or the hub does not answer.
    """
    endpoint = os.environ.get("MODELSCOPE_ENDPOINT", "").rstrip("/") or "https://modelscope.cn"
    token = os.environ.get("MODELSCOPE_API_TOKEN")
    # Older parts of the API read the token from a cookie, newer ones from the header.
    headers = {"Authorization": f"Bearer {token}", "Cookie": f"m_session_id={token}"} if token else {}
    revision = revision or _DEFAULT_REVISION
    address = f"{endpoint}/api/v1/models/{model_id}/repo"
    listing = _get_json(f"{address}/files?{urlencode({'Revision': revision, 'Recursive': 'True'})}", headers, timeout)
    entries = _entries(listing, model_id)
    if len(entries) >= _LISTING_LIMIT:
        raise DownloadError(
            f"{model_id} has more files than ModelScope lists ({_LISTING_LIMIT})", hint="use --source hf"
        )
    files = []
    for entry in entries:
        if entry.get("Type") == "tree" or not entry.get("Sha256"):
            continue
        url = f"{address}?{urlencode({'Revision': revision, 'FilePath': entry['Path']})}"
        files.append(RemoteFile(entry["Path"], int(entry["Size"]), str(entry["Sha256"]).lower(), "sha256", url))
    return RemoteModel(model_id, "modelscope", revision, revision, tuple(files), headers)


def _entries(listing: Any, model_id: str) -> list[dict[str, Any]]:
    data = listing.get("Data") if isinstance(listing, dict) else None
    files = data.get("Files") if isinstance(data, dict) else data
    if not isinstance(files, list):
        raise DownloadError(
            f"ModelScope does not list the files of {model_id}", hint="check the name, or use --source hf"
        )
    return files


def _get_json(url: str, headers: dict[str, str], timeout: float) -> Any:
    import httpx

    retry = Retry("ModelScope")
    while True:
        try:
            response = httpx.get(url, headers=headers, timeout=timeout, follow_redirects=True)
            if response.status_code == 200:
                return response.json()
            if not retry.is_worth(response.status_code):
                raise status_error(response.status_code, "such model or revision", "modelscope")
            retry.wait(f"HTTP {response.status_code}", response.headers.get("Retry-After"))
        except httpx.TransportError as error:
            retry.wait(error)
        except ValueError as error:
            raise DownloadError(f"ModelScope did not answer with JSON: {error}") from error


def snapshot_folder(model_id: str, revision: str | None = None) -> Path:
    """Return where ModelScope's client keeps a revision of a model; it need not exist."""
    return _cache() / "models" / model_id.replace("/", "--") / "snapshots" / (revision or _DEFAULT_REVISION)


def cached_folders(model_id: str, revision: str | None) -> list[Path]:
    """Return the folders where a model may lie in ModelScope's cache, newest layout first."""
    folders = [snapshot_folder(model_id, revision)]
    if revision is None:
        organisation, _, name = model_id.partition("/")
        # Up to 1.37 ModelScope wrote a dot as three underscores: a dot breaks imports of a model's own Python code.
        legacy = Path("models") / organisation / name.replace(".", "___")
        folders += [_cache() / legacy, _cache() / "hub" / legacy]
    return folders


def _cache() -> Path:
    own = os.environ.get("MODELSCOPE_CACHE")
    return Path(own).expanduser() if own else Path.home() / ".cache" / "modelscope"
