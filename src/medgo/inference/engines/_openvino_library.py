"""Imports OpenVINO without its telemetry. Every other module takes OpenVINO from here.

``import openvino`` alone sends an event to Google Analytics from a process of its own, unless the package
``openvino_telemetry`` cannot be imported; then it uses a stub of its own (``openvino/tools/ovc/telemetry_utils.py``,
OpenVINO 2026.4). A program for hospitals must not do that.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Variable", "VariableInfo", "op", "ov", "paged_attention_transformation", "state_op"]

_TELEMETRY = "openvino_telemetry"


@contextmanager
def _without_telemetry() -> Iterator[None]:
    before = {_TELEMETRY: sys.modules[_TELEMETRY]} if _TELEMETRY in sys.modules else {}
    sys.modules[_TELEMETRY] = None  # type: ignore[assignment]  # Python's way of saying: there is no such module
    try:
        yield
    finally:
        del sys.modules[_TELEMETRY]
        sys.modules.update(before)


with _without_telemetry():
    import openvino as ov
    from openvino import op as state_op
    from openvino import opset13 as op
    from openvino._offline_transformations import paged_attention_transformation
    from openvino.op.util import Variable, VariableInfo
