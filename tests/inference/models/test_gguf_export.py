"""GGUF files are read back by transformers: same logits, same tokens; a full disk leaves nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from gguf import GGUFReader
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, LlamaConfig, Qwen2Config, Qwen3Config
from transformers.utils.quantization_config import GgufConfig

from medgo.errors import ModelNotFoundError, StorageError, UnsupportedRequestError
from medgo.inference.models import ensure_hf_folder, resolve_model
from medgo.inference.models.gguf_export import export_gguf
from medgo.inference.models.gguf_tokenizer import describe_tokenizer
from tests.support.tiny_models import small_qwen3, tiny_qwen3

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
_CONFIGS: dict[str, Any] = {
    "llama": LlamaConfig(
        **_SIZES, tie_word_embeddings=True, rope_parameters={"rope_theta": 1e5, "rope_type": "default"}
    ),
    "qwen2": Qwen2Config(**_SIZES, tie_word_embeddings=True),
    "qwen3-untied": Qwen3Config(**_SIZES, head_dim=32, tie_word_embeddings=False),
}
# Root mean square difference of the logits, relative to their own: a weight keeps 24, 11 or 8 bits.
_LARGEST_DIFFERENCE = {"f32": 1e-5, "f16": 0.01, "bf16": 0.05, "q8_0": 0.15}


@pytest.fixture(params=_CONFIGS)
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A random model of each architecture, with biases and norms that are not the identity."""
    folder = tmp_path / request.param
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(_CONFIGS[request.param])
    for name, parameter in model.named_parameters():
        if name.endswith("bias") or "norm" in name:
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
    model.save_pretrained(folder)
    _add_tokenizer(folder)
    return folder


def _add_tokenizer(folder: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(small_qwen3() / name, folder / name)


def _logits(folder: Path, file: str | None = None, config: Any = None) -> torch.Tensor:
    # transformers 5.23 takes Qwen3's head width for 128 whatever the file says, so it is given the configuration.
    extra: dict[str, Any] = (
        {}
        if file is None
        else {"gguf_file": file, "quantization_config": GgufConfig(dequantize=True), "config": config}
    )
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **extra).eval()
    with torch.inference_mode():
        found: torch.Tensor = model(torch.arange(5, 45)[None]).logits
    return found


@pytest.mark.parametrize("dtype", _LARGEST_DIFFERENCE)
def test_transformers_reads_the_same_model_back(model: Path, tmp_path: Path, dtype: Any) -> None:
    export_gguf(model, tmp_path / "out" / "m.gguf", dtype)
    ours, theirs = _logits(model), _logits(tmp_path / "out", "m.gguf", config=AutoConfig.from_pretrained(model))
    assert (ours - theirs).norm() / ours.norm() < _LARGEST_DIFFERENCE[dtype]
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["m.gguf"]


def test_the_file_describes_the_model(tmp_path: Path) -> None:
    folder = tmp_path / "Some-Model"
    shutil.copytree(small_qwen3(), folder)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n# Some model\n", "utf-8")
    export_gguf(folder, tmp_path / "m.gguf", "q8_0")
    fields = GGUFReader(tmp_path / "m.gguf").fields
    config = AutoConfig.from_pretrained(folder)

    def value(name: str) -> Any:
        return fields[name].contents()

    assert value("general.architecture") == "qwen3"
    assert value("general.name") == "Some-Model"
    assert value("general.license") == "apache-2.0"
    assert value("qwen3.context_length") == config.max_position_embeddings
    assert value("qwen3.attention.key_length") == config.head_dim
    assert value("qwen3.rope.freq_base") == pytest.approx(config.rope_parameters["rope_theta"])
    assert value("tokenizer.chat_template") == AutoTokenizer.from_pretrained(folder).chat_template
    assert value("tokenizer.ggml.eos_token_id") == 258
    assert value("tokenizer.ggml.padding_token_id") == 256
    tokens, types = value("tokenizer.ggml.tokens"), value("tokenizer.ggml.token_type")
    assert len(tokens) == len(types) == config.vocab_size
    # special, not special, and a row of the embedding that no token uses
    assert [(tokens[i], types[i]) for i in (258, 260, 319)] == [("<|im_end|>", 3), ("</think>", 4), ("[PAD319]", 5)]


def test_padding_is_never_the_end_of_the_turn() -> None:
    tokenizer = AutoTokenizer.from_pretrained(small_qwen3())
    tokenizer.pad_token = tokenizer.eos_token
    special = describe_tokenizer(tokenizer, 320).special
    assert special["pad"] == tokenizer.convert_tokens_to_ids("<|endoftext|>") != special["eos"]


def test_the_real_qwen3_tokenizer_has_its_own_name_and_all_tokens() -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_qwen3())
    described = describe_tokenizer(tokenizer, 151_936)
    assert described.pre == "qwen2"
    assert described.tokens[151_668] == "</think>"
    assert described.merges[0] == "Ġ Ġ"
    assert len(described.merges) == 151_387


@pytest.mark.parametrize(
    ("pre_tokenizer", "name"),
    [
        ({"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}]}, "smollm"),
        ({"type": "Split", "pattern": {"Regex": r"\p{L}+|\p{N}{1,3}| ?"}, "behavior": "Isolated"}, "llama-bpe"),
        ({"type": "ByteLevel", "add_prefix_space": False, "use_regex": True, "trim_offsets": True}, "gpt-2"),
    ],
)
def test_the_way_text_is_cut_has_a_name(pre_tokenizer: dict[str, Any], name: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(small_qwen3())
    assert _described_with(tokenizer, pre_tokenizer) == name


def test_text_cut_in_an_unknown_way_is_refused() -> None:
    tokenizer = AutoTokenizer.from_pretrained(small_qwen3())
    with pytest.raises(UnsupportedRequestError, match="no name for"):
        _described_with(tokenizer, {"type": "Whitespace"})


def _described_with(tokenizer: Any, pre_tokenizer: dict[str, Any]) -> str:
    from tokenizers import Tokenizer

    form = json.loads(tokenizer.backend_tokenizer.to_str())
    form["pre_tokenizer"] = {"invert": False, **pre_tokenizer} if pre_tokenizer["type"] == "Split" else pre_tokenizer
    tokenizer._tokenizer = Tokenizer.from_str(json.dumps(form))
    return describe_tokenizer(tokenizer, 320).pre


def test_other_architectures_are_refused(tmp_path: Path) -> None:
    shutil.copytree(small_qwen3(), tmp_path / "m")
    config = json.loads((tmp_path / "m" / "config.json").read_text("utf-8"))
    (tmp_path / "m" / "config.json").write_text(json.dumps(config | {"model_type": "gpt2"}), "utf-8")
    with pytest.raises(UnsupportedRequestError, match="gpt2"):
        export_gguf(tmp_path / "m", tmp_path / "m.gguf")
    assert not (tmp_path / "m.gguf").exists()


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1_000, 60_000])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, limit: int) -> None:
    output = tmp_path / "m.gguf"
    output.write_bytes(b"old")
    code = (
        "import resource, signal, sys\nfrom pathlib import Path\n"
        "from medgo.errors import StorageError\nfrom medgo.inference.models.gguf_export import export_gguf\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "try:\n    export_gguf(Path(sys.argv[1]), Path(sys.argv[2]))\nexcept StorageError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, small_qwen3(), output], capture_output=True, text=True, check=True, timeout=120
    )
    assert "cannot be written" in done.stdout
    assert output.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["m.gguf"]


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        export_gguf(small_qwen3(), tmp_path / "file" / "m.gguf")


@pytest.mark.slow
def test_the_embedded_model_says_the_same_after_the_round_trip(tmp_path: Path) -> None:
    try:
        folder = ensure_hf_folder(resolve_model("embedded"))
    except ModelNotFoundError as error:
        pytest.skip(str(error))
    export_gguf(folder, tmp_path / "m.gguf", "f16")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    reread = AutoTokenizer.from_pretrained(tmp_path, gguf_file="m.gguf")
    text = "Metformin 850 mg twice daily; HbA1c 7.4 % (高血压)."
    assert reread(text).input_ids == tokenizer(text).input_ids
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is hypertension?"}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    said = []
    for source, extra in ((folder, {}), (tmp_path, {"gguf_file": "m.gguf"})):
        config = {"quantization_config": GgufConfig(dequantize=True)} if extra else {}
        model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32, **extra, **config)
        said.append(model.generate(**prompt, max_new_tokens=32, do_sample=False)[0].tolist())
    assert said[0] == said[1]
