"""Clinical records from cases: documents, quality control, and better and worse documents side by side."""

from medgo.synthesis.generators.records.case_records import CaseRecords
from medgo.synthesis.generators.records.pairs import RecordPairs
from medgo.synthesis.generators.records.quality_control import QualityControl

__all__ = ["CaseRecords", "QualityControl", "RecordPairs"]
