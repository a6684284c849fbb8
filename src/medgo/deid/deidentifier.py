"""Finds the identifiers of a note: detectors, gate, merge, in this order. Replaces nothing, reads no file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from medgo.deid.classes import WORDS, IdentifierClass
from medgo.deid.merging import merged
from medgo.deid.propagation import repeated
from medgo.deid.protocol import CERTAIN, Detector, Finding, Found, Gate, Note
from medgo.deid.romanising import romanised
from medgo.errors import MedGoError


class DetectorError(MedGoError):
    """A detector failed on a note, which has to be held back."""


@dataclass(frozen=True)
class Deidentifier:
    """Detectors and the gate that stands behind them.

    Args:
        detectors: Asked in their order; each sees the whole note.
        gate: Decides which words are medicine before anything is redacted.
        kept: Classes of which nothing is found, since the policy leaves them as they are.
    """

    detectors: Sequence[Detector]
    gate: Gate
    kept: frozenset[IdentifierClass] = frozenset()

    def find(self, note: Note) -> Found:
        """What identifies somebody in a note, and what only looked like it.

        Raises:
            DetectorError: A detector failed: nothing is known of the note, and it must not be passed on.
        """
        kept: list[Finding] = []
        protected: list[Finding] = []
        for detector in self.detectors:
            self._sort(note, _found(detector, note), kept, protected)
        self._sort(note, romanised(note, kept), kept, protected)
        findings = [_in_original(one, note) for one in merged([*kept, *repeated(note, kept)])]
        return Found(findings, [_in_original(one, note) for one in merged(protected)])

    def _sort(self, note: Note, found: Iterable[Finding], kept: list[Finding], protected: list[Finding]) -> None:
        for finding in found:
            if finding.label in self.kept:
                continue
            if finding.score < CERTAIN and _is_wording(note, finding) and self.gate.protects(note, finding):
                protected.append(finding)
            else:
                kept.append(finding)


def _is_wording(note: Note, finding: Finding) -> bool:
    """Whether it is written in letters, as diagnoses are; what a model could not call anything better, too."""
    if finding.label == "other_id":
        return not any(map(str.isdigit, note.view.text[finding.start : finding.end]))
    return finding.label in WORDS


def _found(detector: Detector, note: Note) -> list[Finding]:
    try:
        return list(detector.find(note))
    except Exception as error:  # a plug-in may raise anything; its message may hold the text and is left out
        raise DetectorError(
            f"{detector.name} failed on a note of {len(note.text)} characters: {type(error).__name__}"
        ) from error


def _in_original(finding: Finding, note: Note) -> Finding:
    return replace(finding, start=note.view.start(finding.start), end=note.view.end(finding.end))
