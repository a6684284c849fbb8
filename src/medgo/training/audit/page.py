"""An audit as one HTML page that needs nothing else, in both languages. Finds nothing out itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import jinja2

from medgo.store import replacing
from medgo.training.audit.stage import StageAudit
from medgo.training.audit.terminal import task_lines
from medgo.training.audit.words import both


def write_page(path: Path, title: str, audits: Sequence[StageAudit]) -> None:
    """Write the page, whole or not at all.

    Args:
        path: The page.
        title: Name of the run.
        audits: Its stages.

    Raises:
        StorageError: The disk did not take it.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("medgo.training.audit", "."),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("page.html").render(title=title, audits=audits, lines=task_lines, both=both)
    with replacing(path) as file:
        file.write(page.encode())
