"""What DPO and KTO share: cached references joined to rows, and a look at the first step. Knows neither loss."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from peft import PeftModel
from torch import Tensor

from medgo.training.job import Job
from medgo.training.methods.ordered import OrderedTrainer
from medgo.training.methods.reference import (
    ReferenceFile,
    ReferenceIdentity,
    Scoring,
    Values,
    collect,
    fill,
    require_complete,
)
from medgo.training.methods.sequences import Scored
from medgo.training.methods.step_checks import FirstStep

_log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]
_BATCH_TOKENS = {"cpu": 2048, "cuda": 65_536}


class NoReference(torch.nn.Module):
    """Stands where TRL wants a reference model, so that it makes none.

    Without one, TRL loads a full model's reference again from the path in its configuration, which is wrong for a model
    that was changed in memory, and gives a PEFT model a second adapter, which costs a copy and the fused kernel. With
    one, it takes it; the trainers drop it and read the cache (https://github.com/huggingface/trl/issues/6443).
    """

    def __init__(self) -> None:
        super().__init__()
        self.config = _PlainConfig()
        self.nothing = torch.nn.Parameter(torch.zeros(1), requires_grad=False)  # sharding wants a weight


class _PlainConfig:
    def get_text_config(self) -> _PlainConfig:
        """TRL asks a model's configuration for the part about text."""
        return self


class Overheard:
    """A model whose log-probabilities can be read after a trainer's loss has called it.

    Args:
        model: Called in its place.
        adapted: The same model with its adapter, to be scored once more in the same batch without it; None does not.
    """

    def __init__(self, model: Any, adapted: PeftModel | None = None) -> None:
        self._model, self._adapted = model, adapted
        self.logps = torch.empty(0)
        self.without: Tensor | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the model, and keep the sum over each answer's tokens."""
        if self._adapted is not None:  # first, so that nothing comes between forward and backward pass
            with torch.no_grad(), self._adapted.disable_adapter():
                self.without = self._adapted(*args, **kwargs).log_probs.sum(dim=1)
        outputs = self._model(*args, **kwargs)
        self.logps = outputs.log_probs.detach().sum(dim=1)  # [b]
        return outputs


class FirstBatches:
    """Checks in a preference trainer's first step that the model is its own reference."""

    _COMPARED = 2  # micro-batches of each process that are scored a second time, with the adapter off

    def __init__(self, trainer: OrderedTrainer) -> None:
        self._trainer = trainer
        self._check = FirstStep(compute_dtype(trainer))
        self._seen = 0

    def overhear(self, model: Any) -> Overheard:
        """The model to give to the trainer's loss."""
        whole = self._trainer.accelerator.unwrap_model(self._trainer.model)
        self._seen += self.now
        again = self.now and self._seen <= self._COMPARED and isinstance(whole, PeftModel)
        return Overheard(model, whole if again else None)

    @property
    def now(self) -> bool:
        """Whether nothing was learnt yet."""
        return bool(self._trainer.state.global_step == 0 and self._trainer.model.training)

    def check(self, heard: Overheard, reference: Tensor, tokens: Tensor, side: Tensor) -> None:
        """See :meth:`medgo.training.methods.step_checks.FirstStep.add`."""
        self._check.add(heard.logps, reference, tokens, side, heard.without)


def compute_dtype(trainer: OrderedTrainer) -> torch.dtype:
    """Number format of the forward pass."""
    if trainer.args.bf16:
        return torch.bfloat16
    base: torch.dtype = next(iter(trainer.model.parameters())).dtype  # the embedding: no adapter is float32 beside it
    return base


def answer_tokens(completion_mask: Tensor) -> Tensor:
    """Tokens of each answer, shape [b]."""
    return completion_mask.sum(dim=1)


@dataclass(frozen=True, slots=True)
class Referenced:
    """What the references of a stage are computed with.

    Args:
        folder: Where they are kept.
        identity: Of the model that the stage starts from.
        scoring: How they are computed.
        sharded: Whether the model is cut into shards afterwards, from where it lies now.
    """

    folder: Path
    identity: ReferenceIdentity
    scoring: Scoring
    sharded: bool

    @classmethod
    def of(cls, job: Job, model: Any, args: Any, pad_id: int) -> Referenced:
        """For a stage.

        Args:
            model: As it was opened.
            args: The trainer's configuration: number format and place among the processes.
            pad_id: Token id that fills rows up.
        """
        autocast = torch.bfloat16 if args.bf16 else None
        base = next(iter(model.parameters())).dtype
        device = args.device.type
        precision = f"{device}/{base}" + (f"/autocast-{autocast}" if autocast else "")
        return cls(
            job.folder / "reference",
            ReferenceIdentity(job.model_hash, job.template_hash, precision),
            Scoring(pad_id, _BATCH_TOKENS.get(device, 2048), autocast, args.process_index, args.world_size),
            job.devices.sharding != "none",
        )


class RowSequences:
    """A prompt and an answer of each row of a token file, read when asked for.

    Args:
        rows: The file's rows.
        column: Which answer.
        partner: Row → the row whose answer stands there instead of its own; None for its own, shape [n].
    """

    def __init__(self, rows: Any, column: str, partner: npt.NDArray[np.int64] | None = None) -> None:
        self._prompts, self._answers = rows.select_columns(["prompt_ids"]), rows.select_columns([column])
        self._column, self._partner = column, partner

    def __len__(self) -> int:
        return len(self._prompts)

    def __getitem__(self, index: int) -> Scored:
        other = index if self._partner is None else int(self._partner[index])
        return Scored(self._prompts[index]["prompt_ids"], self._answers[other][self._column])

    def keys(self) -> list[str]:
        """Key of every row's sequence."""
        return [self[index].key for index in range(len(self))]


def reference_columns(
    known: Referenced,
    model: Any,
    columns: Mapping[str, RowSequences],
    row_ids: Sequence[str],
    args: Any,
    progress: Progress | None = None,
) -> Values:
    """Compute what is missing, wait for the other processes, and look everything up.

    Processes on several machines need the stage's folder on a file system that they share, as for checkpoints.

    Args:
        columns: Name → its n sequences.
        row_ids: Of the n rows.
        args: The trainer's configuration.
        progress: Called with the sequences done and to do.

    Returns:
        Shape [columns, n], complete.

    Raises:
        RunFolderError: One is missing or not a number.
    """
    file = ReferenceFile(known.folder, known.identity)
    home = model.device
    if home != args.device:
        model.to(args.device)
    for name, column in columns.items():
        fill(file, model, column, known.scoring, progress or _Told(name))
    if known.sharded and model.device != home:
        model.to(home)
    args.distributed_state.wait_for_everyone()
    values = collect(file, [column.keys() for column in columns.values()])
    require_complete(values, list(columns), row_ids)
    return values


class _Told:
    """Says in the log when another tenth is done."""

    def __init__(self, name: str) -> None:
        self._name, self._tenth = name, 0

    def __call__(self, done: int, total: int) -> None:
        if (tenth := 10 * done // total) > self._tenth:
            self._tenth = tenth
            _log.info("%s of the reference model: %d of %d computed", self._name, done, total)


def with_columns(dataset: Any, columns: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    """A dataset with columns added beside its memory-mapped ones."""
    for name, values in columns.items():
        dataset = dataset.add_column(name, values)
    return dataset
