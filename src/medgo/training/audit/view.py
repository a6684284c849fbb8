"""A row as people read it: every token with what becomes of it. Makes no screen and no page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from medgo.inference.prompt import ChatRenderer
from medgo.training.rows.intake import TakenRow
from medgo.training.rows.tokens import Answer

# A character beyond ASCII may be spread over several tokens, which make no text by themselves; none takes more.
_MOST_TOKENS_A_PIECE = 8
_HALF_CHARACTER = "\ufffd"

# A row's text must not move the cursor of who looks at it: control characters are shown as pictures of themselves.
_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"} | {
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
}

Role = Literal["masked", "reasoning", "answer", "end"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of one token, or of the few that a character is spread over.

    Args:
        role: ``masked`` is read and not learnt; the others carry a loss.
        text: As the tokens stand, marks included.
        tokens: How many.
    """

    role: Role
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class TurnView:
    """A learnt turn.

    Args:
        name: ``completion``, ``chosen`` or ``rejected``.
        unwanted: Whether the model is to move away from it.
        pieces: It, in order.
    """

    name: str
    unwanted: bool
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """A row.

    Args:
        row_id: Its id.
        task: Its task.
        lang: Language of the answer.
        thinking: Whether it has reasoning.
        prompt: Masked pieces.
        turns: What is learnt.
    """

    row_id: str
    task: str
    lang: str
    thinking: bool
    prompt: tuple[Piece, ...]
    turns: tuple[TurnView, ...]

    @property
    def masked(self) -> int:
        """Tokens that are read and not learnt."""
        return sum(piece.tokens for piece in self.prompt)

    @property
    def learnt(self) -> int:
        """Tokens that carry a loss."""
        return sum(piece.tokens for turn in self.turns for piece in turn.pieces)


def view_row(taken: TakenRow, renderer: ChatRenderer) -> RowView:
    """Show a row token by token.

    Args:
        taken: The row.
        renderer: Of the model whose tokens these are.
    """
    row = taken.row
    turns = tuple(
        TurnView(name, name == "rejected" or row.label is False, tuple(_pieces_of(answer, renderer)))
        for name, answer in row.answers.items()
    )
    prompt = tuple(_pieces(row.prompt, "masked", renderer))
    return RowView(row.row_id, row.task, row.lang, row.thinking, prompt, turns)


def _pieces_of(answer: Answer, renderer: ChatRenderer) -> Iterator[Piece]:
    ends = answer.ids[-1:] == (renderer.end_of_turn_id,)
    said = len(answer.ids) - ends
    yield from _pieces(answer.ids[: answer.reasoning], "reasoning", renderer)
    yield from _pieces(answer.ids[answer.reasoning : said], "answer", renderer)
    yield from _pieces(answer.ids[said:], "end", renderer)


def _pieces(ids: Sequence[int], role: Role, renderer: ChatRenderer) -> Iterator[Piece]:
    start = 0
    for end in range(1, len(ids) + 1):
        text = str(renderer.tokenizer.decode(list(ids[start:end]), skip_special_tokens=False))
        whole = not text.endswith(_HALF_CHARACTER) or end - start == _MOST_TOKENS_A_PIECE
        if whole or end == len(ids):
            yield Piece(role, text.translate(_PICTURES), end - start)
            start = end
