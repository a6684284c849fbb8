"""Finds without replacing: one line a record, ``{id, spans: [{start, end, label, score, detector}]}``."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from medgo.deid.formats import CORPUS, HeldBackError, Part
from medgo.deid.protocol import Finding
from medgo.deid.runs.checkpoint import Totals
from medgo.deid.runs.config import RunConfig, run_folder
from medgo.deid.runs.places import places_of
from medgo.deid.runs.records import search
from medgo.deid.runs.tools import Pseudonyms, Tools
from medgo.deid.runs.working import Job, OpenTools, Outcome, record_of, work_through
from medgo.deid.runs.writing import Inputs
from medgo.store import encode_row, replacing

_TEXT = "text"


def open_detectors(config: RunConfig, salt: bytes) -> Tools:
    """Open what finding needs: no key; of the policy only which classes it acts on.

    Raises:
        InputError: The policy or the table of columns cannot be read.
        EngineUnavailableError: A detector's library is not installed.
    """
    from medgo.deid.assembling import deidentifier
    from medgo.deid.formats import read_columns
    from medgo.deid.policy import read_policy
    from medgo.deid.replacing import TagReplacer

    policy = read_policy(config.policy)
    found = deidentifier(config.tier, config.plugins, policy)
    return Tools(found, TagReplacer(policy), Pseudonyms(salt), read_columns(config.columns), config.lang)


def detect_unit(job: Job, tools: Tools) -> Outcome:
    """Find the identifiers of a unit's record.

    Offsets are code points of the part's text. A record whose text is called ``text`` (JSONL, a table, a text file)
    gives one line with the spans of that text; of any other, each part with a finding is a line that names the part.
    """
    name, size = job.unit.name, len(job.unit.data or b"")
    try:
        record = record_of(job, tools)
        name = record.id
        searched = search(record, tools)
    except HeldBackError as error:
        return Outcome(job.file, job.unit.number, name, size, error.reason)
    found = list(zip(record.parts, searched.findings, strict=True))
    main = [(part, spans) for part, spans in found if part.name == _TEXT and part.label is None]
    rows = [_row(name, part, spans, main=True) for part, spans in main[:1]]
    if not rows:
        rows = [_row(name, part, spans) for part, spans in found if spans and part.patient != CORPUS]
    labels: Counter[str] = Counter(span.label for _, spans in found for span in spans)
    return Outcome(
        job.file, job.unit.number, name, size, None, b"".join(map(encode_row, rows)), dict(labels),
        protected=searched.protected, characters=sum(len(part.text) for part in record.parts),
    )  # fmt: skip


def run_detection(config: RunConfig, *, workers: int = 1, open_run_tools: OpenTools = open_detectors) -> Totals:
    """Find in all records of an input; the output appears when it is whole.

    Args:
        config: ``mode`` and ``key_file`` play no part.
        workers: Processes.
        open_run_tools: Opens the detectors.

    Returns:
        Counts. Records that could not be read are in ``<output>.run/held_back.jsonl``.

    Raises:
        InputError: The input cannot be read.
        EngineUnavailableError: A detector's library is not installed.
        StorageError: The disk did not take it.
    """
    places = places_of(config)
    tools = open_run_tools(config, b"")
    open_here: Callable[[], Tools] = partial(open_run_tools, config, b"") if workers > 1 else lambda: tools
    totals = Totals()
    folder = run_folder(config.output)
    held: list[dict[str, Any]] = []
    with replacing(config.output) as file:
        for outcomes in work_through(Inputs(places, tools.columns).after(0, 0), detect_unit, open_here, workers):
            for one in outcomes:
                file.write(one.rows)
                if one.reason is not None:
                    source = places[one.file].source.name
                    held.append({"file": source, "number": one.number, "id": one.id, "reason": one.reason})
                    totals.held_back[one.reason] += 1
                else:
                    totals.records += 1
                    totals.labels.update(one.labels)
                    totals.characters += one.characters
    if held:
        with replacing(folder / "held_back.jsonl") as file:
            os.fchmod(file.fileno(), 0o600)
            file.writelines(map(encode_row, held))
    return totals


def _row(name: str, part: Part, spans: Any, *, main: bool = False) -> dict[str, Any]:
    where = {"id": name} if main else {"id": name, "part": part.name}
    return {**where, "spans": [_span(span) for span in spans]}


def _span(span: Finding) -> dict[str, Any]:
    return {
        "start": span.start, "end": span.end, "label": span.label, "score": round(span.score, 4),
        "detector": span.detector,
    }  # fmt: skip
