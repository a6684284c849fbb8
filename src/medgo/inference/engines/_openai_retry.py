"""When to ask an endpoint again, and how long to wait before. Pure: knows no connection and no clock."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RETRIED_STATUS = frozenset({408, 409, 429})


def is_retried(status: int) -> bool:
    """Whether an HTTP status may be different next time."""
    return status in RETRIED_STATUS or status >= 500


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with jitter; what the endpoint asks for comes first.

    Args:
        max_retries: Tries after the first one.
        base: Seconds before the first retry; doubled each time.
        cap: Longest wait of our own choosing, in seconds.
        longest_asked: Longest wait that an endpoint may ask for, in seconds; beyond it the request fails at once.
    """

    max_retries: int = 4
    base: float = 0.5
    cap: float = 20.0
    longest_asked: float = 300.0

    def wait(self, request_id: str, attempt: int, asked: float | None) -> float | None:
        """Seconds until the next try.

        Args:
            request_id: Seeds the jitter, so that requests that failed together do not come back together.
            attempt: 0 after the first try.
            asked: What the endpoint asked for, in seconds.

        Returns:
            None when there is no next try.
        """
        if attempt >= self.max_retries or (asked is not None and asked > self.longest_asked):
            return None
        jitter = random.Random(f"{request_id}/{attempt}").uniform(0.5, 1.0)  # noqa: S311 (no secret)
        own = min(self.cap, self.base * 2.0**attempt) * jitter
        # Coming back earlier than asked only earns the next 429; a little later spreads the requests.
        return own if asked is None else asked + min(own, 1.0)


def asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that an answer's headers ask to wait; None when they ask nothing readable.

    ``retry-after-ms`` goes before ``Retry-After``, which is a number of seconds or an HTTP date (RFC 9110 §10.2.3).
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        try:
            seconds = float(value) * unit
        except ValueError:
            continue
        if 0.0 <= seconds < float("inf"):
            return seconds
    try:
        when = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())
