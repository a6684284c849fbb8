"""Second pass: one comparison after another decides on the signatures of all shards, in this process."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medgo.curation.protocol import Comparison, Place, Removal
from medgo.curation.runs.cleaning import read_mark, write_mark
from medgo.errors import InputError
from medgo.store import encode_row, replacing

Mask = npt.NDArray[np.bool_]
# Of one shard: index of a document, number of the comparison, byte of its line among that one's decisions.
Decided = npt.NDArray[np.int64]


def compare_all(
    comparisons: Sequence[Comparison],
    clean: Path,
    folder: Path,
    kept: Sequence[int],
    key: str,
    watch: Callable[[str], None],
) -> Counter[str]:
    """Decide what is left, and lay each shard's decisions beside the others (``<shard>.npy``).

    Args:
        comparisons: In order; each sees what those before it have left.
        clean: Where the shards' documents and signatures lie.
        folder: Where decisions are kept.
        kept: Documents of each shard.
        key: Equal for equal signatures.
        watch: Is told the name of each comparison as it begins.

    Returns:
        Removals by ``step · reason``.

    Raises:
        InputError: Files of a shard do not belong together.
    """
    left = [np.ones(count, bool) for count in kept]
    removed: Counter[str] = Counter()
    decided: list[list[tuple[int, int, int]]] = [[] for _ in kept]
    for number, comparison in enumerate(comparisons):
        watch(comparison.name)
        key = hashlib.sha256(f"{key}/{comparison.fingerprint}".encode()).hexdigest()
        file = decisions_file(folder, number)
        if read_mark(file.with_suffix(".json"), key) is None:
            _decide(comparison, _signed(comparison, clean, left), file)
            write_mark(file.with_suffix(".json"), key, {"comparison": comparison.name})
        for offset, shard, index, removal in _decisions(file):
            left[shard][index] = False
            decided[shard].append((index, number, offset))
            removed[f"{removal.step} · {removal.reason}"] += 1
    for shard, rows in enumerate(decided):
        with replacing(folder / f"{shard:06d}.npy") as target:
            np.save(target, np.array(sorted(rows), np.int64).reshape(-1, 3))
    return removed


def decisions_file(folder: Path, number: int) -> Path:
    """Where the decisions of a comparison lie."""
    return folder / f"decided-{number}.jsonl"


def removals_of(folder: Path, shard: int) -> dict[int, Removal]:
    """Of one shard: index of a document → why a comparison removed it."""
    decided: Decided = np.load(folder / f"{shard:06d}.npy", allow_pickle=False)
    found: dict[int, Removal] = {}
    for number in np.unique(decided[:, 1]):
        with decisions_file(folder, int(number)).open("rb") as stream:
            for index, _, offset in decided[decided[:, 1] == number]:
                stream.seek(int(offset))
                found[int(index)] = Removal(*json.loads(stream.readline())["removal"])
    return found


def _decide(comparison: Comparison, signed: Iterator[tuple[Place, str, bytes]], file: Path) -> None:
    with replacing(file) as stream:
        for place, removal in comparison.decide(signed):
            row = {"shard": place.shard, "index": place.index, "removal": _row(removal)}
            stream.write(encode_row(row))


def _decisions(file: Path) -> Iterator[tuple[int, int, int, Removal]]:
    offset = 0
    with file.open("rb") as stream:
        for line in stream:
            row = json.loads(line)
            yield offset, row["shard"], row["index"], Removal(*row["removal"])
            offset += len(line)


def _row(removal: Removal) -> list[str]:
    return [removal.step, removal.reason, removal.evidence]


def _signed(comparison: Comparison, clean: Path, left: Sequence[Mask]) -> Iterator[tuple[Place, str, bytes]]:
    for shard, mask in enumerate(left):
        if not len(mask):
            continue
        path = clean / f"{shard:06d}.{comparison.name}.bin"
        size, rest = divmod(path.stat().st_size, len(mask))
        if rest:
            raise InputError(f"{path.name} is of other documents", hint="remove the work folder and run again")
        with path.open("rb") as signatures, (clean / f"{shard:06d}.jsonl").open("rb") as documents:
            for index, keep in enumerate(mask):
                signature, line = signatures.read(size), documents.readline()
                if keep:
                    yield Place(shard, index), _id(line), signature


def _id(line: bytes) -> str:
    # ``id`` is the first field that a document is written with.
    return str(json.JSONDecoder().raw_decode(line[7:].decode())[0])
