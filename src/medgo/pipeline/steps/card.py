"""The step that writes the model card. Hands everything to the room of training."""

from __future__ import annotations

from medgo import __version__
from medgo.pipeline.place import Place
from medgo.pipeline.recipe import CardStep
from medgo.pipeline.step import Inputs, Step
from medgo.pipeline.steps.measured import measured_files
from medgo.training.card.write import CardRequest, write_card


def card_step(name: str, asked: CardStep, place: Place) -> Step:
    """Make the step."""
    folder = place.folder(name)

    def work() -> None:
        found = tuple(place.evaluations(asked.evaluations))
        write_card(CardRequest(place.folder(asked.training), found, folder, asked.licence, asked.name))

    def inputs() -> Inputs:
        value = {"medgo": __version__, "licence": asked.licence, "name": asked.name, "evaluations": asked.evaluations}
        return Inputs(value, measured_files(asked.evaluations, place))

    return Step(name, folder, inputs, work, ("README*.md", "*.json", "*.yaml"), asked.needs, reworks=True)
