"""The vllm engine, in vLLM's own environment: the contract, its defaults' fidelity, laziness, faults and kills."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from medgo.errors import CorruptModelError, EngineFailureError, EngineUnavailableError
from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.protocol import Engine, ScoringRequest, Thinking
from tests.inference.engines.contract import EngineContract, answer, answers, ask, many
from tests.support.thinking_model import opens_thinking
from tests.support.tiny_models import small_qwen3

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def random_qwen3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Qwen3 with random weights and heads of 32, the smallest that vLLM's CPU kernels take."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    folder = tmp_path_factory.mktemp("models") / "qwen3"
    shutil.copytree(small_qwen3(), folder)
    config = Qwen3Config.from_pretrained(folder, head_dim=32)
    with torch.random.fork_rng():
        torch.manual_seed(20)
        model = Qwen3ForCausalLM(config)
    generation = (folder / "generation_config.json").read_text("utf-8")
    model.save_pretrained(folder)
    (folder / "generation_config.json").write_text(generation, "utf-8")
    return folder


class TestEmbedded(EngineContract):
    """The embedded model in float32, where two ways of asking give the same numbers."""

    slots = 16

    @pytest.fixture(scope="class")
    @classmethod
    def options(cls) -> EngineOptions:
        return EngineOptions(model="embedded", engine="vllm", dtype="float32", batch_size=cls.slots)

    def test_the_prompt_of_a_second_question_is_in_the_cache(self, engine: Engine) -> None:
        request = ask("word " * 100)
        answer(engine, request)
        usage = answer(engine, request).usage
        assert usage.cached >= 64 and usage.cached <= usage.prompt

    def test_replies_and_scores_in_flight_together_keep_their_own_logprobs(self, engine: Engine) -> None:
        """vLLM's sampler mixes the two kinds of log-probabilities up when they share a step."""
        request = ask(logprobs=4, max_new_tokens=12)
        alone = answer(engine, request).logprobs
        labels = ScoringRequest("s", request.messages, ("Yes", "No", " not sure"))
        (scores_alone,) = engine.score([labels])
        stream = engine.stream(request)
        next(stream)
        (scores,) = engine.score([labels])
        *_, last = stream
        assert scores.logprobs == pytest.approx(scores_alone.logprobs, abs=self.tolerance)
        assert last.completion is not None and last.completion.logprobs is not None and alone is not None
        assert [t.token_id for t in last.completion.logprobs] == [t.token_id for t in alone]
        assert all(len(token.top) == 4 for token in last.completion.logprobs)

    def test_a_stopped_reply_stops_costing_at_once(self, engine: Engine) -> None:
        whole = answer(engine, ask(max_new_tokens=24))
        completion = answer(engine, ask(max_new_tokens=2000, ignore_eos=True, stop=(whole.text[10:16],)))
        assert completion.finish_reason == "stop" and completion.usage.completion < 24
        assert not engine._core._running  # type: ignore[attr-defined]

    def test_left_requests_are_aborted(self, engine: Engine) -> None:
        completions = engine.generate(many(40, max_new_tokens=8))
        next(completions)
        assert engine._core._running  # type: ignore[attr-defined]
        completions.close()  # type: ignore[attr-defined]
        assert not engine._core._running  # type: ignore[attr-defined]

    @pytest.mark.parametrize("temperature", [0.001, 2.5])
    def test_a_temperature_that_vllm_would_change_costs_its_request(self, engine: Engine, temperature: float) -> None:
        found = {c.request_id: c for c in engine.generate([ask(name="a", temperature=temperature), ask(name="b")])}
        assert found["b"].error is None
        assert found["a"].error is not None and found["a"].error.code == "unsupported_request"

    def test_labels_beyond_what_vllm_takes_cost_their_request(self, engine: Engine) -> None:
        labels = tuple(chr(code) for code in range(0x100, 0x100 + 64)) + tuple(str(n) for n in range(100))
        scores = list(engine.score([ScoringRequest("s", ask().messages, labels * 2)]))
        assert len(scores) == 1

    def test_a_broken_core_is_an_engine_failure(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        core = engine._core  # type: ignore[attr-defined]
        whole = core._engine

        def broken() -> None:
            raise RuntimeError("out of memory")

        with monkeypatch.context() as patch:
            patch.setattr(whole, "step", broken)
            with pytest.raises(EngineFailureError, match="out of memory"):
                list(engine.generate([ask()]))
        with pytest.raises(EngineFailureError, match="closed"):
            list(engine.generate([ask()]))
        whole.abort_request(list(core._news))
        core._engine = whole  # for the tests that follow


class TestThinking(EngineContract):
    """A random Qwen3 whose template opens the reasoning."""

    slots = 4
    thinking = True
    speaks = False

    @pytest.fixture(scope="class")
    @classmethod
    def options(cls, random_qwen3: Path, tmp_path_factory: pytest.TempPathFactory) -> EngineOptions:
        folder = opens_thinking(random_qwen3, tmp_path_factory.mktemp("models") / "thinking")
        return EngineOptions(model=str(folder), engine="vllm", dtype="float32", batch_size=cls.slots)


def test_a_budget_of_zero_still_answers(random_qwen3: Path) -> None:
    engine = open_engine(EngineOptions(model=str(random_qwen3), engine="vllm", dtype="float32", batch_size=4))
    try:
        budget = Thinking(enabled=True, budget=0)
        found = answers(engine, [ask(name=str(i), thinking=budget, seed=i, temperature=1.0) for i in range(6)])
        assert len(found) == 6
    finally:
        engine.close()


def test_a_model_that_vllm_does_not_know_is_refused(random_qwen3: Path, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    shutil.copytree(random_qwen3, folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"head_dim": 48}), "utf-8")
    with pytest.raises((CorruptModelError, EngineUnavailableError)):
        open_engine(EngineOptions(model=str(folder), engine="vllm", dtype="float32"))


def test_two_kinds_of_products_in_one_process_are_refused(random_qwen3: Path) -> None:
    code = (
        "import sys\n"
        "from medgo.inference.engines import EngineOptions, open_engine\n"
        "for dtype in ('bfloat16', 'float32', 'auto'):\n"
        "    open_engine(EngineOptions(model=sys.argv[1], engine='vllm', dtype=dtype, batch_size=2)).close()\n"
        "    print(dtype)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(random_qwen3)], capture_output=True, text=True)
    if "auto" in done.stdout:
        pytest.skip("auto is plain float32 on this CPU, which does not multiply bfloat16 natively")
    assert done.stdout.split() == ["bfloat16", "float32"], done.stderr
    assert done.returncode == 1 and "in a process of its own" in done.stderr


REPLIES = """
import json
from medgo.inference.engines import EngineOptions, open_engine
from tests.inference.engines.contract import many
engine = open_engine(EngineOptions(model="embedded", engine="vllm"))
requests = {request.id: request for request in many(32, max_new_tokens=64, ignore_eos=True, logprobs=0)}
for done in engine.generate(requests.values()):
    prompt = engine._renderer.render(requests[done.request_id].messages).token_ids
    print(json.dumps({"prompt": prompt, "reply": [token.token_id for token in done.logprobs]}))
"""


def test_the_default_agrees_with_float32() -> None:
    """Teacher-forced: how often is the token that vLLM took the most likely one in transformers' float32?"""
    import torch
    from transformers import AutoModelForCausalLM

    from medgo.inference.models import ensure_hf_folder, resolve_model

    done = subprocess.run([sys.executable, "-c", REPLIES], capture_output=True, text=True, cwd=_root())
    assert done.returncode == 0, done.stderr[-2000:]
    model = AutoModelForCausalLM.from_pretrained(ensure_hf_folder(resolve_model("embedded")), dtype=torch.float32)
    same = total = 0
    for line in done.stdout.splitlines():
        row = json.loads(line)
        ids = torch.tensor([row["prompt"] + row["reply"]])
        with torch.inference_mode():
            top = model(ids).logits[0, len(row["prompt"]) - 1 : -1].argmax(-1)
        same += int((top == ids[0, len(row["prompt"]) :]).sum())
        total += len(row["reply"])
    assert total == 32 * 64
    assert same / total >= 0.99


ENDLESS = """
import sys
from medgo.inference.engines import EngineOptions, open_engine
from tests.inference.engines.contract import many
engine = open_engine(EngineOptions(model=sys.argv[1], engine="vllm", batch_size=4))
for completion in engine.generate(many(100_000, max_new_tokens=16)):
    print(completion.request_id, flush=True)
"""


def test_nothing_survives_a_kill(random_qwen3: Path) -> None:
    """kill -9 in the middle of a batch leaves no process behind."""
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(random_qwen3)], stdout=subprocess.PIPE, text=True, cwd=_root()
    )
    try:
        assert process.stdout is not None and process.stdout.readline()
        children = psutil.Process(process.pid).children(recursive=True)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    deadline = time.monotonic() + 20
    while (alive := list(_alive(children))) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not alive


def test_it_is_quiet(random_qwen3: Path) -> None:
    code = ENDLESS.replace("100_000", "3")
    done = subprocess.run([sys.executable, "-c", code, str(random_qwen3)], capture_output=True, text=True, cwd=_root())
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split()) == ["r0", "r1", "r2"]
    assert done.stderr == ""


def _alive(processes: list[psutil.Process]) -> Iterator[psutil.Process]:
    for process in processes:
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            yield process


def _root() -> Path:
    return Path(__file__).parents[3]
