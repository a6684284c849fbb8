"""When to ask a hub again, and how long to wait before. Knows no hub."""

from __future__ import annotations

import random
from time import sleep

from medgo.errors import DownloadError

_TRIES_WITHOUT_PROGRESS = 5
_LONGEST_WAIT = 60.0  # seconds


class Retry:
    """Counts failures in a row; waits 0.5 s, 1 s, 2 s … between them, or what the server asks for.

    Args:
        what: Whom we ask, for the error.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._failures = 0

    @staticmethod
    def is_worth(status: int) -> bool:
        """Tell whether the same request may succeed later."""
        return status in (408, 429) or status >= 500

    def progress(self) -> None:
        """Forget earlier failures: something arrived."""
        self._failures = 0

    def wait(self, reason: object, retry_after: str | None = None) -> None:
        """Sleep before the next try.

        Args:
            reason: What went wrong.
            retry_after: The server's wish in seconds, as in the header of that name.

        Raises:
            DownloadError: Too many failures in a row.
        """
        self._failures += 1
        if self._failures >= _TRIES_WITHOUT_PROGRESS:
            raise DownloadError(
                f"{self._what} did not answer {self._failures} times in a row: {reason}",
                hint="check the network, or set HF_ENDPOINT to a mirror; the download continues where it stopped",
            )
        backoff = 0.5 * 2 ** (self._failures - 1)
        asked = float(retry_after) if retry_after and retry_after.replace(".", "", 1).isdigit() else 0.0
        # Jitter, so that four workers that failed together do not come back together.
        sleep(min(max(backoff, asked), _LONGEST_WAIT) + random.uniform(0, 0.1))  # noqa: S311
