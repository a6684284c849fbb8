"""Answers to probes beside the base's: paired, by concept, adjusted, and only where the same was asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from medgo.errors import RunFolderError
from medgo.evaluation.statistics import mcnemar_exact
from medgo.schema import Message
from medgo.training.card.probe_results import compare_answers, probe_measurements, write_against
from medgo.training.probes.items import ProbeItem, ProbeKind, fingerprint_of
from medgo.training.probes.measures import Answered, estimates

RIGHT, WRONG = (-1.0, -9.0), (-9.0, -1.0)


def item(number: int, kind: ProbeKind = "general", about: str = "") -> ProbeItem:
    prompt = (Message("user", f"{number}?"),)
    return ProbeItem(f"{kind}-{number}", kind, "fact", "en", about or f"c{number}", prompt, ("y", "n"), "y")


def scored(items: Sequence[ProbeItem], rights: Sequence[bool]) -> dict[str, Answered]:
    return {i.id: Answered(i.id, RIGHT if right else WRONG) for i, right in zip(items, rights, strict=True)}


def test_single_items_are_mcnemars_pairs() -> None:
    items = [item(n) for n in range(20)]
    base, model = scored(items, [False] * 12 + [True] * 8), scored(items, [True] * 10 + [False] * 3 + [True] * 7)
    found = compare_answers(items, base, model)["general"]
    assert (found.better, found.worse, found.test) == (10, 1, "mcnemar")
    assert found.p == pytest.approx(mcnemar_exact(1, 10))
    assert found.difference.value == pytest.approx(9 / 20)


def test_items_about_one_concept_count_once() -> None:
    items = [item(n, about=f"c{n // 5}") for n in range(30)]
    base, model = scored(items, [False] * 30), scored(items, [True] * 30)
    found = compare_answers(items, base, model)["general"]
    assert (found.better, found.worse, found.test) == (6, 0, "sign-by-concept")
    assert found.p == pytest.approx(mcnemar_exact(0, 6))
    assert found.p > mcnemar_exact(0, 30), "thirty items about six concepts are not thirty independent ones"


def test_p_is_adjusted_over_measures() -> None:
    one, two = [item(n) for n in range(10)], [item(n, "preference") for n in range(10)]
    base = scored(one + two, [False] * 20)
    model = scored(one + two, [True] * 8 + [False] * 2 + [False] * 10)
    found = compare_answers(one + two, base, model)
    assert found["general"].p == pytest.approx(2 * mcnemar_exact(0, 8))


def test_fewer_needless_alarms_are_better() -> None:
    items = [
        ProbeItem(f"e{n}", "escalation", "harmless", "en", f"c{n}", (Message("user", "?"),), ("a", "b"), "a")
        for n in range(6)
    ]
    alarm = "Call emergency services now."
    base = {i.id: Answered(i.id, None, alarm) for i in items}
    model = {i.id: Answered(i.id, None, "Rest at home.") for i in items}
    found = compare_answers(items, base, model)["over_escalation"]
    assert (found.better, found.worse) == (6, 0)
    assert found.difference.value == -1.0


def write_answers(folder: Path, items: Sequence[ProbeItem], answers: dict[str, Answered]) -> None:
    folder.mkdir()
    (folder / "predictions.jsonl").write_text("".join(json.dumps(a.to_dict()) + "\n" for a in answers.values()))
    rows = {name: each.to_row() for name, each in estimates(items, answers).items()}
    summary = {"model": "m", "weights": "w", "items": fingerprint_of(items), "estimates": rows, "seconds": 1.0}
    (folder / "summary.json").write_text(json.dumps(summary))


def test_what_was_compared_is_read_back_beside_the_figures(tmp_path: Path) -> None:
    items = [item(n) for n in range(8)]
    write_answers(tmp_path / "base", items, scored(items, [False] * 8))
    write_answers(tmp_path / "model", items, scored(items, [True] * 8))
    write_against(items, tmp_path / "base", tmp_path / "model")
    whole, part = sorted(probe_measurements("stage", tmp_path / "model"), key=lambda each: each.name)
    assert (whole.name, whole.estimate.value, whole.is_part) == ("probes/general", 1.0, False)
    assert whole.against is not None
    assert whole.against.difference.value == 1.0
    assert part.is_part
    assert part.against is None


def test_answers_to_other_items_are_not_compared(tmp_path: Path) -> None:
    one, other = [item(n) for n in range(4)], [item(n) for n in range(1, 5)]
    write_answers(tmp_path / "base", one, scored(one, [True] * 4))
    write_answers(tmp_path / "model", other, scored(other, [True] * 4))
    with pytest.raises(RunFolderError, match="different items"):
        write_against(one, tmp_path / "base", tmp_path / "model")
