"""Answers to probes beside the base's: paired, by concept, adjusted, and only where the same was asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from medgo.errors import RunFolderError
from medgo.evaluation.statistics import mcnemar_exact
from medgo.schema import Message
from medgo.training.card.measurement import Against
from medgo.training.card.probe_results import against_base, probe_measurements
from medgo.training.probes.comparing import compare_answers, sign_flips
from medgo.training.probes.items import ProbeItem, ProbeKind, fingerprint_of, write_items
from medgo.training.probes.measures import Answered, estimates

RIGHT, WRONG = (-1.0, -9.0), (-9.0, -1.0)


def item(number: int, kind: ProbeKind = "general", about: str = "") -> ProbeItem:
    prompt = (Message("user", f"{number}?"),)
    return ProbeItem(f"{kind}-{number}", kind, "fact", "en", about or f"c{number}", prompt, ("y", "n"), "y")


def scored(items: Sequence[ProbeItem], rights: Sequence[bool]) -> dict[str, Answered]:
    return {i.id: Answered(i.id, RIGHT if right else WRONG) for i, right in zip(items, rights, strict=True)}


def compared(items: Sequence[ProbeItem], base: dict[str, Answered], model: dict[str, Answered]) -> dict[str, Against]:
    return against_base(compare_answers(items, base, model))


def test_single_items_are_mcnemars_pairs() -> None:
    items = [item(n) for n in range(20)]
    base, model = scored(items, [False] * 12 + [True] * 8), scored(items, [True] * 10 + [False] * 3 + [True] * 7)
    found = compared(items, base, model)["general"]
    assert (found.better, found.worse, found.test) == (10, 1, "mcnemar")
    assert found.p == pytest.approx(mcnemar_exact(1, 10))
    assert found.difference.value == pytest.approx(9 / 20)


def test_items_about_one_concept_count_once() -> None:
    items = [item(n, about=f"c{n // 5}") for n in range(30)]
    base, model = scored(items, [False] * 30), scored(items, [True] * 30)
    found = compared(items, base, model)["general"]
    assert (found.better, found.worse, found.test) == (6, 0, "sign-flips-by-concept")
    assert found.p == pytest.approx(mcnemar_exact(0, 6))
    assert found.p_items == mcnemar_exact(0, 30)
    assert found.p > found.p_items, "thirty items about six concepts are not thirty independent ones"


def test_training_and_card_test_alike() -> None:
    items = [item(n, about=f"c{n // 5}") for n in range(30)]
    base, model = scored(items, [False] * 30), scored(items, [True] * 30)
    whole, _english = compare_answers(items, base, model)
    card = compared(items, base, model)["general"]
    assert (card.p, card.p_items, card.difference) == (whole.p_concepts, whole.p, whole.difference)


def test_flips_of_signs_are_all_counted() -> None:
    for seed in range(20):
        changes = np.random.default_rng(seed).integers(-4, 5, size=8).tolist()
        sums = [abs(sum(s * c for s, c in zip(signs, changes, strict=True))) for signs in product((-1, 1), repeat=8)]
        assert sign_flips(changes) == pytest.approx(sum(one >= abs(sum(changes)) for one in sums) / 256)
    assert sign_flips([1] * 10 + [-1] * 3 + [0] * 9) == pytest.approx(mcnemar_exact(3, 10))
    assert sign_flips([]) == sign_flips([0, 0]) == 1.0


def test_p_is_adjusted_over_measures() -> None:
    one, two = [item(n) for n in range(10)], [item(n, "preference") for n in range(10)]
    base = scored(one + two, [False] * 20)
    model = scored(one + two, [True] * 8 + [False] * 2 + [False] * 10)
    found = compared(one + two, base, model)
    assert found["general"].p == pytest.approx(2 * mcnemar_exact(0, 8))


def test_fewer_needless_alarms_are_better() -> None:
    items = [
        ProbeItem(f"e{n}", "escalation", "harmless", "en", f"c{n}", (Message("user", "?"),), ("a", "b"), "a")
        for n in range(6)
    ]
    alarm = "Call emergency services now."
    base = {i.id: Answered(i.id, None, alarm) for i in items}
    model = {i.id: Answered(i.id, None, "Rest at home.") for i in items}
    found = compared(items, base, model)["over_escalation"]
    assert (found.better, found.worse) == (6, 0)
    assert found.difference.value == -1.0


def write_answers(folder: Path, items: Sequence[ProbeItem], answers: Sequence[Answered]) -> None:
    folder.mkdir()
    write_items(folder / "items.jsonl", items)
    (folder / "predictions.jsonl").write_text("".join(json.dumps(a.to_dict()) + "\n" for a in answers))
    whole: dict[str, Answered] = {}
    for each in answers:
        whole[each.id] = each.joined(whole.get(each.id))
    rows = {name: each.to_row() for name, each in estimates(items, whole).items()}
    summary = {"model": "m", "weights": "w", "items": fingerprint_of(items), "estimates": rows, "seconds": 1.0}
    (folder / "summary.json").write_text(json.dumps(summary))


def test_what_was_scored_and_said_is_compared_twice(tmp_path: Path) -> None:
    items = [item(n, "term") for n in range(8)]
    for name, right in (("base", False), ("model", True)):
        said = [Answered(i.id, None, "y" if right else "n", "stop") for i in items]
        write_answers(tmp_path / name, items, [*scored(items, [right] * 8).values(), *said])
    found = {each.name: each for each in probe_measurements("stage", tmp_path / "model", [tmp_path / "base"])}
    for name in ("probes/term", "probes/term_said"):
        against = found[name].against
        assert against is not None, f"{name}: an item has two lines, and both count"
        assert (against.better, against.worse) == (8, 0)
    assert found["probes/term/en"].is_part
    assert found["probes/term/en"].against is None


def test_answers_to_other_items_are_not_compared(tmp_path: Path) -> None:
    one, other = [item(n) for n in range(4)], [item(n) for n in range(1, 5)]
    write_answers(tmp_path / "base", one, list(scored(one, [True] * 4).values()))
    write_answers(tmp_path / "model", other, list(scored(other, [True] * 4).values()))
    assert all(each.against is None for each in probe_measurements("s", tmp_path / "model", [tmp_path / "base"]))


def test_items_that_were_not_answered_are_refused(tmp_path: Path) -> None:
    items = [item(n) for n in range(4)]
    for name in ("base", "model"):
        write_answers(tmp_path / name, items, list(scored(items, [True] * 4).values()))
    write_items(tmp_path / "model/items.jsonl", items[:3])
    with pytest.raises(RunFolderError, match="does not hold the items"):
        list(probe_measurements("s", tmp_path / "model", [tmp_path / "base"]))
