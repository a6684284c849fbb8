"""What must not change an answer: closed reasoning, full-width letters, markup, space, the names of options."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.evaluation.reading import Answer, read_answer
from tests.evaluation.reading.corpus import Case, load_cases

CASES = load_cases()
FINISHED = [case for case in CASES if not case.truncated]
TAGGED = ("<", "◁", "#")
WIDE = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}
TEXTS = ("ampicillin", "cefepime", "linezolid", "meropenem", "doxycycline")
# Slots 0 to 4 are the labels of the five options; the expected ones follow.
TEMPLATES = [
    ("Answer: {0}", "0"),
    ("The correct answer is **{3}** because {1} is bacteriostatic.", "3"),
    ("{2}. linezolid\n\n{0} and {1} fail against this strain.", "2"),
    ("不能选{0}，应选{4}", "4"),
    ("{0}错误，{1}错误，{2}错误，{3}正确，{4}错误。", "3"),
    ("正确答案为{0}、{2}、{3}", "023"),
    ("故选{1}{4}。", "14"),
    ("\\boxed{{{1}, {3}}}", "13"),
    ('{{"answer": ["{0}", "{4}"]}}', "04"),
    ("Options {0}, {1} and {4} are correct; {2} and {3} are incorrect.", "014"),
    ("答案：{1}\nWait, 需要重新考虑。\n答案：{2}", "2"),
    ("The answer could be {0} or {1}.", ""),
    ("选项{2}正确，其余选项均错误。", "2"),
    ("I would go with meropenem, option {3}.", "3"),
    ("linezolid", "2"),
    ("<answer>{4}</answer>", "4"),
]


def _read(case: Case, reply: str | None = None) -> Answer:
    text = case.reply if reply is None else reply
    return read_answer(text, case.options, multiple=case.multiple, truncated=case.truncated)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(CASES),
    st.text("ABCD答案是选不，。：\n (){}*answer is correct\\boxed", max_size=80),
    st.sampled_from(["<think>{}</think>", "<thinking>\n{}\n</thinking>\n", "◁think▷{}◁/think▷", "{}</think>\n\n"]),
)
def test_closed_reasoning_in_front_changes_nothing(case, reasoning, tags):
    front = tags.format(reasoning)
    answer, expected = _read(case, front + case.reply), _read(case)
    assert (answer.labels, answer.status, answer.rule) == (expected.labels, expected.status, expected.rule)
    if expected.span is not None:
        assert answer.span == (expected.span[0] + len(front), expected.span[1] + len(front))


@pytest.mark.parametrize("tag", ["<think>", "<thinking>", "◁think▷", "<reasoning>"])
def test_reasoning_that_never_ends_is_never_read(tag):
    for case in CASES:
        answer = _read(case, "Sure.\n" + tag + case.reply.replace("</", "").replace("◁/", ""))
        assert (answer.labels, answer.status, answer.rule) == ((), "truncated", "thinking")


def test_full_width_letters_change_nothing():
    for case in CASES:
        if not any(mark in case.reply for mark in (*TAGGED, "\\")):
            answer, expected = _read(case, case.reply.translate(WIDE)), _read(case)
            assert (answer.labels, answer.status, answer.span) == (expected.labels, expected.status, expected.span), (
                case
            )


@pytest.mark.parametrize("form", ["NFKC", "NFC", "NFD", "NFKD"])
def test_unicode_forms_change_nothing(form):
    for case in CASES:
        answer = _read(case, unicodedata.normalize(form, case.reply))
        assert (answer.labels, answer.status) == (case.labels, case.status), case


@pytest.mark.parametrize(("before", "after"), [("**", "**"), ("`", "`"), ("***", "***"), ("\n\n", ""), ("> ", "")])
def test_markup_changes_nothing(before, after):
    for case in CASES:
        if case.reply and "\n" not in case.reply and not any(mark in case.reply for mark in TAGGED):
            answer = _read(case, before + case.reply + after)
            assert (answer.labels, answer.status) == (case.labels, case.status), case


@pytest.mark.parametrize("space", [" ", "\n", "\r\n", "\t \n\n", "\u3000", "\u00a0"])
def test_space_at_the_end_changes_nothing(space):
    for case in CASES:
        answer, expected = _read(case, case.reply + space), _read(case)
        assert (answer.labels, answer.status, answer.span) == (expected.labels, expected.status, expected.span), case


def test_line_ends_of_windows_change_nothing():
    for case in CASES:
        answer = _read(case, case.reply.replace("\n", "\r\n"))
        assert (answer.labels, answer.status) == (case.labels, case.status), case


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TEMPLATES), st.permutations("ABCDE"), st.sampled_from([True, None]))
def test_renaming_the_options_renames_the_answer(template, names, multiple):
    reply, expected = template
    options = dict(sorted(zip(names, TEXTS, strict=True)))
    answer = read_answer(reply.format(*names), options, multiple=multiple)
    assert set(answer.labels) == {names[int(slot)] for slot in expected}


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.text("ABCDabcd答案是选不对错、，。：\n -(){}[]*<>/think\\boxedanswer\"'1", max_size=120),
    ),
    st.sampled_from([{}, {"A": "x", "B": "no", "C": ""}, {"A": "头孢曲松", "B": "维生素C", "C": "以上都对"}]),
    st.sampled_from([True, False, None]),
    st.booleans(),
)
def test_any_text_is_read_without_an_error(reply, options, multiple, truncated):
    answer = read_answer(reply, options, multiple=multiple, truncated=truncated)
    assert set(answer.labels) <= set(options or "ABCDEFGHIJ")
    assert (answer.status == "answered") == bool(answer.labels)
    assert multiple is not False or len(answer.labels) <= 1
    assert truncated or answer.status != "truncated" or answer.rule == "thinking"
    if answer.span is not None:
        assert 0 <= answer.span[0] <= answer.span[1] <= len(reply)
    assert answer == read_answer(reply, options, multiple=multiple, truncated=truncated)


def test_labels_are_spelled_as_the_options_spell_them():
    assert read_answer("Answer: B", {"a": "x", "b": "y"}).labels == ("b",)
