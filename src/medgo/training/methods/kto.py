"""Kahneman-Tversky optimisation on TRL's trainer: our order, mismatched pairs and references. Reads no recipe file.

The KL term is one number per step, the mean log-ratio on the mismatched pairs of all the step's rows on all devices,
measured before the step's first backward pass. TRL takes it per micro-batch: then the size of a micro-batch and the
number of devices change what is learnt, and small ones estimate it badly
(https://github.com/huggingface/trl/issues/1474).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from trl import KTOConfig, KTOTrainer

from medgo.errors import RecipeError, TrainingFailedError
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
    compute_dtype,
    reference_columns,
    with_columns,
)
from medgo.training.methods.sequences import Scored, scored_batch
from medgo.training.methods.sft import plain_model
from medgo.training.methods.step_checks import (
    FirstStep,
    check_label_order,
)
from medgo.training.methods.tally import TaskTally, task_codes
from medgo.training.ordering.mismatch import Mismatch, MismatchRow, mismatched
from medgo.training.ordering.order import Order
from medgo.training.recipe import KtoLoss
from medgo.training.rows.label_balance import label_balance

_log = logging.getLogger(__name__)
_OUTPUTS = ("log_probs", "entropy", "mean_logits")
_PARTNER_SEED = 0x4B54  # beside the stage's seed, so that partners do not depend on what else is drawn from it


@dataclass(frozen=True, slots=True)
class LabelledCollator:
    """Rows with ``prompt_ids``, ``answer_ids``, ``label`` and references → one micro-batch, in TRL's names.

    Gives ``input_ids``, ``attention_mask``, ``completion_mask`` [b, s], ``label``, ``ref_logps``, ``task_ids`` [b];
    with a KL term also ``KL_input_ids``, ``KL_attention_mask``, ``KL_completion_mask`` [b, k] and ``ref_KL_logps`` [b].

    Args:
        pad_token_id: What padding holds.
        tasks: Task → its code.
        answers: Dataset with ``answer_ids`` that the rows' ``kl_row`` points into; None without a KL term.
    """

    pad_token_id: int
    tasks: Mapping[str, int]
    answers: Any = field(default=None, repr=False)

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Make one micro-batch."""
        batch = scored_batch([Scored(row["prompt_ids"], row["answer_ids"]) for row in rows], self.pad_token_id)
        batch["label"] = torch.tensor([row["label"] for row in rows])
        batch["ref_logps"] = torch.tensor([row["ref_logps"] for row in rows], dtype=torch.float32)
        batch["task_ids"] = torch.tensor([self.tasks[row["task"]] for row in rows])
        if self.answers is not None:
            others = [self.answers[row["kl_row"]]["answer_ids"] for row in rows]
            pairs = [Scored(row["prompt_ids"], other) for row, other in zip(rows, others, strict=True)]
            batch |= {f"KL_{name}": part for name, part in scored_batch(pairs, self.pad_token_id).items()}
            batch["ref_KL_logps"] = torch.tensor([row["ref_KL_logps"] for row in rows], dtype=torch.float32)
        return batch


class OrderedKTOTrainer(OrderedTrainer, KTOTrainer):  # type: ignore[misc]
    """KTO with batches as :class:`OrderedTrainer` brings them, references from the cache and one KL term a step.

    Both of TRL's losses. Logged by TRL: ``kl``, ``logps/chosen``, ``logps/rejected`` (wanted and unwanted rows),
    rewards and margin; per task the loss of ``apo_zero_unpaired`` (without the KL term) and how often a row's reward
    has its label's sign.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, ref_model=NoReference(), **kwargs)
        self.ref_model = None
        self.precompute_ref_logps = True
        compact_head(plain_model(self.model), _OUTPUTS)
        self._kl = torch.zeros(())
        self._first = FirstBatches(self)

    def follow(self, order: Order, tally: TaskTally) -> None:
        """Say what to learn from, in which order.

        Raises:
            InputError: The order's steps cannot be dealt out evenly to this number of devices.
            RecipeError: The order has long stretches of one label.
        """
        super().follow(order, tally)
        check_label_order(self.train_dataset["label"], order)

    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        """Rows are tokenised before training: nothing is left to prepare."""
        return dataset

    def get_batch_samples(self, epoch_iterator: Any, num_batches: int, device: Any) -> tuple[list[Any], Any]:
        """Take a step's micro-batches, and measure the step's KL term on them."""
        batches, items = super().get_batch_samples(epoch_iterator, num_batches, device)
        if self.calculate_KL:
            self._kl = self._step_kl([self._prepare_inputs(batch) for batch in batches])
        return batches, items

    def _step_kl(self, batches: Sequence[Mapping[str, Tensor]]) -> Tensor:
        """Mean log-ratio of the mismatched pairs of a step over all devices, in nats; not yet clamped at 0."""
        first = FirstStep(compute_dtype(self))
        sums = torch.zeros(2, dtype=torch.float64, device=self.accelerator.device)
        for batch in batches:
            with self.compute_loss_context_manager():
                own = {name: part for name, part in batch.items() if name != "task_ids"}
                logps = super()._compute_kl_logps(self.model_wrapped, own)  # [b], without gradient
            if self.state.global_step == 0:
                tokens = answer_tokens(batch["KL_completion_mask"])
                first.add(logps, batch["ref_KL_logps"], tokens, torch.zeros_like(tokens))
            ratios = logps.double() - batch["ref_KL_logps"]
            sums += torch.stack([ratios.sum(), torch.full_like(ratios, 1.0).sum()])
        total, rows = self.accelerator.reduce(sums, reduction="sum")
        kl = total / rows.clamp(min=1)
        if not bool(torch.isfinite(kl)):
            raise TrainingFailedError(
                f"the KL term of step {self.state.global_step + 1} is {float(kl)}",
                hint="lower the learning rate, or take kto.loss: apo_zero_unpaired, which has none",
            )
        kl32: Tensor = kl.float()
        return kl32

    def _compute_kl_logps(self, _model: Any, batch: Mapping[str, Tensor]) -> Tensor | None:
        """What TRL averages, less the references, to the step's own KL term."""
        return batch["ref_KL_logps"] + self._kl if self.calculate_KL else None

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """TRL's loss; before the first update it is checked that the model is its own reference."""
        task_ids = inputs.pop("task_ids")  # [b]
        overheard = self._first.overhear(model)
        loss = super().compute_loss(overheard, inputs, return_outputs, num_items_in_batch)
        reference = inputs["ref_logps"]
        if self._first.now:
            self._first.check(overheard, reference, answer_tokens(inputs["completion_mask"]), inputs["label"])
        rewards = self.beta * (overheard.logps - reference)  # [b]
        towards = torch.where(inputs["label"], rewards, -rewards)
        every = torch.ones_like(towards, dtype=torch.bool)
        self.tally.add(task_ids, 1 - towards.sigmoid(), towards > 0, every)
        return loss


def partners(dataset: Any, seed: int) -> Mismatch:
    """The mismatched row of every row of a token file, for good."""
    columns = dataset.select_columns(["prompt_ids", "answer_ids", "lang"])
    rows = [
        MismatchRow(_ids(row["prompt_ids"]), _ids(row["answer_ids"]), row["lang"], len(row["answer_ids"]))
        for row in columns
    ]
    return mismatched(rows, np.random.default_rng([seed, _PARTNER_SEED]))


def _ids(tokens: Sequence[int]) -> bytes:
    return hashlib.blake2b(np.asarray(tokens, dtype=np.int32).tobytes(), digest_size=16).digest()


def kto_arguments(loss: KtoLoss, labels: Sequence[bool]) -> dict[str, Any]:
    """The loss in the words of TRL's configuration.

    Args:
        loss: Of the recipe.
        labels: Of each row that is learnt from, as often as it is, shape [n]; true is wanted.

    Raises:
        RecipeError: All rows have one label: the loss then only makes every answer likelier (or less likely).
    """
    wanted = sum(map(bool, labels))
    unwanted = len(labels) - wanted
    if not wanted or not unwanted:
        raise RecipeError(
            f"all {len(labels)} labelled rows are {'wanted' if wanted else 'unwanted'}: KTO has nothing to tell apart",
            hint="add rows of the other label"
            + ("; to learn good answers alone, train them with method: sft" if wanted else ""),
        )
    balance = label_balance(wanted, unwanted, loss)
    if not balance.holds:
        _log.warning(
            "%d wanted and %d unwanted rows weigh %.2f to 1; KTO is meant for 1 to 1.33: leave kto.desirable_weight "
            "out to balance them",
            wanted,
            unwanted,
            balance.ratio,
        )
    return {
        "beta": loss.beta,
        "loss_type": loss.loss,
        "desirable_weight": balance.desirable_weight,
        "undesirable_weight": loss.undesirable_weight,
        "disable_dropout": True,  # the reference has none, so the model must not have any
    }


def make_kto(
    job: Job, model: Any, dataset: Any, tokenizer: Any, common: dict[str, Any], progress: Progress | None = None
) -> OrderedKTOTrainer:
    """The trainer of a KTO stage, its references computed; :meth:`OrderedTrainer.follow` gives it its order.

    Args:
        job: The stage.
        model: As it was opened: a whole model, or one with a new adapter on it.
        dataset: Rows of its token file.
        tokenizer: Of the model.
        common: See :func:`medgo.training.methods.arguments.common_arguments`.
        progress: Called with the reference log-probabilities done and to do.

    Raises:
        RecipeError: All rows have one label, or they share too few prompts for a KL term.
        RunFolderError: References are missing or not numbers.
    """
    loss = job.stage.kto
    # Of the order, not of the file: mixing repeats some rows, and never draws others.
    learnt = np.asarray(dataset["label"], dtype=bool)[Order.load(job.order_file).rows]
    args = KTOConfig(**common, **kto_arguments(loss, learnt.tolist()))
    columns = {"ref_logps": RowSequences(dataset, "answer_ids")}
    added: dict[str, np.ndarray[Any, Any]] = {}
    if loss.loss == "kto":
        added["kl_row"] = partners(dataset, job.seed).partner
        columns["ref_KL_logps"] = RowSequences(dataset, "answer_ids", added["kl_row"])
    known = Referenced.of(job, model, args, tokenizer.pad_token_id)
    values = reference_columns(known, model, columns, dataset["row_id"], args, progress)
    return OrderedKTOTrainer(
        job=job,
        model=model,
        args=args,
        data_collator=LabelledCollator(tokenizer.pad_token_id, task_codes(dataset), dataset if added else None),
        train_dataset=with_columns(dataset, added | dict(zip(columns, values, strict=True))),
        processing_class=tokenizer,
    )
