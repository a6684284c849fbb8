"""Verifying: a right merge passes, and every way to ship something else fails by name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from medgo.training.after.drift import Drift
from medgo.training.after.merge import MANIFEST, merge
from medgo.training.after.prompts import DEFAULT_PROMPTS
from medgo.training.after.verify import Speech, VerifyOptions, VerifyReport, _judge, verify
from tests.support.trained_models import random_adapter, random_full

SAID = ("says what adapter-on-base says", "keeps what was learnt")
QUICK = VerifyOptions(reply_tokens=8, smoke_tokens=12)


@pytest.fixture(scope="module")
def merged(base: Path, adapter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("verify") / "merged"
    merge(base, adapter, out)
    return out


def failed(report: VerifyReport) -> set[str]:
    return {check.name for check in report.checks if not check.passed}


def test_a_merge_passes(base: Path, adapter: Path, merged: Path, tmp_path: Path) -> None:
    report = verify(base, adapter, merged, QUICK)
    assert failed(report) == set()
    assert report.passed
    speech = report.speech
    assert speech is not None
    assert speech.drift.top1_agreement == 1.0
    assert speech.drift.max_abs < 1e-3 < speech.change.mean_abs
    assert speech.drift.kl < 1e-6 < speech.change.kl
    assert speech.same_replies == 1.0
    assert speech.asked == 6
    report.write(tmp_path / "verify.json")
    assert json.loads((tmp_path / "verify.json").read_text())["passed"] is True


def test_with_the_real_tokenizer_in_both_modes(real_base: Path, real_adapter: Path, tmp_path: Path) -> None:
    merge(real_base, real_adapter, tmp_path / "merged")
    few = VerifyOptions(prompts=DEFAULT_PROMPTS[:4], reply_tokens=4, smoke_tokens=4)
    report = verify(real_base, real_adapter, tmp_path / "merged", few)
    assert report.passed, report
    stops = next(check for check in report.checks if check.name == "stops")
    assert "<|im_end|>" in stops.found
    assert "<|endoftext|>" in stops.found


def test_a_whole_model_passes(base: Path, tmp_path: Path) -> None:
    learnt = random_full(base, tmp_path / "model")
    merge(base, learnt, tmp_path / "merged")
    assert verify(base, learnt, tmp_path / "merged", QUICK).passed


def test_bfloat16_is_held_to_what_rounding_allows(sharded_base: Path, tmp_path: Path) -> None:
    adapter = random_adapter(sharded_base, tmp_path / "adapter")
    merge(sharded_base, adapter, tmp_path / "merged")
    report = verify(sharded_base, adapter, tmp_path / "merged", QUICK)
    assert report.speech is not None
    assert report.speech.min_agreement == 0.97
    assert report.speech.drift.top1_agreement > 0.9
    assert report.speech.drift.kl < report.speech.change.kl / 100


def test_most_of_what_was_learnt_lost_in_16_bits_fails(sharded_base: Path, tmp_path: Path) -> None:
    """Naive: it passes as long as it is nearer to what was trained than the base is."""
    learnt, little = (
        random_adapter(sharded_base, tmp_path / str(alpha), spread=0.002, lora_alpha=alpha) for alpha in (100, 20)
    )
    merge(sharded_base, learnt, tmp_path / "right")
    merge(sharded_base, little, tmp_path / "wrong")
    right, wrong = (verify(sharded_base, learnt, tmp_path / name, QUICK) for name in ("right", "wrong"))
    assert right.speech is not None
    assert right.speech.lost < 0.1
    assert wrong.speech is not None
    assert 0.5 < wrong.speech.lost < 1.0
    assert "keeps what was learnt" in failed(wrong)


def test_much_rounding_is_a_warning(sharded_base: Path, tmp_path: Path) -> None:
    weak = random_adapter(sharded_base, tmp_path / "weak", spread=2e-4)
    merge(sharded_base, weak, tmp_path / "merged")
    report = verify(sharded_base, weak, tmp_path / "merged", QUICK)
    rounding = next(check for check in report.checks if check.name == "rounding")
    assert rounding.warning
    assert "--dtype float32" in rounding.found
    assert report.as_dict()["checks"]["rounding"]["warning"] is True


@pytest.mark.parametrize(("ended", "base", "passes"), [(0, 6, False), (1, 3, False), (2, 3, True), (0, 2, True)])
def test_replies_that_no_longer_end_fail_where_the_bases_did(ended: int, base: int, passes: bool) -> None:
    """Naive: how many end is shown and not judged; or is asked of a base that never ended a reply itself."""
    drift = Drift(10, 1.0, 0.0, 0.0, 0.0)
    speech = Speech(drift, drift, 1.0, ended, base, 6, "float32", 0.99)
    check = next(check for check in _judge(speech, 0.01) if check.name == "replies end")
    assert check.passed is passes
    assert f"{ended} of 6" in check.found


def test_the_base_under_another_name_fails(base: Path, adapter: Path, merged: Path, tmp_path: Path) -> None:
    """What an export did that wrote the base because its shard limit was the model's size: it loads, and it talks."""
    wrong = shutil.copytree(merged, tmp_path / "merged")
    shutil.copy(base / "model.safetensors", wrong / "model.safetensors")
    report = verify(base, adapter, wrong, QUICK)
    assert failed(report) == {"written bytes", "weights changed", *SAID}


def test_another_adapters_merge_fails(base: Path, adapter: Path, tmp_path: Path) -> None:
    other = random_adapter(base, tmp_path / "other", seed=5)
    merge(base, other, tmp_path / "merged")
    report = verify(base, adapter, tmp_path / "merged", QUICK)
    assert failed(report) == {"sources", *SAID}


def test_a_scale_that_was_forgotten_fails(base: Path, adapter: Path, merged: Path, tmp_path: Path) -> None:
    """Naive: B A added without alpha / r. The file is whole, the size is right, only what it says is not."""
    wrong = shutil.copytree(merged, tmp_path / "merged")
    before, after = load_file(base / "model.safetensors"), load_file(merged / "model.safetensors")
    halved = {name: torch.lerp(before[name], after[name], 0.5) for name in before}
    save_file(halved, wrong / "model.safetensors", metadata={"format": "pt"})
    report = verify(base, adapter, wrong, QUICK)
    assert "says what adapter-on-base says" in failed(report)
    assert "weights changed" not in failed(report)


def test_a_weak_adapter_merged_by_halves_fails_although_tokens_agree(base: Path, tmp_path: Path) -> None:
    weak, half = (random_adapter(base, tmp_path / str(alpha), spread=1e-4, lora_alpha=alpha) for alpha in (8, 4))
    merge(base, weak, tmp_path / "right")
    merge(base, half, tmp_path / "wrong")
    right, wrong = verify(base, weak, tmp_path / "right", QUICK), verify(base, weak, tmp_path / "wrong", QUICK)
    assert right.passed, right
    assert wrong.speech is not None
    assert wrong.speech.drift.top1_agreement >= 0.99  # naive: this alone would have let it pass
    assert wrong.speech.lost == pytest.approx(0.25, abs=0.05)
    assert failed(wrong) == {"sources", "keeps what was learnt"}


def test_a_missing_shard_fails(sharded_base: Path, tmp_path: Path) -> None:
    adapter = random_adapter(sharded_base, tmp_path / "adapter")
    merge(sharded_base, adapter, tmp_path / "merged")
    sorted((tmp_path / "merged").glob("*.safetensors"))[1].unlink()
    report = verify(sharded_base, adapter, tmp_path / "merged", QUICK)
    assert failed(report) == {"size of the weights"}
    assert report.speech is None


def test_one_shard_as_the_whole_fails(sharded_base: Path, tmp_path: Path) -> None:
    adapter = random_adapter(sharded_base, tmp_path / "adapter")
    merge(sharded_base, adapter, tmp_path / "merged")
    shards = sorted((tmp_path / "merged").glob("*.safetensors"))
    (tmp_path / "merged" / "model.safetensors.index.json").unlink()
    shards[0].rename(tmp_path / "merged" / "model.safetensors")
    for shard in shards[1:]:
        shard.unlink()
    report = verify(sharded_base, adapter, tmp_path / "merged", QUICK)
    assert "size of the weights" in failed(report)


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("tokenizer.json", "tokenizer"),
        ("chat_template.jinja", "chat template"),
        ("generation_config.json", "files"),
        ("config.json", "files"),
    ],
)
def test_a_missing_file_fails(base: Path, adapter: Path, merged: Path, tmp_path: Path, name: str, check: str) -> None:
    wrong = shutil.copytree(merged, tmp_path / "merged")
    (wrong / name).unlink()
    report = verify(base, adapter, wrong, QUICK)
    assert check in failed(report)
    assert not report.passed


def test_another_template_fails(base: Path, adapter: Path, merged: Path, tmp_path: Path) -> None:
    wrong = shutil.copytree(merged, tmp_path / "merged")
    template = wrong / "chat_template.jinja"
    template.write_text(template.read_text() + " ")
    assert failed(verify(base, adapter, wrong, QUICK)) == {"written bytes", "chat template"}


def test_settings_without_the_end_of_turn_fail(base: Path, adapter: Path, merged: Path, tmp_path: Path) -> None:
    wrong = shutil.copytree(merged, tmp_path / "merged")
    settings = json.loads((wrong / "generation_config.json").read_text())
    (wrong / "generation_config.json").write_text(json.dumps(settings | {"eos_token_id": 256}))
    report = verify(base, adapter, wrong, QUICK)
    assert failed(report) == {"written bytes", "stops"}
    assert any("<|im_end|>" in check.found for check in report.checks if check.name == "stops")


def test_padding_that_ends_turns_fails(base: Path, adapter: Path, merged: Path, tmp_path: Path) -> None:
    wrong = shutil.copytree(merged, tmp_path / "merged")
    settings = json.loads((wrong / "tokenizer_config.json").read_text())
    (wrong / "tokenizer_config.json").write_text(json.dumps(settings | {"pad_token": "<|im_end|>"}))
    assert failed(verify(base, adapter, wrong, QUICK)) == {"written bytes", "stops", "tokenizer"}


def test_a_folder_that_no_merge_wrote_fails(base: Path, adapter: Path, merged: Path, tmp_path: Path) -> None:
    wrong = shutil.copytree(merged, tmp_path / "merged")
    (wrong / MANIFEST).unlink()
    assert failed(verify(base, adapter, wrong, QUICK)) == {"sources", "written bytes"}
