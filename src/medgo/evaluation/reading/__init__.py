"""Reading answers out of replies: one pure function, blind to the gold."""

from medgo.evaluation.reading.answer import Answer, ReadStatus
from medgo.evaluation.reading.reader import read_answer

__all__ = ["Answer", "ReadStatus", "read_answer"]
