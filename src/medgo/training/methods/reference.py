"""Log-probabilities of the model that a preference stage starts from, computed once and kept. Knows no loss.

DPO and KTO compare the learning model with a frozen one. TRL runs the frozen one beside it at every step, or
precomputes in the order of training behind a key made of the dataset's history. Here one number per (prompt, answer)
lies in a file named after the model, its template and its precision, under the hash of the very tokens; so it serves
all epochs, every resume, other orders and other mixes of the same rows, and no other model.

Every line carries a checksum over its value, its key and the model: a torn, flipped or foreign line is not read but
counted, and its value computed again. What is not known is NaN, and training does not start while a single one is left.

With several processes each scores its share of the keys with its own whole copy of the model, before that is wrapped
or sharded, and writes a file of its own; :func:`fill` returns when the share is done, the caller waits for the others,
and all of them read all files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from peft import PeftModel
from trl.trainer.utils import add_fused_lm_head

from medgo.errors import InputError, RunFolderError, StorageError
from medgo.store.append_log import AppendLog
from medgo.store.hashing import fingerprint, sha256_of_text
from medgo.store.jsonl import decode_object
from medgo.training.methods.head import compact_head
from medgo.training.methods.sequences import Scored, Sequences, batches_of_like_length, scored_batch

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReferenceIdentity:
    """Which model a log-probability is of.

    Args:
        model_hash: Of its weights.
        template_hash: Of its tokenizer and chat template.
        precision: Number formats of the weights and of the computation, such as ``bfloat16`` or
            ``float32/autocast-bfloat16``: the same weights give other values in another format.
    """

    model_hash: str
    template_hash: str
    precision: str

    @property
    def digest(self) -> str:
        """Hash of the three."""
        return fingerprint([self.model_hash, self.template_hash, self.precision])


class ReferenceFile:
    """The kept log-probabilities of one model: ``reference-<digest>.<rank>.jsonl``, one file a writing process.

    Args:
        folder: Where the files lie; created when something is written.
        identity: Of the model.
    """

    def __init__(self, folder: Path, identity: ReferenceIdentity) -> None:
        self.folder, self.identity = folder, identity
        self._digest = identity.digest

    def path(self, rank: int = 0) -> Path:
        """The file that a process of this rank writes."""
        return self.folder / f"reference-{self._digest[:16]}.{rank}.jsonl"

    def read(self) -> tuple[dict[str, float], int]:
        """Read what all processes wrote.

        Returns:
            Key → log-probability, and how many lines were damaged or of another model and so left out.

        Raises:
            StorageError: A file is there and cannot be read.
        """
        values: dict[str, float] = {}
        damaged = 0
        for path in sorted(self.folder.glob(f"reference-{self._digest[:16]}.*.jsonl")):
            try:
                with path.open("rb") as lines:
                    for line in lines:
                        if (known := self._checked(line)) is None:
                            damaged += 1
                        else:
                            values.setdefault(*known)
            except OSError as error:
                raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
        return values, damaged

    def line(self, key: str, value: float) -> dict[str, Any]:
        """One log-probability as it is written: in hexadecimal, so that it comes back bit for bit."""
        return {"key": key, "logp": value.hex(), "check": self._check(key, value.hex())}

    def _check(self, key: str, value: str) -> str:
        return sha256_of_text(f"{self._digest} {key} {value}")[:16]

    def _checked(self, data: bytes) -> tuple[str, float] | None:
        try:
            line = decode_object(data)
        except InputError:
            return None
        key, value = line.get("key"), line.get("logp")
        if not isinstance(key, str) or not isinstance(value, str) or line.get("check") != self._check(key, value):
            return None
        return key, float.fromhex(value)


@dataclass(frozen=True, slots=True)
class Scoring:
    """How log-probabilities are computed.

    Args:
        pad_id: Token id that fills rows up.
        batch_tokens: Most tokens of a padded batch.
        autocast: Number format of the computation where it is not the weights' own.
        rank: Of this process.
        world: Processes.
    """

    pad_id: int
    batch_tokens: int = 4096
    autocast: torch.dtype | None = None
    rank: int = 0
    world: int = 1


def fill(
    file: ReferenceFile,
    model: Any,
    sequences: Sequences,
    scoring: Scoring,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Compute and keep every log-probability that is not known yet; this process's share of them.

    The adapter of a PEFT model is off meanwhile. No random number is drawn, so the order of training and a resumed run
    stay what they were (TRL's precompute draws some: https://github.com/huggingface/trl/issues/7083).

    Args:
        file: Where they are kept; what is computed is there at once, so a killed pass goes on where it stopped.
        model: The model as the stage starts, neither wrapped nor sharded.
        sequences: All that the stage needs; the same in every process.
        scoring: How.
        progress: Called after each batch with the sequences done and to do.

    Returns:
        How many were computed.

    Raises:
        RunFolderError: The model gives NaN or infinity.
        StorageError: The disk did not take one.
    """
    known, _ = file.read()
    # Shared out by key: whether another process has begun to write makes no difference to who computes what.
    missing: dict[str, tuple[int, int]] = {}  # key → position and tokens; the tokens themselves stay where they are
    for position in range(len(sequences)):
        item = sequences[position]
        key = item.key
        if key not in known and int(key, 16) % scoring.world == scoring.rank:
            missing[key] = (position, len(item))
    keys, total, done = list(missing), len(missing), 0
    if not missing:
        return 0
    with AppendLog(file.path(scoring.rank)) as log, _as_it_started(model):
        for batch in batches_of_like_length([tokens for _, tokens in missing.values()], scoring.batch_tokens):
            values = _score(model, [sequences[missing[keys[place]][0]] for place in batch], scoring)
            for key, value in zip((keys[place] for place in batch), values, strict=True):
                if not math.isfinite(value):
                    raise RunFolderError(
                        f"the reference model gives an answer the log-probability {value}",
                        hint="its weights are damaged, or overflow in this precision: set precision: float32",
                    )
                log.append(file.line(key, value))
            done += len(batch)
            if progress is not None:
                progress(done, total)
    return total


def collect(file: ReferenceFile, columns: Sequence[Sequence[str]]) -> Values:
    """Look up the log-probabilities of a stage's rows.

    Args:
        file: Where they are kept.
        columns: Keys of each column's sequences: c lists of n.

    Returns:
        Shape [c, n]; NaN where nothing is known.
    """
    known, _ = file.read()
    return np.array([[known.get(key, math.nan) for key in column] for column in columns], dtype=np.float64)


def require_complete(values: Values, names: Sequence[str], row_ids: Sequence[str]) -> None:
    """Refuse to train while a reference is missing.

    Args:
        values: Shape [c, n], NaN where nothing is known.
        names: Of the c columns.
        row_ids: Of the n rows.

    Raises:
        RunFolderError: Says how many of which column are missing, and for which rows.
    """
    absent = ~np.isfinite(values)
    if not absent.any():
        return
    counts = ", ".join(f"{int(column.sum())} of {name}" for name, column in zip(names, absent, strict=True))
    first = [str(row_ids[int(row)]) for row in np.flatnonzero(absent.any(axis=0))[:5]]
    raise RunFolderError(
        f"reference log-probabilities are missing for {int(absent.any(axis=0).sum())} of {values.shape[1]} rows "
        f"({counts}); the first are {', '.join(first)}",
        hint="run the stage again: what is missing is computed before training starts",
    )


@contextmanager
def _as_it_started(model: Any) -> Iterator[None]:
    """Adapter off, no dropout, and the head that training uses; all as before afterwards."""
    base = model.get_base_model() if isinstance(model, PeftModel) else model
    training, own_forward = model.training, vars(base).get("forward")
    model.eval()
    add_fused_lm_head(base)
    compact_head(base, ("log_probs",))
    try:
        with model.disable_adapter() if isinstance(model, PeftModel) else nullcontext():
            yield
    finally:
        if own_forward is None:
            del base.forward
        else:
            base.forward = own_forward
        model.train(training)


def _score(model: Any, sequences: Sequence[Scored], scoring: Scoring) -> list[float]:
    """Sum of the log-probabilities of each answer's tokens, in natural logarithms."""
    batch = {name: part.to(model.device) for name, part in scored_batch(sequences, scoring.pad_id).items()}
    labels = batch["input_ids"].masked_fill(batch.pop("completion_mask") == 0, -100)
    context = torch.autocast(model.device.type, scoring.autocast) if scoring.autocast else nullcontext()
    with torch.no_grad(), context:
        logps = model(**batch, labels=labels, fused_lm_head=True).log_probs  # [b, s - 1]
    sums: list[float] = logps.double().sum(dim=1).tolist()
    return sums
