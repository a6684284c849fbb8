"""From a recipe to jobs: everything that can be wrong is found here, before the first row. Makes no row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from medgo.errors import RecipeError
from medgo.knowledge import Knowledge, open_knowledge
from medgo.store.hashing import fingerprint, sha256_of_file
from medgo.store.recipes import expand_path
from medgo.synthesis.datasets import find_dataset
from medgo.synthesis.keeping import CHECKS
from medgo.synthesis.protocol import Generator
from medgo.synthesis.recipe import Component, Recipe, RowSet, SetName, shares
from medgo.synthesis.registry import build_generator, find_generator
from medgo.synthesis.shards import Job
from medgo.synthesis.shelf import Place, find_places

_MOST_READINGS = 8

# What the rows of each set are trained as: a set of labels also takes pairs, which are then taken apart.
_FITS: dict[SetName, tuple[str, ...]] = {
    "stage1": ("sft",),
    "stage2": ("sft",),
    "preference": ("preference",),
    "labels": ("labelled", "preference"),
}


@dataclass(frozen=True, slots=True)
class SynthesisPlan:
    """A run that can begin.

    Args:
        recipe: What was asked.
        jobs: All shards, in the order of the recipe.
        knowledge: The opened index.
        knowledge_files: The recipe's further knowledge that is here.
        places: Documents and records that are here.
        missing: A line for everything optional that is not.
    """

    recipe: Recipe
    jobs: tuple[Job, ...]
    knowledge: Knowledge
    knowledge_files: tuple[Path, ...]
    places: tuple[Place, ...]
    missing: tuple[str, ...]

    @property
    def output(self) -> Path:
        """The run's folder."""
        return Path(self.recipe.output)

    @property
    def mark(self) -> str:
        """Equal for runs that give the same rows."""
        return fingerprint([self.recipe.model_dump(mode="json", exclude={"output"}), self.jobs[0].depends])


def plan_synthesis(recipe: Recipe, *, today: date, overlap: str) -> SynthesisPlan:
    """Check a recipe against what is here and cut it into shards.

    Args:
        recipe: The recipe.
        today: For certificates that expire.
        overlap: Fingerprint of the benchmark items that rows are compared with; empty for none.

    Raises:
        RecipeError: A generator, option, source or data set is unknown or missing, or does not fit its set.
        CertificateError: Records are not covered.
    """
    check_recipe(recipe)
    files, absent = _knowledge_files(recipe)
    knowledge = open_knowledge(files)
    _check_needs(recipe, knowledge)
    places, missing = find_places(recipe, today=today)
    possible, left_out = _possible(recipe, {place.dataset.holds for place in places})
    depends = fingerprint(
        [
            knowledge.fingerprint,
            CHECKS,
            recipe.keep.model_dump(mode="json"),
            list(recipe.langs),
            [
                [place.dataset.name, _state(place), place.limit or 0, place.certificate and place.certificate.id]
                for place in places
            ],
            overlap,
            [model and model.model_dump(mode="json") for model in (recipe.teacher, recipe.policy)],
            *([] if recipe.concepts.part == "all" else [recipe.concepts.model_dump(mode="json")]),
        ]
    )
    jobs = tuple(_jobs(possible, depends))
    return SynthesisPlan(possible, jobs, knowledge, files, places, (*absent, *missing, *left_out))


def check_recipe(recipe: Recipe) -> None:
    """Check what can be checked without opening anything: generators, options, data sets, and what fits where.

    Raises:
        RecipeError: Names everything that is wrong.
    """
    problems: list[str] = []
    for name, position, component in _components(recipe):
        try:
            generator = build_generator(component.generator, component.options)
            _check_fit(name, generator, has_teacher=recipe.teacher is not None)
        except RecipeError as error:
            problems.append(f"sets.{name}.mix.{position}: {_in_one_line(error)}")
    for collection in (*recipe.documents, *recipe.records):
        try:
            find_dataset(collection.dataset)
        except RecipeError as error:
            problems.append(_in_one_line(error))
    if problems:
        raise RecipeError("\n".join(problems))


def _in_one_line(error: RecipeError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


def _possible(recipe: Recipe, here: set[str]) -> tuple[Recipe, list[str]]:
    """The recipe without components whose documents or records are all optional and not here.

    Raises:
        RecipeError: Nothing is left of a set, or a component's needs were never named.
    """
    asked = {"documents": recipe.documents, "records": recipe.records}
    sets: dict[SetName, RowSet] = {}
    left_out: list[str] = []
    for name, row_set in recipe.sets.items():
        kept: list[Component] = []
        counts = shares(row_set.rows, [component.weight for component in row_set.mix])
        rows = 0
        for component, count in zip(row_set.mix, counts, strict=True):
            needs = build_generator(component.generator, component.options).all_needs() - {"teacher"} - here
            if not needs:
                kept.append(component)
                rows += count
            elif all(asked[need] for need in needs):
                left_out.append(
                    f"{name}: {count} rows of {component.generator}, whose {' and '.join(sorted(needs))} are absent"
                )
            else:
                raise RecipeError(
                    f"{component.generator} needs {' and '.join(sorted(needs))}, and the recipe names none",
                    hint="medgo synthesize datasets lists what can be read",
                )
        if not kept:
            raise RecipeError(f"nothing of the set {name} can be made: {'; '.join(left_out)}")
        total = sum(component.weight for component in kept)
        mix = tuple(component.model_copy(update={"weight": component.weight / total}) for component in kept)
        sets[name] = row_set.model_copy(update={"rows": rows, "mix": mix})
    return recipe.model_copy(update={"sets": sets}), left_out


def _components(recipe: Recipe) -> Iterator[tuple[SetName, int, Component]]:
    for name, row_set in recipe.sets.items():
        for position, component in enumerate(row_set.mix):
            yield name, position, component


def _jobs(recipe: Recipe, depends: str) -> Iterator[Job]:
    for name, row_set in recipe.sets.items():
        names: Counter[str] = Counter()
        for component, rows in zip(row_set.mix, shares(row_set.rows, [c.weight for c in row_set.mix]), strict=True):
            names[component.generator] += 1
            nth = names[component.generator]
            label = component.generator if nth == 1 else f"{component.generator}-{nth}"
            if name == "labels" and find_generator(component.generator).makes == "preference":
                rows = -(-rows // 2)  # a pair gives two rows
            of = max(1, -(-rows // recipe.shard_rows))
            if find_generator(component.generator).needs:
                # Every shard reads all documents to find its own, and a teacher is busy in large shards only.
                of = min(of, _MOST_READINGS)
            for number, part in enumerate(shares(rows, [1 / of] * of)):
                yield Job(
                    set=name,
                    component=label,
                    generator=component.generator,
                    options=component.options,
                    number=number,
                    of=of,
                    rows=part,
                    seed=recipe.seed,
                    depends=depends,
                )


def _knowledge_files(recipe: Recipe) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    files, absent = [], []
    for text in recipe.knowledge.add:
        try:
            path = expand_path(text)
        except RecipeError as error:
            absent.append(f"knowledge {error.message}")
            continue
        if path.exists():
            files.append(path)
        else:
            absent.append(f"knowledge {text} does not exist")
    return tuple(files), tuple(absent)


def _check_needs(recipe: Recipe, knowledge: Knowledge) -> None:
    have = {source.id for source in knowledge.sources()}
    absent = [need for need in recipe.knowledge.needs if need not in have]
    if absent:
        raise RecipeError(
            f"the recipe needs the knowledge sources {', '.join(absent)}, which are not here",
            hint="medgo knowledge sources says how to get each",
        )


def _check_fit(name: SetName, generator: Generator, *, has_teacher: bool) -> None:
    if generator.makes not in _FITS[name]:
        raise RecipeError(
            f"{generator.name} makes {generator.makes} rows, which do not belong into the set {name}",
            hint=f"{name} takes {' or '.join(_FITS[name])} rows",
        )
    if "teacher" in generator.needs and not has_teacher:
        raise RecipeError(f"{generator.name} needs a model that writes", hint="add teacher: {model: …} to the recipe")


def _state(place: Place) -> list[list[str]]:
    """Names and hashes of the files that are read: changed files give other rows, copied ones the same."""
    path = place.path
    if path.is_file():
        return [["", sha256_of_file(path)]]
    files = place.dataset.files(path) if place.dataset.files else sorted(p for p in path.rglob("*") if p.is_file())
    return [[p.relative_to(path).as_posix(), sha256_of_file(p)] for p in files]
