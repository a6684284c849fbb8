"""Attacks a finished run: every record of the output beside its original, and what both tell of a person.

Reads input, output and the run folder; writes nothing. Constant memory but for the combinations of quasi-identifiers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from medgo.deid.formats import CORPUS, Format, Record, open_format, read_columns
from medgo.deid.policy import read_policy
from medgo.deid.proving.anonymity import Anonymity
from medgo.deid.proving.attack import SORTS, Attack
from medgo.deid.proving.quasi import quasi_identifiers
from medgo.deid.replacing.protocol import Piece, Replaced
from medgo.deid.runs.config import RunConfig, input_sha256, run_folder
from medgo.deid.runs.places import Place, places_of
from medgo.deid.runs.rare import FindsRare
from medgo.deid.runs.runner import output_sha256
from medgo.errors import InputError
from medgo.schema import Lang
from medgo.store import RowFile
from medgo.text import language_of


class Suspect(NamedTuple):
    """A place of the output that the attack found; it quotes nothing."""

    id: str
    at: int
    start: int
    end: int
    label: str
    sort: str


# A place that a person has cleared: record, part, start, end.
Cleared = frozenset[tuple[str, int, int, int]]


@dataclass(slots=True)
class FileProof:
    """What was found in one file of the output.

    Args:
        path: The file.
        records: How many it holds.
        counts: Replaced stretches by class.
        leaks: What the attack found, by sort; every sort is there.
        cleared: Of these, what a person has looked at and found to be nobody's; not among ``leaks``.
        suspects: Where the first leaks are, to be looked at in the house.
    """

    path: Path
    records: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    leaks: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(SORTS, 0)))
    cleared: int = 0
    suspects: list[Suspect] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found in all of a run's output.

    Args:
        audit: The run's audit.
        files: File by file; those of which nothing could be written are not among them.
        anonymity: Of all records together.
    """

    audit: dict[str, Any]
    files: list[FileProof]
    anonymity: Anonymity


_SUSPECTS = 10_000


def prove_run(
    config: RunConfig,
    attack: Attack,
    rare: FindsRare,
    *,
    cleared: Cleared = frozenset(),
    advance: Callable[[int], None] = lambda _: None,
) -> Proof:
    """Attack what a run wrote.

    Args:
        config: The run, which is finished.
        attack: How.
        rare: Finds rare diagnoses, for k-anonymity.
        cleared: Places that a person has looked at.
        advance: Is told the bytes of each unit.

    Raises:
        InputError: See :func:`audit_of`.
    """
    folder = run_folder(config.output)
    audit = audit_of(config, ("mode", "tier", "lang"))
    columns = read_columns(config.columns)
    pieces = Pieces(folder / "pieces.jsonl")
    anonymity, files = Anonymity(), []
    for place in places_of(config):
        if place.format is None or not place.target.exists():
            continue
        form = open_format(place.format, columns)
        proof = FileProof(place.target)
        for before, after, size in pairs(place, form, pieces):
            lang = config.lang if config.lang != "auto" else before.lang or _language(before)
            for suspect in _suspects(before, after, pieces.of_record, proof, attack, lang):
                _count(suspect, proof, cleared)
            anonymity.add(_quasi(after, rare), _quasi(before, rare))
            proof.records += 1
            advance(size)
        files.append(proof)
    return Proof(audit, files, anonymity)


def audit_of(config: RunConfig, options: Sequence[str]) -> dict[str, Any]:
    """What a finished run said of itself, if it is the run that is meant.

    Args:
        config: As it is asked for now.
        options: What has to be as it was in the run, beside policy, input and output.

    Raises:
        InputError: The run is not finished, was made with another policy or option, or input or output are no longer
            what it read and wrote, or cannot be read.
    """
    audit = _audit(run_folder(config.output))
    policy = read_policy(config.policy)
    if audit["policy"]["sha256"] != policy.sha256:
        made = f"{audit['policy']['name']} {audit['policy']['version']}"
        raise InputError(f"{config.output.name} was made under the policy {made}", hint="--policy names it")
    for name in options:
        if audit[name] != getattr(config, name):
            raise InputError(
                f"{config.output.name} was made with --{name} {audit[name]}, not {getattr(config, name)}",
                hint=f"--{name} {audit[name]}",
            )
    _check_hashes(config, audit)
    return audit


def _audit(folder: Path) -> dict[str, Any]:
    try:
        value = json.loads((folder / "audit.json").read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder} holds no audit of a finished run", hint="run `medgo deid run` again: it goes on to the end"
        ) from error
    return dict(value)


def _check_hashes(config: RunConfig, audit: dict[str, Any]) -> None:
    source = input_sha256(config.input, [place.source for place in places_of(config)])
    if source != audit["input_sha256"]:
        raise InputError(f"{config.input} has changed since the run", hint="de-identify it again")
    if output_sha256(config.output) != audit["output_sha256"]:
        raise _changed(config.output)


class Pieces:
    """``pieces.jsonl``, a line for each record that was written, in order."""

    def __init__(self, path: Path) -> None:
        self._rows: Iterator[dict[str, Any]] = (row.value or {} for row in RowFile(path))
        self.of_record: dict[int, list[Piece]] = {}
        self.number = 0
        self.turn()

    def turn(self) -> None:
        """Go on to the next record; ``number`` is 0 behind the last one."""
        row = next(self._rows, {})
        self.number = int(row.get("number", 0))
        parts = row.get("parts", ())
        self.of_record = {part["at"]: [Piece(*piece) for piece in part["pieces"]] for part in parts}


def pairs(place: Place, form: Format, pieces: Pieces) -> Iterator[tuple[Record, Record, int]]:
    """Records of a file before and after, with the size of each; ``pieces`` stands at the record meanwhile.

    Raises:
        InputError: The output has more or fewer records than the run wrote.
    """
    written = form.units(place.target)
    for unit in form.units(place.source):
        if unit.number != pieces.number:  # held back
            continue
        after = next(written, None)
        if after is None:
            raise _changed(place.target)
        yield form.record(unit), form.record(after), len(unit.data or b"")
        pieces.turn()
        if pieces.number == 1:  # the next file's first record
            break
    if next(written, None) is not None:
        raise _changed(place.target)


def _suspects(
    before: Record, after: Record, pieces: dict[int, list[Piece]], proof: FileProof, attack: Attack, lang: Lang
) -> Iterator[Suspect]:
    if len(before.parts) != len(after.parts):
        raise _changed(proof.path)
    for at, (old, new) in enumerate(zip(before.parts, after.parts, strict=True)):
        replaced = Replaced(new.text, pieces.get(at, ()))
        if len(new.text) - len(old.text) != sum(p.new_end - p.new_start - p.end + p.start for p in replaced.pieces):
            raise _changed(proof.path)
        proof.counts.update(piece.label for piece in replaced.pieces)
        # Of a field the whole value was replaced, and an id that all records share is looked for nowhere else.
        if old.patient != CORPUS and old.label is None:
            for leak in attack.leaks(old.text, replaced, lang=lang, known=before.known):
                yield Suspect(after.id, at, leak.start, leak.end, leak.label, leak.sort)


def _count(suspect: Suspect, proof: FileProof, cleared: Cleared) -> None:
    if suspect[:4] in cleared:
        proof.cleared += 1
        return
    proof.leaks[suspect.sort] += 1
    if len(proof.suspects) < _SUSPECTS:
        proof.suspects.append(suspect)


def _quasi(record: Record, rare: FindsRare) -> Any:
    return quasi_identifiers("\n".join(part.text for part in record.parts), rare)


def _language(record: Record) -> Lang:
    return language_of("\n".join(part.text for part in record.parts)[:5000]) or "en"


def _changed(path: Path) -> InputError:
    return InputError(
        f"{path.name} is not what its run wrote: records or texts are missing, or are there twice",
        hint="de-identify the input again into another output",
    )
