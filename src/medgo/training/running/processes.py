"""Processes that hold the same model and work together: each takes a share, and an error of one is an error of all.

Knows nothing of what they do. A process alone makes the same calls, and waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import torch.distributed as dist

from medgo.errors import MedGoError, TrainingFailedError

T = TypeVar("T")


def share_of(things: Sequence[T]) -> Sequence[T]:
    """This process's share: every so many-th, from its rank on; all of them where it is alone."""
    rank, world = place()
    return things[rank::world]


def found_by_all(find: Callable[[], T]) -> list[T]:
    """Have every process do something; returns when all have.

    Args:
        find: What each does; what it returns is sent to the others, and has to be small.

    Returns:
        What each found, in the order of their ranks.

    Raises:
        Exception: Whatever one of them raised, in all of them: none waits for one that will not come.
    """
    rank, world = place()
    if world == 1:
        return [find()]
    mine: T | None = None
    failed: Exception | None = None
    try:
        mine = find()
    except Exception as error:  # noqa: BLE001 - whatever it is, the others wait for it, and all raise it
        failed = error
    every: list[Any] = [None] * world
    dist.all_gather_object(every, (mine, failed and _as_sent(failed, rank)))
    first = next((error for _, error in every if error is not None), None)
    if first is not None:
        raise failed or first
    return [found for found, _ in every]


def first_does(act: Callable[[], T]) -> T:
    """Have the first process do something, such as writing a file; returns when it is done.

    Args:
        act: What it does; what it returns is sent to the others, and has to be small.

    Returns:
        What it found, in all of them.

    Raises:
        Exception: Whatever it raised, in all of them.
    """
    found = found_by_all(lambda: act() if place()[0] == 0 else None)
    return cast(T, found[0])  # None of the others only


def place() -> tuple[int, int]:
    """This process's rank, and how many there are."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


def _as_sent(error: Exception, rank: int) -> Exception:
    """An error that other processes can read: ours and the system's are sent as they are, others as their words."""
    if isinstance(error, (MedGoError, OSError)):
        return error
    return TrainingFailedError(f"process {rank} failed: {type(error).__name__}: {error}")
