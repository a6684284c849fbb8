"""Reading and writing rows: nothing is lost, nothing is half written."""

from medgo.store.append_log import AppendLog
from medgo.store.atomic import replacing, sole_writer
from medgo.store.jsonl import RawRow, RowFile, decode_object, encode_row

__all__ = ["AppendLog", "RawRow", "RowFile", "decode_object", "encode_row", "replacing", "sole_writer"]
