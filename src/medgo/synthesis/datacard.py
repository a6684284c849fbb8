"""The data card of a run, in both languages, from its own report. Knows no generator and measures nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import yaml

from medgo.errors import InputError
from medgo.knowledge import Knowledge
from medgo.schema import Lang
from medgo.store import replacing
from medgo.synthesis.datasets.own_records import OWN_RECORDS
from medgo.synthesis.material import Material
from medgo.synthesis.recipe import Recipe
from medgo.synthesis.shelf import Place

_FREE = {"Apache-2.0", "MIT", "CC0-1.0", "MIT AND CC0-1.0", "LicenseRef-US-Government-Public-Domain"}
_FILES: dict[Lang, str] = {"en": "README.md", "zh": "README_zh.md"}


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a data card is filled from.

    Args:
        recipe: The run's.
        knowledge: The index, for titles, versions and attributions.
        places: Documents and records that were used.
        missing: What was asked for and not here.
        used: Source → licences, of rows that were kept.
        sets: Set → its report.
        components: Component → its yield.
        overlap_items: Benchmark items compared with; 0 where rows were compared with none.
        overlap_benchmarks: Their benchmarks.
        overlap_absent: Benchmarks that rows were not compared with.
        material: Documents and records by collection and licence, whether or not rows came of them.
    """

    recipe: Recipe
    knowledge: Knowledge
    places: tuple[Place, ...]
    missing: tuple[str, ...]
    used: Mapping[str, Set[str]]
    sets: Mapping[str, Mapping[str, Any]]
    components: Mapping[str, Mapping[str, Any]]
    overlap_items: int
    overlap_benchmarks: Sequence[str]
    overlap_absent: Sequence[str] = ()
    material: Sequence[Material] = ()


def write_data_cards(facts: CardFacts, output: Path) -> None:
    """Write ``README.md`` and ``README_zh.md``.

    Raises:
        StorageError: The disk did not take one.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("medgo.synthesis", "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  Markdown, not HTML
        keep_trailing_newline=True,
    )
    environment.filters["percent"] = lambda part, whole: f"{100 * part / whole:.1f} %" if whole else "–"
    for lang, name in _FILES.items():
        text = environment.get_template(f"datacard.{lang}.md").render(_values(facts))
        with replacing(output / name) as file:
            file.write(text.encode())


def _values(facts: CardFacts) -> dict[str, Any]:
    licences = {licence for licences in facts.used.values() for licence in licences}
    return {
        "name": facts.recipe.name,
        "recipe": facts.recipe,
        "licence": "apache-2.0" if licences <= _FREE else "other",
        "sets": facts.sets,
        "components": facts.components,
        "tasks": list(_tasks(facts.sets)),
        "sources": list(_sources(facts)),
        "material": facts.material,
        "missing": facts.missing,
        "overlap_items": facts.overlap_items,
        "overlap_benchmarks": facts.overlap_benchmarks,
        "overlap_absent": facts.overlap_absent,
        "commands": _command(facts.recipe),
        "fingerprint": facts.knowledge.fingerprint,
        "may_be_shared": all(source["share"] for source in _sources(facts)),
    }


def _command(recipe: Recipe) -> str:
    """The recipe as it was run, all arguments applied: what makes the rows again."""
    value = recipe.model_dump(mode="json", exclude_defaults=True, exclude={"output"})
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, default_flow_style=None, width=100).strip()


def _tasks(sets: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Set, task, rows in each language."""
    for name, report in sets.items():
        counts: dict[str, dict[str, int]] = {}
        for key, rows in report["counts"].items():
            _component, task, lang = key.rsplit("/", 2)
            counts.setdefault(task, {"zh": 0, "en": 0})[lang] += rows
        for task, by_lang in sorted(counts.items()):
            yield {"set": name, "task": task, **by_lang}


def _sources(facts: CardFacts) -> Iterator[dict[str, Any]]:
    """Everything that rows which were kept rest on, with what its owner asks for."""
    datasets = {place.dataset.name: place.dataset for place in facts.places}
    for name, licences in sorted(facts.used.items()):
        dataset = datasets.get(name)
        if dataset is not None:
            title, version, url, words, share = dataset.title, "", dataset.url, dataset.about, dataset.share
        else:
            try:
                source = facts.knowledge.source(name)
            except InputError:
                title, version, url, words, share = name, "", "", "", True
            else:
                title, version, url = source.title, source.version, source.url
                words, share = source.attribution, source.share
        yield {
            "id": name,
            "title": title,
            "version": version,
            "licence": ", ".join(sorted(licences)),
            "url": url,
            "words": words,
            # Such a document of a curated corpus is a hospital's record.
            "share": share and OWN_RECORDS.licence not in licences,
        }
