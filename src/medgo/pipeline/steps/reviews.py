"""The step that turns experts' verdicts into rows for the next round. Hands everything to the room of training."""

from __future__ import annotations

import json

from medgo import __version__
from medgo.pipeline.place import Place
from medgo.pipeline.recipe import ReviewsStep
from medgo.pipeline.step import Inputs, Step
from medgo.store import replacing
from medgo.training.rows.reviews import GENERATOR, VERSION, read_reviews, write_reviewed_rows


def reviews_step(name: str, asked: ReviewsStep, place: Place) -> Step:
    """Make the step: ``labels.jsonl`` and ``preference.jsonl`` from a file of reviews, with a count beside them."""
    folder, path = place.folder(name), place.input_file(asked.path)

    def work() -> None:
        rows = read_reviews(path)
        write_reviewed_rows(rows, folder)
        with replacing(folder / "reviews.json") as file:
            file.write(json.dumps(rows.count.to_dict(), ensure_ascii=False, indent=1).encode())
        count = rows.count
        place.tools.say(f"{count.reviews:,} reviews: {len(rows.labelled):,} labels, {len(rows.pairs):,} pairs")

    value = {"medgo": __version__, GENERATOR: VERSION}
    outputs = ("labels.jsonl", "preference.jsonl", "reviews.json")
    return Step(name, folder, lambda: Inputs(value, {"reviews": path}), work, outputs, asked.needs)
