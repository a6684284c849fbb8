"""A GGUF becomes a folder once, whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medgo.errors import ModelNotFoundError, StorageError
from medgo.inference.models import ensure_hf_folder, resolve_model, weights_hash
from medgo.inference.models.convert import MARKER, is_intact
from tests.support.tiny_gguf import write_tiny_gguf

CONVERT = "import sys; from medgo.inference.models import *; print(ensure_hf_folder(resolve_model(sys.argv[1])))"


@pytest.fixture
def gguf(caches: Path) -> Path:
    return write_tiny_gguf(caches / "tiny.gguf")


def models(caches: Path) -> list[str]:
    return sorted(path.name for path in (caches / "medgo" / "models").glob("*") if path.suffix != ".lock")


def test_conversion_has_the_numbers_of_the_file(gguf: Path, caches: Path) -> None:
    import torch
    from gguf import GGUFReader, dequantize
    from safetensors.torch import load_file

    folder = ensure_hf_folder(resolve_model(str(gguf)))
    ours = load_file(folder / "model.safetensors")
    theirs = {tensor.name: dequantize(tensor.data, tensor.tensor_type) for tensor in GGUFReader(gguf).tensors}
    down = "model.layers.0.mlp.down_proj.weight"
    assert ours[down].dtype == torch.float32
    assert (ours[down].numpy() == theirs["blk.0.ffn_down.weight"]).all()
    assert resolve_model(str(folder)).format == "hf"
    assert models(caches) == [folder.name]


def test_second_call_converts_nothing(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = resolve_model(str(gguf))
    folder = ensure_hf_folder(model)
    monkeypatch.setattr("medgo.inference.models.convert._write_model", lambda *_: pytest.fail("converted again"))
    assert ensure_hf_folder(model) == folder


@pytest.mark.parametrize("damage", ["truncated", "flipped", "deleted", "no marker", "torn marker"])
def test_damaged_conversion_is_made_again(gguf: Path, caches: Path, damage: str) -> None:
    model = resolve_model(str(gguf))
    folder = ensure_hf_folder(model)
    weights, marker = folder / "model.safetensors", folder / MARKER
    good = weights.read_bytes()
    if damage == "truncated":
        weights.write_bytes(good[:-1])
    elif damage == "flipped":
        weights.write_bytes(good[:-1] + b"\x55")
    elif damage == "deleted":
        (folder / "tokenizer.json").unlink()
    elif damage == "no marker":
        marker.unlink()
    else:
        marker.write_text(marker.read_text()[:100])
    assert not is_intact(folder)
    assert ensure_hf_folder(model) == folder
    assert is_intact(folder, full_check=True)
    assert weights.read_bytes() == good
    assert models(caches) == [folder.name]


def test_marker_tells_what_made_it(gguf: Path) -> None:
    model = resolve_model(str(gguf))
    marker = json.loads((ensure_hf_folder(model) / MARKER).read_text())
    assert marker["weights"] == weights_hash(model)
    assert set(marker["tools"]) == {"medgo", "torch", "transformers", "gguf"}
    assert set(marker["files"]) >= {"config.json", "model.safetensors", "tokenizer.json"}


def test_file_that_transformers_cannot_read(gguf: Path, caches: Path) -> None:
    gguf.write_bytes(gguf.read_bytes().replace(b"\x05\0\0\0\0\0\0\0llama", b"\x05\0\0\0\0\0\0\0lxyza"))
    with pytest.raises(ModelNotFoundError, match=r"tiny\.gguf"):
        ensure_hf_folder(resolve_model(str(gguf)))
    assert models(caches) == []


@pytest.mark.slow
@pytest.mark.parametrize("limit", [2_000, 100_000])
def test_full_disk_leaves_nothing_and_says_what_is_needed(gguf: Path, caches: Path, limit: int) -> None:
    code = (
        "import resource, sys; from medgo.inference.models import *; from medgo.errors import StorageError\n"
        "model = resolve_model(sys.argv[1])\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "try:\n    ensure_hf_folder(model)\nexcept StorageError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code, gguf], capture_output=True, text=True, check=True)
    assert "needs" in done.stdout
    assert "bytes" in done.stdout
    assert models(caches) == []
    ensure_hf_folder(resolve_model(str(gguf)))


def test_too_little_disk_is_said_before_the_work(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("medgo.inference.models.convert.shutil.disk_usage", lambda path: usage)
    monkeypatch.setattr("medgo.inference.models.convert._write_model", lambda *_: pytest.fail("began"))
    with pytest.raises(StorageError, match=r"needs \d+ bytes"):
        ensure_hf_folder(resolve_model(str(gguf)))


def test_unwritable_cache(gguf: Path, caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (caches / "file").write_text("")
    model = resolve_model(str(gguf))
    monkeypatch.setenv("MEDGO_CACHE", str(caches / "file"))
    with pytest.raises(StorageError) as caught:
        ensure_hf_folder(model)
    assert "MEDGO_CACHE" in caught.value.hint


@pytest.mark.slow
def test_two_processes_convert_once(gguf: Path, caches: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", CONVERT, gguf], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    results = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert results[0] == results[1]  # the same folder, and nothing on stderr
    assert results[0][1] == b""
    assert len(models(caches)) == 1


@pytest.mark.slow
def test_killed_conversion_leaves_nothing_that_counts(gguf: Path, caches: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", CONVERT, gguf])
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not any(".tmp-" in name for name in models(caches)):
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert any(".tmp-" in name for name in models(caches))
    folder = ensure_hf_folder(resolve_model(str(gguf)))
    assert models(caches) == [folder.name]


@pytest.mark.slow
def test_embedded_model_converts_and_answers(caches: Path, capfd: pytest.CaptureFixture[str]) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = ensure_hf_folder(resolve_model("embedded"))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert model.dtype == torch.float32
    assert tokenizer.pad_token == "<|endoftext|>"
    assert tokenizer.pad_token_id == model.config.pad_token_id == model.generation_config.pad_token_id
    assert tokenizer.pad_token_id != tokenizer.eos_token_id
    chat = [{"role": "user", "content": "What is hypertension?"}]
    inputs = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=True, return_tensors="pt")
    reply = model.generate(**inputs, max_new_tokens=24, do_sample=False)
    assert "blood" in tokenizer.decode(reply[0][inputs["input_ids"].shape[1] :])
    assert is_intact(folder, full_check=True)
