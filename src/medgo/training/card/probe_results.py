"""Answers to probes as measurements, and beside the base's, item by item. Asks no model.

Items about one concept are not independent: intervals resample concepts, and the exact test counts concepts on which
a model did better or worse (McNemar's where a concept has one item).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from medgo.errors import InputError, RunFolderError
from medgo.evaluation.statistics import Estimate, Sample, discordance, holm, paired_bootstrap
from medgo.store import RowFile, replacing
from medgo.training.card.measurement import Against, Measurement
from medgo.training.probes.items import ProbeItem
from medgo.training.probes.measures import LESS_IS_BETTER, Answered, outcomes
from medgo.training.probes.scoring import ProbeSummary

AGAINST = "against_base.json"


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


def probe_measurements(subject: str, folder: Path) -> Iterator[Measurement]:
    """The figures of one model; with the comparison where :func:`write_against` wrote one.

    Raises:
        RunFolderError: A file is damaged.
    """
    summary = read_probes(folder)
    against = _read_against(folder / AGAINST)
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


def write_against(items: Sequence[ProbeItem], base: Path, folder: Path) -> dict[str, Against]:
    """Compare a model's answers with the base's, and keep that beside them.

    Args:
        items: That both were asked.
        base: Folder of the base's answers.
        folder: Folder of the model's.

    Returns:
        Measure → comparison; p is adjusted over the measures (Holm).

    Raises:
        RunFolderError: One was asked other items, or a file is damaged.
    """
    if read_probes(base).items != read_probes(folder).items:
        raise RunFolderError(f"{base} and {folder} answer different items", hint="remove both and evaluate again")
    found = compare_answers(items, _answers(base), _answers(folder))
    with replacing(folder / AGAINST) as file:
        value = {name: asdict(each) for name, each in found.items()}
        file.write(json.dumps(value, indent=1).encode())
    return found


def compare_answers(
    items: Sequence[ProbeItem], base: Mapping[str, Answered], model: Mapping[str, Answered]
) -> dict[str, Against]:
    """Compare two models' answers; measures are those of all languages together."""
    values: dict[str, tuple[list[float], list[str]]] = {}
    for item in items:
        if item.id not in base or item.id not in model:
            continue
        before, after = outcomes(item, base[item.id]), outcomes(item, model[item.id])
        for name in before.keys() & after.keys():
            held = values.setdefault(name, ([], []))
            held[0].append(float(after[name]) - float(before[name]))
            held[1].append(item.about)
    names = sorted(values)
    counts = {name: discordance(*values[name]) for name in names}
    adjusted = dict(zip(names, holm([counts[name].p for name in names]), strict=True))
    result: dict[str, Against] = {}
    for name in names:
        difference, _ = paired_bootstrap(Sample.of(*values[name]), np.random.default_rng(0))
        more, less = counts[name].only_b, counts[name].only_a
        better, worse = (less, more) if name in LESS_IS_BETTER else (more, less)
        single = len(set(values[name][1])) == len(values[name][1])
        result[name] = Against(difference, better, worse, "mcnemar" if single else "sign-by-concept", adjusted[name])
    return result


def _answers(folder: Path) -> dict[str, Answered]:
    rows: Iterator[Any] = (raw.value for raw in RowFile(folder / "predictions.jsonl"))
    return {row["id"]: Answered.from_dict(row) for row in rows if row is not None}


def _read_against(path: Path) -> dict[str, Against]:
    if not path.exists():
        return {}
    try:
        value = json.loads(path.read_bytes())
        return {
            name: Against(**{**each, "difference": Estimate.from_row(each["difference"])})
            for name, each in value.items()
        }
    except (OSError, ValueError, KeyError, TypeError, InputError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}", hint="remove it and evaluate again") from error
