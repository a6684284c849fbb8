import json
from dataclasses import replace
from typing import Any

import pytest

from medgo.errors import InputError
from medgo.schema import LabelledRow, Message, PreferenceRow, Provenance, SftRow, SourceRef
from tests.support.qwen_tokenizer import qwen_tokenizer_folder

ORIGIN = Provenance((SourceRef("HP:1", "hpo", "HPO licence", "2025"),), "tests", "1", "7/x/0")
ASKED = (Message("user", "发热3天，怎么办？"),)
COMMON: dict[str, Any] = {"task": "t", "stage": "stage1", "lang": "zh", "provenance": ORIGIN}


def sft(answer: str = "多饮水。", reasoning: str | None = None, **changes: Any) -> SftRow:
    turn = Message("assistant", answer, reasoning)
    return SftRow(prompt=ASKED, completion=turn, thinking=reasoning is not None, **{**COMMON, **changes})


def test_a_row_has_the_columns_that_trl_reads_and_where_it_comes_from() -> None:
    line = json.loads(json.dumps(sft(reasoning="先看体温。").to_dict(), ensure_ascii=False))
    assert line["prompt"] == [{"role": "user", "content": "发热3天，怎么办？"}]
    assert line["completion"] == [{"role": "assistant", "content": "多饮水。", "reasoning_content": "先看体温。"}]
    assert line["chat_template_kwargs"] == {"enable_thinking": True}
    assert line["provenance"]["sources"][0] == {
        "id": "HP:1",
        "source": "hpo",
        "licence": "HPO licence",
        "retrieved": "2025",
    }


def test_the_same_text_is_the_same_row_wherever_it_comes_from() -> None:
    other = replace(ORIGIN, seed="8/y/1")
    assert sft().row_id == sft(provenance=other, task="u").row_id
    assert sft().row_id != sft("多休息。").row_id
    assert sft().row_id != sft(reasoning="想一想。").row_id
    pair = PreferenceRow(
        prompt=ASKED, chosen=Message("assistant", "a"), rejected=Message("assistant", "b"), thinking=False, **COMMON
    )
    assert pair.row_id != replace(pair, chosen=pair.rejected, rejected=pair.chosen).row_id
    labelled = LabelledRow(prompt=ASKED, completion=Message("assistant", "a"), label=True, thinking=False, **COMMON)
    assert labelled.row_id != replace(labelled, label=False).row_id


@pytest.mark.parametrize(
    ("prompt", "turn", "thinking", "word"),
    [
        ((), Message("assistant", "a"), False, "user turn"),
        ((Message("assistant", "a"),), Message("assistant", "a"), False, "user turn"),
        ((Message("user", " "),), Message("assistant", "a"), False, "empty turn"),
        (ASKED, Message("assistant", " "), False, "no assistant's text"),
        (ASKED, Message("user", "a"), False, "no assistant's text"),
        (ASKED, Message("assistant", "a"), True, "thinking=True"),
        (ASKED, Message("assistant", "a", "b"), False, "thinking=False"),
        (ASKED, Message("assistant", "a", " "), True, "thinking=True"),
    ],
)
def test_a_row_that_teaches_nothing_or_says_what_is_not_so_is_refused(
    prompt: tuple[Message, ...], turn: Message, thinking: bool, word: str
) -> None:
    with pytest.raises(InputError, match=word):
        SftRow(prompt=prompt, completion=turn, thinking=thinking, **COMMON)


def test_a_pair_of_the_same_text_and_a_row_without_a_source_are_refused() -> None:
    turn = Message("assistant", "a")
    with pytest.raises(InputError, match="same text"):
        PreferenceRow(prompt=ASKED, chosen=turn, rejected=turn, thinking=False, **COMMON)
    with pytest.raises(InputError, match="no source"):
        Provenance((), "tests", "1")


@pytest.mark.skipif(qwen_tokenizer_folder() is None, reason="no Qwen3 tokenizer: make test-assets")
def test_qwen3_renders_empty_reasoning_as_none() -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(qwen_tokenizer_folder())
    line = sft().to_dict()
    with_empty = [*line["prompt"], *line["completion"]]
    without = [{name: part for name, part in turn.items() if name != "reasoning_content"} for turn in with_empty]
    options = {"tokenize": False, "enable_thinking": False}
    assert with_empty != without
    assert tokenizer.apply_chat_template(with_empty, **options) == tokenizer.apply_chat_template(without, **options)
