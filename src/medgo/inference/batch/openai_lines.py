"""Lines of an OpenAI Batch file: what their body changes about a request. Knows no HTTP.

Fields that we do not know are ignored, as servers do; known ones that we cannot honour fail the row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from medgo.errors import InputError, UnsupportedRequestError
from medgo.inference.protocol import GenerationRequest, Sampling, Thinking

_URL = "/v1/chat/completions"
# field → the values that ask for nothing
_NOT_SUPPORTED: dict[str, tuple[object, ...]] = {
    "n": (1,),
    "stream": (False,),
    "tools": ([],),
    "functions": ([],),
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
    "repetition_penalty": (1,),
    "min_p": (0,),
    "logit_bias": ({},),
}
_REAL, _WHOLE = (int, float), (int,)
# body field → (field of Sampling, accepted types)
_SAMPLING: dict[str, tuple[str, tuple[type, ...]]] = {
    "max_tokens": ("max_new_tokens", _WHOLE),
    "max_completion_tokens": ("max_new_tokens", _WHOLE),
    "temperature": ("temperature", _REAL),
    "top_p": ("top_p", _REAL),
    "top_k": ("top_k", _WHOLE),
    "seed": ("seed", _WHOLE),
}


def check_envelope(row: Mapping[str, Any]) -> None:
    """Accept chat completions only.

    Raises:
        InputError: ``body`` is no object.
        UnsupportedRequestError: Another method or address.
    """
    if not isinstance(row.get("body"), Mapping | str):
        raise InputError(f"body: expected an object, found {type(row.get('body')).__name__}")
    method, url = row.get("method", "POST"), row.get("url", _URL)
    if method != "POST" or url != _URL:
        raise UnsupportedRequestError(f"expected POST {_URL}, found {method} {url}")


def apply_body(body: Any, request: GenerationRequest) -> GenerationRequest:
    """Override what the body says of sampling, thinking, log-probabilities and JSON; ``model`` is ours to choose.

    Raises:
        InputError: A value has the wrong type or range.
        UnsupportedRequestError: The body asks for something that the engines do not do.
    """
    if not isinstance(body, Mapping):
        raise InputError(f"body: expected an object, found {type(body).__name__}")
    for name, nothing in _NOT_SUPPORTED.items():
        if body.get(name) is not None and body[name] not in nothing:
            raise UnsupportedRequestError(f"body.{name} is not supported, found {str(body[name])[:60]}")
    return replace(
        request,
        sampling=_sampling(body, request.sampling),
        thinking=_thinking(body, request),
        logprobs=_logprobs(body, request),
        json_schema=_json_schema(body, request),
    )


def _sampling(body: Mapping[str, Any], sampling: Sampling) -> Sampling:
    changes: dict[str, Any] = {}
    for name, (field, types) in _SAMPLING.items():
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, types):
            raise InputError(f"body.{name}: expected a {'whole ' if types is _WHOLE else ''}number, found {value!r}")
        changes[field] = value
    if changes.get("top_k") == -1:  # vLLM's way to say off
        changes["top_k"] = 0
    stop = body.get("stop")
    if stop is not None:
        texts = [stop] if isinstance(stop, str) else stop
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise InputError("body.stop: expected a text or a list of texts")
        changes["stop"] = tuple(texts)
    return replace(sampling, **changes)


def _thinking(body: Mapping[str, Any], request: GenerationRequest) -> Thinking:
    """vLLM's extensions: ``chat_template_kwargs.enable_thinking`` and ``thinking_token_budget``."""
    template = body.get("chat_template_kwargs") or {}
    enabled = template.get("enable_thinking") if isinstance(template, Mapping) else None
    budget = body.get("thinking_token_budget")
    if body.get("reasoning_effort") == "none":
        enabled = False
    if enabled is None and budget is None:
        return request.thinking
    if enabled is not None and not isinstance(enabled, bool):
        raise InputError(f"body.chat_template_kwargs.enable_thinking: expected true or false, found {enabled!r}")
    if budget is not None and (not isinstance(budget, int) or isinstance(budget, bool) or budget < 0):
        raise InputError(f"body.thinking_token_budget: expected a number of tokens, found {budget!r}")
    return Thinking(enabled=enabled is not False, budget=budget if enabled is not False else None)


def _logprobs(body: Mapping[str, Any], request: GenerationRequest) -> int | None:
    wanted, top = body.get("logprobs"), body.get("top_logprobs")
    if wanted is None:
        return request.logprobs
    if not isinstance(wanted, bool):
        raise InputError(f"body.logprobs: expected true or false, found {wanted!r}")
    if top is not None and (not isinstance(top, int) or isinstance(top, bool) or not 0 <= top <= 20):
        raise InputError(f"body.top_logprobs: expected 0 to 20, found {top!r}")
    return (top or 0) if wanted else None


def _json_schema(body: Mapping[str, Any], request: GenerationRequest) -> str | None:
    """``response_format``: free text, any JSON object, or a schema."""
    wanted = body.get("response_format")
    if wanted is None:
        return request.json_schema
    kind = wanted.get("type") if isinstance(wanted, Mapping) else None
    if kind == "text":
        return None
    if kind == "json_object":
        return json.dumps({"type": "object"})
    if kind != "json_schema":
        raise UnsupportedRequestError(f"body.response_format is not supported, found {str(wanted)[:60]}")
    named = wanted.get("json_schema")
    schema = named.get("schema") if isinstance(named, Mapping) else None
    if not isinstance(schema, Mapping):
        raise InputError("body.response_format.json_schema.schema: expected an object")
    return json.dumps(schema, ensure_ascii=False)
