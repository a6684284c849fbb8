"""The page on which a person reviews de-identification: one file, no network, no server."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import jinja2

from medgo.deid.classes import CLASSES
from medgo.deid.protocol import Finding
from medgo.deid.proving.review import ReviewItem
from medgo.store.atomic import replacing

_GROUPS = {
    "people": ("name", "name_relative", "name_clinician"),
    "places": ("address", "location", "zip_code", "hospital", "organisation"),
    "time": ("date", "age_over_89"),
    "traits": ("age", "origin"),
}


def write_sheet(path: Path, items: Sequence[ReviewItem], *, title: str) -> None:
    """Write the page; it shows originals, so nobody but its owner may read it.

    Args:
        path: Where; its mode becomes 0600.
        items: In the order in which they are to be read.
        title: What is reviewed.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("medgo.deid.proving", "."),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    notes = [{"id": item.id, "risk": f"{item.risk:.1f}", "marked": marked(item), "lang": item.lang} for item in items]
    page = environment.get_template("review.html").render(title=title, notes=notes, classes=CLASSES)
    with replacing(path) as file:
        path.with_name(path.name + ".partial").chmod(0o600)
        file.write(page.encode())


def marked(item: ReviewItem) -> str:
    """The original as HTML with every finding marked; positions stand in the marks, in code points."""
    spots = [*((one, False) for one in item.findings), *((one, True) for one in item.protected)]
    out, at = [], 0
    for finding, is_protected in sorted(spots, key=lambda spot: (spot[0].start, spot[0].end)):
        if finding.start < at:
            continue
        out += [html.escape(item.original[at : finding.start]), _mark(item, finding, is_protected)]
        at = finding.end
    return "".join([*out, html.escape(item.original[at:])])


def _mark(item: ReviewItem, finding: Finding, is_protected: bool) -> str:
    group = next((name for name, labels in _GROUPS.items() if finding.label in labels), "numbers")
    kind = "kept" if is_protected else group
    said = f"{finding.label} · {finding.score:.2f} · {finding.detector}" + (
        " · kept as a term 保留" if is_protected else ""
    )
    inner = html.escape(item.original[finding.start : finding.end])
    # Shown by the style sheet, so that it is no part of the text that positions are counted in.
    new = next((new for start, end, new in item.written if start < finding.end and finding.start < end), None)
    shown = f' data-new="{html.escape(new)}"' if new is not None and not is_protected else ""
    return (
        f'<mark class="{kind}" data-start="{finding.start}" data-end="{finding.end}"{shown} '
        f'title="{html.escape(said)}">{inner}</mark>'
    )
