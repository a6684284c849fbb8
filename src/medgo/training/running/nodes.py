"""Can these machines train a stage together? Asked before hours are spent; trains nothing, loads no model.

Every machine runs the check at the same time, one process each. They meet at the first one's port, exchange what they
are, compare clocks, and add up one tensor over the network.
"""

from __future__ import annotations

import json
import platform
import shutil
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from medgo.errors import TrainingFailedError
from medgo.store.hashing import fingerprint, sha256_of_file
from medgo.training.job import Job

_PACKAGES = ("medgo", "torch", "transformers", "trl", "peft", "accelerate", "datasets")
_CLOCK_SECONDS = 1.0  # logs and certificates of one run should agree on the second
_TENSOR = 16 * 2**20  # numbers of four bytes: 64 MiB


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where machines meet.

    Args:
        machines: How many.
        rank: Of this one, from 0.
        address: Of the first one.
        port: Open on the first one.
        seconds: That machines wait for one another.
    """

    machines: int = 1
    rank: int = 0
    address: str = "127.0.0.1"
    port: int = 29500
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What one machine is.

    Args:
        rank: Its number.
        host: Its name.
        versions: Python and packages → version; absent ones are ``""``.
        gpus: Names of its GPUs with their memory.
        backends: Ways to exchange tensors that torch has there.
        stage: Hash of the prepared stage's job, rows and order.
        free_bytes: On the disk of the stage.
        sees_mark: Whether it sees a file that the first machine wrote into the stage's folder.
        clock_offset: Seconds that its clock is ahead of the first machine's.
    """

    rank: int
    host: str
    versions: Mapping[str, str]
    gpus: tuple[str, ...]
    backends: tuple[str, ...]
    stage: str
    free_bytes: int
    sees_mark: bool = True
    clock_offset: float = 0.0


@dataclass(frozen=True, slots=True)
class NodesReport:
    """What the check found.

    Args:
        nodes: One per machine, by rank.
        problems: Sentences; none means that the stage can be trained.
        backend: With which the tensor was exchanged; empty on one machine.
        gigabytes_per_second: Of the exchange.
    """

    nodes: tuple[NodeFacts, ...]
    problems: tuple[str, ...]
    backend: str = ""
    gigabytes_per_second: float = 0.0


def check_nodes(folder: Path, meeting: Meeting = Meeting(), *, least_free: int = 10 * 2**30) -> NodesReport:
    """Check this machine and, with others, all of them; each gets the same report.

    Args:
        folder: Of a prepared stage.
        meeting: Where machines meet.
        least_free: Bytes that the disk should have free.

    Raises:
        TrainingFailedError: The machines do not meet, or cannot exchange a tensor.
        RunFolderError: The folder holds no prepared stage.
    """
    own = local_facts(folder, meeting.rank)
    if meeting.machines == 1:
        return NodesReport((own,), tuple(find_problems((own,), least_free=least_free)))
    mark = folder / ".nodes"
    try:
        store = _meet(meeting)
        nodes = _exchange(store, meeting, own, mark)
        backend, rate = _add_up(store, meeting, nodes)
    except (dist.DistError, RuntimeError, TimeoutError) as error:
        raise TrainingFailedError(
            f"machine {meeting.rank} ({own.host}) cannot work with the others at {meeting.address}:{meeting.port}: "
            f"{str(error).splitlines()[0]}",
            hint="run the check on all machines at once; see that the port is open between them, and with several "
            "network cards set NCCL_SOCKET_IFNAME and GLOO_SOCKET_IFNAME",
        ) from error
    finally:
        if meeting.rank == 0:
            mark.unlink(missing_ok=True)
    return NodesReport(nodes, tuple(find_problems(nodes, least_free=least_free)), backend, rate)


def local_facts(folder: Path, rank: int) -> NodeFacts:
    """Describe this machine.

    Raises:
        RunFolderError: The folder holds no prepared stage.
    """
    job = Job.load(folder)
    gpus = [torch.cuda.get_device_properties(number) for number in range(torch.cuda.device_count())]
    nccl, gloo = dist.is_nccl_available() and bool(gpus), dist.is_gloo_available()
    return NodeFacts(
        rank=rank,
        host=socket.gethostname(),
        versions={"python": platform.python_version()} | {name: _version(name) for name in _PACKAGES},
        gpus=tuple(f"{gpu.name} {gpu.total_memory / 2**30:.0f} GiB" for gpu in gpus),
        backends=tuple(name for name, there in (("nccl", nccl), ("gloo", gloo)) if there),
        stage=fingerprint([job.inputs, sha256_of_file(job.rows_file), sha256_of_file(job.order_file)]),
        free_bytes=shutil.disk_usage(folder).free,
    )


def find_problems(nodes: Sequence[NodeFacts], *, least_free: int) -> list[str]:
    """Say what would keep the machines from training together."""
    first, found = nodes[0], []
    for node in nodes:
        name = f"machine {node.rank} ({node.host})"
        if not node.backends:
            found.append(f"{name}: its torch has neither NCCL nor gloo")
        if node.gpus and "nccl" not in node.backends:
            found.append(f"{name} has GPUs, but its torch has no NCCL")
        if node.free_bytes < least_free:
            found.append(f"{name} has {node.free_bytes / 2**30:.1f} GB free on the stage's disk")
        if node.rank == first.rank:
            continue
        for package in sorted(first.versions.keys() | node.versions.keys()):
            own, other = node.versions.get(package, ""), first.versions.get(package, "")
            if own != other:
                found.append(f"{name} has {package} {own or 'not at all'}, machine 0 has {other or 'none'}")
        if node.stage != first.stage:
            found.append(f"{name} has another prepared stage than machine 0: copy the folder, or share it")
        if not node.sees_mark:
            found.append(f"{name} does not share the stage's folder: checkpoints could not be put together")
        if node.gpus != first.gpus:
            found.append(f"{name} has other GPUs ({', '.join(node.gpus) or 'none'}) than machine 0")
        if abs(node.clock_offset) > _CLOCK_SECONDS:
            found.append(f"{name}: its clock is off by {node.clock_offset:+.1f} s")
    return found


def _meet(meeting: Meeting) -> Any:
    return dist.TCPStore(  # type: ignore[attr-defined]  # public, but not in its __all__
        meeting.address,
        meeting.port,
        meeting.machines,
        is_master=meeting.rank == 0,
        timeout=timedelta(seconds=meeting.seconds),
    )


def _exchange(store: Any, meeting: Meeting, own: NodeFacts, mark: Path) -> tuple[NodeFacts, ...]:
    """All machines' facts; the first one compares clocks by asking each for the time."""
    if meeting.rank == 0:
        mark.touch()
        store.set("marked", "yes")
        offsets = [0.0] + [_clock_offset(store, rank) for rank in range(1, meeting.machines)]
        store.set("offsets", json.dumps(offsets))
    else:
        store.get("marked")
        store.set(f"sees/{meeting.rank}", json.dumps(mark.exists()))
        store.get(f"ask/{meeting.rank}")
        store.set(f"time/{meeting.rank}", repr(time.time()))
    store.set(f"facts/{meeting.rank}", json.dumps(asdict(own)))
    offsets = json.loads(store.get("offsets"))
    sees = [True] + [bool(json.loads(store.get(f"sees/{rank}"))) for rank in range(1, meeting.machines)]
    return tuple(
        _read_facts(json.loads(store.get(f"facts/{rank}")), sees[rank], offsets[rank])
        for rank in range(meeting.machines)
    )


def _clock_offset(store: Any, rank: int) -> float:
    """Cristian's method: the answer was given halfway between question and receipt."""
    store.get(f"sees/{rank}")  # it waits for the question now
    asked = time.time()
    store.set(f"ask/{rank}", "?")
    told = float(store.get(f"time/{rank}"))
    return told - (asked + time.time()) / 2


def _read_facts(value: dict[str, Any], sees_mark: bool, clock_offset: float) -> NodeFacts:
    more = {"gpus": tuple(value["gpus"]), "backends": tuple(value["backends"])}
    return NodeFacts(**{**value, **more, "sees_mark": sees_mark, "clock_offset": clock_offset})


def _add_up(store: Any, meeting: Meeting, nodes: Sequence[NodeFacts]) -> tuple[str, float]:
    """Sum one tensor over all machines; the way (``nccl`` where all have it) and gigabytes a second."""
    backend = "nccl" if all("nccl" in node.backends for node in nodes) else "gloo"
    dist.init_process_group(
        backend,
        store=dist.PrefixStore("sum", store),  # type: ignore[attr-defined]
        rank=meeting.rank,
        world_size=meeting.machines,
        timeout=timedelta(seconds=meeting.seconds),
    )
    try:
        tensor = torch.ones(_TENSOR, device="cuda" if backend == "nccl" else "cpu")
        dist.all_reduce(tensor)  # sets up connections
        dist.barrier()
        began = time.monotonic()
        dist.all_reduce(tensor)
        if float(tensor[-1]) != meeting.machines**2:
            raise RuntimeError(f"{backend} added up {float(tensor[-1])} instead of {meeting.machines**2}")
        return backend, tensor.nbytes / (time.monotonic() - began) / 1e9
    finally:
        dist.destroy_process_group()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
