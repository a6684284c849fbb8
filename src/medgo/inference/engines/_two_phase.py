"""Thinking in engines that generate by themselves up to a limit or a token: first the reasoning, then the rest.

Knows replies and token ids; knows no engine. An engine loops::

    reply = Reply(renderer, request, prompt)
    while phase := next_phase(reply):
        for token_id in <generate phase.max_new_tokens tokens after phase.token_ids>:
            if reply.push(token_id):
                break

A request with neither a thinking budget nor a JSON schema behind its reasoning has exactly one phase, so every request
can go through the same loop.
"""

from __future__ import annotations

from dataclasses import dataclass

from medgo.inference.reply import Reply

# Any odd constant will do: a later phase must not repeat the random draws of one before.
_SEED_STEP = 0x9E3779B1


@dataclass(frozen=True, slots=True)
class Phase:
    """One uninterrupted generation.

    Args:
        token_ids: What the model continues: the prompt and, in a second phase, the reply so far.
        max_new_tokens: Where this phase must stop, at least 1.
        seed: Seed of this phase, in [0, 2³²).
        reasoning: The reply has a JSON schema and is still thinking: free, but this phase ends with the reasoning,
            and may not end the turn.
    """

    token_ids: tuple[int, ...]
    max_new_tokens: int
    seed: int
    reasoning: bool = False


def next_phase(reply: Reply) -> Phase | None:
    """Return what is to be generated next, or None when the reply is finished.

    A phase of a request with a thinking budget ends where the budget would be spent. If the reasoning is still open
    there, its forced end is pushed into the reply, and the next phase continues behind it.

    Args:
        reply: The reply with all tokens of the phases before.
    """
    sampling = reply.request.sampling
    while reply.finish_reason is None and (due := reply.must_write()):
        for token_id in due:
            if reply.push(token_id):
                break
    if reply.finish_reason is not None:
        return None
    done = len(reply.token_ids)
    limit = sampling.max_new_tokens - done
    if (bound := reply.tokens_before_close) is not None:
        limit = min(limit, bound)
    seed = (sampling.seed + _SEED_STEP * done) % 2**32
    reasoning = reply.is_reasoning and reply.request.json_schema is not None
    return Phase(reply.prompt.token_ids + tuple(reply.token_ids), limit, seed, reasoning)
