"""A model that writes for generators: many conversations at once over one engine, every reply kept on disk."""

from medgo.synthesis.teacher.cache import ReplyCache
from medgo.synthesis.teacher.script import (
    Ask,
    AskFailedError,
    Item,
    Rejected,
    RejectionError,
    Script,
    ask_json,
)
from medgo.synthesis.teacher.teacher import Teacher

__all__ = ["Ask", "AskFailedError", "Item", "Rejected", "RejectionError", "ReplyCache", "Script", "Teacher", "ask_json"]
