"""What a pipeline's page says of the texts that rows could be made from: corpora and certified records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from medgo.errors import RunFolderError
from medgo.evaluation.report.words import Words
from medgo.store.certificates import certificate_path, read_certificate
from medgo.training.card.document import Cell, Part, Section, Table, number

_REPORT = "report.json"
_STEP, _DOCUMENTS = Words("step", "步骤"), Words("documents", "篇数")


def corpora_section(curated: Mapping[str, Path], records: Mapping[str, Path]) -> Section | None:
    """Sources, removals and certificates.

    Args:
        curated: Name of a step → folder of the corpus that it made.
        records: Name of a step → file of certified records; one that is not there had none to begin with.

    Returns:
        None where there is neither.

    Raises:
        RunFolderError: A report cannot be read.
        CertificateError: A certificate cannot be read.
    """
    reports = {name: _report(folder) for name, folder in curated.items()}
    parts = [*_corpora(reports), *_records({name: file for name, file in records.items() if file.is_file()})]
    return Section(Words("Texts", "语料与病历"), tuple(parts)) if parts else None


def _report(folder: Path) -> Mapping[str, Any]:
    try:
        value: Mapping[str, Any] = json.loads((folder / _REPORT).read_bytes())
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{folder / _REPORT} cannot be read: {error}", hint="run the pipeline again") from error
    return value


def _corpora(reports: Mapping[str, Mapping[str, Any]]) -> Iterator[Part]:
    kept: list[tuple[Cell, ...]] = []
    removed: list[tuple[Cell, ...]] = []
    for name, report in reports.items():
        kept.append((name, Words("all that was read", "读取总数"), number(report["before"]["documents"])))
        kept.append((name, Words("all that was kept", "保留总数"), number(report["after"]["documents"])))
        kept += [(name, source, number(count)) for source, count in _most_first(report["after"]["sources"])]
        removed += [(name, reason, number(count)) for reason, count in _most_first(report["removed"])]
    if kept:
        yield Table((_STEP, Words("source · licence", "来源 · 许可证"), _DOCUMENTS), tuple(kept))
    if removed:
        yield Table((_STEP, Words("removed: step · reason", "去除：步骤 · 原因"), _DOCUMENTS), tuple(removed))
    for name, report in reports.items():
        compared = report["notes"].get("decontaminate")
        if not compared or not compared["items"]:
            yield Words(f"`{name}`: **not compared with any benchmark.**", f"`{name}`：**未与任何评测集比对。**")


def _records(files: Mapping[str, Path]) -> Iterator[Part]:
    rows: list[tuple[Cell, ...]] = []
    for name, file in files.items():
        if certificate_path(file).is_file():
            one = read_certificate(file)
            rows.append((name, number(one.records), number(one.held_back), one.policy, one.issuer, f"`{one.id}`"))
    if rows:
        head = (
            _STEP, Words("records", "病历数"), Words("held back", "扣留"), Words("policy", "策略"),
            Words("issuer", "签发机构"), Words("certificate", "证书"),
        )  # fmt: skip
        yield Table(head, tuple(rows))


def _most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
