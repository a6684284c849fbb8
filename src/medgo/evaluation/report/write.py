"""Writes a report: the same run folders give the same files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medgo.evaluation.report.content import gather
from medgo.evaluation.report.markdown import as_markdown
from medgo.evaluation.report.model_index import as_model_index
from medgo.evaluation.report.page import as_page
from medgo.evaluation.report.pictures import draw_bars, draw_table
from medgo.evaluation.runs import Run
from medgo.store import replacing

ITEMS_PER_BENCHMARK = 200


def write_report(runs: Sequence[Run], out: Path, *, items_per_benchmark: int = ITEMS_PER_BENCHMARK) -> list[Path]:
    """Write ``report.md``, ``report.html``, ``table.png``, ``bars.png`` and ``model-index.yml``.

    Args:
        runs: Run folders; several are shown side by side.
        out: Folder to write into; files of these names are replaced, whole or not at all.
        items_per_benchmark: Answers of each benchmark and run that the page holds.

    Returns:
        The files.

    Raises:
        InputError: There is no run.
        RunFolderError: A run folder is damaged.
        StorageError: The disk did not take it.
    """
    report = gather(runs)
    texts = {
        "report.md": as_markdown(report),
        "report.html": as_page(report, items_per_benchmark=items_per_benchmark),
        "model-index.yml": as_model_index(report),
    }
    for name, text in texts.items():
        with replacing(out / name) as file:
            file.write(text.encode(errors="backslashreplace"))
    draw_table(report, out / "table.png")
    draw_bars(report, out / "bars.png")
    return [out / name for name in (*texts, "table.png", "bars.png")]
