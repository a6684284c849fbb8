"""Rows become token ids exactly as the served model will see them. Knows the chat template; knows no trainer.

The prompt is what inference sends (:class:`medgo.inference.prompt.ChatRenderer`): for a row without reasoning it holds
the empty think block, so the loss begins with the answer; for one with reasoning the loss begins with ``<think>``.
The answer is what the tokenizer's own template writes after that prompt, up to and including the token that ends the
turn; what the template puts after it (a line break) is never generated and so never learnt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from medgo.errors import InputError, UnsupportedRequestError
from medgo.inference.prompt import THINK_CLOSE, ChatRenderer
from medgo.inference.protocol import Thinking
from medgo.schema import Message
from medgo.schema.rows import LabelledRow, PreferenceRow, SftRow

Row = SftRow | PreferenceRow | LabelledRow
RowKind = Literal["sft", "preference", "labelled"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One assistant turn as tokens.

    Args:
        ids: Token ids; the last one ends the turn.
        reasoning: How many of them, from the start, are reasoning with its marks; 0 for none.
    """

    ids: tuple[int, ...]
    reasoning: int


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A row ready to be learnt.

    Args:
        row_id: The row's hash.
        kind: Which learnt columns it has.
        prompt: Token ids up to where the assistant speaks.
        answers: Column (``completion``, or ``chosen`` and ``rejected``) → its turn.
        label: Whether the answer is wanted (labelled rows); None for others.
    """

    row_id: str
    kind: RowKind
    task: str
    lang: str
    thinking: bool
    prompt: tuple[int, ...]
    answers: Mapping[str, Answer]
    label: bool | None = None

    @property
    def tokens(self) -> int:
        """Prompt and its longest answer."""
        return len(self.prompt) + max(len(answer.ids) for answer in self.answers.values())

    @property
    def loss_tokens(self) -> int:
        """Tokens that carry a loss, over all answers."""
        return sum(len(answer.ids) for answer in self.answers.values())


class RowTokenizer:
    """Turns rows into tokens with one model's tokenizer and template.

    Args:
        renderer: Of the model that is trained.

    Raises:
        UnsupportedRequestError: The model's padding token also ends its turns: the end of a turn would be masked.
    """

    def __init__(self, renderer: ChatRenderer) -> None:
        self.renderer = renderer
        self.end = renderer.end_of_turn_id
        if renderer.tokenizer.pad_token_id in (None, self.end):
            raise UnsupportedRequestError(
                f"the tokenizer pads with {renderer.tokenizer.pad_token!r}, which "
                f"{'is nothing' if renderer.tokenizer.pad_token_id is None else 'also ends a turn'}",
                hint="give it a padding token of its own in tokenizer_config.json",
            )

    def __call__(self, row: Row) -> TokenRow:
        """Tokenise one row.

        Raises:
            UnsupportedRequestError: The row has reasoning and the model's template no thinking.
            InputError: The template does not continue its own prompt, so training and serving would differ.
        """
        prompt = self.renderer.render(row.prompt, Thinking(row.thinking))
        answers = {name: self._answer(row.prompt, turn, row.thinking) for name, turn in row.turns().items()}
        return TokenRow(
            row.row_id,
            _kind(row),
            row.task,
            row.lang,
            row.thinking,
            prompt.token_ids,
            answers,
            row.label if isinstance(row, LabelledRow) else None,
        )

    def _answer(self, prompt: tuple[Message, ...], turn: Message, thinking: bool) -> Answer:
        before = self.renderer.render_text(prompt, Thinking(thinking))
        whole = self._whole(prompt, turn, thinking)
        if not whole.startswith(before):
            raise InputError(
                "the chat template writes the prompt differently once an answer follows it",
                hint="training would differ from serving; use the tokenizer's own template of an instruct model",
            )
        text = whole[len(before) :]
        end = self.renderer.tokenizer.convert_ids_to_tokens(self.end)
        written, mark, _ = text.rpartition(end)
        if not mark:
            raise InputError(f"the chat template does not end an answer with {end}")
        ids = self.renderer.encode_reply(written)
        close = written.find(THINK_CLOSE) if thinking else -1
        reasoning = len(self.renderer.encode_reply(written[: close + len(THINK_CLOSE)])) if close >= 0 else 0
        return Answer((*ids, self.end), reasoning)

    def _whole(self, prompt: tuple[Message, ...], turn: Message, thinking: bool) -> str:
        messages = [message.to_dict() for message in prompt]
        answer: dict[str, Any] = {"role": "assistant", "content": turn.content}
        if thinking:
            answer["reasoning_content"] = turn.reasoning_content
        text: str = self.renderer.tokenizer.apply_chat_template(
            [*messages, answer], tokenize=False, enable_thinking=thinking
        )
        return text


def _kind(row: Row) -> RowKind:
    if isinstance(row, PreferenceRow):
        return "preference"
    return "labelled" if isinstance(row, LabelledRow) else "sft"
