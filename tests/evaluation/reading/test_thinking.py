"""Which part of a reply is the answer."""

from __future__ import annotations

import pytest

from medgo.evaluation.reading.thinking import visible_part


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("plain", "plain"),
        ("<think>x</think>y", "y"),
        ("x</think>y", "y"),
        ("<think>a<think>b</think>c</think>y", "y"),
        ("<THINK>x</THINK>y", "y"),
        ("◁think▷x◁/think▷y", "y"),
        ("a <b> c", "a <b> c"),
        ("## Thinking\n\nx\n\n## Final Response\n\ny", "## Final Response\n\ny"),
    ],
)
def test_reasoning_is_taken_away(reply, text):
    visible = visible_part(reply)
    assert (visible.text.strip(), visible.open) == (text, False)
    assert reply[visible.start :].endswith(text)


def test_blocks_in_between_are_blanked_in_place():
    reply = "<think>1</think>draft<think>2</think>answer"
    visible = visible_part(reply)
    assert visible.text.split() == ["draft", "answer"]
    assert reply[visible.start + visible.text.index("answer") :] == "answer"


@pytest.mark.parametrize(
    "reply", ["<think>x", "a<think>b</think>c<thinking>d", "## Thinking\nx", "<think>", "◁think▷x"]
)
def test_reasoning_that_never_ends(reply):
    assert visible_part(reply).open
    assert visible_part(reply).text == ""
