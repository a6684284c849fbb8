"""Answers to probes as measurements, each model's beside the base's. Asks no model; compares as training does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from medgo.errors import InputError, RunFolderError
from medgo.evaluation.statistics import holm
from medgo.training.card.measurement import Against, Measurement
from medgo.training.probes.comparing import ProbeDifference, compare_answers
from medgo.training.probes.items import ProbeItem, fingerprint_of, read_items
from medgo.training.probes.measures import LESS_IS_BETTER
from medgo.training.probes.scoring import ITEMS, ProbeSummary, read_answers


def is_probe_folder(folder: Path) -> bool:
    """Whether a folder holds answers to probes."""
    return (folder / "asked.json").exists()


def read_probes(folder: Path) -> ProbeSummary:
    """Read what a model's answers came to.

    Raises:
        RunFolderError: They are not finished, or the summary is damaged.
    """
    try:
        return ProbeSummary.load(folder)
    except (OSError, ValueError, KeyError, TypeError, InputError) as error:
        raise RunFolderError(
            f"{folder / 'summary.json'} cannot be read: {error}", hint="evaluate again: it goes on where it was"
        ) from error


def asked_items(folder: Path) -> list[ProbeItem]:
    """The items that answers in a folder are to; none where it does not hold them.

    Raises:
        RunFolderError: They are not those that were answered.
        InputError: The file is damaged.
    """
    path = folder / ITEMS
    if not path.exists():
        return []
    items = read_items(path)
    if fingerprint_of(items) != read_probes(folder).items:
        raise RunFolderError(f"{path} does not hold the items that were answered", hint="remove both, evaluate again")
    return items


def probe_measurements(subject: str, folder: Path, bases: Sequence[Path] = ()) -> Iterator[Measurement]:
    """The figures of one model, beside those of the base.

    Args:
        subject: Whose.
        folder: Of its answers.
        bases: Folders of the base's answers; the one with answers to the same items is taken. None for the base.

    Raises:
        RunFolderError: A file is damaged.
    """
    summary = read_probes(folder)
    base = next((each for each in bases if read_probes(each).items == summary.items), None)
    against = {} if base is None else compare_folders(base, folder)
    for name, estimate in summary.estimates.items():
        kind = name.partition("/")[0]
        yield Measurement(
            subject=subject,
            name=f"probes/{name}",
            title=f"probes: {name}" + (" (less is better)" if kind in LESS_IS_BETTER else ""),
            metric="rate" if kind.endswith("escalation") else "accuracy",
            estimate=estimate,
            dataset={"type": f"medgo-probes-{kind.replace('_', '-')}", "split": "test"},
            facts={"items_fingerprint": summary.items, "weights": summary.weights},
            against=against.get(name),
        )


def compare_folders(base: Path, folder: Path) -> Mapping[str, Against]:
    """A model's answers beside the base's to the same items; p is adjusted over the measures (Holm).

    Raises:
        RunFolderError: A file is damaged.
    """
    items = asked_items(folder) or asked_items(base)
    return against_base(compare_answers(items, read_answers(base), read_answers(folder)))


def against_base(found: Sequence[ProbeDifference]) -> dict[str, Against]:
    """Differences as the card has them: measures of all languages together, p adjusted over them (Holm)."""
    whole = [each for each in found if "/" not in each.measure]
    adjusted = holm([each.p_concepts for each in whole])
    return {each.measure: _against(each, p) for each, p in zip(whole, adjusted, strict=True)}


def _against(found: ProbeDifference, adjusted: float) -> Against:
    more, less = found.concepts_other, found.concepts_base
    better, worse = (less, more) if found.less_is_better else (more, less)
    if found.items == found.concepts:
        return Against(found.difference, better, worse, "mcnemar", adjusted)
    return Against(found.difference, better, worse, "sign-flips-by-concept", adjusted, found.p)
