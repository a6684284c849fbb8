"""Chat: a conversation with its context, its default system prompts and its transcripts."""

from medgo.inference.chat.commands import COMMANDS, Command, parse_command
from medgo.inference.chat.context import Turn, fit_context
from medgo.inference.chat.prompts import Language, default_system_prompt, language_of
from medgo.inference.chat.reply import ChatReply
from medgo.inference.chat.session import ChatSession, ReplyStream
from medgo.inference.chat.settings import ChatSettings
from medgo.inference.chat.transcript import Transcript, TranscriptLog, load_transcript, save_transcript

__all__ = [
    "COMMANDS",
    "ChatReply",
    "ChatSession",
    "ChatSettings",
    "Command",
    "Language",
    "ReplyStream",
    "Transcript",
    "TranscriptLog",
    "Turn",
    "default_system_prompt",
    "fit_context",
    "language_of",
    "load_transcript",
    "parse_command",
    "save_transcript",
]
