"""Likelihood probes of a model in memory, as it stands in the middle of training. Knows no trainer and no file.

The same measures as :mod:`medgo.training.probes.scoring`, without replies. Only the positions of options go through
the output layer. Processes that hold the same model share the work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from medgo.evaluation.statistics import Estimate
from medgo.inference.prompt import ChatRenderer
from medgo.training.probes.items import ProbeItem
from medgo.training.probes.measures import SCORED, Answered, estimates
from medgo.training.running.processes import found_by_all, share_of

_IGNORED = -100
# Item and number of an option → its summed log-probability.
Scores = dict[tuple[str, int], float]


@dataclass(frozen=True, slots=True)
class _Line:
    """One option after its prompt."""

    item: str
    option: int
    ids: tuple[int, ...]
    prompt: int


class MemoryProbe:
    """Probes that are rendered once and scored many times.

    Args:
        items: Items; those whose kind is only judged by replies are left out.
        renderer: Of the model.
        batch_tokens: Most tokens of one forward pass, padding included.
    """

    def __init__(self, items: Sequence[ProbeItem], renderer: ChatRenderer, *, batch_tokens: int = 4096) -> None:
        self.items = [item for item in items if item.kind in SCORED]
        pad = renderer.tokenizer.pad_token_id
        self._pad = 0 if pad is None else int(pad)
        lines = [
            _Line(item.id, at, (*prompt, *renderer.encode_reply(option), renderer.end_of_turn_id), len(prompt))
            for item in self.items
            for prompt in [renderer.render(item.prompt).token_ids]
            for at, option in enumerate(item.options)
        ]
        self._batches = _batches(sorted(lines, key=lambda line: len(line.ids)), batch_tokens)

    def answers(self, model: Any) -> dict[str, Answered]:
        """Log-probabilities of all options, with the end of the turn.

        However many processes there are, they share the same batches: each hears what one alone would have found.

        Args:
            model: A causal language model of transformers, under PEFT's wrapper or not, of which every process has
                the whole; not under DDP's, whose forward pass waits for all. Whether it trains or evaluates is left
                as it was.

        Raises:
            Exception: Whatever one of the processes raised, in all of them.
        """
        found: Scores = {}
        for share in found_by_all(lambda: self.scores(model)):
            found |= share
        return {
            item.id: Answered(item.id, tuple(found[item.id, at] for at in range(len(item.options))))
            for item in self.items
        }

    @torch.no_grad()
    def scores(self, model: Any) -> Scores:
        """Log-probabilities of this process's share of the options; ``model`` as for :meth:`answers`."""
        from medgo.training.methods.sft import plain_model  # with TRL, which preparing a stage has no need of

        trains = model.training
        model.eval()
        found: Scores = {}
        for batch in share_of(self._batches):
            sums = self._sums(plain_model(model), batch)
            found |= {(line.item, line.option): value for line, value in zip(batch, sums.tolist(), strict=True)}
        model.train(trains)
        return found

    def measure(self, answers: Mapping[str, Answered]) -> dict[str, Estimate]:
        """Kind → share of right items with its interval; by language too."""
        return estimates(self.items, answers)

    def _sums(self, model: Any, batch: Sequence[_Line]) -> Tensor:
        """Summed log-probability of each line's option, [b]."""
        longest = max(len(line.ids) for line in batch)
        ids = torch.full((len(batch), longest), self._pad)  # [b, s]
        mask = torch.zeros_like(ids)
        labels = torch.full_like(ids, _IGNORED)
        for row, line in enumerate(batch):
            ids[row, : len(line.ids)] = torch.tensor(line.ids)
            mask[row, : len(line.ids)] = 1
            labels[row, line.prompt : len(line.ids)] = torch.tensor(line.ids[line.prompt :])
        device = model.device
        ids, mask, labels = ids.to(device), mask.to(device), labels[:, 1:].to(device)
        hidden = model.base_model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state[:, :-1]
        wanted = labels != _IGNORED  # [b, s - 1]
        logits = model.get_output_embeddings()(hidden[wanted]).float()  # [n, v]
        own = logits.gather(1, labels[wanted][:, None])[:, 0] - logits.logsumexp(1)  # [n]
        return torch.zeros(wanted.shape, device=device).masked_scatter(wanted, own).sum(1)


def _batches(lines: Sequence[_Line], most: int) -> list[list[_Line]]:
    """Lines of like length together."""
    batches: list[list[_Line]] = []
    for line in lines:
        # Sorted by length: the newest line is the longest, and pads all others of its batch.
        if not batches or (len(batches[-1]) + 1) * len(line.ids) > most:
            batches.append([])
        batches[-1].append(line)
    return batches
