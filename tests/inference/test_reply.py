"""Growing replies: the text may be cut anywhere, what comes out is the same, and nothing is given out too early."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import ModelNotFoundError
from medgo.inference.models import ensure_hf_folder, resolve_model
from medgo.inference.prompt import ChatRenderer, RenderedPrompt
from medgo.inference.protocol import Delta, GenerationRequest, Sampling, Thinking
from medgo.inference.reply import Reply, TextSplitter
from medgo.schema import Message
from tests.support.qwen_tokenizer import qwen_tokenizer_folder
from tests.support.tiny_models import small_qwen3

MEDICAL = "血压 120/80 mmHg 🩺，脉搏 72。👩‍⚕️ Take 5 mg amlodipine – naïve café…\n\n1. 复诊 🫀"
FRAGMENTS = [
    "<",
    "<th",
    "<think>",
    "</think>",
    "</thi",
    "nk>",
    "stop",
    "STOP",
    " ",
    "\n",
    "\n\n",
    "a",
    "血压",
    "🩺",
    "st",
    "op",
]
pieces_of_text = st.lists(st.sampled_from(FRAGMENTS), max_size=14)
stops = st.lists(st.sampled_from(["stop", "st", "top", "op", "STOP", "血压", "\n\n", "a血", " "]), max_size=3)


def split(
    pieces: Iterable[str], stop: Iterable[str] = (), *, in_reasoning: bool = False
) -> tuple[TextSplitter, list[Delta]]:
    splitter = TextSplitter(tuple(stop), in_reasoning=in_reasoning)
    deltas = [delta for piece in pieces for delta in splitter.feed(piece)]
    return splitter, deltas + splitter.finish()


def said(deltas: list[Delta], kind: str) -> str:
    return "".join(delta.text for delta in deltas if delta.kind == kind)


# --- splitting text ---------------------------------------------------------------------------------------------------


@given(pieces_of_text, stops, st.booleans(), st.randoms(use_true_random=False))
def test_the_cuts_do_not_matter(pieces: list[str], stop: list[str], in_reasoning: bool, dice: random.Random) -> None:
    text = "".join(pieces)
    whole, _ = split([text], stop, in_reasoning=in_reasoning)
    cuts = sorted(dice.sample(range(len(text) + 1), dice.randint(0, min(5, len(text)))))
    cut = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    for variant in (cut, list(text), pieces):
        splitter, deltas = split(variant, stop, in_reasoning=in_reasoning)
        assert (splitter.answer, splitter.reasoning) == (whole.answer, whole.reasoning)
        assert splitter.stopped == whole.stopped
        assert said(deltas, "answer") == splitter.answer
        assert said(deltas, "reasoning") == (splitter.reasoning or "")
        assert all(delta.text for delta in deltas)


@given(pieces_of_text, stops, st.booleans())
def test_a_stop_string_never_shows(pieces: list[str], stop: list[str], in_reasoning: bool) -> None:
    splitter, _ = split("".join(pieces), stop, in_reasoning=in_reasoning)
    assert not any(text in splitter.answer for text in stop)


@given(pieces_of_text)
def test_an_answer_without_reasoning_is_the_text_itself(pieces: list[str]) -> None:
    text = "".join(pieces)
    if text.lstrip().startswith("<think>"):
        return
    splitter, _ = split(list(text))
    assert splitter.answer == text and splitter.reasoning is None


@pytest.mark.parametrize(
    ("text", "in_reasoning", "reasoning", "answer"),
    [
        ("<think>\nHm.\n</think>\n\nYes.", False, "Hm.", "Yes."),
        ("\n<think>Hm.</think>Yes.", False, "Hm.", "Yes."),
        ("Hm.\n</think>\n\nYes.", True, "Hm.", "Yes."),
        ("<think>\n\n</think>\n\nYes.", False, "", "Yes."),
        ("<think>\nstop\n\nHm. 1 < 2 </thin", False, "stop\n\nHm. 1 < 2 </thin", ""),
        ("I <think> so", False, None, "I <think> so"),
        ("<thin ice", False, None, "<thin ice"),
        ("<think>a</think>b</think>c", False, "a", "b</think>c"),
        ("  indented", False, None, "  indented"),
        ("Yes.\n", False, None, "Yes.\n"),
        ("", False, None, ""),
        ("", True, "", ""),
        ("<think>", False, "", ""),
        ("<think>Hm.</think>a stop b", False, "Hm.", "a "),
        ("stop", False, None, ""),
    ],
)
def test_reasoning_and_answer_part(text: str, in_reasoning: bool, reasoning: str | None, answer: str) -> None:
    splitter, _ = split(list(text), ["stop"] if "stop" in text else [], in_reasoning=in_reasoning)
    assert (splitter.reasoning, splitter.answer) == (reasoning, answer)


def test_the_first_complete_stop_string_wins_however_the_text_is_cut() -> None:
    for stop, answer in ((["abc", "b"], "xa"), (["b", "abc"], "xa"), (["ab", "b"], "x"), (["b", "ab"], "x")):
        for pieces in (["xabcd"], list("xabcd"), ["xa", "bcd"], ["xab", "cd"]):
            splitter, deltas = split(pieces, stop)
            assert splitter.answer == said(deltas, "answer") == answer


# --- token ids --------------------------------------------------------------------------------------------------------


def _smollm() -> ChatRenderer:
    try:
        return ChatRenderer.load(ensure_hf_folder(resolve_model("embedded")))
    except ModelNotFoundError as error:
        pytest.skip(str(error))


def _qwen() -> ChatRenderer:
    from transformers import AutoTokenizer

    folder = qwen_tokenizer_folder()
    if folder is None:
        pytest.skip("Qwen3's tokenizer is not in the cache; fetch it with: python -m tests.support.qwen_tokenizer")
    return ChatRenderer(AutoTokenizer.from_pretrained(folder), 4096)


@pytest.fixture(scope="module", params=["smollm2", "qwen3", "bytes"])
def renderer(request: pytest.FixtureRequest) -> ChatRenderer:
    """Real tokenizers: an emoji or a Chinese character is several tokens in the first, some in the second."""
    if request.param == "bytes":
        return ChatRenderer.load(small_qwen3())
    return _smollm() if request.param == "smollm2" else _qwen()


@pytest.fixture(scope="module")
def thinker() -> ChatRenderer:
    """A tokenizer with ``<think>`` that needs nothing fetched."""
    return ChatRenderer.load(small_qwen3())


def grow(
    renderer: ChatRenderer, token_ids: Iterable[int], *, live: bool = True, opened: bool = False, **keywords: Any
) -> tuple[Reply, list[Delta]]:
    """Push tokens as an engine does, forcing the reasoning closed when its budget is spent."""
    thinking = keywords.pop("thinking", Thinking())
    sampling = Sampling(**{"max_new_tokens": 400, **keywords})
    request = GenerationRequest("r", (Message("user", "Hi"),), sampling, thinking)
    reply = Reply(renderer, request, RenderedPrompt((1, 2, 3), opened), live=live)
    deltas: list[Delta] = []
    for token_id in token_ids:
        for forced in reply.force_close() if reply.budget_spent else ():
            if not reply.push(forced):
                deltas += reply.take_deltas()
        if reply.finish_reason is not None or reply.push(token_id):
            break
        deltas += reply.take_deltas()
    return reply, deltas


def ended(reply: Reply, deltas: list[Delta]) -> tuple[Any, list[Delta]]:
    completion = reply.completion(latency=1.0)
    return completion, deltas + reply.take_deltas()


def test_characters_are_never_halved(renderer: ChatRenderer) -> None:
    reply, deltas = grow(renderer, renderer.encode(MEDICAL))
    completion, deltas = ended(reply, deltas)
    assert completion.text == said(deltas, "answer") == MEDICAL
    assert not any("\ufffd" in delta.text for delta in deltas)
    assert len(deltas) > 10, "it came in pieces"


def test_a_reply_cut_anywhere_ends_in_a_whole_character(renderer: ChatRenderer) -> None:
    token_ids = renderer.encode(MEDICAL)
    for length in range(1, len(token_ids)):
        for live in (True, False):
            reply, deltas = grow(renderer, token_ids, live=live, max_new_tokens=length)
            completion, deltas = ended(reply, deltas)
            assert completion.finish_reason == "length" and completion.usage.completion == length
            assert MEDICAL.startswith(completion.text)
            if live:
                assert said(deltas, "answer") == completion.text


def test_streaming_and_decoding_at_the_end_agree_on_any_tokens(renderer: ChatRenderer) -> None:
    dice = random.Random(5)
    vocabulary = len(renderer.tokenizer)
    for _ in range(30):
        token_ids = [dice.randrange(vocabulary) for _ in range(dice.randint(1, 40))]
        grown = [ended(*grow(renderer, token_ids, live=live, ignore_eos=True)) for live in (True, False)]
        (live, deltas), (late, _) = grown
        assert (live.text, live.reasoning) == (late.text, late.reasoning)
        assert said(deltas, "answer") == live.text


def test_a_stop_string_over_token_borders_ends_the_reply(renderer: ChatRenderer) -> None:
    for stop in ("mmHg 🩺", "🩺", "搏 7", "\n1.", "é…"):
        reply, deltas = grow(renderer, renderer.encode(MEDICAL), stop=(stop,))
        completion, deltas = ended(reply, deltas)
        expected = MEDICAL.partition(stop)[0] if stop in MEDICAL else MEDICAL
        assert completion.text == said(deltas, "answer") == expected
        assert completion.finish_reason == "stop"


def test_the_end_of_turn_ends_the_reply_and_is_no_text(renderer: ChatRenderer) -> None:
    eos = next(iter(renderer.eos_ids))
    token_ids = [*renderer.encode("Yes."), eos, *renderer.encode("No.")]
    completion, _ = ended(*grow(renderer, token_ids))
    assert completion.text == "Yes." and completion.finish_reason == "stop"
    assert completion.usage.completion == len(renderer.encode("Yes.")) + 1
    ignored, _ = ended(*grow(renderer, token_ids, ignore_eos=True))
    assert ignored.text == "Yes.No."


# --- thinking ---------------------------------------------------------------------------------------------------------


def test_reasoning_tokens_are_counted_apart(thinker: ChatRenderer) -> None:
    token_ids = thinker.encode("<think>\nHm.\n</think>\n\nYes.")
    completion, _ = ended(*grow(thinker, token_ids, thinking=Thinking(enabled=True)))
    assert (completion.reasoning, completion.text) == ("Hm.", "Yes.")
    assert completion.usage.reasoning == len(thinker.encode("\nHm.\n"))
    assert completion.usage.completion == len(token_ids)


@pytest.mark.parametrize("opened", [True, False], ids=["opened by the template", "opened by the model"])
@pytest.mark.parametrize("white", ["", "\n"])
@pytest.mark.parametrize("budget", [0, 1, 5])
def test_a_spent_budget_is_forced_closed(thinker: ChatRenderer, opened: bool, white: str, budget: int) -> None:
    before = "" if opened else f"{white}<think>"
    token_ids = thinker.encode(before + "123456789")
    thinking = Thinking(enabled=True, budget=budget)
    reply, deltas = grow(thinker, token_ids, opened=opened, thinking=thinking)
    completion, deltas = ended(reply, deltas)
    assert completion.thinking_forced
    assert completion.reasoning == said(deltas, "reasoning") == "123456789"[:budget]
    assert completion.text == said(deltas, "answer") == "123456789"[budget:]
    assert completion.usage.reasoning == budget
    assert completion.usage.completion == len(token_ids) + len(thinker.forced_close_ids)


def test_a_budget_that_suffices_changes_nothing(thinker: ChatRenderer) -> None:
    token_ids = thinker.encode("<think>1234</think>\n\nYes.")
    completion, _ = ended(*grow(thinker, token_ids, thinking=Thinking(enabled=True, budget=5)))
    assert not completion.thinking_forced
    assert (completion.reasoning, completion.text) == ("1234", "Yes.")


def test_forced_tokens_count_towards_the_bound(thinker: ChatRenderer) -> None:
    token_ids = thinker.encode("<think>123456789")
    reply, _ = grow(thinker, token_ids, max_new_tokens=8, thinking=Thinking(enabled=True, budget=7))
    completion, _ = ended(reply, [])
    assert completion.usage.completion == 8 and completion.finish_reason == "length"


def test_the_mark_of_thinking_inside_an_answer_is_text(thinker: ChatRenderer) -> None:
    token_ids = thinker.encode("I <think> so")
    completion, _ = ended(*grow(thinker, token_ids, thinking=Thinking(enabled=True, budget=1)))
    assert completion.text == "I <think> so" and completion.reasoning is None
    assert completion.usage.reasoning == 0 and not completion.thinking_forced


def test_a_stop_string_in_the_reasoning_does_not_stop(thinker: ChatRenderer) -> None:
    token_ids = thinker.encode("<think>stop here</think>go on stop no")
    completion, _ = ended(*grow(thinker, token_ids, stop=("stop",), thinking=Thinking(enabled=True)))
    assert (completion.reasoning, completion.text) == ("stop here", "go on ")
