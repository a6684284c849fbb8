"""An event loop in a thread of its own, so that ordinary code can have many connections open at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from medgo.errors import EngineFailureError

T = TypeVar("T")


class LoopThread:
    """Runs coroutines beside the caller. Cancelling a future cancels its coroutine, at once and also mid-read."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="medgo-endpoint", daemon=True)
        self._thread.start()
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        """Start a coroutine.

        Raises:
            EngineFailureError: The thread has been closed.
        """
        with self._lock:
            if self._closed:
                raise EngineFailureError("this engine has been closed", hint="open it again")
            return asyncio.run_coroutine_threadsafe(work(), self._loop)

    def close(self, last: Callable[[], Awaitable[None]]) -> None:
        """Cancel what still runs, await ``last``, and end the thread. Closing twice does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        asyncio.run_coroutine_threadsafe(self._wind_up(last), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _wind_up(self, last: Callable[[], Awaitable[None]]) -> None:
        running = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await last()
        await self._loop.shutdown_asyncgens()
