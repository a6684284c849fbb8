"""The first pass of a run with surrogates: which values occur in the corpus, so that none of them becomes a surrogate,
of which patients a record names a rare disease, and what their notes tell of their people and places.

Only keyed hashes of 8 bytes are kept, in ``seen.bin`` of the run folder, and only until the run is finished. They are
sorted on disk and looked up there, so that memory grows neither with the records nor with the identifiers.
"""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from medgo.deid.classes import IdentifierClass
from medgo.deid.formats import CORPUS, HeldBackError, Record
from medgo.deid.protocol import Finding
from medgo.deid.replacing.draws import normal
from medgo.deid.replacing.sex_cues import sex_in_field
from medgo.deid.replacing.told import Fact, told_by
from medgo.deid.runs.records import names_rare, search
from medgo.deid.runs.tools import Tools
from medgo.deid.runs.working import Job, Outcome, record_of
from medgo.store import replacing

if TYPE_CHECKING:
    from medgo.deid.keys import Key

SEEN = "seen.bin"
_BYTES = 8
_ORDER = "<u8"
# Hashes that are sorted in memory at once, 8 bytes each.
_RUN = 1 << 18
# Shared by many people, and moved or coarsened instead of drawn: nobody's value is meant by an equal one.
_SHARED: frozenset[IdentifierClass] = frozenset(
    ("date", "age_over_89", "age", "origin", "zip_code", "location", "hospital", "organisation")
)

_SEX_FIELD = re.compile(
    r"(?:^|[._ /])(?:(?:patient|pat|birth|administrative)?[_ ]?(?:sex|gender)|性别|性別|患者性别)$", re.I
)


class Seen:
    """Answers whether a value occurs in the corpus as an identifier, in any spelling, and who has a rare disease.

    Args:
        key: The run's.
        hashes: Sorted, shape ``[values]``; they may lie on disk.
    """

    def __init__(self, key: Key, hashes: NDArray[np.uint64]) -> None:
        self._secret, self._hashes = key.derive("seen identifiers"), hashes

    def __call__(self, value: str) -> bool:
        """Whether it does."""
        wanted = np.uint64(int.from_bytes(_hash(self._secret, value)))
        return self._holds(wanted)

    def rare_patient(self, patient: str) -> bool:
        """Whether a record of this patient names a rare disease."""
        return self._holds(np.uint64(int.from_bytes(_patient_hash(self._secret, patient))))

    def told(self, patient: str, fact: Fact) -> bool:
        """Whether a record of this patient tells a fact: see :mod:`medgo.deid.replacing.told`."""
        return self._holds(np.uint64(int.from_bytes(_fact_hash(self._secret, patient, fact))))

    def _holds(self, wanted: np.uint64) -> bool:
        at = int(np.searchsorted(self._hashes, wanted))
        return at < len(self._hashes) and bool(self._hashes[at] == wanted)


def read_seen(path: Path, key: Key) -> Seen | None:
    """What a first pass wrote; None where there was none."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return None
    # An empty file cannot be mapped.
    hashes = np.memmap(path, dtype=_ORDER, mode="r") if size else np.empty(0, dtype=_ORDER)
    return Seen(key, hashes)


def write_seen(path: Path, batches: Iterable[list[Outcome]]) -> None:
    """Write the hashes of a whole corpus; the file is there when all of them are.

    Raises:
        StorageError: The disk did not take it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _Spool(path.with_name(path.name + ".spool")) as spool, replacing(path) as file:
        os.fchmod(file.fileno(), 0o600)
        for outcomes in batches:
            for one in outcomes:
                spool.add(one.rows)
        for hashes in spool.merged():
            file.write(hashes.tobytes())


class _Spool:
    """Hashes on disk in sorted runs, which are merged range by range.

    Args:
        path: Of the file, which is there as long as the block goes on.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[bytes] = []
        self._size = 0
        self._ends = [0]

    def __enter__(self) -> _Spool:
        self._file: IO[bytes] = self._path.open("wb")
        os.fchmod(self._file.fileno(), 0o600)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def add(self, hashes: bytes) -> None:
        """Keep hashes, most significant byte first."""
        self._waiting.append(hashes)
        self._size += len(hashes)
        if self._size >= _RUN * _BYTES:
            self._write()

    def merged(self) -> Iterator[NDArray[np.uint64]]:
        """All of them once, in order, piece by piece. Nothing may be added any more."""
        self._write()
        self._file.flush()
        if not self._ends[-1]:
            return
        stored = np.memmap(self._path, dtype=_ORDER, mode="r")
        runs = [stored[start:end] for start, end in zip(self._ends, self._ends[1:], strict=False)]
        # Hashes are spread evenly, so that equal ranges hold about as many of them as a run.
        edges = [(at << 64) // len(runs) for at in range(1, len(runs))]
        cuts = [[0, *np.searchsorted(run, np.array(edges, dtype=np.uint64)).tolist(), len(run)] for run in runs]
        for at in range(len(runs)):
            parts = [run[cut[at] : cut[at + 1]] for run, cut in zip(runs, cuts, strict=True)]
            yield np.unique(np.concatenate(parts))

    def _write(self) -> None:
        hashes = np.unique(np.frombuffer(b"".join(self._waiting), dtype=">u8").astype(_ORDER))
        self._file.write(hashes.tobytes())
        if len(hashes):
            self._ends.append(self._ends[-1] + len(hashes))
        self._waiting, self._size = [], 0


def collect_unit(job: Job, tools: Tools) -> Outcome:
    """The hashes of a record's identifiers; a record that cannot be read has none, and is held back later."""
    size = len(job.unit.data or b"")
    secret = tools.seen_secret
    try:
        record = record_of(job, tools)
        searched = search(record, tools)
    except HeldBackError as error:
        return Outcome(job.file, job.unit.number, "", size, error.reason)
    values = {
        part.text[one.start : one.end]
        for part, findings in zip(record.parts, searched.findings, strict=True)
        for one in findings
        if one.label not in _SHARED and part.patient != CORPUS
    }
    rows = b"".join(_hash(secret, value) for value in values)
    rows += b"".join(_fact_hash(secret, patient, fact) for patient, fact in _told(record, searched.findings))
    if tools.coarse is not None and names_rare(record, tools):
        rows += _patient_hash(secret, record.patient)
    return Outcome(job.file, job.unit.number, "", size, None, rows)


def _told(record: Record, findings: Sequence[Sequence[Finding]]) -> set[tuple[str, Fact]]:
    """What a record's texts tell, beside whose they are; a field of its own may tell the patient's sex."""
    said = {sex_in_field(part.text) for part in record.parts if _SEX_FIELD.search(part.name)} - {None}
    sex = record.sex or (said.pop() if len(said) == 1 else None)
    return {
        (part.patient or record.patient, fact)
        for part, ones in zip(record.parts, findings, strict=True)
        if part.patient != CORPUS and ones
        for fact in told_by(part.text, ones, sex if part.label in (None, "name") else None)
    }


def _hash(secret: bytes, value: str) -> bytes:
    return hmac.digest(secret, normal(value).encode("utf-8", "surrogatepass"), "sha256")[:_BYTES]


def _fact_hash(secret: bytes, patient: str, fact: Fact) -> bytes:
    what = "\x00".join(("\x00told", patient, *fact))
    return hmac.digest(secret, what.encode("utf-8", "surrogatepass"), "sha256")[:_BYTES]


def _patient_hash(secret: bytes, patient: str) -> bytes:
    """Apart from those of values, which hold letters and digits alone."""
    return hmac.digest(secret, b"\x00rare\x00" + patient.encode("utf-8", "surrogatepass"), "sha256")[:_BYTES]
