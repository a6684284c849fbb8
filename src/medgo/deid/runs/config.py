"""What a run is asked for, and the mark that tells whether two runs would write the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from medgo.deid.assembling import PLUGINS, Tier
from medgo.deid.policy import BUILT_IN
from medgo.store.hashing import fingerprint, sha256_of_file

Mode = Literal["surrogate", "tag"]
Language = Literal["auto", "zh", "en"]
FormatChoice = Literal["auto", "jsonl", "json", "fhir", "fhir-ndjson", "ccda", "hl7v2", "csv", "text"]


@dataclass(frozen=True, slots=True)
class RunConfig:
    """A run over one file, or over all files of a folder.

    Args:
        input: The file or folder.
        output: File or folder that is written; beside it lies ``<output>.run`` with all that is said of the run.
        policy: Name of a built-in policy, or a file.
        mode: ``surrogate``: other values of the same kind (needs a key); ``tag``: the class in brackets.
        key_file: See :mod:`medgo.deid.keys`.
        lang: Main language of the notes; ``auto`` asks each record, then its text.
        tier: Detectors: see :func:`medgo.deid.assembling.deidentifier`.
        plugins: Models of tier B.
        format: Of the input; ``auto`` looks.
        columns: Classes of columns and keys, on top of the built-in ones.
        vault: Whether what stood where is kept, encrypted with the key, so that who has it can go back.
        one_pass: Whether surrogates are drawn without a first pass over all records: in half the time, but one may then
            be equal to another patient's identifier.
    """

    input: Path
    output: Path
    policy: str | Path = BUILT_IN
    mode: Mode = "surrogate"
    key_file: Path | None = None
    lang: Language = "auto"
    tier: Tier = "a"
    plugins: tuple[str, ...] = PLUGINS
    format: FormatChoice = "auto"
    columns: Path | None = None
    vault: bool = False
    one_pass: bool = False


def run_folder(output: Path) -> Path:
    """Where checkpoint, held-back list, log and audit of an output lie: ``<output>.run``, beside it."""
    return output.with_name(output.name + ".run")


def input_sha256(root: Path, files: Sequence[Path]) -> str:
    """Equal for inputs that hold the same files under the same names.

    Raises:
        OSError: A file cannot be read.
    """
    if root.is_file():
        return sha256_of_file(root)
    return fingerprint({str(file.relative_to(root)): sha256_of_file(file) for file in files})


def run_mark(config: RunConfig, parts: Mapping[str, str]) -> dict[str, str]:
    """Everything that the output depends on, each as a word that names no path.

    Args:
        config: The run.
        parts: Hashes and versions: input, policy, columns, key, detectors.
    """
    plugins = ",".join(config.plugins) if config.tier == "ab" else ""
    return {
        "mode": config.mode,
        "lang": config.lang,
        "tier": config.tier,
        "plugins": plugins,
        "format": config.format,
        "vault": str(config.vault),
        "one_pass": str(config.one_pass),
        **parts,
    }
