import json
from typing import Any

import pytest

from medgo.errors import InputError, UnsupportedRequestError
from medgo.inference.batch.inputs import RowDefaults, build_request, own_id, row_seed
from medgo.inference.protocol import Sampling, Thinking
from medgo.schema import Message


def said(row: dict[str, Any], system: str | None = None) -> list[tuple[str, str]]:
    request = build_request(row, "x", RowDefaults(system=system))
    return [(message.role, message.content) for message in request.messages]


CHAT = [
    {"role": "user", "content": "我头痛"},
    {"role": "assistant", "content": "多久了？"},
    {"role": "user", "content": "三天"},
]


@pytest.mark.parametrize(
    ("row", "content"),
    [
        ({"prompt": "Hi"}, "Hi"),
        ({"question": "什么是高血压？"}, "什么是高血压？"),
        ({"instruction": "Summarise."}, "Summarise."),
        ({"instruction": "Summarise.", "input": ""}, "Summarise."),
        ({"instruction": "Summarise.", "input": "BP 120/80", "output": "gold"}, "Summarise.\n\nBP 120/80"),
        ({"prompt": "", "question": "Q?"}, "Q?"),  # an empty cell of a table is no prompt
        ({"body": {"messages": [{"role": "user", "content": "B"}]}, "custom_id": "1"}, "B"),
    ],
)
def test_single_turn_forms(row: dict[str, Any], content: str) -> None:
    assert said(row) == [("user", content)]


@pytest.mark.parametrize("row", [{"messages": CHAT}, {"prompt": CHAT}, {"messages": json.dumps(CHAT)}])
def test_conversations(row: dict[str, Any]) -> None:
    assert said(row) == [(m["role"], m["content"]) for m in CHAT]


def test_system_prompts() -> None:
    own = [{"role": "system", "content": "mine"}, *CHAT]
    assert said({"prompt": "x"}, "default") == [("system", "default"), ("user", "x")]
    assert said({"prompt": "x", "system": "row"}, "default")[0] == ("system", "row")
    assert said({"prompt": "x", "system": ""}, "default")[0] == ("system", "default")
    assert said({"messages": own}, "default")[0] == ("system", "mine")
    with pytest.raises(InputError, match="which one is meant"):
        said({"messages": own, "system": "row"})


def test_multiple_choice_speaks_the_language_of_the_question() -> None:
    zh = said({"question": "服用 metformin 的患者 HbA1c 仍为 9%，首先应？", "options": {"A": "加药", "B": "停药"}})[0][
        1
    ]
    en = said({"question": "What does 中风 mean in English?", "options": ["Stroke", "Fever"]})[0][1]
    assert zh.startswith("服用 metformin") and "\nA. 加药\nB. 停药\n" in zh and zh.endswith("“答案：”和选项字母。")
    assert "\nA. Stroke\nB. Fever\n" in en and '"Answer: "' in en


@pytest.mark.parametrize(
    "row",
    [
        {"options": {"A": "x", "B": "y", "C": ""}},
        {"options": ["x", "y"]},
        {"options": [{"key": "A", "value": "x"}, {"key": "B", "value": "y"}]},
        {"options": '["x", "y"]'},
        {"A": "x", "B": "y", "C": ""},
    ],
)
def test_options_in_all_their_shapes(row: dict[str, Any]) -> None:
    assert "\nA. x\nB. y\n\nGive" in said({"question": "Which?", **row})[0][1]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, "nothing to answer"),
        ({"text": "x"}, "found the fields text"),
        ({"prompt": "  "}, "is empty"),
        ({"prompt": 7}, "prompt: expected text"),
        ({"question": ["x"]}, "question: expected text"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, r"messages\[0\].role"),
        ({"messages": CHAT[:2]}, "the assistant's; there is nothing to answer"),
        ({"messages": "[broken"}, "JSON inside the field"),
        ({"question": "Q", "options": ["only"]}, "at least two"),
        ({"question": "Q", "options": "A or B"}, "expected an object or a list"),
        ({"question": "Q", "options": {"A": ["x"], "B": "y"}}, "expected texts"),
        ({"question": "Q", "options": [{"key": "A", "value": "x"}] * 2}, "there twice"),
        ({"prompt": "x", "system": 3}, "system: expected text"),
    ],
)
def test_what_cannot_be_asked_says_why(row: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        said(row)


def test_ids() -> None:
    assert own_id({"id": "a", "custom_id": "b"}) == "a"
    assert own_id({"id": None, "custom_id": "", "idx": 0}) == 0
    assert own_id({"prompt": "x"}) is None
    for bad in (True, 1.5, ["a"]):
        with pytest.raises(InputError, match="text or a whole number"):
            own_id({"id": bad})


def test_seeds_depend_on_run_and_id_alone() -> None:
    assert row_seed(0, "a") == row_seed(0, "a")
    assert row_seed(0, 1) == row_seed(0, "1")
    seeds = {row_seed(run, row) for run in range(20) for row in range(200)}
    assert len(seeds) == 4000 and min(seeds) >= 0 and max(seeds) < 2**31
    # Pinned: another seed would change every sampled text under the same command.
    assert row_seed(7, "q-001") == 1530525849


def body(**fields: Any) -> dict[str, Any]:
    return {
        "custom_id": "c1",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "gpt", "messages": [{"role": "user", "content": "x"}], **fields},
    }


def test_an_openai_body_overrides_the_flags() -> None:
    defaults = RowDefaults(Sampling(max_new_tokens=9, temperature=0.5, top_p=0.9), Thinking(), None, None)
    request = build_request(body(), "c1", defaults)
    assert request.sampling == Sampling(9, 0.5, 0.9, 0, row_seed(0, "c1"))
    request = build_request(
        body(
            max_tokens=3,
            max_completion_tokens=4,
            temperature=0,
            top_p=1,
            top_k=-1,
            seed=5,
            stop="。",
            logprobs=True,
            top_logprobs=2,
            n=1,
            tools=None,
            user="ignored",
        ),
        "c1",
        defaults,
    )
    assert request.sampling == Sampling(4, 0, 1, 0, 5, ("。",))
    assert request.logprobs == 2


@pytest.mark.parametrize(
    ("format_", "schema"),
    [
        (None, None),
        ({"type": "text"}, None),
        ({"type": "json_object"}, {"type": "object"}),
        ({"type": "json_schema", "json_schema": {"name": "x", "schema": {"enum": ["好"]}}}, {"enum": ["好"]}),
    ],
)
def test_an_openai_body_sets_the_json_schema(format_: Any, schema: Any) -> None:
    request = build_request(body(response_format=format_), "c1", RowDefaults())
    assert (None if request.json_schema is None else json.loads(request.json_schema)) == schema


@pytest.mark.parametrize(
    ("fields", "thinking"),
    [
        ({}, Thinking(True, 3)),
        ({"chat_template_kwargs": {"enable_thinking": True}}, Thinking(True)),
        ({"chat_template_kwargs": {"enable_thinking": False}}, Thinking()),
        ({"reasoning_effort": "none"}, Thinking()),
        ({"thinking_token_budget": 8}, Thinking(True, 8)),
    ],
)
def test_an_openai_body_sets_thinking(fields: dict[str, Any], thinking: Thinking) -> None:
    assert build_request(body(**fields), "c1", RowDefaults(thinking=Thinking(True, 3))).thinking == thinking


@pytest.mark.parametrize(
    ("row", "error", "words"),
    [
        (body(n=2), UnsupportedRequestError, r"body\.n is not supported"),
        (body(tools=[{"type": "function"}]), UnsupportedRequestError, "tools"),
        (body(response_format={"type": "grammar"}), UnsupportedRequestError, "response_format"),
        (body(response_format="json"), UnsupportedRequestError, "response_format"),
        (body(response_format={"type": "json_schema", "json_schema": {"name": "x"}}), InputError, "schema: expected"),
        (body(response_format={"type": "json_object"}, stop="x"), InputError, "neither stop strings"),
        (body(temperature="hot"), InputError, r"body\.temperature: expected a number"),
        (body(max_tokens=1.5), InputError, "whole number"),
        (body(max_tokens=0), InputError, "at least 1"),
        (body(stop=[1]), InputError, r"body\.stop"),
        (body(logprobs=1), InputError, r"body\.logprobs"),
        (body(thinking_token_budget=600), InputError, "no room to answer"),
        ({**body(), "url": "/v1/embeddings"}, UnsupportedRequestError, "found POST /v1/embeddings"),
        ({"body": ["x"]}, InputError, "body: expected an object"),
        ({"body": {}}, InputError, "nothing to answer"),
    ],
)
def test_an_openai_body_that_cannot_be_honoured(row: dict[str, Any], error: type[InputError], words: str) -> None:
    with pytest.raises(error, match=words):
        build_request(row, "c1", RowDefaults())


def test_the_request_has_its_own_seed_and_the_systems_place() -> None:
    request = build_request({"prompt": "x"}, 3, RowDefaults(Sampling(seed=9), system="s", logprobs=4))
    assert request.id == "3" and request.sampling.seed == row_seed(9, 3) and request.logprobs == 4
    assert request.messages == (Message("system", "s"), Message("user", "x"))
