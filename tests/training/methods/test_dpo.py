"""DPO: right at step 0, wrong references refused, the loss is TRL's, steps do not depend on how they are split (R9)."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from medgo.errors import RowsRefusedError, TrainingFailedError
from medgo.training.job import Job
from medgo.training.methods.dpo import check_pairs
from medgo.training.ordering.order import Order
from medgo.training.rows.token_file import read_token_file
from medgo.training.running.model import open_model
from tests.training.methods.preference_stages import logged, prepare, trainer_of
from tests.training.running.stages import prepare_stage

_SIGMOID = {"loss": ["sigmoid"], "weights": [1.0]}


@pytest.fixture(scope="module")
def lora(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """320 tokens: TRL's head multiplies every position by the vocabulary on a CPU, minutes with Qwen3's 151,936."""
    folder = tmp_path_factory.mktemp("dpo") / "stage"
    return prepare_stage(folder, method="dpo", micro_rows=4, dpo=_SIGMOID, optimiser={"learning_rate": 5e-3})


def _full(folder: Path) -> Job:
    """All weights of a model with 320 tokens learn."""
    return prepare_stage(folder, method="dpo", micro_rows=4, adapter={"kind": "full"}, dpo=_SIGMOID)


def _plain_trl(job: Job, model: Any, **config: Any) -> Any:
    """TRL's own trainer on the same tokens, in the same order, with nothing of ours."""
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    from medgo.inference.prompt import ChatRenderer
    from tests.training.methods.preference_stages import arguments

    order, rows = Order.load(job.order_file), read_token_file(job.rows_file)
    picked = [rows[int(position)] for position in order.rows]
    columns = {"prompt_ids": "prompt_ids", "chosen_ids": "answer_ids", "rejected_ids": "rejected_ids"}
    dataset = Dataset.from_list([{name: row[source] for name, source in columns.items()} for row in picked])

    class Prepared(DPOTrainer):  # type: ignore[misc]
        def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
            return dataset

        def _get_train_sampler(self, *_: Any) -> Any:
            return torch.utils.data.SequentialSampler(self.train_dataset)

    args = DPOConfig(**arguments(job, order) | {"beta": 0.1} | config)
    return Prepared(
        model=model, args=args, train_dataset=dataset, processing_class=ChatRenderer.load(job.model_dir).tokenizer
    )


def test_the_first_loss_is_ln_2_with_no_margin_and_training_opens_it(tmp_path: Path) -> None:
    """-log sigmoid(beta * 0) = ln 2 = 0.6931; after steps on the same pairs the margin is above 0, the loss less."""
    trainer = trainer_of(prepare(tmp_path / "stage", "dpo", dpo=_SIGMOID))
    trainer.train()
    losses, margins = logged(trainer, "loss"), logged(trainer, "rewards/margins")
    assert losses[0] == pytest.approx(math.log(2), abs=1e-5) and margins[0] == pytest.approx(0, abs=1e-5)
    assert losses[-1] < losses[0] and margins[-1] > 0
    assert logged(trainer, "logps/chosen")[0] != logged(trainer, "logps/rejected")[0]  # told apart
    assert set(trainer.last_tasks) == {"questions", "safety"}


def test_the_whole_run_is_trls_own_with_other_means(lora: Job) -> None:
    """Cached references, our collator and head give the losses that TRL's adapter-off reference gives."""
    ours = trainer_of(lora)
    ours.train()
    theirs = _plain_trl(lora, open_model(lora, "cpu"))
    theirs.train()
    for name in ("loss", "rewards/margins", "logps/chosen", "logps/rejected", "entropy", "mean_token_accuracy"):
        assert logged(ours, name) == pytest.approx(logged(theirs, name), rel=2e-3, abs=2e-4), name


def test_trl_gives_an_adapter_model_a_second_adapter_and_ours_has_one(lora: Job) -> None:
    assert set(_plain_trl(lora, open_model(lora, "cpu")).model.peft_config) == {"default", "ref"}
    assert set(trainer_of(lora).model.peft_config) == {"default"}


def test_the_gradient_of_the_first_step_is_that_of_the_formula(lora: Job) -> None:
    """d/dθ -log sigmoid(m) at m = 0 is -1/2 dm/dθ, with m = beta (log p(chosen) - log p(rejected))."""
    trainer = trainer_of(lora)
    batch = next(iter(trainer.get_train_dataloader()))
    trainer.model.train()
    trainer.compute_loss(trainer.model, dict(batch)).backward()
    taken = {name: weight.grad.clone() for name, weight in trainer.model.named_parameters() if weight.grad is not None}
    trainer.model.zero_grad()
    labels = batch["input_ids"].masked_fill(batch["completion_mask"] == 0, -100)
    ids, mask = batch["input_ids"], batch["attention_mask"]
    logits = trainer.model(input_ids=ids, attention_mask=mask).logits[:, :-1].log_softmax(-1)
    logps = logits.gather(2, labels[:, 1:].clamp(min=0)[..., None])[..., 0].masked_fill(labels[:, 1:] == -100, 0).sum(1)
    chosen, rejected = logps.chunk(2)
    (-0.5 * 0.1 * (chosen - rejected).mean()).backward()
    assert any(float(grad.abs().max()) > 0 for grad in taken.values())
    for name, weight in trainer.model.named_parameters():
        if name in taken:
            assert torch.allclose(taken[name], weight.grad, rtol=1e-3, atol=1e-6), name


@pytest.mark.parametrize("loss", [["sigmoid"], ["sigmoid", "sft"], ["ipo"]])
def test_a_step_is_the_same_however_its_pairs_are_split(tmp_path: Path, loss: list[str]) -> None:
    weights = [1.0, 0.5][: len(loss)]
    seen = []
    for name, micro in (("whole", 8), ("halves", 4), ("singles", 1)):
        dpo = {"loss": loss, "weights": weights}
        job = prepare_stage(tmp_path / name, method="dpo", micro_rows=micro, dpo=dpo)
        trainer = trainer_of(job)
        trainer.train()
        seen.append(torch.cat([w.flatten() for w in trainer.model.parameters() if w.requires_grad]).detach())
    assert float(seen[0].abs().max()) > 0
    assert torch.allclose(seen[0], seen[1], atol=2e-5) and torch.allclose(seen[0], seen[2], atol=2e-5)


def test_trls_sft_term_depends_on_how_its_pairs_are_split(tmp_path: Path) -> None:
    """The naive way: a mean over each micro-batch's tokens, then a mean over micro-batches."""
    first = []
    for name, micro in (("whole", 8), ("singles", 1)):
        job = prepare_stage(tmp_path / name, method="dpo", micro_rows=micro)
        theirs = _plain_trl(job, open_model(job, "cpu"), loss_type=["sft"], max_steps=1)
        theirs.train()
        first.append(logged(theirs, "loss")[0])
    assert abs(first[0] - first[1]) > 1e-2


def test_a_full_model_that_was_changed_in_memory_has_the_wrong_reference_in_trl_and_ours_refuses(
    tmp_path: Path,
) -> None:
    """TRL loads the reference again from the path in the model's configuration: the margin is not 0, silently."""
    job = _full(tmp_path / "stage")
    trainer_of(job)  # references of the model as it lies on disk are kept

    def changed() -> Any:
        model = open_model(job, "cpu")
        draw = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for weight in model.parameters():
                weight.add_(0.02 * torch.randn(weight.shape, generator=draw))
        return model

    theirs = _plain_trl(job, changed(), max_steps=1)
    theirs.train()
    assert abs(logged(theirs, "rewards/margins")[0]) > 1e-3
    with pytest.raises(TrainingFailedError, match="must be its own reference"):
        trainer_of(job, changed()).train()


def test_in_bfloat16_a_reference_of_3_nats_a_hundred_tokens_is_refused(tmp_path: Path) -> None:
    """As of a model before a short stage: a whole step's margins are then off, and rounding would hide one answer's."""
    job = replace(prepare_stage(tmp_path / "stage", method="dpo", micro_rows=4, rows=32, steps=1), precision="bfloat16")
    trainer_of(job, open_model(job, "cpu").to(torch.bfloat16)).train()  # its own reference passes
    kept = trainer_of(job, open_model(job, "cpu").to(torch.bfloat16))

    def older(row: dict[str, Any]) -> dict[str, float]:
        return {"ref_chosen_logps": row["ref_chosen_logps"] - 0.3 * len(row["answer_ids"]) ** 0.5}

    kept.train_dataset = kept.train_dataset.map(older, keep_in_memory=True)
    with pytest.raises(TrainingFailedError, match="rounding explains"):
        kept.train()


def test_an_adapter_that_has_learnt_is_refused_in_the_same_batch(tmp_path: Path) -> None:
    """Its references are computed with the adapter off, and a small step is less than rounding between batches."""
    job = replace(prepare_stage(tmp_path / "stage", method="dpo", micro_rows=4, rows=8, steps=1), precision="bfloat16")
    model = open_model(job, "cpu").to(torch.bfloat16)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.fill_(2e-3)
    with pytest.raises(TrainingFailedError, match="computed anew in the same batch"):
        trainer_of(job, model).train()


def test_a_full_model_learns_from_cached_references_alone(tmp_path: Path) -> None:
    job = _full(tmp_path / "stage")
    trainer = trainer_of(job)
    assert trainer.ref_model is None
    trainer.train()
    assert logged(trainer, "loss")[0] == pytest.approx(math.log(2), abs=1e-5)
    assert abs(logged(trainer, "rewards/margins")[-1]) > 0


def test_identical_pairs_train_at_ln_2_in_trl_and_are_refused_here(lora: Job) -> None:
    """The margin of a pair with itself is 0 whatever the weights: the loss stays at 0.6931 and nothing is learnt."""
    rows = read_token_file(lora.rows_file)
    twins = rows.map(lambda row: {"rejected_ids": row["answer_ids"]}, keep_in_memory=True)
    with pytest.raises(RowsRefusedError, match=f"32 of 32 pairs have the same tokens.*{rows[0]['row_id']}"):
        check_pairs(twins)
    check_pairs(rows)
    theirs = _plain_trl(lora, open_model(lora, "cpu"), max_steps=3)
    theirs.train_dataset = theirs.train_dataset.map(
        lambda row: {"rejected_ids": row["chosen_ids"]}, keep_in_memory=True
    )
    theirs.train()
    assert logged(theirs, "loss")[:3] == pytest.approx([math.log(2)] * 3, abs=1e-5)
