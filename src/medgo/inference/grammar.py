"""Replies held to a JSON Schema: which tokens may come next. Knows tokenizers and schemas; no engine and no logits.

``llguidance`` (https://github.com/guidance-ai/llguidance) reads the schema and works out the tokens; a keyword of JSON
Schema that it does not know is an error, never ignored. The JSON is compact: no white space outside of strings.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from medgo.errors import EngineFailureError, InputError, UnsupportedRequestError

Mask = npt.NDArray[np.bool_]

# Compiled schemas kept. A judge has one or a few; a batch file could bring thousands.
_KEPT_SCHEMAS = 64
# They stand above what a schema says of itself under "x-guidance": it may not make the reader lenient.
_COMPILER_OPTIONS = {"whitespace_flexible": False, "lenient": False}


def read_schema(schema: str) -> dict[str, Any]:
    """Read a JSON Schema from JSON text.

    Raises:
        InputError: It is no JSON object.
    """
    try:
        value = json.loads(schema)
    except (ValueError, RecursionError) as error:
        raise _bad_schema(str(error)) from error
    if not isinstance(value, dict):
        raise _bad_schema(f"expected an object, found {schema[:60]}")
    return value


def check_schema(schema: str) -> None:
    """Refuse what cannot be enforced, for an engine that compiles by itself, with the words of every engine.

    Raises:
        InputError: The schema is no JSON object, cannot be satisfied, or uses what llguidance does not know.
    """
    from llguidance import LLMatcher

    refused, words = LLMatcher.validate_grammar_with_warnings(_translate(schema))
    if refused:
        raise _bad_schema(" ".join(words))


def is_json(text: str) -> bool:
    """Whether a reply is a whole JSON document: the last word on engines whose grammar we do not see."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


class Grammar:
    """Compiles schemas for one tokenizer; several threads may use it at once.

    Args:
        tokenizer: A fast tokenizer of ``transformers``.
        eos_ids: Tokens that end a turn; only they may come once the JSON is complete.
    """

    def __init__(self, tokenizer: Any, eos_ids: frozenset[int]) -> None:
        self._tokenizer = tokenizer
        self._eos_ids = eos_ids
        self._compiled: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def matcher(self, schema: str) -> Matcher:
        """A matcher at the beginning of a reply.

        Args:
            schema: JSON Schema as JSON text.

        Raises:
            InputError: The schema is no JSON object, cannot be satisfied, or uses what llguidance does not know.
            UnsupportedRequestError: llguidance cannot read this tokenizer.
        """
        with self._lock:
            start = self._compiled.pop(schema, None)
            if start is None:
                start = self._compile(schema)
            self._compiled[schema] = start
            if len(self._compiled) > _KEPT_SCHEMAS:
                self._compiled.popitem(last=False)
            return Matcher(start.deep_copy(), self._ends)

    def _compile(self, schema: str) -> Any:
        from llguidance import LLMatcher

        start = LLMatcher(self._vocabulary, _translate(schema), log_level=0)
        if start.is_error():
            raise _bad_schema(start.get_error())
        return start

    @cached_property
    def _vocabulary(self) -> Any:
        """llguidance's own form of the tokenizer; takes a second for 150,000 tokens, so only where it is needed."""
        from llguidance.hf import from_tokenizer

        try:
            return from_tokenizer(self._tokenizer, eos_token=sorted(self._eos_ids))
        except ValueError as error:
            raise UnsupportedRequestError(
                f"constrained JSON does not work with this model's tokenizer: {error}",
                hint="use a model whose folder has a tokenizer.json",
            ) from error

    @cached_property
    def _ends(self) -> Mask:
        """[vocabulary] the tokens that end a turn."""
        ends = np.zeros(self._vocabulary.vocab_size, dtype=np.bool_)
        ends[sorted(self._eos_ids)] = True
        return ends


class Matcher:
    """Where one reply stands in its grammar.

    Args:
        state: llguidance's matcher, for this reply alone.
        ends: [vocabulary] the tokens that end a turn.
    """

    def __init__(self, state: Any, ends: Mask) -> None:
        self._state, self._ends = state, ends
        self._bits = np.zeros((len(ends) + 31) // 32, dtype=np.int32)

    @property
    def finished(self) -> bool:
        """What was accepted is a whole document (a number could still grow)."""
        return bool(self._state.is_accepting())

    def forbidden(self, *, reasoning: bool = False) -> Mask:
        """Which tokens may not come next: [vocabulary of the tokenizer].

        Args:
            reasoning: The reply is still thinking: anything goes, except to end the turn without an answer.

        Returns:
            Where llguidance gave up (the schema is too complex), :meth:`accept` refuses every token and says why.
        """
        if reasoning:
            return self._ends
        self._state.unsafe_compute_mask_ptr(self._bits.ctypes.data, self._bits.nbytes)
        bits = np.unpackbits(~self._bits.view(np.uint8), bitorder="little", count=len(self._ends))
        return bits.view(np.bool_)

    def accept(self, token_id: int) -> None:
        """Go on behind this token of the JSON.

        Raises:
            EngineFailureError: It is not allowed here.
        """
        taken = self._state.consume_token(token_id)
        if not taken or self._state.is_error():  # a matcher in error still takes the end of the turn
            reason = next(iter(self._state.get_error().splitlines()), "")
            raise EngineFailureError(f"the reply cannot be held to its JSON schema: {reason}")


def _translate(schema: str) -> str:
    """The schema in llguidance's own language."""
    from llguidance import LLMatcher

    try:
        text: str = LLMatcher.grammar_from_json_schema(schema, overrides=_COMPILER_OPTIONS)
    except ValueError as error:
        raise _bad_schema(str(error)) from error
    return text


def _bad_schema(reason: str) -> InputError:
    words = " ".join(reason.split())
    return InputError(f"the JSON schema cannot be used: {words}", hint="docs/engines.md says which schemas can be")
