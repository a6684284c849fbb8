"""Makes one list of many findings: recall first, then the label that is surest."""

from __future__ import annotations

from collections.abc import Iterable

from medgo.deid.protocol import Finding


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in order, without overlaps; every character that any of them covers is covered.

    Overlapping findings become one, with the highest score. It has the label and detector of one that covers all the
    others, which it explains ("Ridge" in "Cedar Ridge Hospital"); where none does, of the surest.
    """
    groups: list[list[Finding]] = []
    end = -1
    for finding in sorted(findings, key=lambda one: (one.start, one.end)):
        if finding.start < end:
            groups[-1].append(finding)
            end = max(end, finding.end)
        else:
            groups.append([finding])
            end = finding.end
    return [_one(group) for group in groups]


def _one(group: list[Finding]) -> Finding:
    if len(group) == 1:
        return group[0]
    start, end = group[0].start, max(one.end for one in group)
    whole = [one for one in group if (one.start, one.end) == (start, end)]
    best = max(whole or group, key=lambda one: (one.score, one.end - one.start))
    return Finding(start, end, best.label, max(one.score for one in group), best.detector)
