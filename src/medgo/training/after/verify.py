"""Whether a merged folder is what was trained: loaded again from disk and compared with adapter-on-base.

Trains nothing. First the files (nothing missing, altered, or the base's own weights), then what the model says.
Everything is computed in float32 where memory allows, so that only the rounding of the stored weights is measured.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import Thinking
from medgo.schema import Message
from medgo.store import replacing
from medgo.training.after.comparing import recording, render_prompts
from medgo.training.after.drift import Drift
from medgo.training.after.learnt import hash_of_learnt, hash_of_model, is_adapter
from medgo.training.after.model_checks import Check, check_files, fell_far, stored_types
from medgo.training.after.prompts import DEFAULT_PROMPTS, SHORT_PROMPTS
from medgo.training.after.speaker import choose_place, pad_id, speaking

# In float32 a merge only reorders sums: near-ties are all that may flip.
_FLOAT32_AGREEMENT = 0.99
# Stored in 16 bits, every changed weight is rounded (8 bits of mantissa in bfloat16, a relative error up to 2^-9). A
# random model, the hardest case as its logits lie close together, agreed with its adapter on 96.5 % of tokens; one that
# has learnt something decides more clearly.
_ROUNDED_AGREEMENT = 0.97


# A weak adapter leaves most tokens as they are, so agreement alone would let the base pass. KL says more: stored in
# float32 nothing of the change may be lost (half the scale, forgotten, loses a quarter of it); stored in 16 bits,
# rounding takes a part of a weak one, at most half: beyond it the file holds more of rounding than of what was learnt.
_FLOAT32_LOSS, _ROUNDED_LOSS = 0.01, 0.5
_NOISE = 1e-9  # nats a token that float32 itself may add


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """How closely to look.

    Args:
        prompts: What is asked.
        reply_tokens: Most tokens of each compared reply.
        smoke_prompts: What is replied to at length, without thinking; short answers are asked for.
        smoke_tokens: Within how many tokens a reply should end by itself.
        min_agreement: Least top-1 agreement; None takes 0.99 where weights are stored in float32, else 0.97.
        device: ``auto``, ``cpu`` or ``cuda:N``.
    """

    prompts: tuple[str, ...] = DEFAULT_PROMPTS
    reply_tokens: int = 24
    smoke_prompts: tuple[str, ...] = SHORT_PROMPTS
    smoke_tokens: int = 128
    min_agreement: float | None = None
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class Speech:
    """What the merged model says beside adapter-on-base.

    Args:
        drift: From adapter-on-base (or the trained model) to the merged model, over the former's replies.
        change: From the base to adapter-on-base, over the same tokens: what training did, for scale.
        same_replies: Share of prompts with the same greedy reply, token by token.
        ended: How many of the longer replies ended by themselves.
        base_ended: How many of the base's did.
        asked: How many there were of each.
        computed_in: Type of the computation.
        min_agreement: The threshold.
    """

    drift: Drift
    change: Drift
    same_replies: float
    ended: int
    base_ended: int
    asked: int
    computed_in: str
    min_agreement: float

    @property
    def lost(self) -> float:
        """Share of what training did (in KL) that the merged model lacks; 0 where training did nothing."""
        return self.drift.kl / self.change.kl if self.change.kl else 0.0


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """The result.

    Args:
        merged: Hash of the merged weights; empty where they cannot be read.
        learnt: Hash of what was learnt.
        stored: Types of the stored weights.
        checks: All that had to hold.
        speech: None when the files are too damaged to be loaded.
    """

    merged: str
    learnt: str
    stored: str
    checks: tuple[Check, ...]
    speech: Speech | None

    @property
    def passed(self) -> bool:
        """Whether everything held."""
        return all(check.passed for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        checks = {
            check.name: {"passed": check.passed, "found": check.found} | ({"warning": True} if check.warning else {})
            for check in self.checks
        }
        speech = None if self.speech is None else asdict(self.speech)
        return {
            "format": 1,
            "passed": self.passed,
            "merged": self.merged,
            "learnt": self.learnt,
            "stored": self.stored,
            "speech": speech,
            "checks": checks,
        }

    def write(self, path: Path) -> None:
        """Write it as a JSON file, whole or not at all."""
        with replacing(path) as file:
            file.write(json.dumps(self.as_dict(), ensure_ascii=False, indent=1).encode())


def verify(base_dir: Path, learnt: Path, merged: Path, options: VerifyOptions = VerifyOptions()) -> VerifyReport:
    """Compare a merged folder with what it was made from.

    Args:
        base_dir: The base.
        learnt: Adapter or whole model.
        merged: What :func:`medgo.training.after.merge.merge` wrote.
        options: See there.

    Returns:
        A report, also of a merged folder that is damaged; ask its ``passed``.

    Raises:
        CorruptModelError: The base or what was learnt is damaged.
        ModelNotFoundError: One of them is not there.
    """
    learnt_hash = hash_of_learnt(learnt)
    checks = check_files(base_dir, learnt, merged)
    if not all(check.passed for check in checks if check.needed_to_load):
        return VerifyReport("", learnt_hash, "", tuple(checks), None)
    stored = stored_types(merged)
    threshold = options.min_agreement
    if threshold is None:
        threshold = _FLOAT32_AGREEMENT if stored == "F32" else _ROUNDED_AGREEMENT
    speech = _listen(base_dir, learnt, merged, options, threshold)
    checks += _judge(speech, _FLOAT32_LOSS if stored == "F32" else _ROUNDED_LOSS)
    return VerifyReport(hash_of_model(merged), learnt_hash, stored, tuple(checks), speech)


def _judge(speech: Speech, most: float) -> list[Check]:
    agreement, least = speech.drift.top1_agreement, speech.min_agreement
    said = f"top-1 agreement {agreement:.2%} over {speech.drift.positions} tokens, at least {least:.0%} wanted"
    kept = f"KL to what was trained is {speech.lost:.2%} of the base's, at most {most:.0%} wanted"
    return [
        Check("says what adapter-on-base says", agreement >= least, said),
        Check("keeps what was learnt", speech.drift.kl <= most * speech.change.kl + _NOISE, kept),
        Check(
            "replies end",
            not fell_far(speech.ended / speech.asked, speech.base_ended / speech.asked),
            f"{speech.ended} of {speech.asked} replies end by themselves, the base's: {speech.base_ended}",
        ),
    ]


def _listen(base_dir: Path, learnt: Path, merged: Path, options: VerifyOptions, threshold: float) -> Speech:
    """Load the three models one after another; the reference's logits wait on the disk."""
    renderer = ChatRenderer.load(base_dir)
    ends = sorted(ChatRenderer.load(merged).eos_ids)
    prompts = render_prompts(renderer, options.prompts)
    short = [renderer.render((Message("user", text),), Thinking(False)).token_ids for text in options.smoke_prompts]
    place, pad = choose_place(base_dir, options.device), pad_id(renderer)
    trained, adapter = (base_dir, learnt) if is_adapter(learnt) else (learnt, None)
    with ExitStack() as stack:
        with speaking(trained, adapter, place, pad) as speaker:
            said = stack.enter_context(recording(speaker, prompts, ends, options.reply_tokens))
        with speaking(base_dir, None, place, pad) as speaker:
            change = said.compare_back(speaker.logits)
            base_long = speaker.reply(short, ends, options.smoke_tokens)
        with speaking(merged, None, place, pad) as speaker:
            drift = said.compare(speaker.logits)
            own = speaker.reply(prompts, ends, options.reply_tokens)
            long = speaker.reply(short, ends, options.smoke_tokens)
    return Speech(
        drift=drift,
        change=change,
        same_replies=sum(a == b for a, b in zip(own, said.replies, strict=True)) / len(own),
        ended=sum(reply[-1] in ends for reply in long),
        base_ended=sum(reply[-1] in ends for reply in base_long),
        asked=len(long),
        computed_in=str(place.dtype).removeprefix("torch."),
        min_agreement=threshold,
    )
