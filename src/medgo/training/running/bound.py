"""Runs a module that must not outlive its launcher: ``python -m medgo.training.running.bound PARENT MODULE …``.

Knows neither. A launcher that is killed cannot end its processes; they would train on, unseen, and write into the
folder that the next start goes on from.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1  # man 2 prctl


def die_with(parent: int) -> None:
    """Have the system kill this process when its parent ends; on Linux only, elsewhere nothing is done.

    Args:
        parent: Process id of the launcher.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(1)


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    module, sys.argv = sys.argv[2], sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
