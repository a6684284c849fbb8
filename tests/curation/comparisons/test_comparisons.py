"""Copies are found, in any order of arrival, and nothing else is; MinHash keeps to its theory."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.curation.comparisons import ExactDuplicates, NearDuplicates, Versions
from medgo.curation.comparisons.minhash import band_keys, s_curve, signature_of
from medgo.curation.comparisons.shingles import shingles_of
from medgo.curation.decontamination.folding import folding, simplified_characters
from medgo.curation.protocol import Comparison, Place
from medgo.schema import Document, SourceRef

ENGINES = ["numpy", pytest.param("rensa", marks=pytest.mark.skipif(find_spec("rensa") is None, reason="rensa"))]
EN = (
    "The patient was admitted with progressive dyspnoea and swelling of both ankles over three weeks; echocardiography "
    "showed a reduced ejection fraction, and treatment with a loop diuretic and an inhibitor of the renin angiotensin "
    "system was begun while potassium and creatinine were watched on every second day of the stay"
)
ZH = (
    "患者因进行性呼吸困难伴双下肢水肿三周入院，超声心动图示射血分数下降，"
    "予袢利尿剂及血管紧张素转换酶抑制剂治疗，隔日复查血钾与肌酐，病情好转后出院随访。"
)


def document(text: str, name: str = "x", **meta: object) -> Document:
    return Document(SourceRef(name, "made", "CC0-1.0"), "en", text, meta=meta)


def removed(comparison: Comparison, documents: Sequence[Document]) -> dict[int, tuple[str, str]]:
    signed = [(Place(n // 3, n % 3), one.ref.id, comparison.sign(one)) for n, one in enumerate(documents)]
    return {
        place.shard * 3 + place.index: (removal.reason, removal.evidence)
        for place, removal in comparison.decide(signed)
    }


def test_the_newest_version_stays_wherever_it_comes() -> None:
    rows = [("a", "1"), ("b", ""), ("a", "3"), ("a", "2"), ("b", ""), ("c", "9"), ("c", "10")]
    documents = [document(f"text {n}", name, version=number) for n, (name, number) in enumerate(rows)]
    assert removed(Versions(), documents) == {
        0: ("older version", "a"),
        3: ("older version", "a"),
        1: ("same id again", "b"),
        5: ("older version", "c"),
    }
    assert removed(Versions(), []) == {}


def test_the_first_of_equal_texts_stays() -> None:
    texts = ["Heart failure.", "ＨＥＡＲＴ failure.", "Heart  failure .", "心衰", "心 衰", "Heart failures."]
    found = removed(ExactDuplicates(), [document(text, f"d{n}") for n, text in enumerate(texts)])
    assert found == {1: ("copy", "d0"), 2: ("copy", "d0"), 4: ("copy", "d3")}
    assert removed(ExactDuplicates(), []) == {}


@settings(max_examples=80, deadline=None)
@given(texts=st.lists(st.sampled_from("abcde"), max_size=24))
def test_exact_duplicates_are_all_but_the_first(texts: list[str]) -> None:
    found = removed(ExactDuplicates(), [document(text, str(n)) for n, text in enumerate(texts)])
    assert found == {n: ("copy", str(texts.index(text))) for n, text in enumerate(texts) if text in texts[:n]}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_text_with_another_word_is_a_near_copy(engine: str) -> None:
    long_zh, long_en = ZH + EN[:40] + ZH[::-1], EN + ". " + EN[::-1]
    documents = [
        document(long_en, "en"),
        document(long_en.replace("three weeks", "four weeks"), "en2"),
        document(long_en.replace(" ", "\n", 9).upper(), "en3"),
        document(long_zh, "zh"),
        document(long_zh.replace("三周", "四周"), "zh2"),
        document(long_zh.replace("，", ",").translate(str.maketrans("肿难", "腫難")), "zh3"),
        document("Bronchial asthma is a chronic disease of the airways with reversible obstruction.", "other"),
        document("", "empty"),
    ]
    found = removed(NearDuplicates(engine=engine), documents)  # type: ignore[arg-type]
    assert found == {n: ("near copy", "en" if n < 3 else "zh") for n in (1, 2, 4, 5)}


def test_texts_of_one_word_are_compared_too() -> None:
    texts = ["Aspirin", "aspirin", "Ibuprofen", "头痛", "头痛", "胸痛"]
    assert set(removed(NearDuplicates(), [document(text, str(n)) for n, text in enumerate(texts)])) == {1, 4}


def test_chains_are_not_followed() -> None:
    """What is like a copy, and unlike what is kept, is kept."""
    rng = np.random.default_rng(3)
    words = [f"w{n}" for n in range(400)]
    texts = [" ".join(words)]
    for _ in range(6):
        words = [word if rng.random() > 0.03 else f"x{rng.integers(10**9)}" for word in words]
        texts.append(" ".join(words))
    found = removed(NearDuplicates(threshold=0.7, bands=32, rows=4), [document(t, str(n)) for n, t in enumerate(texts)])
    table = folding(simplified_characters())
    sets = [set(shingles_of(text, table).tolist()) for text in texts]
    for number, (_, kept) in found.items():
        assert len(sets[number] & sets[int(kept)]) / len(sets[number] | sets[int(kept)]) > 0.5
    assert len(found) < 6


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("similarity", [0.5, 0.7, 0.8, 0.9])
def test_bands_meet_as_often_as_theory_says(engine: str, similarity: float) -> None:
    bands, rows, trials, size = 16, 8, 1500, 300
    rng = np.random.default_rng(7)
    shared = round(2 * size * similarity / (1 + similarity))
    met = equal = 0
    for trial in range(trials):
        base = rng.integers(0, 2**63, 2 * size - shared, np.uint64)
        left, right = (
            signature_of(np.sort(part), bands * rows, trial, engine)  # type: ignore[arg-type]
            for part in (base[:size], base[size - shared :])
        )
        equal += int((left == right).sum())
        both = np.stack([left, right])
        met += any(len(set(band_keys(both, band, rows).tolist())) == 1 for band in range(bands))
    jaccard = shared / (2 * size - shared)
    assert equal / trials / bands / rows == pytest.approx(jaccard, abs=0.01)
    expected = s_curve(jaccard, bands, rows)
    assert met / trials == pytest.approx(expected, abs=3.5 * (expected * (1 - expected) / trials) ** 0.5 + 0.01)


def test_the_s_curve_that_the_documentation_states() -> None:
    assert [round(s_curve(s, 16, 8), 2) for s in (0.5, 0.6, 0.7, 0.8, 0.9)] == [0.06, 0.24, 0.61, 0.95, 1.0]


def test_a_fingerprint_tells_engines_and_options_apart() -> None:
    kinds = [NearDuplicates(engine="numpy"), NearDuplicates(engine="rensa"), NearDuplicates(engine="numpy", seed=1)]
    assert len({one.fingerprint for one in kinds}) == 3
