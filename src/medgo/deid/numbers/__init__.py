"""Numbers, codes and addresses of machines that belong to a person: found by shape, by checksum and by label."""

from medgo.deid.numbers.detector import NumberDetector

__all__ = ["NumberDetector"]
