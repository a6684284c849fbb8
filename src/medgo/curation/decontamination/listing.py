"""The list of items that a run removed documents for: what ``medgo eval`` splits figures by. Knows no command."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from medgo.curation.decontamination.decontaminator import Decontaminator, text_of
from medgo.curation.decontamination.report import ContaminationReport, write_hits
from medgo.curation.runs.runner import REMOVED, CurationPlan
from medgo.curation.runs.shards import BadLine, document_files, documents_of, plan_shards
from medgo.schema import Document
from medgo.store import RowFile, replacing

HITS, COUNTS = "contamination.jsonl", "contamination.json"


def list_contamination(plan: CurationPlan, guard: Decontaminator, absent: Sequence[str]) -> ContaminationReport:
    """Look again through the documents that were removed, for every item that each of them holds.

    Args:
        plan: The run, which is finished, and whose only step was ``guard``.
        guard: The step.
        absent: Benchmarks that were not at hand.

    Returns:
        What was found; the list and the counts lie in the run's folder.
    """
    report = ContaminationReport.of(guard.index.benchmarks, absent)
    rows = (row for one in _removed(plan, guard) for row in report.add(one.ref.id, guard.matches(text_of(one))))
    write_hits(plan.output / HITS, rows)
    with replacing(plan.output / COUNTS) as file:
        file.write(json.dumps(report.to_dict(), ensure_ascii=False, indent=1).encode() + b"\n")
    return report


def _removed(plan: CurationPlan, guard: Decontaminator) -> Iterator[Document]:
    removed = {
        (row.value["source"], row.value["id"])
        for file in sorted((plan.output / REMOVED).glob("*.jsonl"))
        for row in RowFile(file)
        if row.value is not None and row.value["step"] == guard.name
    }
    for shard in plan_shards([file for path in plan.inputs for file in document_files(path)], plan.shard_bytes):
        for one in documents_of(shard):
            if not isinstance(one, BadLine) and (one.ref.source, one.ref.id) in removed:
                yield one
