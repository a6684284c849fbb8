"""The texts of a run's input as a reviewer sees them: with what was found in each and what was spared."""

from __future__ import annotations

from collections.abc import Iterator

from medgo.deid.formats import open_format
from medgo.deid.proving.of_run import Pieces, audit_of, pairs
from medgo.deid.proving.review import ReviewItem
from medgo.deid.runs.config import RunConfig, run_folder
from medgo.deid.runs.places import places_of
from medgo.deid.runs.records import search
from medgo.deid.runs.tools import Tools

# Shorter texts of structured records are codes and words of forms; their fields were looked at one by one.
_SHORTEST = 20


def review_items(config: RunConfig, tools: Tools) -> Iterator[ReviewItem]:
    """Every narrative of a run's input, searched again as the run did, with what the output has in its place.

    Args:
        config: The run.
        tools: Opened for it.

    Yields:
        Ids are the record's, and where it stands in the input (``17/2.1``: second record, part 1), since ids of
        records may be there twice.

    Raises:
        InputError: The input cannot be read, has changed since, or the run was made with another policy or option.
    """
    audit_of(config, ("tier", "lang"))
    places, pieces = places_of(config), Pieces(run_folder(config.output) / "pieces.jsonl")
    for file, place in enumerate(places, 1):
        if place.format is None or not place.target.exists():
            continue
        form = open_format(place.format, tools.columns)
        # What was held back is in its list, and in nobody's training data.
        for record, after, _ in pairs(place, form, pieces):
            searched = search(record, tools)
            where = f"{record.id}/{f'{file}.' if len(places) > 1 else ''}{pieces.number}"
            for at, (part, findings) in enumerate(zip(record.parts, searched.findings, strict=True)):
                if part.label is None and len(part.text) >= _SHORTEST:
                    new = after.parts[at].text
                    written = [(p.start, p.end, new[p.new_start : p.new_end]) for p in pieces.of_record.get(at, ())]
                    yield ReviewItem(f"{where}.{at}", searched.lang, part.text, findings, searched.spared[at], written)
