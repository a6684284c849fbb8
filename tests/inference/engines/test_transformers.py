"""The transformers engine against the library itself: same numbers, no matter how the work is cut up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from medgo.errors import CorruptModelError, EngineFailureError, EngineUnavailableError, PromptTooLongError
from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.engines._numerics import TiledLinear, choose_numerics
from medgo.inference.engines._scheduler import CHUNK_TOKENS, _common_prefix
from medgo.inference.engines._transformers import TransformersEngine
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import GenerationRequest, Sampling
from medgo.schema import Message
from tests.support.tiny_models import small_qwen3


@pytest.fixture(scope="module")
def folder() -> Path:
    return small_qwen3()


def _open(folder: Path, batch_size: int = 4, dtype: Any = "float32") -> TransformersEngine:
    engine = open_engine(
        EngineOptions(model=str(folder), engine="transformers", dtype=dtype, batch_size=batch_size, device="cpu")
    )
    assert isinstance(engine, TransformersEngine)
    return engine


@pytest.fixture
def engine(folder: Path) -> Iterator[TransformersEngine]:
    engine = _open(folder)
    yield engine
    engine.close()


def test_it_keeps_to_the_cores_that_it_was_given(folder: Path) -> None:
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            open_engine(EngineOptions(model=str(folder), engine="transformers", device="cpu", threads=threads)).close()
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def _request(i: int, text: str, **sampling: Any) -> GenerationRequest:
    return GenerationRequest(str(i), (Message("user", text),), Sampling(**sampling))


def _library_greedy(folder: Path, text: str, new_tokens: int) -> list[int]:
    """What ``model.generate`` itself writes."""
    renderer = ChatRenderer.load(folder)
    ids = list(renderer.render((Message("user", text),)).token_ids)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        out = model.generate(torch.tensor([ids]), max_new_tokens=new_tokens, min_new_tokens=new_tokens, do_sample=False)
    new: list[int] = out[0, len(ids) :].tolist()
    return new


@pytest.mark.parametrize("length", [1, 40, CHUNK_TOKENS - 20, 2 * CHUNK_TOKENS + 17])
def test_greedy_is_what_the_library_writes(engine: TransformersEngine, folder: Path, length: int) -> None:
    """Prompts of one chunk and of several, read beside others."""
    text = "".join(chr(97 + i * i % 26) for i in range(length))
    requests = [
        GenerationRequest(str(i), (Message("user", t),), Sampling(max_new_tokens=12, ignore_eos=True), logprobs=0)
        for i, t in enumerate([text, "short", text[::-1][:60], "other"])
    ]
    first = next(c for c in engine.generate(requests) if c.request_id == "0")
    assert first.logprobs is not None
    written = [entry.token_id for entry in first.logprobs]
    # generate() may not choose an end-of-turn token while min_new_tokens holds; ours may: compare up to there.
    expected = _library_greedy(folder, text, 12)
    stop = next((i for i, token in enumerate(written) if token in (256, 258)), len(written))
    assert stop > 0
    assert written[:stop] == expected[:stop]


def test_logprobs_are_those_of_the_library(engine: TransformersEngine, folder: Path) -> None:
    request = replace(_request(0, "What is a fever?", max_new_tokens=6, ignore_eos=True), logprobs=3)
    completion = next(iter(engine.generate([request])))
    assert completion.logprobs is not None
    ids = list(ChatRenderer.load(folder).render(request.messages).token_ids)
    tokens = [entry.token_id for entry in completion.logprobs]
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        expected = model(torch.tensor([ids + tokens])).logits[0].log_softmax(-1)
    for i, entry in enumerate(completion.logprobs):
        row = expected[len(ids) - 1 + i]
        assert entry.logprob == pytest.approx(float(row[entry.token_id]), abs=1e-4)
        assert [value for _, value in entry.top] == pytest.approx(row.topk(3).values.tolist(), abs=1e-4)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_float32_gives_the_same_bytes_at_any_batch_size_and_order(folder: Path, temperature: float) -> None:
    """Text and every log-probability, to the last bit."""
    requests = [
        replace(
            _request(i, "x" * (1 + 7 * i), max_new_tokens=4 + i % 9, temperature=temperature, top_p=0.9, seed=i),
            logprobs=2,
        )
        for i in range(14)
    ]
    results = []
    for batch_size, order in ((1, requests), (5, requests), (14, requests[::-1])):
        engine = _open(folder, batch_size)
        assert engine.info.batch_invariant
        results.append({c.request_id: replace(c, latency=0.0) for c in engine.generate(order)})
        engine.close()
    assert results[0] == results[1] == results[2]


def test_tiles_make_linear_layers_exact_without_help_from_the_library(folder: Path) -> None:
    """Where the matrix library's rows depend on their number, as on this CPU without MKL_CBWR, tiles still do not."""
    code = (
        "import os, sys, torch\n"
        "os.environ['MKL_CBWR'] = 'AVX512'\n"
        "torch.randn(9, 9) @ torch.randn(9, 9)\n"
        "from medgo.inference.engines import EngineOptions, open_engine\n"
        "from medgo.inference.engines._numerics import use_tiles\n"
        "engine = open_engine(EngineOptions(model=sys.argv[1], engine='transformers', dtype='float32', device='cpu'))\n"
        "use_tiles(engine._model)\n"
        "print(engine.info.batch_invariant, engine._rows_are_independent())\n"
    )
    run = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["True", "True"]


def test_a_tiled_layer_multiplies_the_same(folder: Path) -> None:
    linear = torch.nn.Linear(48, 80)
    rows = torch.randn(1, 37, 48)
    expected = linear(rows)
    linear.__class__ = TiledLinear
    assert torch.allclose(linear(rows), expected, atol=1e-5)
    assert torch.equal(linear(rows)[:, :5], linear(rows[:, :5]))


def test_a_conversation_that_goes_on_is_not_read_again(folder: Path) -> None:
    engine = _open(folder, dtype="bfloat16")
    turns = [Message("user", "My head hurts since yesterday and I feel dizzy.")]
    *_, last = engine.stream(GenerationRequest("1", tuple(turns), Sampling(max_new_tokens=20)))
    assert last.completion is not None
    assert last.completion.usage.cached == 0
    turns += [Message("assistant", last.completion.text), Message("user", "And now?")]
    *_, last = engine.stream(GenerationRequest("2", tuple(turns), Sampling(max_new_tokens=20)))
    assert last.completion is not None
    assert last.completion.usage.cached > 40
    engine.close()


@pytest.mark.parametrize("dtype", ["auto", "bfloat16"])
def test_memory_that_was_never_written_does_not_show(folder: Path, dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prompts of very different length side by side, with every cache byte that is not zeroed set to NaN before."""
    monkeypatch.setattr(torch.utils.deterministic, "fill_uninitialized_memory", True)
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        engine = _open(folder, 20, dtype)
        requests = [_request(i, "z" * (1 + 40 * (i % 5)), max_new_tokens=6 + i, ignore_eos=True) for i in range(17)]
        done = list(engine.generate(requests))
    finally:
        torch.use_deterministic_algorithms(False)
    assert [c.error for c in done] == [None] * 17


def test_a_shared_beginning_is_computed_once(folder: Path) -> None:
    engine = _open(folder, 8, dtype="bfloat16")
    system = Message("system", "You are a careful medical assistant. " * 8)
    requests = [
        GenerationRequest(str(i), (system, Message("user", f"{i} what?")), Sampling(max_new_tokens=4)) for i in range(8)
    ]
    done = list(engine.generate(requests))
    cached = [c.usage.cached for c in done]
    assert sorted(c > 200 for c in cached) == [False] + [True] * 7
    plain = {r.id: next(iter(_open(folder, 1, dtype="bfloat16").generate([r]))).text for r in requests[:2]}
    assert {c.request_id: c.text for c in done if c.request_id in plain} == plain
    engine.close()


def test_a_free_slot_is_used_while_a_long_reply_goes_on(engine: TransformersEngine) -> None:
    """Twelve short replies pass through while a long one is written in four slots: it finishes last."""
    requests = [_request(0, "long", max_new_tokens=120, ignore_eos=True)]
    requests += [_request(i, "short", max_new_tokens=5, ignore_eos=True) for i in range(1, 13)]
    order = [c.request_id for c in engine.generate(requests)]
    assert order[-1] == "0"
    assert sorted(order, key=int) == [str(i) for i in range(13)]


def test_memory_that_does_not_suffice_costs_only_the_request(folder: Path) -> None:
    engine = _open(folder)
    engine._limits = replace(engine._limits, cache_tokens=100)
    requests = [_request(0, "x" * 200, max_new_tokens=8), _request(1, "y", max_new_tokens=8)]
    done = {c.request_id: c for c in engine.generate(requests)}
    assert done["0"].error is not None
    assert "memory allows 100" in done["0"].error.message
    assert done["1"].error is None


def test_streaming_what_does_not_fit_raises(engine: TransformersEngine) -> None:
    with pytest.raises(PromptTooLongError, match="4096"):
        list(engine.stream(_request(0, "x" * 5000)))


def test_a_closed_engine_says_so(folder: Path) -> None:
    engine = _open(folder)
    engine.close()
    engine.close()
    with pytest.raises(EngineFailureError, match="closed"):
        list(engine.generate([_request(0, "hello")]))


def test_a_damaged_model_is_named(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(CorruptModelError, match=r"model\.safetensors"):
        _open(tmp_path)


def test_a_model_with_sliding_windows_is_refused_with_a_way_out(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = tmp_path / "config.json"
    config.write_text(
        config.read_text()
        .replace('"full_attention"', '"sliding_attention"')
        .replace('"use_sliding_window": false', '"use_sliding_window": true, "sliding_window": 128')
    )
    with pytest.raises(EngineUnavailableError, match="sliding_attention"):
        _open(tmp_path)


def test_dtype_auto_follows_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = torch.device("cpu")
    monkeypatch.setattr("medgo.inference.engines._numerics.cpu_has_bf16", lambda: True)
    assert str(choose_numerics("auto", cpu, 1000)) == "float32/bfloat16"
    assert str(choose_numerics("auto", cpu, 10**15)) == "bfloat16", "float32 weights would not fit"
    monkeypatch.setattr("medgo.inference.engines._numerics.cpu_has_bf16", lambda: False)
    assert str(choose_numerics("auto", cpu, 1000)) == "float32"
    assert str(choose_numerics("auto", torch.device("cuda"), 1000)) == "bfloat16"


def test_common_prefix() -> None:
    assert _common_prefix((), (1, 2)) == 0
    assert _common_prefix((1, 2, 3), (1, 2)) == 2
    assert _common_prefix((1, 2, 3, 9), (1, 2, 4, 9)) == 2
    assert _common_prefix((5, 2, 3), (1, 2, 4)) == 0


def test_code_in_a_model_folder_is_never_run(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    config = tmp_path / "config.json"
    config.write_text(
        config.read_text()
        .replace('"qwen3"', '"unheard_of"')
        .replace("{", '{"auto_map": {"AutoConfig": "evil.C", "AutoModelForCausalLM": "evil.M"},', 1)
    )
    with pytest.raises(CorruptModelError, match="MedGo runs no code"):
        _open(tmp_path)
    assert not (tmp_path / "ran").exists()
