"""KTO: one KL term a step, partners for good, labels mixed, refusals in words (R8)."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from medgo.errors import RecipeError
from medgo.training.job import Job
from medgo.training.methods.kto import kto_arguments, partners
from medgo.training.ordering.order import Order
from medgo.training.recipe import KtoLoss
from medgo.training.rows.token_file import read_token_file
from medgo.training.running.model import open_model
from tests.training.methods.preference_stages import arguments, logged, prepare, trainer_of
from tests.training.running.stages import prepare_stage


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = tmp_path_factory.mktemp("kto") / "stage"
    weights = {"desirable_weight": 10, "undesirable_weight": 0.1}  # every answer becomes likelier: the KL term grows
    return prepare_stage(folder, method="kto", micro_rows=8, optimiser={"learning_rate": 5e-3}, kto=weights)


def test_the_first_step_has_no_kl_and_no_reward_and_loses_a_half(tmp_path: Path) -> None:
    """1 - sigmoid(beta (0 - 0)) = 1/2 for either label, times a weight of 1; then rewards part by label."""
    trainer = trainer_of(prepare(tmp_path / "stage", "kto"))
    trainer.train()
    assert logged(trainer, "loss")[0] == pytest.approx(0.5, abs=1e-5)
    assert logged(trainer, "kl")[0] == pytest.approx(0, abs=1e-4)
    assert logged(trainer, "rewards/margins")[0] == pytest.approx(0, abs=1e-4)
    assert logged(trainer, "rewards/margins")[-1] > 0
    assert set(trainer.last_tasks) == {"questions", "safety"}


def test_the_run_is_trls_own_on_the_same_mismatched_pairs(job: Job) -> None:
    """With one micro-batch a step, the step's KL term is TRL's: same rows and partners, references beside the model."""
    from datasets import Dataset
    from trl import KTOConfig, KTOTrainer

    from medgo.inference.prompt import ChatRenderer

    ours = trainer_of(job)
    ours.train()
    order, rows = Order.load(job.order_file), read_token_file(job.rows_file)
    partner = partners(rows, job.seed).partner
    picked = [
        {
            "prompt_ids": rows[int(row)]["prompt_ids"],
            "completion_ids": rows[int(row)]["answer_ids"],
            "KL_completion_ids": rows[int(partner[row])]["answer_ids"],
            "label": rows[int(row)]["label"],
        }
        for row in order.rows
    ]

    class Prepared(KTOTrainer):  # type: ignore[misc]
        def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
            return dataset

    theirs = Prepared(
        model=open_model(job, "cpu"),
        args=KTOConfig(**arguments(job, order), beta=0.1, desirable_weight=10, undesirable_weight=0.1),
        train_dataset=Dataset.from_list(picked),
        processing_class=ChatRenderer.load(job.model_dir).tokenizer,
    )
    theirs.train()
    for name in ("loss", "kl", "rewards/chosen", "rewards/rejected", "logps/chosen", "entropy"):
        assert logged(ours, name) == pytest.approx(logged(theirs, name), rel=2e-3, abs=2e-4), name
    assert max(logged(ours, "kl")) > 0


@pytest.mark.parametrize("loss", ["kto", "apo_zero_unpaired"])
def test_a_step_is_the_same_however_its_rows_are_split(tmp_path: Path, loss: str) -> None:
    """TRL's KL term is of a micro-batch, so 8 rows at once and 4 at a time learn other things; ours is of the step."""
    seen = []
    for name, micro in (("whole", 8), ("halves", 4)):
        stage = prepare_stage(
            tmp_path / name, method="kto", micro_rows=micro, kto={"loss": loss}, optimiser={"learning_rate": 5e-3}
        )
        trainer = trainer_of(stage)
        trainer.train()
        seen.append(torch.cat([w.flatten() for w in trainer.model.parameters() if w.requires_grad]).detach())
    assert float(seen[0].abs().max()) > 0
    assert torch.allclose(seen[0], seen[1], atol=5e-5)


def test_without_a_kl_term_no_mismatched_pair_is_scored(tmp_path: Path) -> None:
    stage = prepare_stage(tmp_path / "stage", method="kto", micro_rows=1, steps=1, kto={"loss": "apo_zero_unpaired"})
    trainer = trainer_of(stage)
    batch = next(iter(trainer.get_train_dataloader()))
    assert not any(name.startswith("KL_") for name in batch)
    trainer.train()
    assert logged(trainer, "loss")[0] == pytest.approx(0.5, abs=1e-5)


def test_partners_stay_and_are_never_of_the_same_prompt(tmp_path: Path) -> None:
    """Rows of the stage are pairs taken apart: the neighbour has the same prompt in every second row."""
    stage = prepare(tmp_path / "stage", "kto")
    rows = read_token_file(stage.rows_file)
    first, again = partners(rows, 3), partners(rows, 3)
    prompts = [tuple(row) for row in rows["prompt_ids"]]
    assert (first.partner == again.partner).all()
    assert all(prompts[row] != prompts[int(other)] for row, other in enumerate(first.partner))
    assert first.other_language == 0
    assert sum(prompts[row] == prompts[row - 1] for row in range(1, len(prompts))) == len(prompts) // 2  # naive


def test_rows_of_one_prompt_have_no_mismatch(tmp_path: Path) -> None:
    stage = prepare_stage(tmp_path / "stage", method="kto", micro_rows=8)
    rows = read_token_file(stage.rows_file)
    alike = rows.map(lambda _: {"prompt_ids": [1, 2, 3]}, keep_in_memory=True)
    with pytest.raises(RecipeError, match="apo_zero_unpaired"):
        partners(alike, 0)


def test_labels_are_balanced_where_no_weight_is_given() -> None:
    """Equation 8 at ratio 1: 4 wanted and 12 unwanted rows → a factor of 3 on the wanted ones."""
    labels = list(np.arange(16) % 4 == 0)
    assert kto_arguments(KtoLoss(), labels)["desirable_weight"] == 3.0


def test_the_balance_is_of_what_is_learnt_and_not_of_the_file(tmp_path: Path) -> None:
    """The file has 16 rows of each label; an order that learns wanted rows three times as often needs 1/3 on them."""
    job = prepare_stage(tmp_path / "stage", method="kto", micro_rows=8)
    wanted = read_token_file(job.rows_file)["label"]
    assert sum(wanted) == len(wanted) - sum(wanted)  # by the file, the weight would be 1
    good, bad = ([row for row, label in enumerate(wanted) if label is side] for side in (True, False))
    steps = [[[*good[at : at + 6], *bad[at : at + 2]]] for at in range(4)]
    Order.of(steps).save(job.order_file)
    assert trainer_of(job).args.desirable_weight == pytest.approx(1 / 3)


def test_one_label_alone_is_refused_where_trl_trains_on_it() -> None:
    with pytest.raises(RecipeError, match=r"all 6 labelled rows are wanted[\s\S]*method: sft"):
        kto_arguments(KtoLoss(), [True] * 6)
    with pytest.raises(RecipeError, match="unwanted"):
        kto_arguments(KtoLoss(), [False] * 6)


def test_weights_outside_equation_8_are_said(caplog: pytest.LogCaptureFixture) -> None:
    """30 wanted and 10 unwanted: factors of 1 weigh 3 to 1; a third or 4/9 on the wanted ones is inside."""
    labels = [True] * 30 + [False] * 10
    for inside in (1 / 3, 4 / 9):
        kto_arguments(KtoLoss(desirable_weight=inside), labels)
    assert not caplog.records
    kto_arguments(KtoLoss(desirable_weight=1.0), labels)
    assert "weigh 3.00 to 1" in caplog.text


@pytest.mark.parametrize(("batch", "allowed"), [((4, 2), True), ((4, 1), False), ((2, 2), False)])
def test_a_kl_term_needs_four_rows_a_step_and_two_at_once(
    tmp_path: Path, batch: tuple[int, int], allowed: bool
) -> None:
    """The term is of a step, so 2 rows at once are no worse than 4; TRL refuses 1."""
    rows, micro = batch
    with nullcontext() if allowed else pytest.raises(ValueError, match=r"batch\.rows >= 4"):
        prepare_stage(tmp_path / "stage", method="kto", rows=rows, micro_rows=micro, steps=1)
