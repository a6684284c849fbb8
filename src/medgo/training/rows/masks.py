"""Proof that what a row teaches is an answer and its end, and that a server stops there. Looks at tokens; no text."""

from __future__ import annotations

from medgo.errors import InputError, UnsupportedRequestError
from medgo.training.rows.tokens import RowTokenizer, TokenRow


def check_stops(tokenizer: RowTokenizer) -> None:
    """Refuse a model that is taught to end its turn with a token at which servers do not stop.

    Raises:
        UnsupportedRequestError: The token is neither the tokenizer's end of sequence nor one of the generation
            config's.
    """
    renderer = tokenizer.renderer
    if tokenizer.end not in renderer.eos_ids:
        raise UnsupportedRequestError(
            f"the template ends a turn with {renderer.token_text(tokenizer.end)!r}, at which this model does not stop",
            hint=f"add {tokenizer.end} to eos_token_id in the model's generation_config.json",
        )


def check_learnt(row: TokenRow, tokenizer: RowTokenizer) -> None:
    """Prove that every answer of a row is learnt from and ends its turn, once, at its end.

    Args:
        row: A whole row, not a part of a split one.
        tokenizer: Knows the token that ends a turn and the one that pads.

    Raises:
        InputError: An answer has no token that carries a loss, does not end, ends before its end, or holds padding,
            which a collator would take out of the loss.
    """
    pad = tokenizer.renderer.tokenizer.pad_token_id
    if not row.answers:
        raise InputError("nothing of this row would be learnt: its mask is all zero")
    for name, answer in row.answers.items():
        said = answer.ids[:-1]
        if not said:
            raise InputError(f"{name}: nothing of this answer would be learnt: its mask is all zero")
        if answer.ids[-1] != tokenizer.end:
            raise InputError(f"{name}: the answer's last token is {answer.ids[-1]}, which does not end the turn")
        if tokenizer.end in said:
            raise InputError(f"{name}: the answer ends its turn at token {said.index(tokenizer.end)}, before its end")
        if pad in said:
            raise InputError(f"{name}: the answer holds the padding token, which carries no loss")
