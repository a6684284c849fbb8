from pathlib import Path

import pytest

from medgo.curation.decontamination import GuardedItem, ItemIndex
from medgo.errors import InputError

# Questions of our own making.
EN = (
    "A 54-year-old gardener has had a painless lump below the left collarbone for six weeks and loses weight. "
    "Which examination is the first to be done?"
)
ZH = "患者女性，五十四岁，花匠，左锁骨下无痛性肿块六周，伴体重下降，首先应做哪一项检查？"
OTHER_ZH = "患儿男，三岁，进食花生后十分钟出现喉头水肿与荨麻疹，首选的抢救药物是什么？"


def of_texts(*texts: tuple[str, str]) -> ItemIndex:
    """Free-text items: ``benchmark/item`` and question."""
    return ItemIndex.build(GuardedItem(*key.split("/"), question) for key, question in texts)


@pytest.fixture(scope="module")
def index() -> ItemIndex:
    return of_texts(("en/1", EN), ("zh/1", ZH), ("zh/2", OTHER_ZH))


@pytest.mark.parametrize(("text", "key"), [(EN, "en/1"), (ZH, "zh/1"), (OTHER_ZH, "zh/2")])
def test_a_row_that_holds_a_question_is_found(index: ItemIndex, text: str, key: str) -> None:
    assert index.find(text) == key
    assert index.find(f"请回答下面的问题。\n{text}\nAnswer with reasons.") == key


def test_case_width_and_punctuation_do_not_hide_it(index: ItemIndex) -> None:
    assert index.find(EN.upper().replace(",", " ;")) == "en/1"
    assert index.find(ZH.replace("，", ",  ").replace("？", "?")) == "zh/1"
    assert index.find(EN.replace("54", "54")) == "en/1"


def test_half_of_it_is_enough_and_a_little_is_not(index: ItemIndex) -> None:
    words = EN.split()
    assert index.find(" ".join(words[: int(len(words) * 0.8)])) == "en/1"
    assert index.find(" ".join(words[:12])) is None
    assert index.find(ZH[:34]) == "zh/1"
    assert index.find(ZH[:14]) is None


def test_another_text_of_the_field_is_not_found(index: ItemIndex) -> None:
    assert index.find("患者女性，五十四岁，右侧颈部肿块三周，无发热。首先应做哪一项检查？") is None
    assert index.find("A 54-year-old teacher has had a cough for six weeks. Which test is the first?") is None
    assert index.find("") is None


def test_words_that_many_items_share_are_nobodys_own() -> None:
    stem = "which of the following is the most likely diagnosis in this patient at this time"
    items = [(f"q/{n}", f"{stem} {n} {chr(97 + n) * 4}") for n in range(6)]
    assert of_texts(*items).find(stem) is None


def test_a_question_that_many_benchmarks_hold_is_one_item_and_guarded() -> None:
    index = of_texts(*((f"benchmark{n}/1", EN.upper() if n % 2 else EN) for n in range(6)))
    assert index.find(EN) == "benchmark0/1"
    assert index.matches(EN)[0].keys == tuple(f"benchmark{n}/1" for n in range(6))
    assert index.too_short == 0


def test_short_items_are_compared_in_shorter_runs_and_shorter_ones_are_counted() -> None:
    index = of_texts(("q/a", "drug of choice for gout attack"), ("q/b", "hello there"), ("q/c", ""))
    assert index.find("Tell me the drug of choice for gout attack, please") == "q/a"
    assert index.find("hello there") is None
    assert index.too_short == 2


def test_it_survives_the_disk(index: ItemIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "found.items")
    again = ItemIndex.load(tmp_path / "found.items")
    assert again.find(ZH) == "zh/1"
    assert again.fingerprint == index.fingerprint
    data = (tmp_path / "found.items").read_bytes()
    (tmp_path / "found.items").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="not an index"):
        ItemIndex.load(tmp_path / "found.items")


def test_an_empty_index_is_refused_because_it_would_pass_everything() -> None:
    with pytest.raises(InputError, match="pass every text"):
        ItemIndex.build([])


def test_a_question_that_a_whole_benchmark_asks_is_nobodys_own() -> None:
    asked = "What are the five most likely diagnoses of this patient, the most likely one first of all?"
    words = ["".join(chr(97 + (n * 7 + m * 5 + at * at) % 26) for at in range(7)) for n in range(40) for m in range(12)]
    cases = [f"A patient who {' '.join(words[12 * n : 12 * n + 12])} was seen." for n in range(40)]
    items = [GuardedItem("arena", str(n), asked, case, (), (), "en") for n, case in enumerate(cases)]
    index = ItemIndex.build(items)
    assert index.find(f"The examiner said: {asked} Nobody knew.") is None
    assert index.find(f"{cases[7]} {asked}") == "arena/7"
