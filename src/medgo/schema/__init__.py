"""The nouns of MedGo: small frozen types with validation, and no input or output."""

from medgo.schema.chat import Message, Role, parse_messages

__all__ = ["Message", "Role", "parse_messages"]
