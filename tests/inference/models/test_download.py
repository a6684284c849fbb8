"""Downloads against a hub on this machine that cuts, lies, refuses and hangs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

import pytest

from medgo.errors import DownloadError, ModelNotFoundError, StorageError
from medgo.inference.models import DownloadRequest, fetch_model, plan_download, resolve_model
from medgo.inference.models.remote import RemoteModel
from tests.support.hub_server import COMMIT, Hub
from tests.support.model_fixtures import MODEL_ID

WEIGHTS = "model.safetensors"
SOURCES: tuple[Literal["hf", "modelscope"], ...] = ("hf", "modelscope")


def download(source: Literal["hf", "modelscope"] = "hf", **options: object) -> Path:
    return fetch_model(plan_download(DownloadRequest(MODEL_ID, source=source, timeout=2.0, **options)))  # type: ignore[arg-type]


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.name.endswith((".incomplete", ".tmp")))


@pytest.mark.parametrize("source", SOURCES)
def test_downloads_whole_model_without_pickles_or_code(
    hub: Hub, caches: Path, tiny_folder: Path, source: Literal["hf", "modelscope"]
) -> None:
    done = []
    plan = plan_download(DownloadRequest(MODEL_ID, source=source))
    folder = fetch_model(plan, done.append)
    assert {path.name for path in folder.iterdir()} == {path.name for path in tiny_folder.iterdir()}
    assert all((folder / path.name).read_bytes() == path.read_bytes() for path in tiny_folder.iterdir())
    assert sum(done) == plan.model.size
    assert leftovers(caches) == []
    name = MODEL_ID if source == "hf" else f"modelscope:{MODEL_ID}"
    assert resolve_model(name).path == folder


def test_hugging_face_libraries_find_it_in_their_cache(hub: Hub, caches: Path) -> None:
    from huggingface_hub import snapshot_download, try_to_load_from_cache

    folder = download()
    assert folder.name == COMMIT
    assert try_to_load_from_cache(MODEL_ID, "config.json") == str(folder / "config.json")
    assert snapshot_download(MODEL_ID, local_files_only=True) == str(folder)
    assert (folder / WEIGHTS).is_symlink()


def test_same_weights_have_the_same_identity_wherever_they_lie(hub: Hub, caches: Path, tiny_folder: Path) -> None:
    download()
    assert resolve_model(MODEL_ID).weights == resolve_model(str(tiny_folder)).weights


@pytest.mark.parametrize("source", SOURCES)
def test_cut_connection_asks_only_for_missing_bytes(hub: Hub, source: Literal["hf", "modelscope"]) -> None:
    hub.faults.cut_after[WEIGHTS] = (2, 100_000)
    folder = download(source)
    assert hub.ranges_of(WEIGHTS) == [None, "bytes=100000-", "bytes=200000-"]
    assert (folder / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


@pytest.mark.parametrize("source", SOURCES)
def test_next_process_continues_where_a_killed_one_stopped(
    hub: Hub, caches: Path, source: Literal["hf", "modelscope"]
) -> None:
    hub.faults.seconds_per_chunk = 0.3
    code = (
        "from medgo.inference.models import *\n"
        f"fetch_model(plan_download(DownloadRequest({MODEL_ID!r}, source={source!r})))"
    )
    environment = {**os.environ, "HF_HUB_CACHE": str(caches / "hf")}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not any(p.stat().st_size > 70_000 for p in caches.rglob("*.incomplete")):
        time.sleep(0.02) if process.poll() is None else pytest.fail("it ended before it could be killed")
    process.send_signal(signal.SIGKILL)
    process.wait()
    (partial,) = (path for path in caches.rglob("*.incomplete") if path.stat().st_size > 70_000)
    have = partial.stat().st_size
    assert 0 < have < len(hub.files[WEIGHTS])
    hub.faults.seconds_per_chunk = 0
    folder = download(source)
    assert hub.ranges_of(WEIGHTS) == [None, f"bytes={have}-"]
    assert (folder / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


def test_server_without_ranges_begins_again(hub: Hub) -> None:
    hub.faults.cut_after[WEIGHTS] = (1, 100_000)
    hub.faults.ignore_ranges = True
    assert (download() / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


@pytest.mark.parametrize("file", [WEIGHTS, "config.json"])  # checked by sha256 and by git's blob id
@pytest.mark.parametrize("source", SOURCES)
def test_wrong_bytes_never_get_the_final_name(
    hub: Hub, caches: Path, source: Literal["hf", "modelscope"], file: str
) -> None:
    hub.faults.wrong_bytes[file] = 1
    with pytest.raises(DownloadError, match=r"another .* hash"):
        download(source)
    plan = plan_download(DownloadRequest(MODEL_ID, source=source))
    assert not any(target.exists() for entry, target in plan.targets if entry.path == file)
    assert leftovers(caches) == []
    assert (download(source) / file).read_bytes() == hub.files[file]


def test_bad_bytes_of_an_earlier_process_are_fetched_again(hub: Hub, caches: Path) -> None:
    plan = plan_download(DownloadRequest(MODEL_ID))
    target = next(target for file, target in plan.targets if file.path == WEIGHTS)
    target.parent.mkdir(parents=True)
    target.with_name(target.name + ".incomplete").write_bytes(b"x" * 5000)
    fetch_model(plan)
    assert hub.ranges_of(WEIGHTS) == ["bytes=5000-", None]


def test_damaged_file_in_the_cache_is_replaced(hub: Hub, caches: Path) -> None:
    blob = (download() / WEIGHTS).resolve()
    blob.write_bytes(b"y" * blob.stat().st_size)
    assert (download() / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


def test_second_download_moves_no_bytes(hub: Hub) -> None:
    download()
    hub.requests.clear()
    download()
    assert [request.file for request in hub.requests if request.file] == []


@pytest.mark.parametrize("source", SOURCES)
def test_busy_hub_is_asked_again(hub: Hub, source: Literal["hf", "modelscope"]) -> None:
    hub.faults.statuses = [429, 500]
    plan = plan_download(DownloadRequest(MODEL_ID, source=source))
    hub.faults.statuses = [429, 503]
    assert (fetch_model(plan) / "config.json").is_file()


@pytest.mark.parametrize("source", SOURCES)
def test_hub_that_stays_broken_is_given_up(hub: Hub, source: Literal["hf", "modelscope"]) -> None:
    hub.faults.statuses = [500] * 50
    with pytest.raises(DownloadError, match="500"):
        download(source)


def test_retry_after_is_honoured(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("medgo.inference.models.retry.sleep", waits.append)
    hub.faults.statuses, hub.faults.retry_after = [429], "7"
    download()
    assert len(waits) == 1
    assert 7 <= waits[0] < 7.2


@pytest.mark.parametrize("source", SOURCES)
def test_hung_server_costs_a_timeout_not_forever(hub: Hub, source: Literal["hf", "modelscope"]) -> None:
    hub.faults.hang[WEIGHTS] = 1
    request = DownloadRequest(MODEL_ID, source=source, timeout=0.3)
    started = time.monotonic()
    assert (fetch_model(plan_download(request)) / WEIGHTS).is_file()
    assert time.monotonic() - started < hub.faults.hang_seconds


def test_gated_model_says_how_to_get_in(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.faults.gated = "secret"
    with pytest.raises(DownloadError) as caught:
        download()
    assert "HF_TOKEN" in caught.value.hint
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert (download() / WEIGHTS).is_file()


def test_gated_model_on_modelscope(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.faults.gated = "secret"
    with pytest.raises(DownloadError) as caught:
        download("modelscope")
    assert "MODELSCOPE_API_TOKEN" in caught.value.hint
    monkeypatch.setenv("MODELSCOPE_API_TOKEN", "secret")
    assert (download("modelscope") / WEIGHTS).is_file()


@pytest.mark.parametrize("source", SOURCES)
def test_token_stays_with_the_hub(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, source: Literal["hf", "modelscope"]
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.setenv("MODELSCOPE_API_TOKEN", "secret")
    hub.faults.redirect = True
    hub.faults.cut_after[WEIGHTS] = (1, 100_000)
    assert (download(source) / WEIGHTS).read_bytes() == hub.files[WEIGHTS]
    at_cdn = [request for request in hub.requests if request.path.startswith("/cdn/")]
    assert "bytes=100000-" in {request.range for request in at_cdn}
    assert {(request.authorization, request.cookie) for request in at_cdn} == {(None, None)}


@pytest.mark.parametrize("source", SOURCES)
def test_unknown_model_and_revision(hub: Hub, source: Literal["hf", "modelscope"]) -> None:
    with pytest.raises(ModelNotFoundError):
        plan_download(DownloadRequest("acme/nothing", source=source))
    with pytest.raises(ModelNotFoundError):
        plan_download(DownloadRequest(MODEL_ID, source=source, revision="no-such-tag"))


def test_revision_is_found_by_its_name(hub: Hub) -> None:
    folder = fetch_model(plan_download(DownloadRequest(f"{MODEL_ID}@v1")))
    assert resolve_model(f"{MODEL_ID}@v1").path == folder
    with pytest.raises(ModelNotFoundError) as caught:
        resolve_model(MODEL_ID)
    assert caught.value.hint == f"medgo download {MODEL_ID}"


def test_local_dir_gets_plain_files(hub: Hub, tmp_path: Path) -> None:
    folder = download(local_dir=tmp_path / "here")
    assert folder == tmp_path / "here"
    assert not (folder / WEIGHTS).is_symlink()
    assert resolve_model(str(folder)).format == "hf"


def test_include_and_exclude(hub: Hub, tmp_path: Path) -> None:
    folder = download(local_dir=tmp_path / "a", include=("*.json", "*.bin", "*.py"), exclude=("tokenizer*",))
    assert {path.name for path in folder.iterdir()} == {"config.json", "generation_config.json"}
    with pytest.raises(DownloadError, match="none of the model's"):
        download(local_dir=tmp_path / "b", include=("*.bin",))


def test_path_out_of_the_folder_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.files["../evil.json"] = b"{}"
    with pytest.raises(DownloadError, match="outside"):
        download(local_dir=tmp_path / "a", include=("*.json",))


def test_too_little_disk_is_said_before_the_first_byte(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("medgo.inference.models.download.shutil.disk_usage", lambda path: usage)
    with pytest.raises(StorageError, match=r"needs \d+ more bytes"):
        plan_download(DownloadRequest(MODEL_ID))
    assert all(request.file is None for request in hub.requests)


def test_disk_that_fills_up_during_the_download(hub: Hub, caches: Path) -> None:
    code = (
        "import resource; from medgo.inference.models import *\n"
        f"plan = plan_download(DownloadRequest({MODEL_ID!r}))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "from medgo.errors import StorageError\n"
        "try:\n    fetch_model(plan)\nexcept StorageError as error:\n    print(error)\n"
    )
    environment = {**os.environ, "HF_HUB_CACHE": str(caches / "hf")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert f"{len(hub.files[WEIGHTS])} bytes" in done.stdout
    with pytest.raises(ModelNotFoundError):
        resolve_model(MODEL_ID)


def test_only_models_of_a_hub_can_be_downloaded() -> None:
    with pytest.raises(DownloadError):
        plan_download(DownloadRequest("embedded"))


@pytest.mark.parametrize("file", [WEIGHTS, "config.json"])  # named by sha256 and by git's blob id
@pytest.mark.parametrize("source", SOURCES)
def test_hash_that_is_a_path_touches_nothing(
    hub: Hub, caches: Path, source: Literal["hf", "modelscope"], file: str
) -> None:
    outside = caches / "hf" / "x"  # where blobs/../../x of the model leads
    outside.parent.mkdir(parents=True, exist_ok=True)
    outside.write_text("mine")
    hub.faults.digests[file] = "../../x"
    with pytest.raises(DownloadError, match="hash"):
        download(source)
    assert outside.read_text() == "mine"


@pytest.mark.parametrize("commit", ["../../../x", "main", "", "a" * 39])
def test_commit_that_is_none_is_refused(hub: Hub, caches: Path, commit: str) -> None:
    hub.faults.commit = commit
    with pytest.raises(DownloadError, match="commit"):
        download()


@pytest.mark.parametrize("source", SOURCES)
def test_revision_leads_nowhere_else(source: Literal["hf", "modelscope"]) -> None:
    for revision in ("../x", "a/../../x", "/x", "..", "a\\b"):
        with pytest.raises(DownloadError, match="revision"):
            RemoteModel(MODEL_ID, source, revision, COMMIT, (), {})
    assert RemoteModel(MODEL_ID, source, "refs/pr/1", COMMIT, (), {}).revision == "refs/pr/1"
