"""What a process needs to de-identify records: opened once, used for all of them."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medgo.deid.deidentifier import Deidentifier
from medgo.deid.formats import Columns, read_columns
from medgo.deid.policy import Policy, read_policy
from medgo.deid.replacing.protocol import Replacer
from medgo.deid.runs.config import Language, RunConfig, run_folder
from medgo.deid.runs.rare import FindsRare, rare_diagnoses
from medgo.errors import InputError

if TYPE_CHECKING:
    from medgo.deid.keys import Key
    from medgo.deid.runs.seen import Seen

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _none(_: str) -> Sequence[str]:
    return ()


def _nobody(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Other ids for those that records refer to each other by: the same in all records, unlike surrogates.

    Args:
        secret: Without it nobody can tell which id became which.
    """

    secret: bytes

    def of(self, value: str) -> str:
        """The other id: a UUID for a UUID, 24 hexadecimal digits for anything else."""
        digits = hmac.digest(self.secret, value.encode(), "sha256").hex()
        if _UUID.fullmatch(value):
            # Version 8 of RFC 9562 is for values of one's own making.
            return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
        return digits[:24]


@dataclass(frozen=True)
class Tools:
    """See the module.

    Args:
        deidentifier: Finds.
        replacer: Replaces.
        pseudonyms: For ids of the whole corpus.
        columns: Classes of columns and keys.
        lang: What the run said of the language.
        seen_secret: For hashes of values in the first pass; empty where there is none.
        coarse: Replaces in records of patients with a rare disease; None where the policy treats them as any other.
        find_rare: Finds names of rare diseases.
        rare_patient: Whether another record of a patient names one. Only a run with a first pass knows (surrogates, not
            in one pass), and only by the patient's id; otherwise each record is judged alone.
        vault: The key that what stood where is encrypted with; None where it is not kept.
    """

    deidentifier: Deidentifier
    replacer: Replacer
    pseudonyms: Pseudonyms
    columns: Columns
    lang: Language
    vault: Key | None = None
    seen_secret: bytes = b""
    coarse: Replacer | None = None
    find_rare: FindsRare = _none
    rare_patient: Callable[[str], bool] = _nobody

    @property
    def versions(self) -> Mapping[str, str]:
        """Version of each detector by its name."""
        return {one.name: one.version for one in self.deidentifier.detectors}


def open_tools(config: RunConfig, salt: bytes) -> Tools:
    """Open what a run needs.

    Args:
        config: The run.
        salt: What ids are replaced with where there is no key.

    Raises:
        InputError: Policy, key or table of columns cannot be read, or the mode needs a key.
        EngineUnavailableError: A detector's library is not installed.
    """
    from medgo.deid.assembling import deidentifier

    policy, key = read_policy(config.policy), open_key(config)
    secret = key.derive("references") if key is not None else salt
    seen = _seen(config, key)
    tools = Tools(
        deidentifier(config.tier, config.plugins, policy),
        _replacer(config, policy, key, seen),
        Pseudonyms(secret),
        read_columns(config.columns),
        config.lang,
        key if config.vault else None,
        key.derive("seen identifiers") if key is not None else b"",
    )
    if policy.rare_diseases == "same":
        return tools
    return replace(
        tools,
        coarse=_replacer(config, policy, key, seen, coarse=True),
        find_rare=rare_diagnoses(),
        rare_patient=_nobody if seen is None else seen.rare_patient,
    )


def open_key(config: RunConfig) -> Key | None:
    """The key of a run; None where it has none and needs none.

    Raises:
        InputError: It is missing, damaged, or others can read it.
    """
    from medgo.deid.keys import read_key

    if config.key_file is not None:
        return read_key(config.key_file)
    if config.mode == "surrogate":
        raise InputError(
            "surrogates are made with a key, and none was named",
            hint="--key-file FILE; `medgo deid key new FILE` makes one; or --mode tag, which needs none",
        )
    if config.vault:
        raise InputError("a vault is closed with a key, and none was named", hint="--key-file FILE")
    return None


def _seen(config: RunConfig, key: Key | None) -> Seen | None:
    from medgo.deid.runs.seen import SEEN, read_seen

    if config.mode == "tag" or key is None:
        return None
    return read_seen(run_folder(config.output) / SEEN, key)


def _replacer(config: RunConfig, policy: Policy, key: Key | None, seen: Seen | None, coarse: bool = False) -> Replacer:
    from medgo.deid.replacing import SurrogateReplacer, TagReplacer

    if config.mode == "tag" or key is None:
        return TagReplacer(policy, generalise_quasi=coarse)
    if seen is None:
        return SurrogateReplacer(key, policy, generalise_quasi=coarse)
    return SurrogateReplacer(key, policy, avoid=seen, told=seen.told, generalise_quasi=coarse)
