"""Random Qwen3 models of a few layers, built once a machine and kept in the cache: real code paths, no knowledge.

- :func:`tiny_qwen3` has Qwen3's real tokenizer and chat template (39 MB); it skips the test where they are absent.
- :func:`small_qwen3` has a byte-level vocabulary of 320 tokens and a ChatML template in the manner of Qwen3
  (under 1 MB); it needs nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from medgo.store.paths import cache_dir
from tests.support.qwen_tokenizer import qwen_tokenizer_folder

_VERSION = 1  # raise it when what is built changes
_SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")
_TEMPLATE = """\
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}
{{- '<think>\\n\\n</think>\\n\\n' }}
{%- endif %}
{%- endif %}"""


def tiny_qwen3() -> Path:
    """Return the folder of a 2-layer Qwen3 with the real tokenizer; skips the test where it was not fetched."""
    tokenizer = qwen_tokenizer_folder()
    if tokenizer is None:
        pytest.skip("Qwen3's tokenizer is not in the cache; fetch it with: python -m tests.support.qwen_tokenizer")
    return _build("tiny-qwen3", 151_936, tokenizer)


def small_qwen3() -> Path:
    """Return the folder of a 2-layer Qwen3 with one token a byte."""
    return _build("small-qwen3", 320, None)


def _build(name: str, vocabulary: int, tokenizer: Path | None) -> Path:
    final = cache_dir() / "test-assets" / f"{name}-v{_VERSION}"
    if (final / "model.safetensors").is_file():
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=final.parent))
    try:
        if tokenizer is None:
            _byte_tokenizer().save_pretrained(temporary)
        else:
            for file in tokenizer.iterdir():
                shutil.copy(file, temporary)
        _random_qwen3(vocabulary, (151_645, 151_643) if tokenizer else (258, 256)).save_pretrained(temporary)
        try:
            temporary.replace(final)
        except OSError:  # another process was first
            if not final.is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return final


def _random_qwen3(vocabulary: int, ends: tuple[int, int]) -> Any:
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    config = Qwen3Config(
        vocab_size=vocabulary,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        initializer_range=0.3,  # larger than usual: otherwise a random model only repeats its last token
        bos_token_id=None,
        eos_token_id=ends[0],
        pad_token_id=ends[1],
    )
    with torch.random.fork_rng():
        torch.manual_seed(20)
        model = Qwen3ForCausalLM(config)
    model.generation_config.eos_token_id = list(ends)  # as Qwen3 publishes it
    model.generation_config.pad_token_id = ends[1]
    return model


def _byte_tokenizer() -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={character: index for index, character in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    # As in Qwen3, the marks of thinking are tokens of their own but not special: a decoder shows them.
    tokenizer.add_tokens([AddedToken(text, special=text.startswith("<|"), normalized=False) for text in _SPECIALS])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    fast.chat_template = _TEMPLATE
    return fast
