"""Items put into texts in all ways are found; texts of the same field are not."""

import numpy as np
import pytest

from medgo.curation.decontamination import GuardedItem, ItemIndex
from medgo.curation.decontamination.injecting import WAYS, rendered, several
from tests.curation.decontamination.samples import AGE, CASE, EAR, GOUT, ITEMS, LUMP, LUMP_ZH, index


@pytest.fixture(scope="module")
def finder() -> ItemIndex:
    return index()


# A bare short stem is a sentence that anybody writes; JSON, LaTeX and HTML run numbers of bare lists together.
SHORT = (GOUT, EAR, AGE, CASE)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.key)
def test_every_item_is_found_in_every_way(finder: ItemIndex, item: GuardedItem, way: str) -> None:
    if way == "stem only" and item in SHORT:
        pytest.skip("not guarded by its stem")
    for seed in range(3):
        text = WAYS[way](item, np.random.default_rng(seed))
        if text is None:
            pytest.skip("does not apply")
        assert item.key in {key for match in finder.matches(text) for key in match.keys}, text


def test_how_an_item_is_held_is_told(finder: ItemIndex) -> None:
    def kind(text: str) -> tuple[str, float]:
        match = finder.matches(text)[0]
        return match.kind, match.score

    assert kind(rendered(LUMP)) == ("verbatim", 1.0)
    assert kind(rendered(LUMP).replace("54", "61").replace("7 kg", "9 kg")) == ("numbers", 1.0)
    assert kind(" ".join(LUMP.question.split()[:20]))[0] == "part"
    assert kind(rendered(GOUT))[0] == "options"
    assert finder.matches(rendered(LUMP))[0].text.startswith("A 54-year-old gardener")


def test_all_items_of_a_page_are_found(finder: ItemIndex) -> None:
    found = finder.matches(several(ITEMS))
    assert {key for match in found for key in match.keys} == {item.key for item in ITEMS}


def test_an_item_far_inside_a_book_is_found(finder: ItemIndex) -> None:
    book = "The chapter goes on with other things. " * 40_000
    middle = 524_288  # where the first piece that a long text is taken in ends
    for at in (middle - 60, middle, len(book)):
        assert finder.find(f"{book[:at]} {rendered(LUMP)} {book[at:]}") == LUMP.key
    assert finder.find(book) is None


@pytest.mark.parametrize(
    "text",
    [
        "A 54-year-old teacher has had a cough for six weeks. Which test is the first?",
        "患者男性，61岁，左锁骨下动脉狭窄，伴头晕6周。首先应控制血压。",
        "Gout: polarised microscopy shows needles. Gram staining is done where infection is possible.",
        "中耳炎在小儿中常见。咽鼓管宽短直，细菌容易进入。",
        "Children begin to walk at about one year, some at 9 months, others at 18.",
        "Brucellosis, malaria, lymphoma and typhoid fever all bring night sweats.",
        "",
        "\n\t ,.;",
    ],
)
def test_texts_of_the_same_field_are_no_items(finder: ItemIndex, text: str) -> None:
    assert finder.matches(text) == []


def test_the_same_stem_with_other_options_is_another_question_where_the_stem_is_short() -> None:
    finder = ItemIndex.build([GOUT])
    other = ("Allopurinol", "Colchicine at night", "A diet without beer", "Rest and ice")
    assert finder.find(rendered(GOUT, other)) is None


def test_items_that_two_benchmarks_share_are_all_named() -> None:
    again = GuardedItem("other", "9", GOUT.question, options=GOUT.options[::-1], answer=GOUT.answer)
    assert ItemIndex.build([GOUT, again]).matches(rendered(GOUT))[0].keys == (GOUT.key, "other/9")
    longer = GuardedItem("other", "10", LUMP.question, options=LUMP.options[:3])
    assert ItemIndex.build([LUMP, longer]).matches(LUMP.question)[0].keys == (LUMP.key, "other/10")


def test_what_cannot_be_told_from_chance_is_counted_by_benchmark() -> None:
    tiny = GuardedItem("exam_en", "9", "Is it so?", options=("yes", "no"))
    found = ItemIndex.build([LUMP, tiny])
    assert found.benchmarks == {"exam_en": (2, 1)}
    assert found.too_short == 1
    assert found.find("Is it so? yes no") is None


def test_without_opencc_only_few_traditional_characters_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    from medgo.curation.decontamination import folding
    from medgo.curation.decontamination import index as module
    from medgo.errors import EngineUnavailableError

    def missing() -> None:
        raise EngineUnavailableError("not installed")

    monkeypatch.setattr(module, "simplified_characters", missing)
    built = ItemIndex.build([LUMP_ZH])
    assert built.simplified == folding.few_simplified_characters()
    assert built.find(LUMP_ZH.question) == LUMP_ZH.key
    assert built.fingerprint != ItemIndex.build([GOUT]).fingerprint
