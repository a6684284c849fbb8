"""Search, verify, rewrite: which chains are kept, what each round is told, and what nobody is ever told."""

from __future__ import annotations

from typing import Any

import pytest

from medgo.errors import EndpointError
from medgo.schema import Lang, PreferenceRow, SftRow
from medgo.synthesis.generators.teacher.verified_cot import ChainPreferences, VerifiedCot
from tests.synthesis.teacher.support import Script, Stub, case, run

GOOD: dict[Lang, dict[str, str]] = {
    "zh": {"reasoning": "发热、咳嗽、胸痛伴白细胞升高，首先考虑肺炎。", "answer": "肺炎"},
    "en": {"reasoning": "Fever, cough and chest pain with a high count point to pneumonia.", "answer": "Pneumonia."},
}
WRONG: dict[Lang, dict[str, str]] = {
    "zh": {"reasoning": "胸痛突出，应考虑心肌梗死。", "answer": "心肌梗死"},
    "en": {"reasoning": "The chest pain suggests myocardial infarction.", "answer": "myocardial infarction"},
}
SOUND = {"fault": "无", "sound": True}
UNSOUND = {"fault": "没有解释白细胞升高", "sound": False}
TEXT: dict[Lang, list[str]] = {
    "zh": ["先看发热和咳嗽，等等，白细胞也高，那就是肺炎了。", "考虑肺炎，建议胸片。"],
    "en": [
        "Fever and cough first. Wait, the count is high: this is pneumonia.",
        "This is pneumonia; get a film.",
    ],
}


def cot(**options: Any) -> VerifiedCot:
    return VerifiedCot(of=Stub(), **options)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_verified_chain_becomes_a_row_with_reasoning(lang: Lang) -> None:
    script = Script({"reasoning": GOOD[lang], "sound": SOUND, "text": list(TEXT[lang])})
    (draft,), rejected = run(cot(), script, (lang,))
    row = draft.row
    assert isinstance(row, SftRow)
    assert row.thinking
    assert (row.completion.reasoning_content, row.completion.content) == tuple(TEXT[lang])
    assert row.prompt == case(lang).row.prompt
    assert row.provenance.teacher.startswith("script@")
    assert row.provenance.seed == "7/x/0/0"
    assert draft.evidence.labels["verified_by"] == "first"
    assert not rejected
    reader = script.asked[1]
    assert "standard answer" not in str(reader.messages)
    assert script.asked[1].sampling.temperature == 0
    assert script.asked[0].sampling.temperature > 0


def test_nobody_who_writes_or_reads_a_chain_is_shown_the_right_answer() -> None:
    script = Script({"reasoning": WRONG["en"], "sound": SOUND, "same": {"same": False}})
    _, rejected = run(cot(rounds=3), script, ("en",))
    assert rejected == {"not verified: wrong answer": 1}
    for request in script.asked:
        about_answers_alone = '"same"' in (request.json_schema or "")
        assert ("neumonia" in str(request.messages)) == about_answers_alone
        if about_answers_alone:
            assert WRONG["en"]["reasoning"] not in str(request.messages)


def test_each_round_is_told_the_fault_and_follows_a_strategy() -> None:
    script = Script({"reasoning": [WRONG["zh"], WRONG["zh"], GOOD["zh"]], "sound": UNSOUND | {"sound": True},
                     "same": {"same": False}, "text": list(TEXT["zh"])})  # fmt: skip
    (draft,), _ = run(cot(), script)
    labels = draft.evidence.labels
    assert (labels["rounds"], labels["refuted"]) == (3, ["wrong answer", "wrong answer"])
    assert labels["verified_by"] in ("backtracking", "new path", "verification", "correction")
    rounds = [request for request in script.asked if "reasoning" in (request.json_schema or "")]
    assert all("没有解释白细胞升高" in request.messages[-1].content for request in rounds[1:])
    assert [message.role for message in rounds[1].messages] == ["system", "user", "assistant", "user"]


def test_a_right_answer_by_unsound_reasoning_is_refuted() -> None:
    _, rejected = run(cot(rounds=1), Script({"reasoning": GOOD["zh"], "sound": UNSOUND}))
    assert rejected == {"not verified: not sound": 1}


def test_a_chain_that_argues_for_something_else_contradicts_itself() -> None:
    split = {"reasoning": "胸痛突出，应为心肌梗死，不支持肺炎。", "answer": "肺炎"}
    _, rejected = run(cot(rounds=0), Script({"reasoning": split, "sound": SOUND}))
    assert rejected == {"not verified: contradicts itself": 1}


def test_an_answer_in_other_words_is_put_to_a_model() -> None:
    words = {"reasoning": "考虑肺部感染即肺炎。", "answer": "肺部感染性炎症"}
    script = Script({"reasoning": words, "sound": SOUND, "same": {"same": True}, "text": list(TEXT["zh"])})
    drafts, _ = run(cot(), script)
    assert len(drafts) == 1


def test_a_rewrite_that_loses_the_answer_costs_the_item() -> None:
    lost = ["想了很久，还是不清楚。", "请到医院就诊。"]
    _, rejected = run(cot(), Script({"reasoning": GOOD["zh"], "sound": SOUND, "text": lost}))
    assert rejected == {"rewrite lost the answer": 1}


@pytest.mark.parametrize(
    ("first", "why"),
    [
        ("rubbish", "not the JSON asked for"),
        ("{" + "x" * 2000, "cut off"),
        ({"reasoning": "", "answer": "肺炎"}, "empty"),
        ({"reasoning": "抱歉，我无法提供医疗建议。", "answer": "肺炎"}, "refused"),
        (
            {"reasoning": "Fever and a cough, so it is pneumonia.", "answer": "肺炎"},
            "another language",
        ),
        ({"reasoning": "考虑肺炎。考虑肺炎。考虑肺炎。考虑肺炎。考虑肺炎。", "answer": "肺炎"}, "repeats itself"),
        (EndpointError("gone"), "teacher failed: endpoint_error"),
    ],
)
def test_a_first_chain_that_is_no_use_costs_the_item(first: Any, why: str) -> None:
    _, rejected = run(cot(), Script({"reasoning": first, "sound": SOUND}))
    assert rejected == {why: 1}


def test_a_later_chain_that_is_no_use_costs_its_round_only() -> None:
    script = Script({"reasoning": [WRONG["zh"], "rubbish", "rubbish", GOOD["zh"]], "sound": SOUND,
                     "same": {"same": False}, "text": list(TEXT["zh"])})  # fmt: skip
    (draft,), _ = run(cot(), script)
    assert draft.evidence.labels["rounds"] == 2


def test_a_case_without_one_diagnosis_is_not_asked() -> None:
    script = Script({})
    _, rejected = run(VerifiedCot(of=Stub(without_diagnosis=True)), script)
    assert rejected == {"no single right answer": 1}
    assert not script.asked


def test_a_refuted_chain_beside_the_verified_one_makes_a_pair() -> None:
    script = Script({"reasoning": [WRONG["zh"], GOOD["zh"]], "sound": SOUND, "same": {"same": False}})
    (draft,), _ = run(ChainPreferences(of=Stub(), longest_ratio=3), script)
    row = draft.row
    assert isinstance(row, PreferenceRow)
    assert row.chosen.reasoning_content == GOOD["zh"]["reasoning"]
    assert row.rejected.reasoning_content == WRONG["zh"]["reasoning"]
    assert draft.evidence.labels["defect"] == "wrong answer"


def test_pairs_need_a_refuted_chain_of_like_length() -> None:
    _, rejected = run(ChainPreferences(of=Stub()), Script({"reasoning": GOOD["zh"], "sound": SOUND}))
    assert rejected == {"nothing refuted": 1}
    long = WRONG["zh"] | {"reasoning": WRONG["zh"]["reasoning"] + "另外还要看心电图和心肌酶谱的动态变化情况如何。" * 3}
    script = Script({"reasoning": [long, GOOD["zh"]], "sound": SOUND, "same": {"same": False}})
    _, rejected = run(ChainPreferences(of=Stub()), script)
    assert rejected == {"lengths too different": 1}
