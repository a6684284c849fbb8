"""A worker that misbehaves as a file in its stage's folder says: ``python -m tests.training.running.fake_workers``."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from torch.distributed.elastic.multiprocessing.errors import record

from medgo.errors import StorageError


@record
def main() -> None:
    """Process 1 does what ``behaviour`` says; the others wait for it, and fail when it is gone."""
    folder, rank = Path(sys.argv[1]), int(os.environ["RANK"])
    behaviour = (folder / "behaviour").read_text()
    (folder / f"pid-{rank}").write_text(str(os.getpid()))
    (folder / f"threads-{rank}").write_text(os.environ["OMP_NUM_THREADS"])
    if behaviour == "counts":
        _count_signals(folder, rank)
        return
    if rank != 1:
        if behaviour == "ends":
            return
        for _ in range(600):
            time.sleep(0.1)
            if behaviour == "raises" and (folder / "failed").exists():
                raise RuntimeError("Connection closed by peer")
        return
    if behaviour == "raises":
        (folder / "failed").touch()
        raise StorageError("the disk is full", hint="make room")
    if behaviour == "exits":
        sys.stderr.write("out of patience\n")
        os._exit(3)
    if behaviour == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if behaviour == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if behaviour == "stalls":
        (folder / f"processes/rank-{rank}").touch()  # as running/heartbeats.py, which would import transformers
    if behaviour in ("hangs", "deaf", "stalls"):
        time.sleep(60)


def _count_signals(folder: Path, rank: int) -> None:
    """Write how many SIGINT came within a second of the first one."""
    heard: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    (folder / f"ready-{rank}").touch()
    while not heard:
        time.sleep(0.02)
    time.sleep(1)
    (folder / f"heard-{rank}").write_text(str(len(heard)))


if __name__ == "__main__":
    main()
