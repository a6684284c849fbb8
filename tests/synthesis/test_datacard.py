"""What a data card says of sources: who asks for what, and what must not leave the house."""

from __future__ import annotations

from pathlib import Path

import pytest

from medgo.knowledge import open_knowledge
from medgo.synthesis.datacard import CardFacts, write_data_cards
from medgo.synthesis.datasets import find_dataset
from medgo.synthesis.shelf import Place
from tests.synthesis.runs import one, recipe

IN_THE_HOUSE = ("Keep these files in the house", "请勿将这些文件带出本单位")


def cards(tmp_path: Path, used: dict[str, str]) -> list[str]:
    places = tuple(Place(find_dataset(name), tmp_path, None) for name in ("medquad", "records"))
    asked = recipe(tmp_path, {"stage1": one("counting", 2)})
    licences = {name: set(licence.split(", ")) for name, licence in used.items()}
    write_data_cards(CardFacts(asked, open_knowledge(), places, (), licences, {}, {}, 0, ()), tmp_path)
    return [(tmp_path / name).read_text(encoding="utf-8") for name in ("README.md", "README_zh.md")]


@pytest.mark.parametrize(
    ("used", "stays"),
    [
        ({"medgo": "Apache-2.0"}, False),
        ({"medgo": "Apache-2.0", "medquad": "CC-BY-4.0"}, False),
        ({"medgo": "Apache-2.0", "records": "internal"}, True),
        ({"records": "CC0-1.0, internal"}, True),
    ],
)
def test_rows_from_a_hospitals_records_stay_in_the_house(tmp_path: Path, used: dict[str, str], stays: bool) -> None:
    for card, words in zip(cards(tmp_path, used), IN_THE_HOUSE, strict=True):
        assert (words in card) == stays
        for name, licence in used.items():
            assert f"`{name}`" in card
            assert f"| {licence} |" in card


def test_the_licence_of_the_whole_is_open_only_where_all_parts_are(tmp_path: Path) -> None:
    assert "license: apache-2.0" in cards(tmp_path, {"medgo": "Apache-2.0", "drugs": "MIT AND CC0-1.0"})[0]
    assert "license: other" in cards(tmp_path, {"drugs": "CC-BY-SA-3.0, MIT"})[0]
    assert "license: other" in cards(tmp_path, {"medgo": "Apache-2.0", "hpo": "HPO licence"})[0]


def test_whoever_asks_to_be_named_is_named(tmp_path: Path) -> None:
    for card in cards(tmp_path, {"hpo": "HPO licence", "medquad": "CC-BY-4.0"}):
        assert "Monarch Initiative" in card
        assert "Ben Abacha" in card


def test_a_source_that_nothing_knows_is_still_listed(tmp_path: Path) -> None:
    for card in cards(tmp_path, {"elsewhere": "MIT"}):
        assert "`elsewhere`" in card
