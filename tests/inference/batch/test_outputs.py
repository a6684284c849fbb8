import pytest

from medgo.errors import InputError
from medgo.inference.batch.outputs import bad_row, output_row, timing_row
from medgo.inference.protocol import Completion, TokenLogprob, Usage
from medgo.store import encode_row

DONE = Completion("a", "答", "stop", usage=Usage(5, 3, cached=4, reasoning=1), latency=0.25)


def test_input_fields_come_first_and_untouched() -> None:
    row = {"prompt": "问", "gold": None, "id": "a", "meta": {"x": [1.0, "y"]}}
    out = output_row(row, "a", DONE)
    assert list(out) == ["prompt", "gold", "id", "meta", "response", "finish_reason", "usage", "error"]
    assert {name: out[name] for name in row} == row
    assert out["response"] == "答" and out["error"] is None
    assert out["usage"] == {"prompt": 5, "completion": 3, "reasoning": 1}


@pytest.mark.parametrize(
    ("row", "row_id", "kept"),
    [
        ({"custom_id": "c"}, "c", {"id": "c", "custom_id": "c"}),
        ({}, 7, {"id": 7}),
        ({"id": None}, 7, {"id": 7, "input_id": None}),
        ({"id": True}, 1, {"id": 1, "input_id": True}),
        ({"id": "x", "response": "old"}, "x", {"id": "x", "input_response": "old"}),
        (
            {"id": "x", "input_response": "older", "response": "old", "error": 1},
            "x",
            {"id": "x", "input_response": "older", "input_input_response": "old", "input_error": 1},
        ),
    ],
)
def test_names_that_both_use_are_kept_apart(row: dict[str, object], row_id: str | int, kept: dict[str, object]) -> None:
    out = output_row(row, row_id, DONE)
    names = ("response", "finish_reason", "usage", "error")
    assert {name: out[name] for name in out if name not in names} == kept
    assert out["response"] == "答"


def test_what_differs_from_run_to_run_is_only_in_the_row_when_asked() -> None:
    out = output_row({}, 1, DONE, latency=True)
    assert out["latency"] == 0.25 and out["usage"]["cached"] == 4
    assert timing_row(1, DONE) == {"id": 1, "latency": 0.25, "cached": 4}


def test_reasoning_force_and_logprobs() -> None:
    completion = Completion(
        "a",
        "x",
        "length",
        reasoning="r",
        thinking_forced=True,
        logprobs=(TokenLogprob(3, "x", -0.5, (("x", -0.5), ("y", float("-inf")))),),
    )
    out = output_row({}, 1, completion)
    assert out["reasoning"] == "r" and out["thinking_forced"] is True
    assert out["logprobs"] == [{"token_id": 3, "token": "x", "logprob": -0.5, "top": [["x", -0.5], ["y", None]]}]
    encode_row(out)


def test_failures_have_the_same_fields() -> None:
    out = output_row({"id": "a"}, "a", Completion.failed("a", InputError("no", hint="do")))
    assert out["response"] is None and out["finish_reason"] == "error"
    assert out["error"] == {"code": "invalid_input", "message": "no\n  → do"}
    assert bad_row(None, 3, "{bro", InputError("no"))["input_text"] == "{bro"
    assert "input_text" not in bad_row({"id": "a"}, "a", "", InputError("no"))
