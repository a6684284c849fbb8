"""The nouns of MedGo: small frozen types with validation, and no input or output."""

from medgo.schema.chat import Message, Role, parse_messages
from medgo.schema.evaluation import Criterion, EvalItem, Lang, Prediction, Status

__all__ = ["Criterion", "EvalItem", "Lang", "Message", "Prediction", "Role", "Status", "parse_messages"]
