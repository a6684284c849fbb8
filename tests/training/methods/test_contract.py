"""What we take for granted of TRL, transformers and PEFT: names that a minor version may change without a word (R16).

A method of theirs that we override and they rename is simply no longer called; an attribute that we set for them is no
longer read. Nothing fails then, so both are looked up here in the libraries' own source.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, make_dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from transformers import TrainerCallback, TrainingArguments
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from trl import DPOConfig, KTOConfig, KTOTrainer, SFTConfig
from trl.kernels import ChunkedLogProbFunction
from trl.trainer.utils import FusedCausalLMOutput, add_fused_lm_head

from medgo.training.job import Job
from medgo.training.methods import dpo, kto, sft
from medgo.training.methods.dpo import OrderedDPOTrainer
from medgo.training.methods.kto import OrderedKTOTrainer
from medgo.training.recipe import Devices
from medgo.training.running.sharding import sharding_arguments
from tests.training.methods.library_hooks import TRAINERS, misfits, overridden, positional, source, unmet, used
from tests.training.running.stages import prepare_stage
from tests.training.running.trainers import make

ROOT = Path(__file__).parents[3]
CONFIGS: dict[str, tuple[Any, Any]] = {"sft": (sft, SFTConfig), "dpo": (dpo, DPOConfig), "kto": (kto, KTOConfig)}

# Arguments.


def unknown(given: Iterable[str], config: Any) -> list[str]:
    """Arguments that a configuration has no field for."""
    return sorted(set(given) - {field.name for field in fields(config)})


@dataclass
class Made:
    """A stage's trainer, and with what its configuration was made."""

    job: Job
    given: dict[str, Any]
    args: Any
    config: Any


@pytest.fixture(params=["sft", "dpo", "kto"])
def made(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    module, config = CONFIGS[request.param]
    given: dict[str, Any] = {}

    def remember(**arguments: Any) -> Any:
        given.update(arguments)
        return config(**arguments)

    monkeypatch.setattr(module, config.__name__, remember)
    job = prepare_stage(tmp_path / "stage", steps=1, method=request.param, micro_rows=4)
    return Made(job, given, make(job).args, config)


def test_every_argument_is_a_field(made: Made) -> None:
    assert len(made.given) > 25
    assert unknown(made.given, made.config) == []


@pytest.mark.parametrize("devices", [Devices(sharding="fsdp2"), Devices(sharding="zero3")])
def test_every_argument_of_sharding_is_a_field(devices: Devices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medgo.training.running.sharding.find_spec", lambda _: object())
    arguments = sharding_arguments(devices, "lora", cpu=False)
    for _, config in CONFIGS.values():
        assert arguments
        assert unknown(arguments, config) == []


def test_an_argument_that_was_renamed_is_named(made: Made) -> None:
    names = [field.name for field in fields(made.config) if field.name != "max_length"]
    assert unknown(made.given, make_dataclass("Renamed", [*names, "max_tokens"])) == ["max_length"]


RELIED_ON: dict[str, dict[str, Any]] = {
    "all": {
        "adam_beta1": 0.9,
        "adam_epsilon": 1e-8,
        "auto_find_batch_size": False,  # else micro-batches would shrink
        "average_tokens_across_devices": True,  # else the token counts of a step are one device's
        "dataloader_num_workers": 0,
        "eval_strategy": "no",
        "ignore_data_skip": False,  # else a resumed run begins its order again
        "label_smoothing_factor": 0.0,
        "load_best_model_at_end": False,
        "max_length": None,
        "neftune_noise_alpha": None,
        "push_to_hub": False,
        "save_only_model": False,  # else nothing could be resumed
        "torch_compile": False,
        "use_liger_kernel": False,
    },
    "sft": {"activation_offloading": False, "loss_type": "nll", "packing": False, "padding_free": False},
    "dpo": {
        "f_divergence_type": "reverse_kl",
        "label_smoothing": 0.0,
        "ld_alpha": None,
        "precompute_ref_log_probs": False,
        "sync_ref_model": False,
        "use_weighting": False,
    },
    "kto": {"precompute_ref_log_probs": False, "sync_ref_model": False},
}


def test_what_is_not_said_has_the_value_that_we_rely_on(made: Made) -> None:
    wanted = RELIED_ON["all"] | RELIED_ON[made.job.stage.method]
    assert {name: getattr(made.args, name) for name in wanted} == wanted
    # Given under its older name, which transformers passes on until version 6.
    assert made.args.activation_checkpointing == made.job.devices.recompute


def test_every_default_that_trl_changes_is_said(made: Made) -> None:
    """TRL turns bfloat16 and recomputation on; what it changes next must not come as a surprise."""
    usual = {field.name: field.default for field in fields(TrainingArguments)}
    changed = {field.name for field in fields(made.config) if usual.get(field.name, field.default) != field.default}
    of_no_account = {"train_sampling_strategy"}  # batches come from our order
    assert changed >= {"bf16", "gradient_checkpointing", "learning_rate"}
    assert changed - of_no_account <= made.given.keys()


# Hooks.


@pytest.mark.parametrize("trainer", TRAINERS)
def test_every_hook_is_there_and_asked_for(trainer: type) -> None:
    assert unmet(trainer, source(trainer, ours=False)) == set()


@pytest.mark.parametrize("trainer", TRAINERS)
def test_hooks_that_were_renamed_are_named(trainer: type) -> None:
    hooks = overridden(trainer) | used(trainer)
    renamed = re.sub(rf"\b({'|'.join(hooks)})\b", r"\1_anew", source(trainer, ours=False))
    assert unmet(trainer, renamed) == hooks


def test_a_hook_that_is_no_longer_called_is_named() -> None:
    theirs = source(OrderedDPOTrainer, ours=False).replace("self._clip_grad_norm(", "clip_grad_norm(")
    assert unmet(OrderedDPOTrainer, theirs) == {"_clip_grad_norm"}


def test_a_name_of_ours_that_a_library_takes_is_named() -> None:
    """Ours would replace their method in nobody's sight."""
    theirs = source(OrderedKTOTrainer, ours=False) + "\nclass More:\n    def _step_kl(self): ...\n"
    assert unmet(OrderedKTOTrainer, theirs) == {"_step_kl"}


@pytest.mark.parametrize("trainer", TRAINERS)
def test_methods_take_what_they_are_given(trainer: type) -> None:
    assert misfits(trainer) == []


def test_a_signature_that_changed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def exchanged(self: Any, batch: Any, model: Any) -> Any: ...

    def longer(self: Any, model: Any, batch: Any, average: bool) -> Any: ...

    monkeypatch.setattr(KTOTrainer, "_compute_kl_logps", exchanged)
    assert "_compute_kl_logps: _model stands where the library has batch" in misfits(OrderedKTOTrainer)
    monkeypatch.setattr(KTOTrainer, "_compute_kl_logps", longer)
    (found,) = misfits(OrderedKTOTrainer)
    assert "missing a required argument: 'average'" in found


# Callbacks: an event that was renamed is never heard.


def unheard(callback: type) -> set[str]:
    """Events that a callback follows and the Trainer does not have."""
    own = {name for part in callback.__mro__ for name in vars(part) if name.startswith("on_")}
    return own - vars(TrainerCallback).keys()


def callbacks(parent: type = TrainerCallback) -> Iterator[type]:
    """All of ours."""
    for child in parent.__subclasses__():
        if child.__module__.startswith("medgo."):
            yield child
        yield from callbacks(child)


def test_every_event_that_is_followed_is_one_of_the_trainers() -> None:
    found = {callback.__name__: unheard(callback) for callback in callbacks()}
    assert found.keys() >= {"Curves", "Heartbeat", "ProbeCallback", "TrainingProgress", "_StopWhenAsked"}
    assert set().union(*found.values()) == set()


def test_an_event_that_was_renamed_is_named() -> None:
    class Deaf(TrainerCallback):  # type: ignore[misc]
        def on_optimiser_step(self, *_: Any, **__: Any) -> None: ...

    assert unheard(Deaf) == {"on_optimiser_step"}


# Functions that are called with values in order, and the record that our head fills in.


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (add_fused_lm_head, ["model"]),
        (sdpa_attention_forward, ["module", "query", "key", "value", "attention_mask"]),
        (
            ChunkedLogProbFunction.forward,
            [
                "ctx", "hidden", "weight", "bias", "targets", "temperature", "chunk_size", "final_logit_softcapping",
                "logit_scale", "outputs",
            ],
        ),
    ],
)  # fmt: skip
def test_functions_take_their_values_in_the_order_that_we_give_them(function: Any, names: list[str]) -> None:
    assert positional(function)[: len(names)] == names


def test_the_record_of_a_fused_head_has_the_fields_that_ours_fills_in() -> None:
    known = {"loss", "log_probs", "entropy", "log_sum_sq_probs", "mean_logits", "is_top1", "label_mask"}
    assert {field.name for field in fields(FusedCausalLMOutput)} == known | {"aux_loss"}


# Versions.


def requirements() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    return {requirement.name.lower(): requirement for requirement in map(Requirement, lines)}


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {name.lower(): pin for name, found, pin in (line.partition("==") for line in lines) if found}


def test_every_pinned_version_is_one_that_is_asked_for() -> None:
    asked, pinned = requirements(), pins()
    both = asked.keys() & pinned.keys()
    assert {"torch", "transformers", "trl", "peft"} <= both
    assert [name for name in both if not asked[name].specifier.contains(pinned[name])] == []


@pytest.mark.parametrize("name", ["transformers", "trl", "peft"])
def test_libraries_whose_inside_is_used_stay_at_the_minor_version_that_was_tested(name: str) -> None:
    asked, pinned = requirements()[name].specifier, Version(pins()[name])
    assert asked.contains(version(name)), "the environment has another version than pyproject.toml asks for"
    assert asked.contains(f"{pinned.major}.{pinned.minor}.99")
    assert not asked.contains(f"{pinned.major}.{pinned.minor + 1}.0")
    assert not asked.contains(f"{pinned.major}.{pinned.minor - 1}.99")
