"""Prompts: what the protocol says and nothing else; examples are drawn once and never from the item itself."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from medgo.errors import InputError
from medgo.evaluation.benchmarks.definition import Protocol
from medgo.evaluation.benchmarks.prompts import CARD, CLOZE
from medgo.evaluation.prompting import (
    choose_protocol,
    draw_examples,
    examples_for,
    premise,
    protocol_hash,
    render,
)
from medgo.schema import EvalItem, Message
from tests.support.exam import ESSAYS, EXAM, exam_items, loaded

ITEM = EvalItem("1", "exam", "en", "Which {drug} % is it?", {"A": "x{0}", "B": "y"}, ("B",), context="An abstract.")


def test_the_cards_prompt_word_for_word() -> None:
    assert render(ITEM, CARD) == (
        Message(
            "user",
            "Context: An abstract.\nQuestion: Which {drug} % is it?\nOptions: \nA. x{0}\nB. y\n"
            "Answer with the option's letter from the given choices directly.",
        ),
    )
    chinese = replace(ITEM, lang="zh", context="", question="首选药物是")
    assert render(chinese, CARD)[0].content == (
        "问题： 首选药物是\n选项： \nA. x{0}\nB. y\n请直接使用给定选项中的选项字母来回答该问题。"
    )


def test_examples_are_turns_before_the_question() -> None:
    one, other = exam_items(2)
    messages = render(ITEM, replace(CARD, system={"en": "Be brief."}), (one, other))
    assert [message.role for message in messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert messages[2].content == "A"
    assert one.question in messages[1].content


def test_cloze_shows_no_options_and_its_premise_no_question() -> None:
    assert "y" not in render(ITEM, CLOZE)[0].content.replace("Answer", "").replace("Why", "")
    assert premise(ITEM, CLOZE)[0].content == "Question: \nAnswer:"


def drawn_from(dev: Iterable[EvalItem], shots: int, seed: int) -> dict[str, tuple[EvalItem, ...]]:
    return draw_examples(loaded(exam_items(4), dev=dev), shots, seed)


def test_examples_are_drawn_the_same_whatever_the_order_and_by_category_where_there_are_enough() -> None:
    dev = exam_items(20, series="d")
    drawn = drawn_from(dev, 5, 1)
    assert drawn == drawn_from(reversed(dev), 5, 1)
    assert drawn != drawn_from(dev, 5, 2)
    chosen = examples_for(exam_items(1)[0], drawn)
    assert len(chosen) == 5
    assert {item.lang for item in chosen} == {"en"}
    assert {item.category for item in chosen} == {"even"}


def test_a_question_that_is_asked_is_never_an_example() -> None:
    dev = (*exam_items(4), *exam_items(4, series="d"))
    for examples in drawn_from(dev, 2, 0).values():
        assert {example.id for example in examples} <= {"qd0", "qd1", "qd2", "qd3"}
    with pytest.raises(InputError, match="its files hold 0 in"):
        drawn_from(exam_items(4), 1, 0)


def test_a_pool_that_does_not_suffice_is_named() -> None:
    with pytest.raises(InputError, match=r"5 examples were asked for, but its files hold 2 in"):
        drawn_from(exam_items(4, series="d"), 5, 0)


def test_the_hash_changes_with_template_and_examples() -> None:
    drawn = drawn_from(exam_items(20, series="d"), 2, 1)
    hashes = {
        protocol_hash(CARD, {}),
        protocol_hash(CARD, drawn),
        protocol_hash(replace(CARD, separator=" "), {}),
    }
    assert len(hashes) == 3


def test_what_an_item_lacks_is_named() -> None:
    with pytest.raises(InputError, match=r"exam/1.*exam_type"):
        render(ITEM, Protocol(prompt={"en": "{meta[exam_type]} {question}"}))


def test_protocols_are_chosen_by_name_and_kind_and_say_what_they_are() -> None:
    assert choose_protocol(EXAM, "card", reasoning=None, cloze=False) == ("card", CARD)
    assert choose_protocol(EXAM, "card", reasoning=True, cloze=False)[0] == "card with reasoning"
    assert choose_protocol(EXAM, "official", reasoning=None, cloze=False) == ("official", EXAM.official)
    assert choose_protocol(EXAM, "official", reasoning=False, cloze=False) == ("official", EXAM.official)
    assert choose_protocol(EXAM, "card", reasoning=None, cloze=True) == ("cloze", CLOZE)
    assert choose_protocol(ESSAYS, "official", reasoning=None, cloze=False)[0] == "free text"


def test_what_no_publisher_asks_is_not_called_official() -> None:
    with pytest.raises(InputError, match="no official protocol"):
        choose_protocol(replace(EXAM, official=None), "official", reasoning=None, cloze=False)
    with pytest.raises(InputError, match="answers at once"):
        choose_protocol(EXAM, "official", reasoning=True, cloze=False)
