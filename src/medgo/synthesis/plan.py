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
from medgo.synthesis.keeping import CHECKS
from medgo.synthesis.protocol import Generator
from medgo.synthesis.recipe import Component, Recipe, SetName, expand_path, shares
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
    generators = {
        (name, position): build_generator(component.generator, component.options)
        for name, position, component in _components(recipe)
    }
    files, absent = _knowledge_files(recipe)
    knowledge = open_knowledge(files)
    _check_needs(recipe, knowledge)
    places, missing = find_places(recipe, today=today)
    for name, position, component in _components(recipe):
        _check_component(name, component, generators[name, position], places, has_teacher=recipe.teacher is not None)
    depends = fingerprint(
        [
            knowledge.fingerprint,
            CHECKS,
            recipe.keep.model_dump(mode="json"),
            list(recipe.langs),
            [
                [place.dataset.name, _state(place.path), place.limit or 0, place.certificate and place.certificate.id]
                for place in places
            ],
            overlap,
            [model and model.model_dump(mode="json") for model in (recipe.teacher, recipe.policy)],
        ]
    )
    return SynthesisPlan(recipe, tuple(_jobs(recipe, depends)), knowledge, files, places, (*absent, *missing))


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


def _check_component(
    name: SetName, component: Component, generator: Generator, places: tuple[Place, ...], *, has_teacher: bool
) -> None:
    if generator.makes not in _FITS[name]:
        raise RecipeError(
            f"{component.generator} makes {generator.makes} rows, which do not belong into the set {name}",
            hint=f"{name} takes {' or '.join(_FITS[name])} rows",
        )
    if "teacher" in generator.needs and not has_teacher:
        raise RecipeError(
            f"{component.generator} needs a model that writes", hint="add teacher: {model: …} to the recipe"
        )
    for need in sorted(generator.needs - {"teacher"}):
        if not any(place.dataset.holds == need for place in places):
            raise RecipeError(
                f"{component.generator} needs {need}, and none of the recipe's are here",
                hint=f"name some under {need}: (medgo synthesize datasets lists what can be read)",
            )


def _state(path: Path) -> list[list[str]]:
    """Names and hashes of the files below a path: changed files give other rows, copied ones the same."""
    if path.is_file():
        return [["", sha256_of_file(path)]]
    files = sorted(p for p in path.rglob("*") if p.is_file())
    return [[p.relative_to(path).as_posix(), sha256_of_file(p)] for p in files]
