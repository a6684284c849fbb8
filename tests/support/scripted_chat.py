"""``medgo`` with the scripted engine in place of a model: ``python -m tests.support.scripted_chat chat …``.

The last word of a message chooses the reply: ``slow`` trickles, ``think`` reasons first, ``fail`` breaks off,
``escape`` sends terminal control codes; anything else is echoed.
"""

from __future__ import annotations

import os
import sys

import medgo.cli._chat
from medgo.cli import main
from medgo.errors import EndpointError
from medgo.inference.engines import EngineOptions
from medgo.inference.protocol import GenerationRequest
from tests.support.scripted_engine import Answer, ScriptedEngine


def _answer(request: GenerationRequest) -> Answer:
    text = request.messages[-1].content
    if text.endswith("slow"):
        return "很慢的回答 " * 1000
    if text.endswith("think"):
        return "先想一想", "答案 [bold]42[/bold]"
    if text.endswith("fail"):
        return EndpointError("the endpoint closed the connection", hint="try again")
    if text.endswith("escape"):
        return "\x1b[2Jgone\x07\ttab\nline\x9b31m"
    return f"re: {text} 🩺"


def open_scripted(options: EngineOptions) -> ScriptedEngine:
    """Stand in for ``open_engine``."""
    return ScriptedEngine(
        _answer, context_length=int(os.environ.get("CONTEXT", "100000")), delay=float(os.environ.get("DELAY", "0"))
    )


if __name__ == "__main__":
    medgo.cli._chat.open_engine = open_scripted  # type: ignore[assignment]
    sys.exit(main())
