"""What a training run is: a base model, rows, and stages that follow on one another. Knows no trainer.

A recipe is a YAML file (``recipes/``) that ``key=value`` arguments change. Every stage starts from the merged result
of the stage before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from medgo.schema.licences import OPEN_LICENCES
from medgo.store.recipes import read_recipe
from medgo.training.probes.measures import SCORED

Method = Literal["sft", "dpo", "kto"]
Adapter = Literal["lora", "qlora", "full"]
TooLong = Literal["error", "drop", "truncate_prompt", "split"]
Precision = Literal["auto", "bfloat16", "float32"]
Tracker = Literal["tensorboard", "wandb", "swanlab", "mlflow"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RowFiles(_Part):
    """Rows that a stage learns from.

    Args:
        path: A JSONL file of rows, or a folder of such files (``${MEDGO_DATA}`` is replaced).
        tasks: Only rows of these tasks; empty takes all.
        weight: Share relative to the stage's other entries, times what the mix gives each task.
        replay: General rows against forgetting: they keep their own share of the mix (``mix.replay``).
        priority: Rows of a higher priority come earlier (``mix.schedule: priority``).
    """

    path: str
    tasks: tuple[str, ...] = ()
    weight: float = Field(default=1.0, gt=0)
    replay: bool = False
    priority: float = Field(default=1.0, gt=0)


class Mix(_Part):
    """How much of each task an epoch holds, and in which order.

    Args:
        by: What shares are counted in: rows, all tokens, or the tokens that carry a loss.
        temperature: 1 keeps the tasks' own proportions, larger evens them out (share ~ size ** (1 / temperature)).
        weights: Task → factor on its share.
        replay: Share of the whole that rows marked ``replay`` have, in the unit of ``by``; 0 is none.
        schedule: ``static`` mixes all the time; ``priority`` draws by weights that favour high priorities early
            (HuatuoGPT-II, https://arxiv.org/abs/2311.09774, section 3.2).
    """

    by: Literal["rows", "tokens", "loss_tokens"] = "loss_tokens"
    temperature: float = Field(default=1.0, ge=1.0)
    weights: dict[str, float] = Field(default_factory=dict)
    replay: float = Field(default=0.0, ge=0.0, lt=1.0)
    schedule: Literal["static", "priority"] = "static"


class Lengths(_Part):
    """What becomes of rows that are too long; an answer and its end-of-turn are never cut.

    Args:
        max_tokens: Most tokens of prompt and answer.
        too_long: ``error`` stops when more than ``budget`` of the rows are too long (those within it are dropped and
            counted); ``drop`` drops and counts; ``truncate_prompt`` drops the oldest turns of the conversation;
            ``split`` learns a long answer in parts, each with the prompt before it.
        budget: Share of a stage's rows that may be dropped under ``error``.
        thinking: What becomes of rows with reasoning when the model's template has no thinking: ``error``, or
            ``drop`` and count.
    """

    max_tokens: int = Field(default=4096, gt=0)
    too_long: TooLong = "error"
    budget: float = Field(default=0.01, ge=0, le=1)
    thinking: Literal["error", "drop"] = "error"


class Gates(_Part):
    """What rows must be to be learnt from.

    Args:
        licences: Licences that their sources may have.
        trusted_keys: Public keys (PEM) of issuers of de-identification certificates.
        policies: De-identification policies that are accepted: built-in names or files.
        certified_files: Files of records that certificates in rows were issued for; verified again before training.
        overlap: Whether rows are compared with benchmark items: ``required`` stops when no item is at hand,
            ``if_present`` says so in audit and card, ``off`` does not compare.
        benchmarks: Folders with benchmark files; empty takes ``$MEDGO_DATA``.
    """

    licences: tuple[str, ...] = OPEN_LICENCES
    trusted_keys: tuple[str, ...] = ()
    policies: tuple[str, ...] = ("safe_harbor",)
    certified_files: tuple[str, ...] = ()
    overlap: Literal["required", "if_present", "off"] = "if_present"
    benchmarks: tuple[str, ...] = ()


class AdapterRecipe(_Part):
    """Which weights learn.

    Args:
        kind: ``lora`` (frozen base in its own dtype), ``qlora`` (base in 4 bits; needs CUDA), ``full``.
        r: Rank; higher learns more and costs memory.
        alpha: Scale; the update is alpha / r times the adapter.
        dropout: On the adapter's input; 0 keeps training exact to resume and fast.
        targets: ``all-linear``, or names of modules. ``lm_head`` cannot be one.
        layers: Only the last so many layers; None takes all. Nothing is computed backward below the lowest one.
    """

    kind: Adapter = "lora"
    r: int = Field(default=16, gt=0)
    alpha: int = Field(default=32, gt=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: Literal["all-linear"] | tuple[str, ...] = "all-linear"
    layers: int | None = Field(default=None, gt=0)

    @field_validator("targets")
    @classmethod
    def _head_is_not_adapted(cls, targets: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if "lm_head" in targets:
            raise ValueError("lm_head cannot carry an adapter: the loss multiplies by its weight directly")
        return targets


class Optimiser(_Part):
    """How weights move: AdamW, linear warm-up, then a schedule down.

    Args:
        learning_rate: At its highest.
        schedule: ``cosine``, ``linear`` or ``constant``.
        warmup: Share of the steps.
        weight_decay: As in AdamW; not on norms and biases.
        max_grad_norm: Gradients are scaled down to this norm.
        beta2: Of AdamW; 0.95 forgets faster than 0.999.
    """

    learning_rate: float = Field(gt=0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: float = Field(default=0.03, ge=0, lt=1)
    weight_decay: float = Field(default=0.0, ge=0)
    max_grad_norm: float = Field(default=1.0, gt=0)
    beta2: float = Field(default=0.999, gt=0, lt=1)


class Batch(_Part):
    """One optimiser step, whatever the number of devices: ``rows`` rows, in micro-batches of at most ``micro_rows``.

    Args:
        rows: Rows (packs, when packing) that one step learns from, over all devices.
        micro_rows: Rows that go through the model at once on one device; changes memory and speed, not the result.
            Where rows are packed, one pack goes through at once: 1 with ``packing: on``, not read where ``auto`` packs.
        packing: ``off`` pads micro-batches of like lengths; ``on`` joins whole rows end to end up to ``max_tokens``,
            each blind to the others (SFT only); ``auto`` packs on a GPU and pads on a CPU, where packing measured
            slower.
    """

    rows: int = Field(default=32, gt=0)
    micro_rows: int = Field(default=4, gt=0)
    packing: Literal["auto", "on", "off"] = "auto"

    @model_validator(mode="after")
    def _micro_batches_are_whole(self) -> Batch:
        if self.rows % self.micro_rows:
            raise ValueError(f"rows ({self.rows}) must be a multiple of micro_rows ({self.micro_rows})")
        return self


class DpoLoss(_Part):
    """Direct preference optimisation.

    Args:
        beta: How far the model may move from its reference; smaller moves further.
        loss: TRL's names, added up with ``weights``; ``sft`` keeps the chosen answer's own likelihood from falling.
        weights: One per loss.
    """

    beta: float = Field(default=0.1, gt=0)
    loss: tuple[str, ...] = ("sigmoid", "sft")
    weights: tuple[float, ...] = (1.0, 0.2)

    @model_validator(mode="after")
    def _one_weight_each(self) -> DpoLoss:
        if len(self.loss) != len(self.weights):
            raise ValueError(f"{len(self.loss)} losses have {len(self.weights)} weights")
        return self


class KtoLoss(_Part):
    """Kahneman-Tversky optimisation on labelled rows.

    Args:
        beta: As in DPO.
        loss: ``kto`` estimates one KL term a step, from mismatched pairs of all its rows, and needs at least 4 rows a
            step (and micro-batches of 2, which TRL asks for); ``apo_zero_unpaired`` needs none.
        desirable_weight: Factor on wanted rows; None balances the labels of the rows as often as they are learnt from
            (equation 8 of https://arxiv.org/abs/2402.01306, ratio 1).
        undesirable_weight: Factor on unwanted rows.
    """

    beta: float = Field(default=0.1, gt=0)
    loss: Literal["kto", "apo_zero_unpaired"] = "kto"
    desirable_weight: float | None = Field(default=None, gt=0)
    undesirable_weight: float = Field(default=1.0, gt=0)


class Checkpoints(_Part):
    """When the state of a run is saved.

    Args:
        every: Steps between checkpoints.
        keep: How many of the last are kept.
    """

    every: int = Field(default=100, gt=0)
    keep: int = Field(default=2, ge=1)


class ProbeRecipe(_Part):
    """A small evaluation during training, against the model that the stage started from.

    Args:
        path: Items, as ``medgo train probes`` writes them.
        every: Steps between two; None only before and after.
        items: At most so many of each kind, always the same ones; None takes all.
        patience: Stop after so many probes in a row that brought nothing better to promote: whose mean over the guarded
            kinds is not above the best so far, the start's included, or in which one of them fell. None never stops
            early.
        guard: Kinds that must not fall, beyond their interval, below the model that the stage started from, nor below
            the one that the whole run did; nor may their mean fall at all. Empty: the mean of all kinds may not.
            Only kinds that are measured without replies.
    """

    path: str
    every: int | None = Field(default=None, gt=0)
    items: int | None = Field(default=None, gt=0)
    patience: int | None = Field(default=None, gt=0)
    guard: tuple[str, ...] = ()

    @field_validator("guard")
    @classmethod
    def _guards_what_is_measured(cls, guard: tuple[str, ...]) -> tuple[str, ...]:
        if other := sorted(set(guard) - SCORED):
            raise ValueError(
                f"{', '.join(other)} cannot be measured in training, where no replies are asked for; "
                f"guard kinds among {', '.join(sorted(SCORED))}"
            )
        return guard


class StageRecipe(_Part):
    """One stage.

    Args:
        name: Of its folder and in reports.
        method: ``sft``, ``dpo`` or ``kto``.
        data: What it learns from.
        epochs: Times that the mix is gone through.
        max_steps: Stop after so many steps; None goes through all.
        seed: Added to the recipe's; changes order and adapter's start.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    method: Method
    data: tuple[RowFiles, ...] = Field(min_length=1)
    mix: Mix = Mix()
    lengths: Lengths = Lengths()
    adapter: AdapterRecipe = AdapterRecipe()
    optimiser: Optimiser
    batch: Batch = Batch()
    epochs: float = Field(default=1.0, gt=0)
    max_steps: int | None = Field(default=None, gt=0)
    dpo: DpoLoss = DpoLoss()
    kto: KtoLoss = KtoLoss()
    checkpoints: Checkpoints = Checkpoints()
    probe: ProbeRecipe | None = None
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _fits_the_method(self) -> StageRecipe:
        if self.method != "sft" and self.batch.packing == "on":
            raise ValueError(f"{self.name}: only sft can pack rows; set batch.packing to off")
        if self.batch.packing == "on" and self.batch.micro_rows > 1:
            raise ValueError(
                f"{self.name}: with packing on, one pack is a micro-batch; set batch.micro_rows to 1, and "
                "lengths.max_tokens to as many tokens as shall go through the model at once"
            )
        small = self.batch.rows < 4 or self.batch.micro_rows < 2
        if self.method == "kto" and self.kto.loss == "kto" and small:
            raise ValueError(
                f"{self.name}: the KL term of kto is estimated from all rows of a step and needs batch.rows >= 4, and "
                "TRL's trainer needs batch.micro_rows >= 2; or take kto.loss: apo_zero_unpaired"
            )
        return self


class Devices(_Part):
    """What the run is launched on.

    Args:
        processes: Per machine, one per GPU.
        machines: How many.
        sharding: ``none`` (every process holds the model), ``fsdp2`` or ``zero3``.
        recompute: Activations are computed again in the backward pass: saves memory, costs a third.
    """

    processes: int = Field(default=1, gt=0)
    machines: int = Field(default=1, gt=0)
    sharding: Literal["none", "fsdp2", "zero3"] = "none"
    recompute: bool = False


class TrainingRecipe(_Part):
    """One run of ``medgo train``.

    Args:
        name: Of the run.
        model: Base model: a registered name, a hub id or a folder.
        output: Folder of the run.
        trackers: Who follows the curves.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    model: str
    output: str
    seed: int = Field(default=0, ge=0)
    precision: Precision = "auto"
    gates: Gates = Gates()
    devices: Devices = Devices()
    trackers: tuple[Tracker, ...] = ("tensorboard",)
    stages: tuple[StageRecipe, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _steps_are_shared_evenly(self) -> TrainingRecipe:
        devices = self.devices.processes * self.devices.machines
        for stage in self.stages:
            packed = stage.method == "sft" and stage.batch.packing != "off"  # a pack goes through alone
            at_once = devices * (1 if packed else stage.batch.micro_rows)
            if stage.batch.rows % at_once:
                raise ValueError(
                    f"{stage.name}: batch.rows ({stage.batch.rows}) cannot be shared by {devices} devices "
                    f"with {at_once // devices} at once: choose a multiple of {at_once}"
                )
        return self

    @model_validator(mode="after")
    def _four_bits_stay_whole(self) -> TrainingRecipe:
        for stage in self.stages:
            if stage.adapter.kind == "qlora" and self.devices.sharding == "zero3":
                raise ValueError(
                    f"{stage.name}: ZeRO-3 cannot shard weights of 4 bits; "
                    "take devices.sharding: fsdp2, or adapter.kind: lora"
                )
        return self

    @field_validator("stages")
    @classmethod
    def _no_stage_twice(cls, stages: tuple[StageRecipe, ...]) -> tuple[StageRecipe, ...]:
        names = [stage.name for stage in stages]
        if len(set(names)) != len(names):
            raise ValueError(f"a stage is named twice: {', '.join(names)}")
        return stages

    @model_validator(mode="after")
    def _probes_need_the_whole_model(self) -> TrainingRecipe:
        probing = [stage.name for stage in self.stages if stage.probe is not None]
        if probing and self.devices.sharding != "none":
            raise ValueError(
                f"{', '.join(probing)}: probes in training need the whole model in every process, which "
                f"devices.sharding {self.devices.sharding} does not leave there; take probe out, and evaluate after"
            )
        return self


def load_training_recipe(path: Path, overrides: Sequence[str] = ()) -> TrainingRecipe:
    """Read a recipe; see :func:`medgo.store.recipes.read_recipe`."""
    return read_recipe(path, TrainingRecipe, overrides)


def as_dict(recipe: BaseModel) -> dict[str, Any]:
    """A recipe or a part of it as JSON, with every default spelt out."""
    return recipe.model_dump(mode="json")
