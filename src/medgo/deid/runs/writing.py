"""Writes what became of units: output, held-back list, pieces, and the checkpoint that says how far they count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medgo.deid.formats import Columns, Format, FormatName, Unit, open_format
from medgo.deid.runs.checkpoint import Checkpoint, GrowingFile
from medgo.deid.runs.places import Place
from medgo.deid.runs.working import Job, Outcome
from medgo.store import encode_row

# A file that is one record is not written at all where that is held back.
_ONE_RECORD: frozenset[FormatName] = frozenset(("text", "json", "fhir", "ccda"))


class Inputs:
    """The units of all files of a run.

    Args:
        places: Its files.
        columns: Classes of columns and keys.
    """

    def __init__(self, places: list[Place], columns: Columns) -> None:
        self._places = places
        self.formats: dict[FormatName, Format] = {
            name: open_format(name, columns) for name in {place.format for place in places} if name is not None
        }

    def after(self, file: int, unit: int) -> Iterator[Job]:
        """Units behind one, in order.

        Raises:
            InputError: A file cannot be read.
        """
        for number in range(file, len(self._places)):
            place = self._places[number]
            done = unit if number == file else 0
            if place.format is None:  # it is named in the held-back list
                yield from [] if done else [Job(number, None, Unit(1, b"", name=place.source.name))]
                continue
            for one in self.formats[place.format].units(place.source):
                if one.number > done:
                    yield Job(number, place.format, one)


class Outputs:
    """All that a run writes while it runs. Close it; what was not saved is cut off when the run goes on.

    Args:
        folder: Run folder.
        places: Files of the run.
        point: How far it has come; brought up to date.
        inputs: Knows what files begin with.
        vault: Whether there is one.

    Raises:
        StorageError: A file cannot be opened.
    """

    def __init__(self, folder: Path, places: list[Place], point: Checkpoint, inputs: Inputs, *, vault: bool) -> None:
        self._folder, self._places, self._point, self._inputs = folder, places, point, inputs
        self._held_back = GrowingFile(folder / "held_back.jsonl", point.sizes.get("held_back", 0), secret=True)
        self._pieces = GrowingFile(folder / "pieces.jsonl", point.sizes.get("pieces", 0), secret=True)
        self._vault = GrowingFile(folder / "vault.jsonl", point.sizes.get("vault", 0), secret=True) if vault else None
        self._output: GrowingFile | None = None
        self._file = point.file
        if point.sizes.get("output"):
            self._output = GrowingFile(places[point.file].target, point.sizes["output"])
        else:
            self._begin()

    def take(self, outcome: Outcome) -> None:
        """Write what became of a unit.

        Raises:
            StorageError: The disk did not take it.
        """
        self._turn_to(outcome.file)
        totals = self._point.totals
        file = self._places[outcome.file].source.name
        where = {"file": file, "number": outcome.number, "id": outcome.id}
        if outcome.reason is not None:
            self._held_back.write(encode_row({**where, "reason": outcome.reason}))
            totals.held_back[outcome.reason] += 1
        else:
            self._current().write(outcome.rows)
            parts = [{"at": at, "part": name, "pieces": pieces} for at, name, pieces in outcome.pieces]
            self._pieces.write(encode_row({**where, "parts": parts}))
            if self._vault is not None:
                self._vault.write(outcome.vault)
            totals.records += 1
            totals.labels.update(outcome.labels)
            totals.found_by.update(outcome.found_by)
            totals.protected += outcome.protected
            totals.rare += outcome.rare
            totals.masked += outcome.masked
            totals.encodings[outcome.encoding] += 1
            totals.characters += outcome.characters
        self._point.unit = outcome.number

    def finish(self) -> None:
        """No more units will come."""
        self._turn_to(len(self._places) - 1)

    def save(self) -> None:
        """Make everything so far count.

        Raises:
            StorageError: The disk did not take it.
        """
        for file in self._files():
            file.sync()
        self._point.sizes = {
            "output": self._output.size if self._output is not None else 0,
            "held_back": self._held_back.size,
            "pieces": self._pieces.size,
            "vault": self._vault.size if self._vault is not None else 0,
        }
        self._point.write(self._folder / "checkpoint.json")

    def close(self) -> None:
        """Close all files."""
        for file in self._files():
            file.close()

    def _files(self) -> list[GrowingFile]:
        files = (self._output, self._held_back, self._pieces, self._vault)
        return [file for file in files if file is not None]

    def _turn_to(self, file: int) -> None:
        while self._file < file:
            if self._output is not None:
                self._output.sync()
                self._output.close()
                self._output = None
            self._file += 1
            self._point.file, self._point.unit = self._file, 0
            self._begin()

    def _begin(self) -> None:
        form = self._places[self._file].format
        if form is not None and form not in _ONE_RECORD:
            self._current()

    def _current(self) -> GrowingFile:
        if self._output is None:
            place = self._places[self._file]
            self._output = GrowingFile(place.target, 0)
            if place.format is not None:
                self._output.write(self._inputs.formats[place.format].preamble(place.source))
        return self._output
