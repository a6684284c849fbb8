"""Generators that make rows of several kinds in given proportions, a language at a time. Knows no kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import numpy as np

from medgo.errors import RecipeError
from medgo.synthesis.generators.composing import Licences, Origin, Sheet
from medgo.synthesis.protocol import Draft, Generator, Source

# The (id, source) pairs that a row rests on.
Used = list[tuple[str, str]]
Write = Callable[[str, Sheet], Used | None]
K = TypeVar("K", bound=str)

# So often in a row there may be nothing to ask; after that there never will be.
_FRUITLESS = 2000
_PATIENCE = 100


def proportions(kinds: Mapping[K, float]) -> Mapping[K, float]:
    """Check proportions, as a field's validator.

    Raises:
        ValueError: None is above 0, or one is below.
    """
    if not kinds or min(kinds.values()) < 0 or sum(kinds.values()) <= 0:
        raise ValueError("at least one kind with a proportion above 0, and none below")
    return kinds


def rows_of_kinds(
    generator: Generator, task: str, kinds: Mapping[K, float], write: Write, source: Source, rng: np.random.Generator
) -> Iterator[Draft]:
    """Rows without end.

    Args:
        generator: Whose rows they are.
        task: Name of the task.
        kinds: Kind → its proportion.
        write: Writes a row of a kind on a sheet; None where chance gave it nothing to ask, which is counted.
        source: What to draw on.
        rng: Decides on the kind; ``write`` uses the same one.

    Raises:
        RecipeError: With this knowledge and these languages no row can be made.
    """
    licences = Licences(source.knowledge)
    names = list(kinds)
    weights = np.array([kinds[name] for name in names])
    bounds = np.cumsum(weights / weights.sum())
    number = fruitless = 0
    while True:
        # A language keeps its turn until it has its row, or seems to have none to give.
        lang = source.langs[(number + fruitless // _PATIENCE) % len(source.langs)]
        kind = names[min(int(np.searchsorted(bounds, rng.random(), side="right")), len(names) - 1)]
        sheet = Sheet(lang)
        used = write(kind, sheet)
        if used is None:
            source.rejected[f"nothing to ask ({kind}, {lang})"] += 1
            fruitless += 1
            if fruitless == _FRUITLESS:
                raise RecipeError(
                    f"{generator.name} finds nothing to ask in {', '.join(source.langs)} of {', '.join(names)}",
                    hint="medgo knowledge sources says what is absent and how to get it",
                )
            continue
        number += 1
        fruitless = 0
        origin = Origin(generator.name, generator.version, task, lang)
        yield sheet.draft(origin, source, number, licences.refs([*used, *sheet.names]), {"kind": kind})
