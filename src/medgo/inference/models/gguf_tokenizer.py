"""A fast tokenizer as the metadata of a GGUF file. Knows byte-level BPE; knows no model and no file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from gguf import TokenType

from medgo.errors import UnsupportedRequestError


@dataclass(frozen=True, slots=True)
class GgufTokenizer:
    """What a GGUF file says of its tokenizer.

    Args:
        pre: llama.cpp's name of the way text is cut before merging.
        tokens: Every token of the model's vocabulary by id.
        types: Their kinds.
        merges: Pairs in order, each as ``"left right"``.
        special: Ids of ``bos``, ``eos``, ``unk`` and ``pad``; absent ones are left out. ``pad`` is never ``eos``.
        chat_template: The Jinja template, None when there is none.
    """

    pre: str
    tokens: list[str]
    types: list[TokenType]
    merges: list[str]
    special: dict[str, int]
    chat_template: str | None


def describe_tokenizer(tokenizer: Any, vocabulary: int) -> GgufTokenizer:
    """Describe a fast tokenizer of ``transformers``.

    Args:
        tokenizer: Byte-level BPE.
        vocabulary: Rows of the model's embedding; rows without a token are filled with unused ones.

    Raises:
        UnsupportedRequestError: It is not a tokenizer that llama.cpp reads in the same way.
    """
    form = json.loads(tokenizer.backend_tokenizer.to_str())
    if form["model"]["type"] != "BPE" or form["model"].get("byte_fallback"):
        raise UnsupportedRequestError("only byte-level BPE tokenizers can be written to GGUF")
    tokens = [f"[PAD{i}]" for i in range(vocabulary)]
    types = [TokenType.UNUSED] * vocabulary
    for token, i in form["model"]["vocab"].items():
        tokens[i], types[i] = token, TokenType.NORMAL
    for added in form["added_tokens"]:
        tokens[added["id"]] = added["content"]
        types[added["id"]] = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in form["model"]["merges"]]
    template = tokenizer.chat_template
    return GgufTokenizer(
        pre=_pre_tokenizer(form, has_merges=bool(merges)),
        tokens=tokens,
        types=types,
        merges=merges,
        special=_special_ids(tokenizer),
        chat_template=template if isinstance(template, str) else None,
    )


def _special_ids(tokenizer: Any) -> dict[str, int]:
    ids = {
        "bos": tokenizer.bos_token_id,
        "eos": tokenizer.eos_token_id,
        "unk": tokenizer.unk_token_id,
        "pad": tokenizer.pad_token_id,
    }
    if ids["pad"] == ids["eos"]:
        # A file that pads with its end-of-turn token teaches whoever trains on it never to stop.
        spare = tokenizer.convert_tokens_to_ids("<|endoftext|>")
        ids["pad"] = spare if spare not in (ids["eos"], tokenizer.unk_token_id) else None
    return {name: i for name, i in ids.items() if i is not None}


def _pre_tokenizer(form: dict[str, Any], *, has_merges: bool) -> str:
    """llama.cpp knows pre-tokenizers by name only; the name follows from how the tokenizer cuts numbers."""
    outer = form["pre_tokenizer"] or {}
    steps = outer["pretokenizers"] if outer.get("type") == "Sequence" else [outer]
    patterns = " ".join(step["pattern"].get("Regex", "") for step in steps if step.get("type") == "Split")
    if r"\p{N}{1,3}" in patterns:
        return "llama-bpe"
    if r"\p{N}|" in patterns:
        return "qwen2"
    if any(step.get("type") == "Digits" and step["individual_digits"] for step in steps):
        return "smollm"
    if any(step.get("type") == "ByteLevel" and (step["use_regex"] or not has_merges) for step in steps):
        return "gpt-2"
    raise UnsupportedRequestError(
        "the tokenizer cuts text in a way that llama.cpp has no name for",
        hint="models with the tokenizers of Llama 3, Qwen2, Qwen3, SmolLM and GPT-2 can be exported",
    )
