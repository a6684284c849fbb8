"""The openvino engine: the contract, its graph against the library's own models, and its files on bad disks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

if find_spec("openvino") is None:  # not importorskip: importing it directly starts its telemetry
    pytest.skip("openvino is not installed", allow_module_level=True)

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    GemmaConfig,
    LlamaConfig,
    Qwen2Config,
    Qwen3Config,
)

from medgo.errors import CorruptModelError, EngineFailureError, EngineUnavailableError, StorageError
from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.engines._openvino import OpenVINOEngine
from medgo.inference.engines._openvino_file import ensure_model_file, write_model_file
from medgo.inference.engines._openvino_graph import check_supported
from medgo.inference.engines._openvino_paged import PagedCache, PagedModel
from medgo.inference.engines._openvino_precision import FLOAT32, MIXED, Precision, choose_precision
from medgo.inference.engines._ragged import Chunk, RaggedBatch
from medgo.inference.protocol import GenerationRequest, Sampling
from medgo.schema import Message
from tests.inference.engines.contract import EngineContract
from tests.support.thinking_model import opens_thinking
from tests.support.tiny_models import small_qwen3

_SIZES = {
    "vocab_size": 320,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.3,
}
_YARN = {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "original_max_position_embeddings": 128}
_LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 5e5,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 128,
}
_CONFIGS: dict[str, Any] = {
    "llama": LlamaConfig(**_SIZES, tie_word_embeddings=True),
    "llama3": LlamaConfig(**_SIZES, tie_word_embeddings=False, rope_parameters=_LLAMA3),
    "qwen2": Qwen2Config(**_SIZES, tie_word_embeddings=True),
    "qwen3": Qwen3Config(**_SIZES, head_dim=32, tie_word_embeddings=True),
    "qwen3-yarn": Qwen3Config(**_SIZES, head_dim=32, tie_word_embeddings=False, rope_parameters=_YARN),
}


class TestContract(EngineContract):
    """A random Qwen3 in float32, whose template opens the reasoning."""

    thinking = True
    speaks = False
    slots = 4

    @pytest.fixture(scope="class")
    @classmethod
    def options(cls, tmp_path_factory: pytest.TempPathFactory) -> EngineOptions:
        folder = opens_thinking(small_qwen3(), tmp_path_factory.mktemp("model") / "thinking")
        return EngineOptions(model=str(folder), engine="openvino", dtype="float32", batch_size=cls.slots)


@pytest.fixture(scope="module", params=_CONFIGS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model of each kind, with biases and norms that are not the identity."""
    folder = tmp_path_factory.mktemp("models") / request.param
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = AutoModelForCausalLM.from_config(_CONFIGS[request.param])
        for name, parameter in model.named_parameters():
            if name.endswith("bias") or "norm" in name:
                torch.nn.init.uniform_(parameter, 0.5, 1.5)
    model.save_pretrained(folder)
    return folder


def _compiled(folder: Path, target: Path, precision: Precision = FLOAT32) -> PagedModel:
    write_model_file(target, folder, AutoConfig.from_pretrained(folder), precision)
    return PagedModel(target / "openvino_model.xml", precision)


def _read(model: PagedModel, cache: PagedCache, parts: list[tuple[int, int, list[int]]]) -> torch.Tensor:
    """Logits after every token of (slot, start, tokens) parts, read in one pass."""
    chunks = [Chunk(slot, start, len(tokens)) for slot, start, tokens in parts]
    ids = torch.tensor([token for _, _, tokens in parts for token in tokens])
    return model.forward(ids, RaggedBatch(cache, chunks, [], [], exact=True), torch.arange(len(ids))).clone()


def _library(folder: Path, ids: list[int]) -> torch.Tensor:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        logits: torch.Tensor = model(torch.tensor([ids])).logits[0]
    return logits


def test_the_graph_computes_what_the_library_does(folder: Path, tmp_path: Path) -> None:
    """Two sequences in one pass, of several pages; then one is continued in pieces beside a third."""
    model = _compiled(folder, tmp_path / "ir")
    cache = model.new_cache(3)
    cache.reserve(200)
    first, second = [(7 * i + 3) % 320 for i in range(150)], [(11 * i + 5) % 320 for i in range(70)]
    expected = _library(folder, first), _library(folder, second)
    together = _read(model, cache, [(2, 0, first[:90]), (0, 0, second)])
    assert torch.allclose(together[:90], expected[0][:90], atol=2e-3)
    assert torch.allclose(together[90:], expected[1], atol=2e-3)
    pieces = _read(model, cache, [(1, 0, second[:33]), (2, 90, first[90:149])])
    assert torch.allclose(pieces[:33], expected[1][:33], atol=2e-3)
    assert torch.allclose(pieces[33:], expected[0][90:149], atol=2e-3)
    assert torch.allclose(_read(model, cache, [(2, 149, first[149:])]), expected[0][149:], atol=2e-3)


def test_only_the_wanted_rows_come_back(folder: Path, tmp_path: Path) -> None:
    model = _compiled(folder, tmp_path / "ir")
    cache = model.new_cache(1)
    cache.reserve(10)
    ids = torch.arange(10)
    batch = RaggedBatch(cache, [Chunk(0, 0, 10)], [], [], exact=True)
    everything = model.forward(ids, batch, torch.arange(10)).clone()
    some = model.forward(ids, batch, torch.tensor([9, 2]))
    assert some.shape == (2, 320)
    assert torch.allclose(some, everything[[9, 2]], atol=1e-4)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> PagedModel:
    return _compiled(small_qwen3(), tmp_path_factory.mktemp("ir") / "small")


def test_a_cache_that_grows_or_is_copied_keeps_what_it_holds(small: PagedModel) -> None:
    cache = small.new_cache(3)
    ids = [(5 * i) % 250 for i in range(300)]
    cache.reserve(100)
    _read(small, cache, [(1, 0, ids[:100])])
    cache.reserve(300)
    after = _read(small, cache, [(1, 100, ids[100:])])
    assert torch.allclose(after, _library(small_qwen3(), ids)[100:], atol=2e-3)
    cache.copy_prefix(1, 2, 77)
    continued = _read(small, cache, [(2, 77, ids[77:120])])
    assert torch.allclose(continued, _library(small_qwen3(), ids)[77:120], atol=2e-3)


def test_caches_do_not_share_anything(small: PagedModel) -> None:
    one, other = small.new_cache(1), small.new_cache(1)
    for cache in (one, other):
        cache.reserve(40)
    _read(small, one, [(0, 0, list(range(30)))])
    _read(small, other, [(0, 0, list(range(100, 130)))])
    expected = _library(small_qwen3(), list(range(32)))[30:]
    assert torch.allclose(_read(small, one, [(0, 30, [30, 31])]), expected, atol=2e-3)


@pytest.mark.parametrize(
    ("dtype", "capabilities", "expected"),
    [
        ("auto", ["BF16", "FP32", "FP16"], MIXED),
        ("bfloat16", ["BF16", "FP32"], MIXED),
        ("auto", ["FP32", "INT8"], FLOAT32),
        ("float32", ["BF16", "FP32"], FLOAT32),
    ],
)
def test_precision_follows_the_processor(dtype: Any, capabilities: list[str], expected: Precision) -> None:
    assert choose_precision(dtype, capabilities) is expected


def test_bfloat16_needs_a_processor_that_has_it() -> None:
    with pytest.raises(EngineUnavailableError, match="bfloat16"):
        choose_precision("bfloat16", ["FP32"])


def test_the_mixed_model_keeps_sums_and_outputs_in_float32(tmp_path: Path) -> None:
    """What is written into the file; without it OpenVINO would shorten everything."""
    config = AutoConfig.from_pretrained(small_qwen3())
    write_model_file(tmp_path / "mixed", small_qwen3(), config, MIXED)
    text = (tmp_path / "mixed" / "openvino_model.xml").read_text("utf-8")
    products = 7 * config.num_hidden_layers
    assert text.count('type="Clamp"') == products
    assert text.count('name="precise"') >= products + 2 * config.num_hidden_layers


def test_the_mixed_model_agrees_with_the_library(tmp_path: Path) -> None:
    model = _compiled(small_qwen3(), tmp_path / "ir", MIXED)
    cache = model.new_cache(1)
    cache.reserve(200)
    ids = [(13 * i + 1) % 250 for i in range(200)]
    ours, theirs = _read(model, cache, [(0, 0, ids)]), _library(small_qwen3(), ids)
    assert (ours - theirs).norm() / theirs.norm() < 0.05
    assert not torch.equal(ours, theirs)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (GemmaConfig(num_hidden_layers=1), "model type gemma"),
        (Qwen3Config(**_SIZES, hidden_act="gelu"), "activation gelu"),
        (Qwen3Config(**_SIZES, use_sliding_window=True, sliding_window=64, max_window_layers=0), "sliding-window"),
        (LlamaConfig(**_SIZES, mlp_bias=True), "biases"),
        (LlamaConfig(**_SIZES, rope_parameters={"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}), "dynamic"),
    ],
)
def test_a_model_that_would_come_out_wrong_is_refused(config: Any, reason: str) -> None:
    with pytest.raises(EngineUnavailableError, match=reason):
        check_supported(config)


def test_importing_the_engine_does_not_phone_home() -> None:
    """OpenVINO's own import would load its telemetry and send an event from a child process."""
    code = (
        "import os, sys\nimport medgo.inference.engines._openvino\n"
        "assert 'openvino' in sys.modules and not any(m.startswith('openvino_telemetry') for m in sys.modules)\n"
        "import multiprocessing\nassert not multiprocessing.active_children()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_a_graphics_card_is_refused() -> None:
    with pytest.raises(EngineUnavailableError, match="cuda"):
        open_engine(EngineOptions(model=str(small_qwen3()), engine="openvino", device="cuda"))


@pytest.fixture(scope="module")
def tiny() -> Path:
    """Found before MEDGO_CACHE is changed: the model itself lies in the usual cache."""
    return small_qwen3()


@pytest.fixture
def own_cache(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MEDGO_CACHE", str(tmp_path / "cache"))
    yield tmp_path / "cache"


def _ensure(folder: Path) -> Path:
    return ensure_model_file(folder, AutoConfig.from_pretrained(folder), "0" * 64, FLOAT32)


def test_the_file_is_built_once(own_cache: Path, tiny: Path) -> None:
    first = _ensure(tiny)
    written = first.stat().st_mtime_ns
    assert _ensure(tiny) == first
    assert first.stat().st_mtime_ns == written
    assert [entry.name for entry in (own_cache / "openvino").iterdir()] == [first.parent.name]


def test_what_a_killed_process_left_is_removed_once_it_is_old(own_cache: Path, tiny: Path) -> None:
    path = _ensure(tiny)
    old, young = (path.parent.parent / f".{path.parent.name}-{name}" for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir()
    os.utime(old, (0, 0))
    shutil.rmtree(path.parent)
    _ensure(tiny)
    assert not old.exists() and young.exists()


def test_it_keeps_to_the_cores_that_it_was_given(own_cache: Path, tiny: Path) -> None:
    with closing(open_engine(EngineOptions(model=str(tiny), engine="openvino", threads=1))) as engine:
        assert isinstance(engine, OpenVINOEngine)
        compiled = engine._open_model()._compiled
        assert compiled.get_property("INFERENCE_NUM_THREADS") == 1
        assert not compiled.get_property("ENABLE_CPU_PINNING"), "two such engines would sit on the same core"


def test_a_damaged_file_says_what_to_remove(own_cache: Path, tiny: Path) -> None:
    path = _ensure(tiny)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CorruptModelError) as caught:
        PagedModel(path, FLOAT32)
    assert str(path.parent) in caught.value.hint


def test_truncated_weights_are_refused(own_cache: Path, tiny: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "model"
    shutil.copytree(tiny, damaged)
    weights = damaged / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(CorruptModelError):
        open_engine(EngineOptions(model=str(damaged), engine="openvino"))


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1_000, 100_000])
def test_a_full_disk_leaves_nothing(own_cache: Path, tiny: Path, limit: int) -> None:
    code = (
        "import resource, signal, sys\nfrom pathlib import Path\nfrom medgo.errors import StorageError\n"
        "from transformers import AutoConfig\n"
        "from medgo.inference.engines._openvino_file import ensure_model_file\n"
        "from medgo.inference.engines._openvino_precision import FLOAT32\n"
        "folder = Path(sys.argv[1])\nconfig = AutoConfig.from_pretrained(folder)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "try:\n    ensure_model_file(folder, config, '0' * 64, FLOAT32)\n"
        "except StorageError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code, tiny], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "MEDGO_CACHE" in done.stdout
    assert list((own_cache / "openvino").iterdir()) == []


def test_an_unwritable_cache_is_a_storage_error(own_cache: Path, tiny: Path) -> None:
    own_cache.write_text("a file where a folder should be")
    with pytest.raises(StorageError):
        _ensure(tiny)


def test_a_closed_engine_says_so() -> None:
    engine = open_engine(EngineOptions(model=str(small_qwen3()), engine="openvino", batch_size=2))
    engine.close()
    with pytest.raises(EngineFailureError, match="closed"):
        list(engine.generate([GenerationRequest("r", (Message("user", "Hi"),), Sampling(max_new_tokens=2))]))


def test_retrained_weights_are_built_anew(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A change that the cheap identity does not see, as in the middle of a large file.
    monkeypatch.setattr("medgo.inference.models.resolve.weights_identity", lambda *_: "0" * 64)
    folder = Path(shutil.copytree(small_qwen3(), tmp_path / "model"))
    for built in (1, 2):
        open_engine(EngineOptions(engine="openvino", model=str(folder), dtype="float32")).close()
        assert len(list((own_cache / "openvino").iterdir())) == built
        with (folder / "model.safetensors").open("r+b") as file:
            file.seek(-1, 2)
            file.write(b"\x3c")


def test_code_in_the_folder_is_never_run(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked whether to run the code"))
    folder = Path(shutil.copytree(small_qwen3(), tmp_path / "model"))
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own_kind", "auto_map": {"AutoConfig": "code.OwnConfig"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "code.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(CorruptModelError, match="configuration"):
        open_engine(EngineOptions(engine="openvino", model=str(folder)))
    assert not (tmp_path / "ran").exists()
