"""The chat-completions protocol: requests become JSON objects, JSON objects become pieces of a reply.

Pure: knows no connection. Fields beyond OpenAI's own API are vLLM's, and are sent only where a request needs them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from medgo.inference.grammar import read_schema
from medgo.inference.protocol import GenerationRequest, TokenLogprob, Usage
from medgo.schema import Message

UNKNOWN_TOKEN = -1  # an endpoint names tokens by their text only


@dataclass(frozen=True, slots=True)
class Dialect:
    """What this endpoint turned out to understand; begins with the common form and learns from refusals.

    Args:
        limit_name: Name of the bound on new tokens.
        usage_in_stream: It accepts ``stream_options`` (without it there are no token counts).
        thinking_switch: It accepts ``chat_template_kwargs``.
    """

    limit_name: str = "max_tokens"
    usage_in_stream: bool = True
    thinking_switch: bool = True

    def learn(self, refusal: str, body: dict[str, Any]) -> Dialect | None:
        """Read the text of a 400.

        Args:
            refusal: The endpoint's words.
            body: What was refused.

        Returns:
            The dialect to ask again in; None when the refusal is about something else.
        """
        if "max_completion_tokens" in refusal and "max_tokens" in body:
            return replace(self, limit_name="max_completion_tokens")
        if "stream_options" in refusal and "stream_options" in body:
            return replace(self, usage_in_stream=False)
        # Thinking that was asked for is not dropped in silence; thinking "off" may be all that such an endpoint knows.
        thinking = body.get("chat_template_kwargs", {}).get("enable_thinking")
        if "chat_template_kwargs" in refusal and thinking is False:
            return replace(self, thinking_switch=False)
        return None


def chat_body(
    model: str, request: GenerationRequest, dialect: Dialect, *, limit: int, written: str = ""
) -> dict[str, Any]:
    """Make the body of a chat-completions request.

    Args:
        limit: Bound on new tokens.
        written: What the assistant's turn already holds, to be gone on with (``answer_prefix`` or a first step).

    Raises:
        InputError: The request's JSON schema is no JSON object.
    """
    sampling = request.sampling
    messages = [message.to_dict() for message in request.messages]
    body: dict[str, Any] = {
        "model": model,
        "messages": messages,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        dialect.limit_name: limit,
        "stream": True,
    }
    if dialect.usage_in_stream:
        body["stream_options"] = {"include_usage": True}
    if dialect.thinking_switch:
        body["chat_template_kwargs"] = {"enable_thinking": request.thinking.enabled}
    if sampling.stop and not request.thinking.enabled:
        # An endpoint would look for them in the reasoning too; with thinking on, only we look.
        body["stop"] = list(sampling.stop)
    if sampling.top_k:
        body["top_k"] = sampling.top_k
    if sampling.ignore_eos:
        body["ignore_eos"] = True
    if request.logprobs is not None:
        body |= {"logprobs": True, "top_logprobs": request.logprobs}
    if request.json_schema is not None:
        schema = {"name": "reply", "strict": True, "schema": read_schema(request.json_schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if written:
        messages.append(Message("assistant", written).to_dict())
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return body


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of an endpoint's reply.

    Args:
        content: Answer text (with ``<think>`` in it where the endpoint does not split).
        reasoning: Reasoning text from a field of its own.
        finish_reason: The endpoint's word for it, on the last piece.
        usage: Token counts, on the last piece or after it.
    """

    content: str = ""
    reasoning: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None
    logprobs: tuple[TokenLogprob, ...] = ()


def parse_chunk(data: Any) -> Chunk:
    """Read a streamed chunk, or a whole completion from an endpoint that does not stream.

    Raises:
        ValueError: It is neither.
    """
    try:
        usage = _usage(data["usage"]) if data.get("usage") else None
        choices = data.get("choices") or []
        if not choices:
            return Chunk(usage=usage)
        choice = choices[0]
        said = choice.get("delta") or choice.get("message") or {}
        tokens = (choice.get("logprobs") or {}).get("content") or []
        return Chunk(
            _text(said.get("content")),
            _text(said.get("reasoning_content") or said.get("reasoning")),
            choice.get("finish_reason"),
            usage,
            tuple(_logprob(token) for token in tokens),
        )
    except (AttributeError, KeyError, TypeError, IndexError) as error:
        raise ValueError(f"not a chat completion: {str(data)[:200]}") from error


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise TypeError("text expected")
    return value or ""


def _usage(value: dict[str, Any]) -> Usage:
    return Usage(
        prompt=int(value.get("prompt_tokens") or 0),
        completion=int(value.get("completion_tokens") or 0),
        cached=int((value.get("prompt_tokens_details") or {}).get("cached_tokens") or 0),
        reasoning=int((value.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0),
    )


def _logprob(token: dict[str, Any]) -> TokenLogprob:
    top = tuple((entry["token"], float(entry["logprob"])) for entry in token.get("top_logprobs") or [])
    return TokenLogprob(UNKNOWN_TOKEN, token["token"], float(token["logprob"]), top)


def refusal_text(raw: bytes) -> str:
    """Find an endpoint's own words in the body of an error, at most 500 characters."""
    try:
        body = json.loads(raw)
    except ValueError:
        body = raw.decode("utf-8", "replace")
    code = ""
    for key in ("error", "detail", "message"):
        if isinstance(body, dict) and body.get(key):
            code = f" ({body['code']})" if body.get("code") else code
            body = body[key]
    return " ".join(f"{body}{code}".split())[:500]
