"""From answers to figures: options per byte, replies by rules, differences by pairs."""

import math
from pathlib import Path

import pytest

from medgo.errors import InputError
from medgo.schema import Message
from medgo.training.probes.comparing import compare_answers
from medgo.training.probes.items import read_items, write_items
from medgo.training.probes.measures import Answered, estimates, groups, likeliest, outcomes
from medgo.training.probes.scoring import cut_replies
from tests.training.probes.made import made_item


def test_items_are_read_as_they_were_written_and_limits_count_by_kind(tmp_path: Path) -> None:
    items = [*(made_item("term", n) for n in range(6)), *(made_item("general", n) for n in range(4))]
    path = tmp_path / "items.jsonl"
    assert write_items(path, items) == 10
    assert read_items(path) == items
    assert [item.id for item in read_items(path, limit=2)] == ["term-0", "term-1", "general-0", "general-1"]
    assert {item.kind for item in read_items(path, kinds=["general"])} == {"general"}
    with pytest.raises(InputError, match="holds no probes of preference"):
        read_items(path, kinds=["preference"])


def test_a_damaged_file_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    write_items(path, [made_item("term", 1), made_item("term", 1)])
    with pytest.raises(InputError, match="line 2: the id term-1 is there twice"):
        read_items(path)
    path.write_text('{"id": "x"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 1: not a probe item"):
        read_items(path)


def test_what_the_model_is_likeliest_to_say_wins_and_a_tie_is_wrong() -> None:
    item = made_item("term", 1, options=("right", "a much longer wrong answer", "x"))
    # Per byte the long one would win, though the model is e ** 6 times likelier to say the right one.
    assert likeliest(item, (-4.0, -10.0, -5.0)) == 0
    assert likeliest(item, (-4.0, -4.0, -5.0)) == 1
    with pytest.raises(InputError, match="3 options and 2 log-probabilities"):
        likeliest(item, (-4.0, -10.0))


def test_outcomes_by_kind() -> None:
    pair = made_item("preference", 1, options=("good", "bad"))
    assert outcomes(pair, Answered("p", (-1.0, -2.0))) == {"preference": True}
    assert outcomes(pair, Answered("p", (math.nan, -2.0))) == {}
    danger, benign = (made_item("escalation", n, sort=s, lang="en") for n, s in enumerate(("danger", "benign")))
    calls = "Call 911 now."
    assert outcomes(danger, Answered("d", None, calls)) == {"escalation": True}
    assert outcomes(benign, Answered("b", None, calls)) == {"over_escalation": True}
    term = made_item("term", 5)
    assert outcomes(term, Answered("t", (-1.0, -9.0, -9.0), "it is 5")) == {"term": True, "term_said": True}


def test_items_about_the_same_are_taken_together() -> None:
    items = [made_item("general", n, about=f"topic{n // 10}") for n in range(40)]
    answers = {
        item.id: Answered(item.id, (-1.0, -9.0, -9.0) if n < 20 else (-9.0, -1.0, -9.0)) for n, item in enumerate(items)
    }
    apart = estimates([made_item("general", n) for n in range(40)], answers)["general"]
    together = estimates(items, answers)["general"]
    assert apart.value == together.value == 0.5
    assert together.high - together.low > apart.high - apart.low
    assert together.n == 4


def test_a_difference_is_paired_and_its_sides_are_counted() -> None:
    items = [made_item("term", n) for n in range(60)]
    right, wrong = (-1.0, -9.0, -9.0), (-9.0, -1.0, -9.0)
    base = {item.id: Answered(item.id, right if n < 20 else wrong) for n, item in enumerate(items)}
    other = {item.id: Answered(item.id, right if n < 45 and n != 3 else wrong) for n, item in enumerate(items)}
    found = {one.measure: one for one in compare_answers(items, base, other)}
    term = found["term"]
    assert (term.only_base, term.only_other) == (1, 25)
    assert term.difference.value == pytest.approx(24 / 60)
    assert term.better
    assert not term.worse
    assert term.p < 1e-5
    assert set(found) == {"term", "term/zh", "term/en", "term/synonym"}


def test_more_needless_alarm_is_worse() -> None:
    items = [made_item("escalation", n, sort="benign", lang="en") for n in range(40)]
    calm = {item.id: Answered(item.id, None, "Rest.") for item in items}
    alarmed = {item.id: Answered(item.id, None, "Call 911 now.") for item in items}
    (difference, _by_language) = compare_answers(items, calm, alarmed)
    assert difference.worse
    assert not difference.better


def test_a_line_with_scores_and_one_with_a_reply_are_one_answer() -> None:
    joined = Answered("a", None, "yes", "stop").joined(Answered("a", (-1.0, -2.0)))
    assert joined == Answered("a", (-1.0, -2.0), "yes", "stop")


def test_facts_guard_and_sorts_that_rows_train_do_not() -> None:
    items = [made_item("general", n, sort="fact" if n < 4 else "sum") for n in range(8)]
    answers = {item.id: Answered(item.id, (-9.0, -1.0) if n < 4 else (-1.0, -9.0)) for n, item in enumerate(items)}
    items = [made_item("general", n, sort=item.sort, options=("y", "n")) for n, item in enumerate(items)]
    found = estimates(items, answers)
    assert found["general"].value == 0.0
    assert found["general/trained"].value == 1.0


def test_groups_say_what_clusters_are_of() -> None:
    message = "My son has a cough."
    items = [
        *(made_item("grounded", n, about=f"DISEASE:{'ab'[n // 4]}#{n // 2}") for n in range(8)),
        *(
            made_item("escalation", n, lang="en", about="t", prompt=(Message("user", f"{message} {question}"),))
            for n, question in enumerate(("What now?", "Should I worry?"))
        ),
        *(made_item("general", n, about="general/fact/1") for n in range(2)),
    ]
    found = groups(items)
    assert found["grounded"] == {"items": 8, "clusters": 4, "patients": 4, "diseases": 2}
    assert found["escalation"] == {"items": 2, "clusters": 1, "topics": 1, "messages": 1}
    assert found["general"]["facts"] == 1


def test_cut_replies_are_counted_by_kind() -> None:
    items = [made_item("term", n) for n in range(4)]
    answers = {i.id: Answered(i.id, None, "x", "length" if n == 0 else "stop") for n, i in enumerate(items)}
    assert cut_replies(items, answers) == {"term": 0.25}


def test_terms_are_shown_by_sort_too_and_other_kinds_are_not() -> None:
    items = [made_item("term", 1), made_item("grounded", 1)]
    answers = {item.id: Answered(item.id, logprobs=(-1.0,) + (-2.0,) * (len(item.options) - 1)) for item in items}
    names = set(estimates(items, answers))
    assert {"term", f"term/{items[0].lang}", f"term/{items[0].sort}"} <= names
    assert {name for name in names if name.startswith("grounded")} == {"grounded", f"grounded/{items[1].lang}"}
