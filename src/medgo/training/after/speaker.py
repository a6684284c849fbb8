"""A model of transformers that replies greedily and tells its logits. Knows how to load one; compares nothing.

Plain transformers and PEFT, not our engines: what is verified here is what anybody loads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from medgo.errors import CorruptModelError
from medgo.inference.models import quiet_transformers
from medgo.inference.models.machine import available_memory
from medgo.inference.models.safetensors_folder import SafetensorsFolder
from medgo.inference.prompt import ChatRenderer

# Share of the free memory that weights may take: the rest is for activations and logits.
_ROOM = 0.7


@dataclass(frozen=True, slots=True)
class Place:
    """Where models are loaded, and in which type they compute.

    Args:
        device: ``cpu`` or ``cuda:N``.
        dtype: Of weights and sums.
    """

    device: torch.device
    dtype: torch.dtype


def choose_place(folder: Path, device: str = "auto") -> Place:
    """Compute in float32, so that only what is stored differs; in bfloat16 where float32 does not fit.

    Args:
        folder: The model.
        device: ``auto`` takes a GPU where there is one.

    Raises:
        CorruptModelError: The weights cannot be read.
    """
    chosen = torch.device("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else torch.device(device)
    free = available_memory() if chosen.type == "cpu" else torch.cuda.mem_get_info(chosen)[0]
    weights = SafetensorsFolder(folder)
    needed = 4 * sum(torch.Size(weights.shape(name)).numel() for name in weights)
    return Place(chosen, torch.float32 if needed <= free * _ROOM else torch.bfloat16)


class Speaker:
    """A loaded model.

    Args:
        model: Causal model of transformers.
        pad_id: Fills prompts of unlike lengths.
    """

    def __init__(self, model: Any, pad_id: int) -> None:
        self.model, self._pad_id = model, pad_id

    def reply(self, prompts: Sequence[tuple[int, ...]], end_ids: Sequence[int], tokens: int) -> list[tuple[int, ...]]:
        """Reply greedily to all prompts at once.

        Args:
            prompts: Token ids.
            end_ids: Tokens that end a reply.
            tokens: Most tokens of a reply.

        Returns:
            Token ids of each reply, with the one that ended it; one without it was cut off.
        """
        width = max(map(len, prompts))
        ids = torch.tensor([[self._pad_id] * (width - len(prompt)) + list(prompt) for prompt in prompts])
        seen = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
        device = self.model.device
        with torch.inference_mode(), quiet_transformers():
            output = self.model.generate(
                input_ids=ids.to(device),
                attention_mask=seen.to(device),
                do_sample=False,
                repetition_penalty=1.0,
                max_new_tokens=tokens,
                eos_token_id=list(end_ids),
                pad_token_id=self._pad_id,
            )
        return [_until_end(row, end_ids) for row in output[:, width:].tolist()]

    def logits(self, prompt: tuple[int, ...], reply: tuple[int, ...]) -> torch.Tensor:
        """What it expects at each token of a given reply: [tokens of the reply, vocabulary], float32, on the CPU."""
        ids = torch.tensor([[*prompt, *reply[:-1]]], device=self.model.device)
        with torch.inference_mode():
            output: torch.Tensor = self.model(input_ids=ids, logits_to_keep=len(reply)).logits[0]
        return output.float().cpu()


def pad_id(renderer: ChatRenderer) -> int:
    """The token that fills prompts of unlike lengths; it is masked, so any will do."""
    own = renderer.tokenizer.pad_token_id
    return int(own) if own is not None else renderer.end_of_turn_id


@contextmanager
def speaking(folder: Path, adapter: Path | None, place: Place, pad: int) -> Iterator[Speaker]:
    """Load a model; it is freed after the block.

    Args:
        folder: The model.
        adapter: Put beside its weights, not merged; None for none.
        place: Where and in which type.
        pad: Token that fills prompts.

    Raises:
        CorruptModelError: It cannot be loaded.
    """
    from transformers import AutoModelForCausalLM

    try:
        with quiet_transformers():
            model: Any = AutoModelForCausalLM.from_pretrained(
                folder, dtype=place.dtype, local_files_only=True, trust_remote_code=False
            )
            if adapter is not None:
                model = _with_adapter(model, adapter)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise CorruptModelError(f"{adapter or folder} cannot be loaded: {error}") from error
    speaker = Speaker(model.to(place.device).eval(), pad)
    try:
        yield speaker
    finally:
        speaker.model = None  # memory for the next one


def _with_adapter(model: Any, adapter: Path) -> Any:
    from peft import PeftModel

    return PeftModel.from_pretrained(model, str(adapter))


def _until_end(row: list[int], end_ids: Sequence[int]) -> tuple[int, ...]:
    ends = [index for index, token in enumerate(row) if token in end_ids]
    return tuple(row[: ends[0] + 1] if ends else row)
