"""Numbers found once are found everywhere; short ones and parts of longer ones are not."""

import time

import pytest

from medgo.deid.propagation import repeated
from medgo.deid.protocol import Finding, Note


def places(text: str, value: str, label: str = "medical_record_number") -> list[int]:
    at = text.index(value)
    note = Note(text, "zh")
    found = repeated(note, [Finding(at, at + len(value), label, 0.9, "numbers")])  # type: ignore[arg-type]
    return [one.start for one in found]


def test_the_same_number_without_its_label_is_found() -> None:
    text = "病理号：BL2023-97986。切片BL2023-97986已复核。"
    assert places(text, "BL2023-97986") == [4, 19]


@pytest.mark.parametrize("text", ["住院号：884213，8842137", "住院号：884213，A884213", "住院号：884213"])
def test_a_part_of_a_longer_number_is_another_number(text: str) -> None:
    assert places(text, "884213") in ([4], [])


def test_a_bed_is_no_number_of_its_own() -> None:
    assert places("12床。血压12", "12") == []


def test_dates_and_names_are_left_to_their_detectors() -> None:
    assert places("2024-03-05入院，2024-03-05", "2024-03-05", "date") == []


def test_many_numbers_in_a_long_note_take_linear_time() -> None:
    def seconds(count: int) -> float:
        text = " ".join(f"{number:08d} {number:08d}" for number in range(count))
        findings = [Finding(at, at + 8, "phone", 0.9, "x") for at in range(0, len(text), 18)]
        begun = time.process_time()
        assert sum(1 for _ in repeated(Note(text, "en"), findings)) == 2 * count
        return time.process_time() - begun

    seconds(100)
    assert seconds(4000) < 40 * max(seconds(400), 0.002)
