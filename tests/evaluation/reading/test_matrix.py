"""Replies on which eight published extractors were found to read something else, and the faults behind that.

None of them is from a benchmark; a dash stands for "must not be read".
"""

from __future__ import annotations

import pytest

from medgo.evaluation.reading import read_answer

DRUGS = {"A": "Penicillin G", "B": "Azithromycin", "C": "Ceftriaxone", "D": "Vancomycin"}
ZH_DRUGS = {"A": "青霉素", "B": "阿奇霉素", "C": "头孢曲松", "D": "万古霉素"}
THREE = {"A": "yes", "B": "no", "C": "maybe"}

SINGLE = [
    ("C", "C"),
    ("ANSWER: C", "C"),
    ("**Answer: C**", "C"),
    ("The answer is **C**.", "C"),
    ("It crosses the meninges, so the final choice is \\boxed{C}.", "C"),
    ("Ceftriaxone", "C"),
    ("Answer: B\nWait, that one does not reach the CSF.\nAnswer: C", "C"),
    ("Answer: C. A and B do not cover the organism, D is reserved for resistant strains.", "C"),
    ("<think>The organism is resistant to A, so B might", "-"),
    ("<think>The answer is B? No.</think>\nThe answer is C", "C"),
    ("I'm sorry, I cannot help with medical questions. Please see A doctor.", "-"),
    ("答案：C", "C"),
    ("该菌对大环内酯耐药，A、B均不覆盖，故选C。", "C"),
    ("正确答案是 C. 头孢曲松", "C"),
    ("【答案】C", "C"),
    ("答案：Ｃ", "C"),
    ("不能选A，应选C", "C"),
]
MULTIPLE = [
    ("答案：ACD", "ACD"),
    ("正确答案为A、C、D", "ACD"),
    ("B不正确，答案：ACD", "ACD"),
    ("ANSWER: A, C, D", "ACD"),
    ("答案：Ａ；Ｃ／Ｄ", "ACD"),
    ("A和C以及D", "ACD"),
]


@pytest.mark.parametrize(("reply", "gold"), SINGLE)
@pytest.mark.parametrize("multiple", [False, None])
def test_single(reply, gold, multiple):
    options = ZH_DRUGS if any("\u4e00" <= char <= "\u9fff" for char in reply) else DRUGS
    labels = read_answer(reply, options, multiple=multiple).labels
    assert labels == (() if gold == "-" else (gold,))


@pytest.mark.parametrize(("reply", "gold"), MULTIPLE)
@pytest.mark.parametrize("multiple", [True, None])
def test_multiple(reply, gold, multiple):
    assert read_answer(reply, ZH_DRUGS, multiple=multiple).labels == tuple(gold)


def test_status_tells_a_cut_from_a_refusal():
    assert read_answer(SINGLE[8][0], DRUGS).status == "truncated"
    assert read_answer(SINGLE[10][0], DRUGS).status == "refused"


@pytest.mark.parametrize(
    "reply", ["It could be yes, no or maybe.", "Yes or no? Maybe.", "The answer is either yes or no."]
)
def test_a_list_of_all_golds_earns_nothing(reply):
    """A scorer that credits any occurrence of the gold word is right for all three golds here."""
    assert read_answer(reply, THREE, multiple=False).status == "unparsed"


@pytest.mark.parametrize(
    "reply", ["", " ", "?", "🙂", "答案：", "Answer:", "\\boxed{}", "{", '{"answer": }', "<think>", "\x00"]
)
def test_a_reply_without_a_letter_ends_nothing(reply):
    """One scorer dies of an IndexError here, one calls exit()."""
    assert read_answer(reply, DRUGS, multiple=False).labels == ()


def test_words_of_a_verdict_are_not_labels():
    """``re.search("(A|B)", "CORRECT")`` and its default letter are how one scorer inverts verdicts."""
    options = {"A": "CORRECT", "B": "INCORRECT"}
    assert read_answer("CORRECT", options).labels == ("A",)
    assert read_answer("INCORRECT", options).labels == ("B",)
    assert read_answer("ANSWER: B", options).labels == ("B",)


def test_code_in_a_reply_is_text(tmp_path):
    """One scorer evaluates the model's output."""
    target = tmp_path / "written"
    reply = f"__import__('pathlib').Path({str(target)!r}).touch()"
    assert read_answer(reply, DRUGS).status == "unparsed"
    assert read_answer('{"answer": "' + reply.replace('"', "'") + '"}', DRUGS).status == "unparsed"
    assert not target.exists()


@pytest.mark.parametrize(
    "reply", ["Something like cephalosporins", "Cefazolin", "头孢唑林", "no idea at all", "The capital is Delhi"]
)
def test_nothing_is_read_by_similarity(reply):
    """A nearest-option fallback (difflib) always names an option, and no reply is ever unparsed."""
    assert read_answer(reply, DRUGS).status == "unparsed"


def test_no_last_resort_takes_any_capital_letter():
    for reply in (
        "Bacterial meningitis is an emergency.",
        "A broad history helps. Do it. Consider CSF.",
        "WHO and CDC agree.",
    ):
        assert read_answer(reply, DRUGS).status == "unparsed"


def test_removing_spaces_does_not_make_words_of_labels():
    """ "Answer: A because" without its spaces parses as ABECAUSE."""
    assert read_answer("Answer: A because B is bacteriostatic", DRUGS).labels == ("A",)
    assert read_answer("Answer: A, C, D NEITHER ONE ELSE", DRUGS).labels == ("A", "C", "D")


def test_labels_are_not_all_letters_of_the_text():
    """All capitals of the text, sorted: ``ACDENRSW`` for ``ANSWER: A, C, D``."""
    assert read_answer("ANSWER: A, C, D", DRUGS, multiple=True).labels == ("A", "C", "D")
    assert read_answer("药物A与药物B均无效。答案：CD", ZH_DRUGS, multiple=True).labels == ("C", "D")


def test_fused_patterns_do_not_hide_each_other():
    """A missing comma fused two of a scorer's patterns; both readings are needed."""
    assert read_answer("故选C", ZH_DRUGS).labels == ("C",)
    assert read_answer("只有选项C对", ZH_DRUGS).labels == ("C",)
