"""Label scores become answers: letters, sets of letters, texts in three ways."""

import math
from dataclasses import replace

import pytest

from medgo.errors import EndpointError, InputError
from medgo.evaluation.answering import Ask, read_scores, scoring_requests
from medgo.evaluation.benchmarks.prompts import CLOZE
from medgo.evaluation.prompting import premise, render
from medgo.inference.protocol import LabelScores, RequestError
from medgo.schema import EvalItem
from tests.support.exam import ESSAYS, EXAM, exam_items

ITEM = EvalItem("1", "exam", "en", "Which?", {"A": "no", "B": "a long answer of many words", "C": "maybe"}, ("B",))


def ask(item: EvalItem = ITEM, **changes: object) -> Ask:
    benchmark = replace(EXAM, **changes)  # type: ignore[arg-type]
    return Ask(benchmark, item, 0, CLOZE, render(item, CLOZE), premise(item, CLOZE))


def test_letters_are_one_request_and_the_likeliest_wins() -> None:
    (request,) = scoring_requests(ask(), text=False, plain=False)
    assert (request.labels, request.answer_prefix, request.ends_turn) == (("A", "B", "C"), "", False)
    scores = LabelScores(request.id, {"A": -3.0, "B": -0.1, "C": -math.inf}, 0.9, 12, forwarded_tokens=7, head_rows=1)
    prediction = read_scores(ask(), {request.id: scores}, text=False)
    assert (prediction.labels, prediction.correct, prediction.scores["label_mass"]) == (("B",), True, 0.9)
    assert prediction.logprobs == {"A": -3.0, "B": -0.1, "C": -1e4}
    assert prediction.tokens == {"prompt": 12, "forwarded": 7, "head_rows": 1}


def test_without_a_template_the_answer_is_led_to() -> None:
    (request,) = scoring_requests(ask(), text=False, plain=True)
    assert (request.answer_prefix, request.labels) == ("\nAnswer:", (" A", " B", " C"))
    chinese = replace(ITEM, lang="zh")
    assert scoring_requests(ask(chinese), text=False, plain=True)[0].labels == ("A", "B", "C")


def test_exams_with_several_right_options_compare_whole_sets() -> None:
    item = replace(ITEM, answer=("A", "C"), multiple=True)
    (request,) = scoring_requests(ask(item), text=False, plain=False)
    assert set(request.labels) == {"A", "B", "C", "AB", "AC", "BC", "ABC"}
    assert request.ends_turn
    scores = {label: -1.0 if label == "AC" else -3.0 for label in request.labels}
    prediction = read_scores(ask(item), {request.id: LabelScores(request.id, scores)}, text=False)
    assert (prediction.labels, prediction.correct) == (("A", "C"), True)
    assert prediction.scores["confidence"] == pytest.approx(1 / (1 + 6 * math.exp(-2)))


def test_texts_are_compared_summed_per_byte_and_without_their_own_worth() -> None:
    main, alone = scoring_requests(ask(), text=True, plain=False)
    assert main.labels == alone.labels == tuple(ITEM.options.values())
    assert alone.messages[0].content == "Question: \nAnswer:"
    a, b, c = main.labels
    scores = {
        main.id: LabelScores(main.id, {a: -2.0, b: -9.0, c: -4.0}),
        alone.id: LabelScores(alone.id, {a: -1.0, b: -8.5, c: -9.0}),
    }
    prediction = read_scores(ask(), scores, text=True)
    # summed: A (−2); per byte: −1.0, −0.35, −0.8 → B; PMI: −1, −0.5, +5 → C
    assert prediction.labels == ("B",)
    assert {name: prediction.scores[f"accuracy_{name}"] for name in ("sum", "norm", "pmi")} == {
        "sum": 0.0,
        "norm": 1.0,
        "pmi": 0.0,
    }


def test_equal_texts_are_scored_once() -> None:
    item = replace(ITEM, options={"A": "same", "B": "same", "C": "other"})
    assert scoring_requests(ask(item), text=True, plain=False)[0].labels == ("same", "other")


def test_a_failed_score_is_an_error_and_no_answer() -> None:
    (request,) = scoring_requests(ask(), text=False, plain=False)
    failed = LabelScores(request.id, error=RequestError.of(EndpointError("gone")))
    prediction = read_scores(ask(), {request.id: failed}, text=False)
    assert (prediction.status, prediction.labels, prediction.error) == ("error", (), "endpoint_error: gone")


def test_free_text_has_no_labels() -> None:
    (essay,) = exam_items(1, ESSAYS)
    with pytest.raises(InputError, match="free text"):
        scoring_requests(replace(ask(), item=essay), text=False, plain=False)


def test_a_question_that_has_one_answer_compares_letters_even_in_an_exam_that_has_others() -> None:
    (request,) = scoring_requests(ask(multiple=True), text=False, plain=False)
    assert request.labels == ("A", "B", "C")


@pytest.mark.parametrize("text", [False, True])
def test_labels_that_the_engine_never_saw_are_not_guessed(text: bool) -> None:
    requests = scoring_requests(ask(), text=text, plain=False)
    scores = {each.id: LabelScores(each.id, dict.fromkeys(each.labels, -math.inf)) for each in requests}
    prediction = read_scores(ask(), scores, text=text)
    assert (prediction.status, prediction.labels, prediction.rule) == ("unparsed", (), "no-label")
