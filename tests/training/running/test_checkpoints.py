"""Checkpoints are whole or absent, a resumed run learns the same bits, and another job's checkpoint is refused."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch.multiprocessing.spawn import spawn
from transformers import AutoTokenizer

from medgo.errors import ResumeMismatchError, StorageError
from medgo.training.job import Job
from medgo.training.recipe import StageRecipe
from medgo.training.running import checkpoints, worker
from medgo.training.running.checkpoints import find_resume, list_checkpoints, written_or_storage_error
from medgo.training.running.curves import read_curves
from medgo.training.running.manifest import Identity, Manifest
from tests.training.running import trainers
from tests.training.running.stages import prepare_stage


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A stage of 4 steps that was trained without a break; every checkpoint is kept."""
    job = prepare_stage(tmp_path_factory.mktemp("run") / "stage", checkpoints={"every": 1, "keep": 9})
    trainer = trainers.make(job)
    trainer.train()
    worker.write_learnt(trainer, job)
    return job


@pytest.fixture
def copy(trained: Job, tmp_path: Path) -> Job:
    """The trained stage's folder, to be damaged."""
    shutil.copytree(trained.folder, tmp_path / "stage")
    return replace(trained, folder=tmp_path / "stage")


def _learnt(job: Job) -> dict[str, torch.Tensor]:
    return load_file(job.learnt / "adapter_model.safetensors")


def _resume(job: Job, step: int) -> dict[str, torch.Tensor]:
    """Go on from a step as a process that was killed after it would."""
    for folder in list_checkpoints(job.checkpoints):
        if checkpoints.checkpoint_step(folder) > step:
            shutil.rmtree(folder)
    trainer = trainers.make(job)
    trainer.train(resume_from_checkpoint=find_resume(job))
    worker.write_learnt(trainer, job)
    return _learnt(job)


def _without_speed(job: Job) -> list[dict[str, Any]]:
    points = read_curves(job.folder / "curves.jsonl")
    return [{name: value for name, value in point.items() if name != "tokens_per_second"} for point in points]


def test_resumed_weights_and_curves_are_those_of_an_unbroken_run(trained: Job, copy: Job) -> None:
    """Bit for bit, from any step; the file of curves held lines after the step, which are cut."""
    expected = _learnt(trained)
    shutil.rmtree(copy.learnt)
    resumed = _resume(copy, 2)
    assert resumed.keys() == expected.keys()
    assert all(torch.equal(resumed[name], value) for name, value in expected.items())
    assert _without_speed(copy) == _without_speed(trained)
    assert [point["step"] for point in read_curves(copy.folder / "curves.jsonl")] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("dpo", {}),
        ("kto", {"micro_rows": 4}),
        ("sft", {"adapter": {"kind": "full"}}),
        ("sft", {"adapter": {"r": 4, "dropout": 0.2}}),
    ],
    ids=["dpo", "kto", "full", "dropout"],
)
def test_resuming_is_exact_for_every_method(tmp_path: Path, method: str, more: dict[str, Any]) -> None:
    """With dropout the generators' states must come back too."""
    job = prepare_stage(tmp_path / "stage", steps=3, method=method, checkpoints={"every": 1, "keep": 9}, **more)
    whole = trainers.make(job)
    whole.train()
    shutil.rmtree(job.checkpoints / "checkpoint-3")
    resumed = trainers.make(job)
    resumed.train(resume_from_checkpoint=find_resume(job))
    found = trainers.learnt_state(resumed)
    assert all(torch.equal(found[name], value) for name, value in trainers.learnt_state(whole).items())


def test_without_the_optimisers_state_other_weights_are_learnt(trained: Job, copy: Job) -> None:
    """So the comparison of bits can fail: the moments are needed."""
    fresh = trainers.make(copy)
    state = torch.load(copy.checkpoints / "checkpoint-2/optimizer.pt", weights_only=True)
    for moments in state["state"].values():
        moments["exp_avg"].zero_()
    torch.save(state, copy.checkpoints / "checkpoint-2/optimizer.pt")
    fresh.train(resume_from_checkpoint=copy.checkpoints / "checkpoint-2")
    worker.write_learnt(fresh, copy)
    expected = _learnt(trained)
    assert any(not torch.equal(value, expected[name]) for name, value in _learnt(copy).items())


def test_order_goes_on_where_it_stopped(trained: Job, copy: Job) -> None:
    """A custom batch sampler is skipped, not begun again: the resumed steps see the tokens of steps 3 and 4."""
    _resume(copy, 2)
    tokens = [point["tasks"] for point in read_curves(trained.folder / "curves.jsonl")]
    assert [point["tasks"] for point in read_curves(copy.folder / "curves.jsonl")] == tokens
    assert tokens[2] != tokens[0], "steps must differ for this to prove anything"


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "every"), [("saving", 1), ("hashed", 1), ("training", 1), ("training", 99)])
def test_kill_at_any_point_then_the_same_command_gives_the_same_weights(
    trained: Job, tmp_path: Path, moment: str, every: int
) -> None:
    job = prepare_stage(tmp_path / "stage", checkpoints={"every": every, "keep": 2})
    signs: dict[str, Callable[[], bool]] = {
        "saving": lambda: (job.checkpoints / ".saving-2").exists(),
        "hashed": lambda: (
            (job.checkpoints / ".saving-2/checkpoint-2/manifest.json").exists()
            or (job.checkpoints / "checkpoint-2").exists()
        ),
        "training": lambda: (job.checkpoints / "checkpoint-1").exists(),
    }
    process = subprocess.Popen(trainers.program(job), env=trainers.environment(), stderr=subprocess.PIPE)
    while not signs[moment]() and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL
    done = subprocess.run(
        trainers.program(job), env=trainers.environment(), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    expected, found = _learnt(trained), _learnt(job)
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    assert _without_speed(job) == _without_speed(trained)
    assert not list(job.checkpoints.glob(".*"))


def test_only_the_last_are_kept(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path / "stage", steps=3, checkpoints={"every": 1, "keep": 2})
    trainers.make(job).train()
    assert sorted(path.name for path in job.checkpoints.iterdir()) == ["checkpoint-2", "checkpoint-3"]


def test_a_checkpoint_states_its_files_step_and_job_and_has_no_card(trained: Job) -> None:
    folder = trained.checkpoints / "checkpoint-2"
    manifest = Manifest.read(folder)
    manifest.verify(folder)
    assert (manifest.step, manifest.world_size) == (2, 1)
    assert manifest.identity == Identity.of(trained)
    assert {"adapter_model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth"} <= manifest.files.keys()
    assert not (folder / "README.md").exists()


@pytest.mark.parametrize("damage", ["cut", "changed", "missing", "no manifest"])
def test_a_damaged_checkpoint_is_named_set_aside_and_the_one_before_taken(
    copy: Job, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    broken = copy.checkpoints / "checkpoint-4/optimizer.pt"
    if damage == "cut":
        broken.write_bytes(broken.read_bytes()[:-100])
    elif damage == "changed":
        broken.write_bytes(broken.read_bytes()[:-100] + bytes(100))
    elif damage == "missing":
        broken.unlink()
    else:
        (copy.checkpoints / "checkpoint-4/manifest.json").unlink()
    assert find_resume(copy) == copy.checkpoints / "checkpoint-3"
    assert "checkpoint-4" in caplog.text
    assert (copy.checkpoints / "corrupt-checkpoint-4").is_dir()
    assert find_resume(copy) == copy.checkpoints / "checkpoint-3"


def test_what_killed_processes_left_is_no_checkpoint(copy: Job) -> None:
    (copy.checkpoints / "checkpoint-4").rename(copy.checkpoints / ".saving-4")
    (copy.checkpoints / "checkpoint-1").rename(copy.checkpoints / ".removing-checkpoint-1")
    assert find_resume(copy) == copy.checkpoints / "checkpoint-3"
    assert not list(copy.checkpoints.glob(".*"))


def test_no_checkpoint_starts_at_the_start(tmp_path: Path) -> None:
    assert find_resume(prepare_stage(tmp_path / "stage", steps=1)) is None


def _recipe(job: Job, **changes: Any) -> StageRecipe:
    return StageRecipe.model_validate(job.stage.model_dump() | changes)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda job: replace(job, model_hash="another"), "the base model"),
        (lambda job: replace(job, template_hash="another"), "chat template"),
        (lambda job: replace(job, inputs="another"), "what the stage was prepared from"),
        (lambda job: replace(job, seed=4), "seed (3, now 4)"),
        (
            lambda job: replace(job, stage=_recipe(job, optimiser={"learning_rate": 2e-3})),
            "optimiser.learning_rate (0.001, now 0.002)",
        ),
    ],
)
def test_a_checkpoint_of_another_job_is_refused(copy: Job, change: Callable[[Job], Job], named: str) -> None:
    with pytest.raises(ResumeMismatchError, match="belongs to another job") as raised:
        find_resume(change(copy))
    assert named in str(raised.value)
    assert list_checkpoints(copy.checkpoints), "nothing is removed"


def test_changed_rows_under_a_resume_are_refused(copy: Job) -> None:
    """The job's own hash is what it was; only the file changed."""
    data = bytearray(copy.rows_file.read_bytes())
    data[len(data) // 2] ^= 1
    copy.rows_file.write_bytes(data)
    with pytest.raises(ResumeMismatchError, match=r"rows\.arrow"):
        find_resume(copy)


def test_saving_more_often_is_no_other_job(copy: Job) -> None:
    changed = replace(copy, stage=_recipe(copy, checkpoints={"every": 3, "keep": 1}))
    assert find_resume(changed) == copy.checkpoints / "checkpoint-4"


def test_saving_more_often_is_no_other_job_and_probing_otherwise_is(copy: Job) -> None:
    probe = {"path": "items.jsonl", "guard": ["term"], "every": 2}
    before = replace(copy, stage=_recipe(copy, probe=probe))
    saved = replace(copy, stage=_recipe(copy, probe=probe, checkpoints={"every": 7}))
    assert Identity.of(saved).differences(Identity.of(before)) == []
    often = replace(copy, stage=_recipe(copy, probe=probe | {"every": 1}))
    assert Identity.of(before).differences(Identity.of(often)) == ["probe.every (2, now 1)"]
    other = replace(copy, stage=_recipe(copy, probe=probe | {"path": "others.jsonl"}))
    assert Identity.of(before).differences(Identity.of(other)) == ['probe.path ("items.jsonl", now "others.jsonl")']


def _cannot_look(rank: int, folder: Path) -> None:
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder / 'meet'}", rank=rank, world_size=2)
    job = Job.load(folder / "stage")
    if rank == 0:
        job = replace(job, folder=folder / "nothing")  # its rows are not there
    try:
        find_resume(job)
    except OSError as error:
        (folder / f"{rank}.txt").write_text(str(error))
    torch.distributed.destroy_process_group()


@pytest.mark.slow
def test_all_processes_hear_why_the_first_cannot_look(copy: Job, tmp_path: Path) -> None:
    """Naive: the others wait for an answer that never comes, and their time-out is what is seen."""
    shutil.copytree(copy.folder, tmp_path / "all/stage")
    shutil.copytree(copy.checkpoints, tmp_path / "all/nothing/checkpoints")
    spawn(_cannot_look, args=(tmp_path / "all",), nprocs=2)
    first, second = ((tmp_path / f"all/{rank}.txt").read_text() for rank in (0, 1))
    assert "rows.arrow" in first
    assert first == second


_STARVED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from transformers import TrainerCallback
from tests.training.running import trainers
from medgo.training.job import Job
from medgo.training.running.worker import write_learnt
from pathlib import Path
class Starve(TrainerCallback):
    def on_step_end(self, args, state, control, **_):
        if state.global_step == 2 and sys.argv[3] == "step 2":
            self.starve()
    def starve(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), -1))
job = Job.load(Path(sys.argv[1]))
trainer = trainers.make(job)
trainer.add_callback(Starve())
trainer.train()
if sys.argv[3] == "end":
    Starve().starve()
write_learnt(trainer, job)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "moment", "said", "last"),
    [
        (30_000, "step 2", "File too large", 1),
        (60_000, "step 2", "did not take the whole of a file", 1),
        (2_000, "step 2", "File too large", 1),
        (30_000, "end", "File too large", 4),
    ],
    ids=["weights", "optimiser", "settings", "what was learnt"],
)
def test_a_disk_that_takes_no_more_keeps_the_last_good_checkpoint(
    trained: Job, tmp_path: Path, limit: int, moment: str, said: str, last: int
) -> None:
    """Real writes fail: the system lets no file of the process grow beyond a limit (adapter 36 kB, optimiser 89 kB)."""
    job = prepare_stage(tmp_path / "stage", checkpoints={"every": 1, "keep": 1})
    command = [sys.executable, "-c", _STARVED, str(job.folder), str(limit), moment]
    done = subprocess.run(command, env=trainers.environment(), capture_output=True, text=True, check=False, timeout=120)
    assert "StorageError" in done.stderr, done.stderr[-2000:]
    assert said in done.stderr
    assert f"the last good checkpoint is {job.checkpoints / f'checkpoint-{last}'}" in done.stderr
    assert [path.name for path in job.checkpoints.iterdir()] == [f"checkpoint-{last}"]
    assert find_resume(job) == job.checkpoints / f"checkpoint-{last}"
    assert not list(job.folder.glob(job.learnt.name + "*"))
    again = subprocess.run(
        trainers.program(job), env=trainers.environment(), capture_output=True, text=True, check=False, timeout=120
    )
    assert again.returncode == 0, again.stderr[-2000:]
    assert all(torch.equal(value, _learnt(job)[name]) for name, value in _learnt(trained).items())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_disk_without_room_for_a_tokenizer_is_told_too(trained: Job, tmp_path: Path) -> None:
    """Naive: tokenizers raises a bare ``Exception``, which no clause for the system's errors catches."""
    tokenizer = AutoTokenizer.from_pretrained(trained.model_dir)
    staging = tmp_path / "staging"
    staging.mkdir()
    with (
        pytest.raises(StorageError, match=r"No space left on device .*the last good checkpoint is .*checkpoint-4"),
        written_or_storage_error(tmp_path / "final", staging, trained.checkpoints, remove=True),
    ):
        tokenizer.backend_tokenizer.save("/dev/full")
    assert not staging.exists()


def test_free_space_is_asked_for_before_anything_is_written(
    trained: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = prepare_stage(tmp_path / "stage", steps=1)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(StorageError, match="1 MB free"):
        trainers.make(job).train()
    assert list(job.checkpoints.iterdir()) == []
