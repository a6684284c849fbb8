"""Merging: what PEFT computes, whole or not at all, and never the base under another name."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from medgo.errors import CorruptModelError, InputError, StorageError, UnsupportedRequestError
from medgo.inference.models.safetensors_folder import SafetensorsFolder
from medgo.training.after import shards
from medgo.training.after.learnt import hash_of_model
from medgo.training.after.merge import MANIFEST, altered_files, merge, read_manifest
from tests.support.trained_models import as_stored, load, random_adapter, random_full, untied


def peft_merged(base: Path, adapter: Path, dtype: str = "auto") -> dict[str, torch.Tensor]:
    from peft import PeftModel

    merged: Any = PeftModel.from_pretrained(load(base, dtype), adapter).merge_and_unload()
    state: dict[str, torch.Tensor] = merged.state_dict()
    return state


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_equals_peft_bit_for_bit(base: Path, adapter: Path, tmp_path: Path) -> None:
    report = merge(base, adapter, tmp_path / "merged")
    expected, found = peft_merged(base, adapter), load(tmp_path / "merged").state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert report.changed == 14  # seven matrices in each of two layers
    assert report.rounding < 1e-5


def test_a_bfloat16_base_in_shards_is_rounded_once(sharded_base: Path, tmp_path: Path) -> None:
    adapter = random_adapter(sharded_base, tmp_path / "adapter")
    report = merge(sharded_base, adapter, tmp_path / "merged")
    names = {path.name for path in sharded_base.glob("*.safetensors*")}
    assert len(names) > 3
    assert {path.name for path in (tmp_path / "merged").glob("*.safetensors*")} == names
    exact = peft_merged(sharded_base, adapter, "float32")
    found = load(tmp_path / "merged").state_dict()
    assert all(torch.equal(found[name], exact[name].to(torch.bfloat16)) for name in exact)
    assert 0 < report.rounding < 0.5
    assert report.dtype == "BF16"


def test_another_type_than_the_base(base: Path, adapter: Path, tmp_path: Path) -> None:
    report = merge(base, adapter, tmp_path / "merged", dtype="bfloat16")
    assert report.dtype == "BF16"
    config = json.loads((tmp_path / "merged" / "config.json").read_text())
    assert config["dtype"] == "bfloat16"
    assert load(tmp_path / "merged").dtype == torch.bfloat16


def test_alpha_of_single_layers(base: Path, tmp_path: Path) -> None:
    adapter = random_adapter(
        base, tmp_path / "adapter", alpha_pattern={"q_proj": 32}, rank_pattern={"layers.1.mlp.up_proj": 2}
    )
    merge(base, adapter, tmp_path / "merged")
    expected, found = peft_merged(base, adapter), load(tmp_path / "merged").state_dict()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_whole_model_takes_the_type_of_the_base(sharded_base: Path, tmp_path: Path) -> None:
    learnt = random_full(sharded_base, tmp_path / "model")
    report = merge(sharded_base, learnt, tmp_path / "merged")
    found, expected = load(tmp_path / "merged").state_dict(), load(learnt, "bfloat16").state_dict()
    assert report.kind == "full"
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_tied_embeddings_stay_tied(base: Path, tmp_path: Path) -> None:
    merge(base, random_full(base, tmp_path / "model"), tmp_path / "merged")
    assert "lm_head.weight" not in SafetensorsFolder(tmp_path / "merged")
    model = load(tmp_path / "merged")
    assert model.lm_head.weight is model.model.embed_tokens.weight


def test_an_untied_head_is_kept(base: Path, tmp_path: Path) -> None:
    own = untied(base, tmp_path / "base")
    merge(own, random_adapter(own, tmp_path / "adapter"), tmp_path / "merged")
    before, after = SafetensorsFolder(own), SafetensorsFolder(tmp_path / "merged")
    assert torch.equal(before["lm_head.weight"], after["lm_head.weight"])


def test_tokenizer_and_template_are_the_bases_own_bytes(real_base: Path, real_adapter: Path, tmp_path: Path) -> None:
    merge(real_base, real_adapter, tmp_path / "merged")
    for name in ("tokenizer.json", "tokenizer_config.json", "config.json", "generation_config.json"):
        assert (tmp_path / "merged" / name).read_bytes() == (real_base / name).read_bytes(), name
    settings = json.loads((tmp_path / "merged" / "generation_config.json").read_text())
    assert settings["eos_token_id"] == [151_645, 151_643]  # <|im_end|> and <|endoftext|>


def test_a_base_that_never_ends_turns_learns_to(real_base: Path, tmp_path: Path) -> None:
    own = shutil.copytree(real_base, tmp_path / "base")
    settings = json.loads((own / "generation_config.json").read_text())
    (own / "generation_config.json").write_text(json.dumps(settings | {"eos_token_id": 151_643}))
    merge(own, random_adapter(own, tmp_path / "adapter"), tmp_path / "merged")
    merged = json.loads((tmp_path / "merged" / "generation_config.json").read_text())
    assert merged == settings | {"eos_token_id": [151_645, 151_643]}


def test_manifest_names_sources_and_every_file(base: Path, adapter: Path, tmp_path: Path) -> None:
    merge(base, adapter, tmp_path / "merged")
    manifest = read_manifest(tmp_path / "merged")
    assert manifest["sources"]["base"] == hash_of_model(base)
    assert {*manifest["files"], MANIFEST} == files_of(tmp_path / "merged").keys()
    assert altered_files(tmp_path / "merged") == []
    (tmp_path / "merged" / "tokenizer.json").unlink()
    assert altered_files(tmp_path / "merged") == ["tokenizer.json"]


def test_again_is_free_and_another_adapter_is_merged_anew(base: Path, adapter: Path, tmp_path: Path) -> None:
    first = merge(base, adapter, tmp_path / "merged")
    stamp = (tmp_path / "merged" / "model.safetensors").stat().st_mtime_ns
    assert merge(base, adapter, tmp_path / "merged") == first
    assert (tmp_path / "merged" / "model.safetensors").stat().st_mtime_ns == stamp
    other = merge(base, random_adapter(base, tmp_path / "other", seed=2), tmp_path / "merged")
    assert other.learnt != first.learnt
    assert sorted(path.name for path in tmp_path.iterdir()) == ["merged", "other"]


def test_a_zero_adapter_is_refused(base: Path, tmp_path: Path) -> None:
    adapter = random_adapter(base, tmp_path / "adapter", spread=0.0)
    with pytest.raises(InputError, match="changes nothing"):
        merge(base, adapter, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_change_that_rounding_loses_is_refused(sharded_base: Path, tmp_path: Path) -> None:
    adapter = random_adapter(sharded_base, tmp_path / "adapter", spread=1e-9)
    with pytest.raises(InputError, match="rounding to BF16 loses all"):
        merge(sharded_base, adapter, tmp_path / "merged")
    assert merge(sharded_base, adapter, tmp_path / "merged", dtype="float32").changed > 0


def test_an_unchanged_whole_model_is_refused(base: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="changes nothing"):
        merge(base, as_stored(base, tmp_path / "model"), tmp_path / "merged")


def test_an_adapter_of_other_shapes_is_refused(base: Path, adapter: Path, tmp_path: Path) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(base)
    config.intermediate_size *= 2
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / "wide")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(base / name, tmp_path / "wide")
    with pytest.raises(InputError, match="not trained on this base"):
        merge(tmp_path / "wide", adapter, tmp_path / "merged")
    with pytest.raises(InputError, match="not trained on this base"):
        merge(tmp_path / "wide", random_full(base, tmp_path / "model"), tmp_path / "merged")


def test_an_adapter_of_a_base_with_the_same_shapes_is_refused(base: Path, adapter: Path, tmp_path: Path) -> None:
    signed = shutil.copytree(adapter, tmp_path / "adapter")
    (signed / "medgo.json").write_text(json.dumps({"base": hash_of_model(base)}))
    other = random_full(base, tmp_path / "other")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(base / name, other)
    with pytest.raises(InputError, match="not trained on this base"):
        merge(other, signed, tmp_path / "merged")
    assert merge(base, signed, tmp_path / "merged").changed == 14


@pytest.mark.parametrize("option", [{"use_rslora": True}, {"use_dora": True}, {"modules_to_save": ["lm_head"]}])
def test_other_kinds_of_adapters_are_refused_by_name(base: Path, tmp_path: Path, option: dict[str, Any]) -> None:
    adapter = random_adapter(base, tmp_path / "adapter", **option)
    with pytest.raises(UnsupportedRequestError, match=next(iter(option))):
        merge(base, adapter, tmp_path / "merged")


def test_adapted_embeddings_are_refused(base: Path, tmp_path: Path) -> None:
    adapter = random_adapter(base, tmp_path / "adapter", target_modules=["q_proj", "embed_tokens"])
    with pytest.raises(UnsupportedRequestError, match="no LoRA matrix"):
        merge(base, adapter, tmp_path / "merged")


def test_learnt_values_that_are_no_numbers_are_refused(base: Path, tmp_path: Path) -> None:
    adapter = random_adapter(base, tmp_path / "adapter", spread=float("inf"))
    with pytest.raises(CorruptModelError, match="finite"):
        merge(base, adapter, tmp_path / "merged")


@pytest.mark.parametrize("which", ["base", "adapter"])
def test_a_truncated_file_is_refused(sharded_base: Path, tmp_path: Path, which: str) -> None:
    folders = {"base": shutil.copytree(sharded_base, tmp_path / "base")}
    folders["adapter"] = random_adapter(sharded_base, tmp_path / "adapter")
    file = sorted(folders[which].glob("*.safetensors"))[-1]
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(CorruptModelError, match="truncated"):
        merge(folders["base"], folders["adapter"], tmp_path / "merged")


def test_a_base_without_tokenizer_is_refused(base: Path, adapter: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(base, tmp_path / "base")
    (bare / "tokenizer.json").unlink()
    with pytest.raises(CorruptModelError, match=r"tokenizer\.json"):
        merge(bare, adapter, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_full_disk_leaves_the_last_result(
    base: Path, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge(base, adapter, tmp_path / "merged")
    before = files_of(tmp_path / "merged")
    written = 0

    def full(file: Any, digest: Any, data: bytes) -> None:
        nonlocal written
        written += len(data)
        if written > 50_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        file.write(data)

    monkeypatch.setattr(shards, "_put", full)
    with pytest.raises(StorageError, match="No space left"):
        merge(base, random_adapter(base, tmp_path / "other", seed=2), tmp_path / "merged")
    assert files_of(tmp_path / "merged") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["merged", "other"]


def test_too_little_room_is_said_before_writing(
    base: Path, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(StorageError, match="GB free"):
        merge(base, adapter, tmp_path / "merged")


_KILLED = """
import os, sys
from pathlib import Path
from medgo.training.after import shards
from medgo.training.after.merge import merge
put, count = shards._put, 0
def dying(*args):
    global count
    count += 1
    if count == 6:
        os._exit(9)
    put(*args)
shards._put = dying
merge(*map(Path, sys.argv[1:]))
"""


def test_killed_while_merging_then_run_again_gives_the_same_bytes(base: Path, adapter: Path, tmp_path: Path) -> None:
    merge(base, adapter, tmp_path / "whole")
    command = [sys.executable, "-c", _KILLED, *map(str, (base, adapter, tmp_path / "merged"))]
    assert subprocess.run(command, check=False, timeout=100).returncode == 9
    assert not (tmp_path / "merged").exists()
    assert (tmp_path / ".merged.partial").is_dir()
    merge(base, adapter, tmp_path / "merged")
    assert files_of(tmp_path / "merged") == files_of(tmp_path / "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["merged", "whole"]


def _anonymous_bytes() -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_that_of_one_tensor(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(base)
    wide = {"hidden_size": 512, "intermediate_size": 4096, "num_hidden_layers": 8}
    config.update(wide | {"layer_types": ["full_attention"] * 8})
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / "base")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(base / name, tmp_path / "base")
    adapter = random_adapter(tmp_path / "base", tmp_path / "adapter", target_modules=["up_proj", "down_proj"])
    whole = (tmp_path / "base" / "model.safetensors").stat().st_size
    assert whole > 200e6
    put, held = shards._put, []

    def watching(*args: Any) -> None:
        held.append(_anonymous_bytes())
        put(*args)

    monkeypatch.setattr(shards, "_put", watching)
    merge(tmp_path / "base", adapter, tmp_path / "merged")
    # Early on the allocator settles; what holds all it has written would grow by 100 MB in the second half.
    half = len(held) // 2
    assert max(held[half:]) - max(held[:half]) < 20e6
