"""The parts that cases are made of: likelihood, values, names in running text."""

from __future__ import annotations

import math

import numpy as np
import pytest

from medgo.synthesis.generators.cases.graph import FactBook, Step
from medgo.synthesis.generators.cases.labs import Quantity, directions, draw, egfr, panel
from medgo.synthesis.generators.cases.likelihood import Likelihood, ranked
from medgo.synthesis.generators.cases.realise import Names, Writer
from medgo.synthesis.generators.cases.words_en import BANK as ENGLISH
from medgo.synthesis.generators.cases.words_zh import BANK as CHINESE


def test_likelihood_is_the_product_over_findings() -> None:
    likelihood = Likelihood.build({"A": {"x": 0.9, "y": 0.5}, "B": {"x": 0.2}})
    noise = likelihood.noise
    total = likelihood.log_likelihoods(["x"], ["y"])
    assert total[0] == pytest.approx(math.log(1 - 0.1 * (1 - noise)) + math.log(0.5 * (1 - noise)))
    assert total[1] == pytest.approx(math.log(1 - 0.8 * (1 - noise)) + math.log(1 - noise))
    assert [disease for disease, _ in ranked(likelihood, total, top=2)] == ["A", "B"]


def test_what_a_known_disease_explains_says_little() -> None:
    likelihood = Likelihood.build({"A": {"x": 0.9}, "B": {}})
    alone = likelihood.log_likelihoods(["x"], [])
    known = likelihood.log_likelihoods(["x"], [], {"x": 0.9})
    assert alone[0] - alone[1] > 3
    assert known[0] - known[1] < 0.2


POTASSIUM = Quantity("LAB:potassium", "mmol/L", 3.5, 5.3, 1, 2.2, 7.5, "invented")


@pytest.mark.parametrize("direction", ["high", "low", None])
def test_a_value_is_on_its_side_of_the_range(direction: object) -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        value = float(draw(POTASSIUM, direction, rng).value)  # type: ignore[arg-type]
        assert 2.2 <= value <= 7.5
        assert {"high": value > 5.3, "low": value < 3.5}.get(str(direction), 3.5 <= value <= 5.3)


def test_opposed_effects_are_not_stated() -> None:
    moved = directions([("LAB:potassium", "high"), ("LAB:potassium", "low")])
    assert moved == {"LAB:potassium": None}
    found = panel({"LAB:potassium": POTASSIUM}, moved, ("female", 60), np.random.default_rng(0))
    assert "LAB:potassium" not in found


def test_egfr_follows_creatinine() -> None:
    # CKD-EPI 2021: a woman of 50 with 0.7 mg/dL has 142 × 0.9938^50 × 1.012.
    assert egfr(0.7 * 88.42, "female", 50) == pytest.approx(142 * 0.9938**50 * 1.012)
    assert egfr(300, "male", 60) < 30


def test_both_banks_say_the_same_kinds_with_the_same_slots() -> None:
    import re

    def slots(phrasing: str) -> set[str]:
        return {slot.lower() for slot in re.findall(r"\{(\w+)\}", phrasing)} - {"patient"}

    assert set(ENGLISH) == set(CHINESE)
    for kind, phrasings in ENGLISH.items():
        wanted = {frozenset(slots(one)) for one in (*phrasings, *CHINESE[kind]) if one}
        assert len(wanted) <= 1, kind


def test_denials_do_not_make_other_words() -> None:
    names = Names({"HP:1": {"zh": "无脾", "en": "Asplenia"}, "HP:2": {"zh": "脾大", "en": "Splenomegaly"}})
    assert [names.denied(one) for one in ("脾大", "尿急", "关节痛", "发热")] == ["未见", "未诉", "未见", "无"]


def test_eponyms_keep_their_capital() -> None:
    names = Names(
        {
            "HP:1": {"en": "Raynaud phenomenon"},
            "HP:2": {"en": "Primary Raynaud disease"},
            "HP:3": {"en": "Long face"},
            "HP:4": {"en": "EEG abnormality"},
        }
    )
    assert [names(f"HP:{n}", "en") for n in (1, 3, 4)] == ["Raynaud phenomenon", "long face", "EEG abnormality"]


def test_the_article_fits_the_age() -> None:
    book = FactBook()
    age, sex = book.add("age", value="8", unit="years"), book.add("sex", value="female")
    sign = book.add("sign", "HP:1")
    writer = Writer("en", book, Names({"HP:1": {"en": "Long face"}}), 8)
    text = writer.sentence(Step("intro", {"age": (age,), "sex": (sex,), "signs": (sign,)}, 0.0))
    assert text == "An 8-year-old girl is seen with long face."
