"""The nouns of MedGo: small frozen types with validation, and no input or output."""

from medgo.schema.certificate import Certificate
from medgo.schema.chat import Message, Role, parse_messages
from medgo.schema.documents import ClinicalRecord, Document, Withdrawal
from medgo.schema.evaluation import Criterion, EvalItem, Lang, Prediction, Status
from medgo.schema.evidence import Evidence, Fact, FactKind, Polarity, Sentence, Side
from medgo.schema.knowledge import Concept, ConceptKind, KnowledgeSource, Name, NameRole, Predicate, Relation
from medgo.schema.rows import LabelledRow, PreferenceRow, Provenance, Row, SftRow, SourceRef, Stage

__all__ = [
    "Certificate",
    "ClinicalRecord",
    "Concept",
    "ConceptKind",
    "Criterion",
    "Document",
    "EvalItem",
    "Evidence",
    "Fact",
    "FactKind",
    "KnowledgeSource",
    "LabelledRow",
    "Lang",
    "Message",
    "Name",
    "NameRole",
    "Polarity",
    "Predicate",
    "Prediction",
    "PreferenceRow",
    "Provenance",
    "Relation",
    "Role",
    "Row",
    "Sentence",
    "SftRow",
    "Side",
    "SourceRef",
    "Stage",
    "Status",
    "Withdrawal",
    "parse_messages",
]
