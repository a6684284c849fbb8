"""Supervised fine-tuning on TRL's trainer: our order, our head, loss per task. Knows no files."""

from __future__ import annotations

from typing import Any

import torch
from trl import SFTConfig, SFTTrainer

from medgo.training.job import Job
from medgo.training.methods.collate import SftCollator
from medgo.training.methods.head import compact_head
from medgo.training.methods.ordered import OrderedTrainer
from medgo.training.methods.tally import task_codes


class OrderedSFTTrainer(OrderedTrainer, SFTTrainer):  # type: ignore[misc]
    """SFT with batches as :class:`OrderedTrainer` brings them.

    Data sets have the columns of ``rows/token_file.py``; TRL's own preparation is skipped
    (``dataset_kwargs={"skip_prepare_dataset": True}``). The collator is
    :class:`medgo.training.methods.collate.SftCollator`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        compact_head(plain_model(self.model))

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Negative log-likelihood, summed over the micro-batch's loss tokens, divided by those of the whole step.

        So the gradient of a step is the same however its rows are split into micro-batches and over devices.
        """
        task_ids = inputs.pop("task_ids")  # [b, s]
        outputs = model(**inputs, use_cache=False, fused_lm_head=True)
        losses = -outputs.log_probs  # [b, s - 1], 0 where there is no label
        whole = outputs.label_mask.sum() if num_items_in_batch is None else num_items_in_batch
        loss = losses.sum() / torch.as_tensor(whole).clamp(min=1)
        if self.args.average_tokens_across_devices and num_items_in_batch is not None:
            loss = loss * self.accelerator.num_processes  # the devices' gradients are averaged, the tokens were summed
        self.tally.add(task_ids[:, 1:], losses, outputs.is_top1, outputs.label_mask)
        self._count_tokens(inputs)
        return (loss, outputs) if return_outputs else loss

    def _count_tokens(self, inputs: dict[str, Any]) -> None:
        mask = inputs.get("attention_mask")
        own = inputs["input_ids"].numel() if mask is None else mask.sum()
        tokens = self.accelerator.gather(torch.as_tensor(own, device=self.accelerator.device)).sum()
        self._total_train_tokens += int(tokens)
        self._metrics["train"]["num_tokens"] = [self._total_train_tokens]


def make_sft(job: Job, model: Any, dataset: Any, tokenizer: Any, common: dict[str, Any]) -> OrderedSFTTrainer:
    """The trainer of an SFT stage; :meth:`OrderedTrainer.follow` gives it its order.

    Args:
        job: The stage.
        model: As it was opened.
        dataset: Rows of its token file.
        tokenizer: Of the model.
        common: See :func:`medgo.training.methods.arguments.common_arguments`.
    """
    return OrderedSFTTrainer(
        job=job,
        model=model,
        args=SFTConfig(**common, dataset_kwargs={"skip_prepare_dataset": True}, completion_only_loss=False),
        data_collator=SftCollator(tokenizer.pad_token_id, task_codes(dataset), packed=job.packed),
        train_dataset=dataset,
        processing_class=tokenizer,
    )


def plain_model(model: Any) -> Any:
    """The transformers model inside PEFT's wrapper, or the model itself."""
    from peft import PeftModel

    return model.get_base_model() if isinstance(model, PeftModel) else model
