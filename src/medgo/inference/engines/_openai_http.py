"""One HTTP conversation with an OpenAI-compatible endpoint; knows no requests, replies or retries.

Whatever goes wrong becomes a :class:`~medgo.errors.MedGoError`; one that may go better next time is :class:`TryAgain`.
The key travels in a header and is cut out of every message.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any, NoReturn

import httpx

from medgo.errors import EndpointError, InputError, MedGoError, PromptTooLongError
from medgo.inference.engines._openai_retry import asked_wait, is_retried
from medgo.inference.engines._openai_sse import EventParser
from medgo.inference.engines._openai_wire import Chunk, parse_chunk, refusal_text

# The words of OpenAI and vLLM, of vLLM's older releases, and of llama.cpp.
_TOO_LONG = re.compile(r"context[ _](length|window|size)|maximum model length|max_model_len", re.IGNORECASE)
_ERROR_BYTES = 65_536


class TryAgain(Exception):  # noqa: N818 (an instruction, not an error)
    """This try failed; another may not.

    Args:
        error: What to say when there is no other try.
        asked: Seconds that the endpoint asks to wait first.
        unreachable: There was no connection at all.
    """

    def __init__(self, error: MedGoError, asked: float | None = None, *, unreachable: bool = False) -> None:
        super().__init__(error.message)
        self.error = error
        self.asked = asked
        self.unreachable = unreachable


class Refused(Exception):  # noqa: N818 (the endpoint's answer, which the dialect may still turn)
    """The endpoint does not accept the request as it is (400 or 422).

    Args:
        words: The endpoint's words.
        error: What to say when nothing can be changed about the request.
    """

    def __init__(self, words: str, error: MedGoError) -> None:
        super().__init__(words)
        self.words = words
        self.error = error


class Endpoint:
    """A connection pool to one endpoint.

    Proxies are those of the environment (``HTTPS_PROXY``, ``NO_PROXY`` …), as for every program.

    Args:
        base_url: Such as ``http://localhost:8000/v1``.
        api_key: Sent as a bearer token; empty for none.
        timeout: Seconds without any byte after which a try has failed.

    Raises:
        InputError: The address or the key cannot be used.
    """

    def __init__(self, base_url: str, api_key: str, timeout: float) -> None:
        url = _parsed(base_url)
        if not api_key.isascii() or not api_key.isprintable() or " " in api_key:
            raise InputError(
                "the endpoint's key holds characters that no key has (spaces, line breaks or letters beyond ASCII)",
                hint="check api_key or OPENAI_API_KEY",
            )
        self.address = str(url.copy_with(userinfo=b"")).rstrip("/")
        self._secrets = [secret for secret in (api_key, url.password) if secret]
        self._base = str(url).rstrip("/")
        self._timeout = timeout
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=httpx.Timeout(timeout, pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
        )

    async def models(self, timeout: float) -> dict[str, int | None]:
        """List the endpoint's models with their context lengths in tokens, as far as it tells.

        Raises:
            TryAgain, Refused, EndpointError: It cannot be reached, refuses the key, or is something else.
        """
        try:
            response = await self._client.get(f"{self._base}/models", timeout=timeout)
        except httpx.HTTPError as error:
            raise self._broken(error) from error
        if response.status_code in (403, 404, 405):  # many endpoints serve completions only
            return {}
        if response.status_code != 200:
            self._raise_for_status(response.status_code, response.headers, response.content)
        try:
            rows = response.json()["data"]
            return {str(row["id"]): row.get("max_model_len") for row in rows}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EndpointError(
                f"{self.address}/models is no list of models", hint="check the address: most end in /v1"
            ) from error

    async def chat(self, body: dict[str, Any]) -> AsyncGenerator[Chunk, None]:
        """Ask once; give the pieces of the reply as they come, up to its proper end.

        Closing the iterator closes the connection.

        Raises:
            TryAgain, Refused, MedGoError: See the classes.
        """
        # Escaped JSON can carry anything a string can hold, lone surrogates included.
        content = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
        url = f"{self._base}/chat/completions"
        finished = False
        try:
            async with self._client.stream("POST", url, content=content, headers=headers) as response:
                if response.status_code != 200:
                    await self._raise_refusal(response, str(body.get("model")))
                async for data in self._events(response):
                    if data == b"[DONE]":
                        return
                    chunk = self._chunk(data)
                    finished = finished or chunk.finish_reason is not None
                    yield chunk
        except httpx.HTTPError as error:
            if not finished:
                raise self._broken(error) from error
        if not finished:
            raise TryAgain(EndpointError(f"{self.address} broke off in the middle of a reply"))

    async def _events(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            yield await response.aread()
            return
        if kind != "text/event-stream":
            raise EndpointError(
                f"{self.address} answered with {kind or 'no content type'!r} where a chat completion was expected",
                hint="check the address: most end in /v1; a log-in page or a proxy may answer in its place",
            )
        parser = EventParser()
        async for received in response.aiter_bytes():
            for data in parser.feed(received):
                yield data
        for data in parser.finish():
            yield data

    def _chunk(self, data: bytes) -> Chunk:
        try:
            value = json.loads(data)
            if isinstance(value, dict) and value.get("error"):
                self._raise_in_stream(value["error"], data)
            return parse_chunk(value)
        except ValueError as error:
            words = self._redact(data[:200].decode("utf-8", "replace"))
            said = EndpointError(f"{self.address} sent something that is no chat completion: {words}")
            raise TryAgain(said) from error

    def _raise_in_stream(self, error: Any, data: bytes) -> NoReturn:
        """vLLM and others report a failure as an event once the answer has begun."""
        code = error.get("code") if isinstance(error, dict) else None
        failure = EndpointError(f"{self.address} broke off: {self._redact(refusal_text(data))}")
        raise failure if isinstance(code, int) and not is_retried(code) else TryAgain(failure)

    async def _raise_refusal(self, response: httpx.Response, model: str) -> NoReturn:
        raw = b""
        async for received in response.aiter_bytes():
            raw += received
            if len(raw) > _ERROR_BYTES:
                break
        if response.status_code == 404:
            raise await self._not_found(refusal_text(raw), model)
        self._raise_for_status(response.status_code, response.headers, raw)

    def _raise_for_status(self, status: int, headers: httpx.Headers, raw: bytes) -> NoReturn:
        words = self._redact(refusal_text(raw))
        said = f"{self.address} answered {status}" + (f": {words}" if words else "")
        if is_retried(status):
            raise TryAgain(EndpointError(said), asked_wait(headers, datetime.now(UTC)))
        if status in (400, 413, 422):
            if _TOO_LONG.search(words):
                raise PromptTooLongError(said, hint="shorten the prompt or lower max_new_tokens")
            raise Refused(words, EndpointError(said, hint="the endpoint does not accept this request as it is"))
        hints = {
            401: "give the endpoint's key as api_key or in OPENAI_API_KEY",
            403: "this key may not use this model; ask whoever runs the endpoint",
        }
        raise EndpointError(said, hint=hints.get(status, "check the address: most end in /v1"))

    async def _not_found(self, words: str, model: str) -> EndpointError:
        try:
            names = sorted(await self.models(min(self._timeout, 10.0)))
        except (TryAgain, Refused, MedGoError):
            names = []
        hint = "check the address (most end in /v1) and the model's name"
        if names:
            hint = f"the model {model!r} is not there; it has: {', '.join(names[:20])}"
        said = f"{self.address} answered 404" + (f": {self._redact(words)}" if words else "")
        return EndpointError(said, hint=hint)

    def _broken(self, error: httpx.HTTPError) -> TryAgain:
        unreachable = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        if unreachable:
            said = EndpointError(
                f"{self.address} cannot be reached: {self._redact(str(error)) or 'no answer'}",
                hint="is the server running, and is the address right?",
            )
        elif isinstance(error, httpx.TimeoutException):
            said = EndpointError(
                f"{self.address} sent nothing for {self._timeout:g} seconds",
                hint="raise --timeout, or lower --batch-size, the number of requests at once",
            )
        else:
            said = EndpointError(f"the connection to {self.address} broke: {self._redact(str(error))}")
        return TryAgain(said, unreachable=unreachable)

    def _redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


def _parsed(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise InputError("the endpoint's address is no URL", hint="write it like http://localhost:8000/v1") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise InputError("the endpoint's address is no http(s) URL", hint="write it like http://localhost:8000/v1")
    return url
