"""The step that writes one page on everything. Hands everything to the report."""

from __future__ import annotations

from medgo import __version__
from medgo.pipeline.place import Place
from medgo.pipeline.recipe import CurationStep, DeidStep, ReportStep
from medgo.pipeline.report.content import gather_page
from medgo.pipeline.report.corpora import corpora_section
from medgo.pipeline.report.page import as_html
from medgo.pipeline.state import State
from medgo.pipeline.step import Inputs, Step
from medgo.pipeline.steps.deid import RECORDS
from medgo.pipeline.steps.measured import measured_files
from medgo.store import replacing
from medgo.training.card.document import Section


def report_step(name: str, asked: ReportStep, place: Place) -> Step:
    """Make the step."""
    folder = place.folder(name)

    def work() -> None:
        steps = State(place.state_file).steps
        before = {each: state for each, state in steps.items() if state.status == "done" and each != name}
        evaluations = place.evaluations(asked.evaluations)
        page = gather_page(place.pipeline.name, place.folder(asked.training), evaluations, before, _texts(asked, place))
        with replacing(folder / "report.html") as file:
            file.write(as_html(page).encode())
        place.tools.say(str(folder / "report.html"))

    def inputs() -> Inputs:
        value = {"medgo": __version__, "evaluations": asked.evaluations}
        return Inputs(value, measured_files(asked.evaluations, place))

    return Step(name, folder, inputs, work, ("report.html",), asked.needs, reworks=True)


def _texts(asked: ReportStep, place: Place) -> Section | None:
    """What the steps of texts left that this one needs: others may not be done."""
    steps = {name: place.pipeline.steps[name] for name in asked.needs}
    curated = {name: place.folder(name) for name, step in steps.items() if isinstance(step, CurationStep)}
    records = {name: place.folder(name) / RECORDS for name, step in steps.items() if isinstance(step, DeidStep)}
    return corpora_section(curated, records)
