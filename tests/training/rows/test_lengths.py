"""Long rows: what each policy makes of them; no answer and no end of turn is ever cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.errors import InputError
from medgo.inference.prompt import ChatRenderer
from medgo.schema import Row
from medgo.training.recipe import Lengths
from medgo.training.rows.gates import Refusal
from medgo.training.rows.lengths import fit
from medgo.training.rows.tokens import Answer, RowTokenizer, TokenRow
from tests.training.rows.made_rows import dialogue, labelled, pair, sft
from tests.training.rows.naive_trl import NaiveSft
from tests.training.rows.taking import intake

END = 9


def tokens(prompt: int, answer: int, reasoning: int = 0) -> TokenRow:
    ids = (*range(1000, 1000 + answer - 1), END)
    return TokenRow("row", "sft", "t", "en", reasoning > 0, (7,) * prompt, {"completion": Answer(ids, reasoning)})


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 200), st.integers(2, 900), st.integers(100, 400), st.data())
def test_parts_of_an_answer_are_learnt_once_each_and_only_the_last_ends_it(
    tokenizer: RowTokenizer, prompt: int, length: int, limit: int, data: st.DataObject
) -> None:
    reasoning = data.draw(st.integers(0, length - 1))
    row = tokens(prompt, length, reasoning)
    parts = fit(sft("?", "a"), row, Lengths(max_tokens=limit, too_long="split"), tokenizer).parts
    if row.tokens <= limit:
        assert parts == (row,)
        return
    if limit - prompt < limit / 4:  # no room to learn in: left out, and counted by the intake
        assert parts == ()
        return
    answers = [part.answers["completion"] for part in parts]
    assert tuple(token for answer in answers for token in answer.ids) == row.answers["completion"].ids
    assert sum(answer.reasoning for answer in answers) == reasoning
    assert all(part.tokens <= limit for part in parts)
    assert [answer.ids[-1] == END for answer in answers] == [False] * (len(parts) - 1) + [True]
    assert len({part.row_id for part in parts}) == len(parts)
    done = 0
    for part, answer in zip(parts, answers, strict=True):
        assert part.prompt[:prompt] == row.prompt  # the question stands before every part
        seen = part.prompt[prompt:]
        assert seen == row.answers["completion"].ids[done - len(seen) : done]  # and then what was just said
        done += len(answer.ids)


def test_the_oldest_turns_go_and_the_system_and_the_last_question_stay(tokenizer: RowTokenizer) -> None:
    turns = [("system", "Be brief."), ("user", "one " * 30), ("assistant", "two " * 30), ("user", "three " * 30)]
    turns += [("assistant", "four"), ("user", "five?")]
    row = dialogue(turns, "six")
    whole = tokenizer(row)
    for limit, kept in ((whole.tokens, turns), (whole.tokens - 1, [turns[0], *turns[3:]]), (40, [turns[0], turns[5]])):
        fitted = fit(row, whole, Lengths(max_tokens=limit, too_long="truncate_prompt"), tokenizer)
        assert [(turn.role, turn.content) for turn in fitted.source.prompt] == kept
        (part,) = fitted.parts
        assert part == tokenizer(fitted.source)
        assert part.tokens <= limit
        assert part.answers == whole.answers
        assert fitted.truncated == len(turns) - len(kept)
    assert fitted.source.row_id != row.row_id  # another prompt is another row, to the cache of references too
    assert fit(row, whole, Lengths(max_tokens=8, too_long="truncate_prompt"), tokenizer).parts == ()


def test_what_is_shortened_split_and_left_out_is_counted(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    talk = dialogue([("user", "one " * 90), ("assistant", "two"), ("user", "three?")], "four")
    rows = [talk, sft("a?", "word " * 300)]
    taking = intake(tmp_path, tokenizer, rows, lengths={"max_tokens": 90, "too_long": "truncate_prompt"})
    assert [taken.row.task for taken in taking.rows()] == ["dialogue"]
    assert (taking.report().tasks["dialogue"].truncated, taking.report().tasks["dialogue"].turns_dropped) == (1, 2)
    assert taking.report().refused(Refusal.TOO_LONG).rows == 1
    taking = intake(tmp_path, tokenizer, rows, lengths={"max_tokens": 120, "too_long": "split"})
    taken = list(taking.rows())
    account = taking.report().tasks["questions"]
    assert (account.kept, account.split, account.ends) == (1, 1, 1)
    assert account.parts == sum(row.part for row in taken) > 1
    assert account.loss_tokens == tokenizer(rows[1]).loss_tokens
    assert account.longest <= 120


@pytest.mark.parametrize(("row", "method"), [(pair("a?", "b", "c"), "dpo"), (labelled("a?", "b", True), "kto")])
def test_answers_that_are_compared_are_not_split(
    tmp_path: Path, tokenizer: RowTokenizer, row: Row, method: str
) -> None:
    with pytest.raises(InputError, match=f"fits sft and not {method}"):
        intake(tmp_path, tokenizer, [row], method, lengths={"too_long": "split"})


def test_trl_cuts_an_answer_and_its_end_without_a_word_and_we_stop(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    row = sft("a?", "word " * 300)
    naive = NaiveSft([row.columns()], tokenizer, tmp_path / "naive", max_length=64)
    assert len(naive.whole[0]) == 64
    assert "<|im_end|>" not in naive.text(naive.learnt[0])  # the model is taught to go on for ever
    with pytest.raises(InputError, match=r"1 of 1 rows \(100\.0%\) exceed 64 tokens"):
        list(intake(tmp_path, tokenizer, [row], lengths={"max_tokens": 64}).rows())


def test_rows_with_reasoning_and_a_model_without(tmp_path: Path, embedded_folder: Path) -> None:
    smol = RowTokenizer(ChatRenderer.load(embedded_folder))
    rows = [sft("a?", "b", "because"), sft("c?", "d")]
    with pytest.raises(InputError, match="no thinking: 1 row with reasoning") as error:
        list(intake(tmp_path, smol, rows).rows())
    assert "lengths.thinking=drop" in error.value.hint
    dropping = intake(tmp_path, smol, rows, lengths={"thinking": "drop"})
    assert [taken.source for taken in dropping.rows()] == rows[1:]
    assert dropping.report().refused(Refusal.NO_THINKING).row_ids == [rows[0].row_id]
