"""Prompts: a conversation becomes token ids through the tokenizer's own chat template, and nothing else.

Knows tokenizers; knows no engine and no model weights.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from medgo.errors import CorruptModelError, InputError, PromptTooLongError, UnsupportedRequestError
from medgo.inference.protocol import Thinking
from medgo.schema import Message

THINK_OPEN, THINK_CLOSE = "<think>", "</think>"
# Marks where text is cut before it is tokenized. A noncharacter: Unicode keeps it free for such uses.
_CUT = "\ufdd0"
# What Qwen3 itself writes between reasoning and answer; forced when a thinking budget runs out.
FORCED_CLOSE = f"\n{THINK_CLOSE}\n\n"


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """A prompt ready for an engine.

    Args:
        token_ids: The whole prompt, special tokens included.
        starts_in_reasoning: The template itself opened ``<think>``, so the reply begins with reasoning.
    """

    token_ids: tuple[int, ...]
    starts_in_reasoning: bool


class ChatRenderer:
    """A tokenizer with its chat template.

    Args:
        tokenizer: A fast tokenizer of ``transformers``.
        context_length: Prompt and reply together, in tokens; None when unknown.
        eos_ids: Tokens that end a turn, from the model's generation config; the tokenizer's own is always one.
        template: ``chat`` is the tokenizer's own. ``plain`` is none: the messages' texts with a blank line between
            them, and the answer's beginning directly after the last, as base models and other harnesses are asked.

    Raises:
        UnsupportedRequestError: ``chat`` was asked of a tokenizer without template.
    """

    def __init__(
        self,
        tokenizer: Any,
        context_length: int | None,
        eos_ids: frozenset[int] = frozenset(),
        template: Literal["chat", "plain"] = "chat",
    ) -> None:
        self.tokenizer = tokenizer
        self.context_length = context_length
        self.eos_ids = eos_ids | ({tokenizer.eos_token_id} if tokenizer.eos_token_id is not None else set())
        self._plain = template == "plain"
        if not self._plain and not getattr(tokenizer, "chat_template", None):
            raise UnsupportedRequestError(
                "this model's tokenizer has no chat template",
                hint="use --template plain for a base model, take an instruction-tuned model, or add "
                "chat_template.jinja to its folder",
            )

    @classmethod
    def load(cls, model_dir: Path, template: Literal["chat", "plain"] = "chat") -> ChatRenderer:
        """Load tokenizer, template, context length and end-of-turn tokens from a model folder, offline.

        Raises:
            CorruptModelError: The folder's tokenizer or configuration cannot be read.
            UnsupportedRequestError: See the class.
        """
        from transformers import AutoConfig, AutoTokenizer, GenerationConfig

        try:
            tokenizer = AutoTokenizer.from_pretrained(model_dir, local_files_only=True, trust_remote_code=False)
            config = AutoConfig.from_pretrained(model_dir, local_files_only=True, trust_remote_code=False)
            has_generation_config = (model_dir / "generation_config.json").is_file()
            source = GenerationConfig.from_pretrained(model_dir) if has_generation_config else config
        except ImportError:  # a library that this tokenizer needs; the files may be sound
            raise
        except Exception as error:  # for damaged files tokenizers raises just that, and transformers all kinds
            raise CorruptModelError(f"the tokenizer or configuration in {model_dir} cannot be read: {error}") from error
        eos = source.eos_token_id
        eos_ids = frozenset([eos] if isinstance(eos, int) else eos or [])
        return cls(tokenizer, getattr(config, "max_position_embeddings", None), eos_ids, template)

    @cached_property
    def supports_thinking(self) -> bool:
        """Whether the template knows ``<think>``."""
        return not self._plain and THINK_CLOSE in self.tokenizer.chat_template

    @cached_property
    def forced_close_ids(self) -> tuple[int, ...]:
        """Token ids that end the reasoning when its budget is spent."""
        return tuple(self.encode(FORCED_CLOSE))

    @cached_property
    def end_of_turn_id(self) -> int:
        """The token that the template writes after a reply, such as ``<|im_end|>``.

        Raises:
            UnsupportedRequestError: The model has none.
        """
        after = [] if self._plain else self._after_a_reply()
        special = set(self.tokenizer.get_added_vocab().values())
        ends = [token for token in after if token in self.eos_ids] + [token for token in after if token in special]
        if ends:
            return ends[0]
        if self.tokenizer.eos_token_id is None:
            raise UnsupportedRequestError("this model has no token that ends a turn", hint="score without ends_turn")
        return int(self.tokenizer.eos_token_id)

    def _after_a_reply(self) -> list[int]:
        """What the template writes between a reply and the next turn."""
        reply = "reply"
        text: str = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": "question"}, {"role": "assistant", "content": reply}], tokenize=False
        )
        _, found, after = text.rpartition(reply)
        if not found:
            raise UnsupportedRequestError("the chat template leaves out what the assistant said")
        return self.encode(after)

    @cached_property
    def _beginning(self) -> tuple[int, ...]:
        """Token ids that the tokenizer itself puts before a plain text, such as BOS; a chat template writes its own."""
        if not self._plain:
            return ()
        bare = self.encode("a")
        marked: list[int] = self.tokenizer.encode("a")
        return tuple(marked[: marked.index(bare[0])])

    def render(
        self, messages: tuple[Message, ...], thinking: Thinking = Thinking(), answer_prefix: str = ""
    ) -> RenderedPrompt:
        """Render a conversation up to the point where the assistant speaks.

        Raises:
            UnsupportedRequestError: Thinking was asked of a model whose template has none, or the template refuses
                this conversation (roles in an order it does not allow).
            InputError: A message is not valid Unicode, or there is no text at all.
        """
        if thinking.enabled and not self.supports_thinking:
            where = "the plain template" if self._plain else "this model's chat template"
            raise UnsupportedRequestError(
                f"thinking was asked for, but {where} has no thinking mode",
                hint="use --thinking off, or a Qwen3 model",
            )
        text = self.render_text(tuple(map(self._disarm, messages)), thinking)
        opened = not self._plain and text.rstrip().endswith(THINK_OPEN)
        if answer_prefix and opened:
            if answer_prefix.startswith(THINK_OPEN):  # it brings its own reasoning along; one opening is enough
                text = text.rstrip().removesuffix(THINK_OPEN)
            elif THINK_CLOSE not in answer_prefix:
                text += f"{THINK_CLOSE}\n\n"
        starts_in_reasoning = opened and not answer_prefix
        # A forced beginning may be what a model wrote: of its marks only those of thinking are control tokens.
        ids = (*self._beginning, *self._encode_cut(text + self._cut_marks(answer_prefix, (THINK_OPEN, THINK_CLOSE))))
        if not ids:
            raise InputError("the prompt is empty", hint="give it some text, or use --template chat")
        return RenderedPrompt(ids, starts_in_reasoning)

    def _disarm(self, message: Message) -> Message:
        """Keep what a person wrote from acting as a control token: ``<|im_end|>`` in a message would end the turn and
        let its writer speak as the system. The text stays as it is; it is only cut where it is tokenized.
        """
        _check_unicode(message.content)
        # In an earlier reply the marks of thinking are the template's business: it takes the reasoning out.
        kept = (THINK_OPEN, THINK_CLOSE) if message.role == "assistant" else ()
        return replace(message, content=self._cut_marks(message.content, kept))

    def _cut_marks(self, text: str, kept: tuple[str, ...]) -> str:
        """Cut every control token in a text apart, but those that are kept."""
        return self._control_tokens.sub(
            lambda found: found[0] if found[0] in kept else f"{found[0][0]}{_CUT}{found[0][1:]}", text
        )

    @cached_property
    def _control_tokens(self) -> re.Pattern[str]:
        """Every text that the tokenizer would take for a token of its own, wherever it stands."""
        return re.compile("|".join(map(re.escape, self.tokenizer.get_added_vocab())) or r"(?!)")

    def render_text(self, messages: tuple[Message, ...], thinking: Thinking = Thinking()) -> str:
        """Render a conversation as text; for people, and for engines that take text."""
        if self._plain:
            return "\n\n".join(message.content for message in messages)
        from jinja2.exceptions import TemplateError

        try:
            text: str = self.tokenizer.apply_chat_template(
                [message.to_dict() for message in messages],
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=thinking.enabled,
            )
        except (TemplateError, ValueError) as error:
            raise UnsupportedRequestError(f"the chat template refuses this conversation: {error}") from error
        return text

    def encode(self, text: str) -> list[int]:
        """Tokenize text as it stands; a template has already placed the special tokens.

        Raises:
            InputError: The text is not valid Unicode.
        """
        _check_unicode(text)
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids

    def encode_reply(self, text: str) -> list[int]:
        """Tokenize what an assistant says: of all control tokens only the marks of thinking act as such.

        Raises:
            InputError: The text is not valid Unicode.
        """
        return self._encode_cut(self._cut_marks(text, (THINK_OPEN, THINK_CLOSE)))

    def _encode_cut(self, text: str) -> list[int]:
        return [token for piece in text.split(_CUT) for token in self.encode(piece)]

    def decode(self, token_ids: list[int]) -> str:
        """Text of generated tokens without end-of-turn and other special tokens."""
        text: str = self.tokenizer.decode(token_ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text

    def token_text(self, token_id: int) -> str:
        """Text of one token as a person may read it; special tokens by name."""
        text: str = self.tokenizer.decode([token_id], skip_special_tokens=False)
        return text

    def check_fits(self, prompt_tokens: int, max_new_tokens: int) -> None:
        """Refuse a prompt that leaves no room for its reply.

        Raises:
            PromptTooLongError: States the three numbers.
        """
        limit = self.context_length
        if limit is not None and prompt_tokens + max_new_tokens > limit:
            raise PromptTooLongError(
                f"the prompt has {prompt_tokens} tokens and up to {max_new_tokens} new tokens were asked for, "
                f"but the model's context holds {limit}",
                hint="shorten the prompt or lower max_new_tokens",
            )


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"a text holds half a surrogate pair, which is no character: {error}") from error
