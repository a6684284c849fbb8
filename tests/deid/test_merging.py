"""Merging loses no character and leaves no overlap."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.merging import merged
from medgo.deid.protocol import Finding

FINDINGS = st.lists(
    st.builds(
        lambda start, size, score, label: Finding(start, start + size, label, score, "x"),
        st.integers(0, 60),
        st.integers(1, 15),
        st.sampled_from([0.3, 0.6, 0.99]),
        st.sampled_from(["name", "date", "phone"]),
    ),
    max_size=12,
)


def covered(findings: list[Finding]) -> set[int]:
    return {at for one in findings for at in range(one.start, one.end)}


@given(FINDINGS)
def test_every_character_stays_covered_and_nothing_overlaps(findings: list[Finding]) -> None:
    result = merged(findings)
    assert covered(result) == covered(findings)
    assert all(a.end <= b.start for a, b in pairwise(result))


@given(FINDINGS)
def test_the_surest_gives_the_label_where_none_covers_all(findings: list[Finding]) -> None:
    for one in merged(findings):
        inside = [f for f in findings if f.start >= one.start and f.end <= one.end]
        assert one.score == max(f.score for f in inside)
        whole = [f for f in inside if (f.start, f.end) == (one.start, one.end)]
        best = max(f.score for f in whole or inside)
        assert one.label in {f.label for f in whole or inside if f.score == best}


def test_a_hospital_that_is_named_after_a_place_and_sounds_like_a_person_is_a_hospital() -> None:
    hospital, name = Finding(0, 20, "hospital", 0.8, "places"), Finding(0, 11, "name_clinician", 0.97, "names")
    assert merged([name, hospital]) == [Finding(0, 20, "hospital", 0.97, "places")]


def test_findings_that_only_touch_stay_apart() -> None:
    assert len(merged([Finding(0, 2, "name", 0.5, "x"), Finding(2, 4, "name", 0.5, "x")])) == 2
