"""What a hub offers: a model as a list of files with sizes and hashes. Knows no hub and opens no connection."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from medgo.errors import DownloadError, MedGoError, ModelNotFoundError
from medgo.inference.models.registry import Source

# Files that cannot run code when they are loaded. Pickles (.bin, .pt) and Python sources are never taken.
_SAFE = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.tiktoken", "*.txt", "*.md", "LICENSE*", "NOTICE*")
_ON_REQUEST = ("*.gguf",)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a model on a hub.

    Args:
        path: Inside the model, with forward slashes.
        size: Bytes.
        digest: The hash it must have, as hexadecimal digits.
        algorithm: Of the hash; ``git-sha1`` is git's id of the content, which a hub gives for small files.
    """

    path: str
    size: int
    digest: str
    algorithm: Literal["sha256", "git-sha1"]
    url: str

    def __post_init__(self) -> None:
        """Refuse a hash that is none: it becomes the name of a file."""
        digits = 64 if self.algorithm == "sha256" else 40
        if not _is_hex(self.digest, digits):
            raise DownloadError(f"the hub gives {self.path!r} the hash {self.digest!r}, which is no {self.algorithm}")


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model on a hub at one moment.

    Args:
        revision: As asked for.
        commit: What the revision stands for now; equal to it where a hub does not say.
        headers: To be sent with every request for a file (a token).
    """

    model_id: str
    source: Source
    revision: str
    commit: str
    files: tuple[RemoteFile, ...]
    headers: Mapping[str, str]

    def __post_init__(self) -> None:
        """Refuse names that would lead out of the cache's folder."""
        if self.source == "hf" and not (_is_hex(self.commit, 40) or _is_hex(self.commit, 64)):
            raise DownloadError(f"the hub names {self.commit!r} as a commit of {self.model_id}, which it cannot be")
        if not (_stays_inside(self.revision) and _stays_inside(self.commit)):
            raise DownloadError(f"{self.revision!r} cannot be a revision", hint="give a branch, a tag or a commit")

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


def choose_files(
    files: Sequence[RemoteFile], include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> tuple[RemoteFile, ...]:
    """Pick the files to download.

    Args:
        include: Shell patterns; none takes weights, configuration and tokenizer from the top folder.
        exclude: Shell patterns of files to leave out.

    Raises:
        DownloadError: Nothing is left, or a file would be written outside its folder.
    """
    chosen = tuple(
        file
        for file in files
        if _is_wanted(file.path, include) and not any(fnmatchcase(file.path, pattern) for pattern in exclude)
    )
    if not chosen:
        kinds = sorted({file.path.rpartition(".")[2] for file in files})
        raise DownloadError(
            f"none of the model's {len(files)} files is wanted; it has {', '.join(kinds[:8]) or 'none'}",
            hint="MedGo takes safetensors and, with --include '*.gguf', GGUF; never pickles or Python code",
        )
    for file in chosen:
        if not _stays_inside(file.path):
            raise DownloadError(
                f"the hub names a file {file.path!r}, which could be written outside the model's folder"
            )
    return chosen


def status_error(status: int, what: str, source: Source) -> MedGoError:
    """Make the error for an HTTP status that trying again does not help."""
    token = "HF_TOKEN" if source == "hf" else "MODELSCOPE_API_TOKEN"
    if status in (401, 403):
        return DownloadError(
            f"the hub does not let us read {what} (HTTP {status}): it is private, gated or does not exist",
            hint=f"accept its terms on its page, then set {token} to an access token of yours",
        )
    if status == 404:
        return ModelNotFoundError(
            f"the hub has no {what} (HTTP 404)", hint="check name and --revision; a private model needs " + token
        )
    return DownloadError(
        f"the hub answered HTTP {status} for {what}", hint="try again later; a download continues where it stopped"
    )


def _is_hex(text: object, digits: int) -> bool:
    return isinstance(text, str) and re.fullmatch(f"[0-9a-f]{{{digits}}}", text) is not None


def _stays_inside(path: str) -> bool:
    return all(part not in ("", ".", "..") for part in path.split("/")) and "\\" not in path and ":" not in path


def _is_wanted(path: str, include: Sequence[str]) -> bool:
    name = path.rpartition("/")[2]
    if include:
        safe = any(fnmatchcase(name, pattern) for pattern in _SAFE + _ON_REQUEST)
        return safe and any(fnmatchcase(path, pattern) for pattern in include)
    return "/" not in path and any(fnmatchcase(name, pattern) for pattern in _SAFE)
