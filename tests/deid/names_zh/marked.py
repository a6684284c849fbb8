"""Texts with their names in brackets: ``患者⟦冼霁岚⟧，女``."""

from __future__ import annotations

from medgo.deid.names_zh import ChineseNameDetector
from medgo.deid.protocol import Finding, Note


def read(marked: str) -> tuple[Note, list[tuple[int, int]]]:
    """A note and the stretches of its view that are names."""
    text, spans, start = "", [], 0
    for character in marked:
        if character == "⟦":
            start = len(text)
        elif character == "⟧":
            spans.append((start, len(text)))
        else:
            text += character
    note = Note(text, "zh")
    # A view leaves out quotes and fill marks.
    shown = {note.view.start(at): at for at in range(len(note.view.text))}
    inside = [[shown[at] for at in range(start, end) if at in shown] for start, end in spans]
    return note, [(places[0], places[-1] + 1) for places in inside]


def covered(findings: list[Finding]) -> set[int]:
    """Positions that findings hold."""
    return {at for one in findings for at in range(one.start, one.end)}


def check(detector: ChineseNameDetector, marked: str) -> list[Finding]:
    """Every name is covered, and nothing else is."""
    note, spans = read(marked)
    findings = list(detector.find(note))
    wanted = {at for start, end in spans for at in range(start, end)}
    text = note.view.text
    got = covered(findings)
    assert got == wanted, (
        f"missed {''.join(text[at] for at in sorted(wanted - got))!r}, "
        f"beyond {''.join(text[at] for at in sorted(got - wanted))!r} in {text!r}"
    )
    return findings
