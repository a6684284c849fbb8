"""Direct preference optimisation on TRL's trainer: our order, references and first-step check. Reads no recipe file.

A micro-batch of b pairs is 2 b rows: the chosen answers first, then the rejected ones, each after its prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from trl import DPOConfig, DPOTrainer

from medgo.errors import RowsRefusedError
from medgo.training.job import Job
from medgo.training.methods.head import compact_head
from medgo.training.methods.ordered import OrderedTrainer
from medgo.training.methods.preference import (
    FirstBatches,
    NoReference,
    Progress,
    Referenced,
    RowSequences,
    answer_tokens,
    reference_columns,
    with_columns,
)
from medgo.training.methods.sequences import Scored, scored_batch
from medgo.training.methods.sft import plain_model
from medgo.training.methods.step_checks import check_first_margins
from medgo.training.methods.tally import task_codes
from medgo.training.recipe import DpoLoss

_OUTPUTS = ("log_probs", "entropy", "mean_logits", "is_top1")


@dataclass(frozen=True, slots=True)
class PairCollator:
    """Rows with ``prompt_ids``, ``answer_ids`` (chosen), ``rejected_ids`` and references → one micro-batch.

    Gives ``input_ids``, ``attention_mask``, ``completion_mask`` [2b, s], ``ref_chosen_logps``, ``ref_rejected_logps``
    and ``task_ids`` [b].

    Args:
        pad_token_id: What padding holds.
        tasks: Task → its code.
    """

    pad_token_id: int
    tasks: Mapping[str, int]

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Make one micro-batch."""
        answers = [Scored(row["prompt_ids"], row[side]) for side in ("answer_ids", "rejected_ids") for row in rows]
        return {
            **scored_batch(answers, self.pad_token_id),
            "ref_chosen_logps": torch.tensor([row["ref_chosen_logps"] for row in rows], dtype=torch.float32),
            "ref_rejected_logps": torch.tensor([row["ref_rejected_logps"] for row in rows], dtype=torch.float32),
            "task_ids": torch.tensor([self.tasks[row["task"]] for row in rows]),
        }


class OrderedDPOTrainer(OrderedTrainer, DPOTrainer):  # type: ignore[misc]
    """DPO with batches as :class:`OrderedTrainer` brings them and references from the cache.

    All of TRL's losses; ``sft`` is divided by the chosen tokens of the whole step, so that a step's gradient does not
    depend on how its pairs are split into micro-batches and over devices. ``aot`` and ``aot_unpaired`` sort within a
    micro-batch and are the exception. Logged by TRL, apart: ``logps/chosen``, ``logps/rejected``, both rewards, margin
    and accuracy; per task the sigmoid loss and the accuracy.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, ref_model=NoReference(), **kwargs)
        self.ref_model = None
        self.precompute_ref_logps = True
        compact_head(plain_model(self.model), _OUTPUTS)
        self._given_weights: tuple[float, ...] = tuple(self.args.loss_weights or [1.0] * len(self.args.loss_type))
        self._mean_chosen = 1.0
        self._first = FirstBatches(self)

    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        """Rows are tokenised before training: nothing is left to prepare."""
        return dataset

    def get_batch_samples(self, epoch_iterator: Any, num_batches: int, device: Any) -> tuple[list[Any], Any]:
        """Take a step's micro-batches, and count their chosen tokens over all devices."""
        batches, items = super().get_batch_samples(epoch_iterator, num_batches, device)
        own = sum(_chosen_tokens(batch) for batch in batches)
        counts = self.accelerator.gather(torch.tensor([own, len(batches)], device=device)).view(-1, 2).sum(dim=0)
        self._mean_chosen = float(counts[0] / counts[1].clamp(min=1))
        return batches, items

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """TRL's loss; before the first update it is checked that the model is its own reference."""
        task_ids = inputs.pop("task_ids")  # [b]
        share = _chosen_tokens(inputs) / self._mean_chosen if model.training else 1.0
        self.loss_weights = [
            weight * (share if name == "sft" else 1.0)
            for name, weight in zip(self.loss_types, self._given_weights, strict=True)
        ]
        overheard = self._first.overhear(model)
        loss = super().compute_loss(overheard, inputs, return_outputs, num_items_in_batch)
        reference = torch.cat([inputs["ref_chosen_logps"], inputs["ref_rejected_logps"]])  # [2b]
        chosen, rejected = (overheard.logps - reference).chunk(2)
        margins = self.beta * (chosen - rejected)  # [b]
        if self._first.now and self.ld_alpha is None:
            tokens = answer_tokens(inputs["completion_mask"])
            self._first.check(overheard, reference, tokens, torch.arange(2).repeat_interleave(len(margins)))
            if overheard.without is not None:
                wins, losses = (overheard.logps - overheard.without).chunk(2)
                check_first_margins(self.beta * (wins - losses), tokens.view(2, -1).sum(dim=0), self.beta)
        losses = torch.nn.functional.softplus(-margins)
        self.tally.add(task_ids, losses, margins > 0, torch.ones_like(margins, dtype=torch.bool))
        return loss


def _chosen_tokens(batch: Mapping[str, Tensor]) -> int:
    mask = batch["completion_mask"]
    return int(mask[: len(mask) // 2, 1:].sum())


def check_pairs(dataset: Any) -> None:
    """Refuse pairs that hold the same tokens twice: they train at a loss of 0.693 for ever, and nobody notices.

    Rows are refused when they are made; this finds texts that only their tokens make equal.

    Raises:
        RowsRefusedError: Names the first of them.
    """
    same = [
        row["row_id"]
        for row in dataset.select_columns(["row_id", "answer_ids", "rejected_ids"])
        if row["answer_ids"] == row["rejected_ids"] or not row["rejected_ids"]
    ]
    if same:
        raise RowsRefusedError(
            f"{len(same)} of {len(dataset)} pairs have the same tokens on both sides, or no rejected answer; "
            f"the first are {', '.join(same[:5])}",
            hint="nothing can be learnt from them: take them out",
        )


def dpo_arguments(loss: DpoLoss) -> dict[str, Any]:
    """The loss in the words of TRL's configuration."""
    return {
        "beta": loss.beta,
        "loss_type": list(loss.loss),
        "loss_weights": list(loss.weights),
        "disable_dropout": True,  # the reference has none, so the model must not have any
    }


def make_dpo(
    job: Job, model: Any, dataset: Any, tokenizer: Any, common: dict[str, Any], progress: Progress | None = None
) -> OrderedDPOTrainer:
    """The trainer of a DPO stage, its references computed; :meth:`OrderedTrainer.follow` gives it its order.

    Args:
        job: The stage.
        model: As it was opened: a whole model, or one with a new adapter on it.
        dataset: Rows of its token file.
        tokenizer: Of the model.
        common: See :func:`medgo.training.methods.arguments.common_arguments`.
        progress: Called with the reference log-probabilities done and to do.

    Raises:
        RowsRefusedError: A pair is the same on both sides.
        RunFolderError: References are missing or not numbers.
    """
    check_pairs(dataset)
    args = DPOConfig(**common, **dpo_arguments(job.stage.dpo))
    sides = {
        "ref_chosen_logps": RowSequences(dataset, "answer_ids"),
        "ref_rejected_logps": RowSequences(dataset, "rejected_ids"),
    }
    known = Referenced.of(job, model, args, tokenizer.pad_token_id)
    values = reference_columns(known, model, sides, dataset["row_id"], args, progress)
    return OrderedDPOTrainer(
        job=job,
        model=model,
        args=args,
        data_collator=PairCollator(tokenizer.pad_token_id, task_codes(dataset)),
        train_dataset=with_columns(dataset, dict(zip(sides, values, strict=True))),
        processing_class=tokenizer,
    )
