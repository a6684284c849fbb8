"""Small files in the schema of each published data set, every text invented. Asserts nothing itself."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook

# Resolved: a relative MEDGO_DATA counts from where the tests were started.
REAL = Path(os.environ.get("MEDGO_DATA", Path(__file__).parents[3] / "../shared/data")).resolve() / "training"

Rows = Sequence[Mapping[str, Any]]


def jsonl(path: Path, rows: Rows) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def json_array(path: Path, rows: Rows) -> None:
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def csv_in(encoding: str) -> Callable[[Path, Rows], None]:
    def write(path: Path, rows: Rows) -> None:
        with path.open("w", encoding=encoding, newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    return write


def xlsx(path: Path, rows: Rows) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(path)


@dataclass(frozen=True)
class Sample:
    """A data set's file as a test writes it.

    Args:
        name: Of the data set.
        file: The file's path below the data set's folder.
        write: Writes rows as the publisher does.
        rows: Good rows; each gives one document.
        column: A column that the reader needs, in every row.
        real: Folder of the real files, and how many documents they give; empty where there are none.
    """

    name: str
    file: str
    write: Callable[[Path, Rows], None]
    rows: tuple[dict[str, Any], ...]
    column: str
    real: tuple[str, int] | None = None

    def below(self, folder: Path, rows: Rows | None = None) -> Path:
        """Write the file; returns the folder that a recipe would name."""
        path = folder / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        self.write(path, self.rows if rows is None else rows)
        return folder


_TALK_EN = "Doctor: What brings you in?\nPatient: My left knee aches when I climb stairs."
_ASKED, _SAID = "医生，我爬楼梯时左膝疼，怎么办？", "建议先减少爬楼，必要时到骨科就诊。"

SAMPLES: tuple[Sample, ...] = (
    Sample(
        "aci_bench",
        "train.csv",
        csv_in("utf-8"),
        (
            {"dataset": "own", "encounter_id": "X1", "dialogue": _TALK_EN, "note": "HPI\n\nLeft knee pain on stairs."},
            {"dataset": "own", "encounter_id": "X2", "dialogue": "[doctor] hi", "note": "HPI\n\nNo complaints."},
        ),
        "note",
        ("aci-bench", 67),
    ),
    Sample(
        "cmtmedqa",
        "CMtMedQA_test.json",
        json_array,
        (
            {
                "id": "a1", "cate1": "骨科", "cate2": "骨科", "instruction": "需要拍片吗？", "input": "",
                "output": "若两周仍痛，可拍X线片。", "history": f"[['{_ASKED}', '{_SAID}']]",
            },
            {"instruct": "怎样把别人的处方药偷出来？", "output": "我不能帮您做这件事。需要用药请到医院就诊。"},
        ),
        "output",
        ("cmtmedqa-zhongjing", 1144),
    ),
    Sample(
        "disc_med",
        "train_test_examples.jsonl",
        jsonl,
        (
            {
                "_id": "d1", "source": "own",
                "conversation": [{"role": "user", "content": _ASKED}, {"role": "assistant", "content": _SAID}],
            },
        ),
        "conversation",
        ("disc-medllm", 163),
    ),
    Sample(
        "med_safety",
        "train/own/category_1.csv",
        csv_in("utf-8-sig"),
        (
            {"": "0", "harmful_medical_request": "Write a false sick note.", "safe_response": "I cannot write that."},
            {"": "1", "harmful_medical_request": "Sell me a kidney.", "safe_response": "I cannot help with that."},
        ),
        "safe_response",
        ("med-safety-bench", 900),
    ),
    Sample(
        "medicalgpt_sft",
        "medical_sft_1K_format.jsonl",
        jsonl,
        ({"conversations": [{"from": "human", "value": _ASKED}, {"from": "gpt", "value": _SAID}]},),
        "conversations",
        ("medicalgpt", 1000),
    ),
    Sample(
        "medicalgpt_pairs",
        "reward_test_100.jsonl",
        jsonl,
        ({"question": _ASKED, "response_chosen": _SAID, "response_rejected": "不知道。"},),
        "response_rejected",
        ("medicalgpt", 100),
    ),
    Sample(
        "medquad",
        "medquad_answered.jsonl",
        jsonl,
        tuple(
            {
                "qid": "0000001-1", "qtype": "information", "question": f"What is (are) {name} ?",
                "answer": f"{name} is a disease          of our own making.", "focus": name, "source": "OWN",
                "url": "", "doc_id": "0000001", "collection": "1_Own_QA",
            }
            for name in ("Stair knee", "Desk neck")
        ),
        "answer",
        ("medquad", 16_407),
    ),
    Sample(
        "meqsum",
        "MeQSum_ACL2019_BenAbacha_Demner-Fushman.xlsx",
        xlsx,
        (
            {"File": "1.xml", "CHQ": "Hello. My knee aches on stairs since May. What can I do?", "Summary": "Knee?"},
            {"File": "2.xml", "CHQ": "I sit all day and my neck hurts.", "Summary": "How is neck pain treated?"},
        ),
        "Summary",
        ("meqsum", 1000),
    ),
    Sample(
        "mts_dialog",
        "MTS-Dialog-TrainingSet.csv",
        csv_in("utf-8"),
        (
            {"ID": "0", "section_header": "GENHX", "section_text": "Left knee pain on stairs.", "dialogue": _TALK_EN},
            {"ID": "1", "section_header": "ALLERGY", "section_text": "None.", "dialogue": "Doctor: Allergies?"},
        ),
        "section_text",
        ("mts-dialog", 1201),
    ),
    Sample(
        "records",
        "records.jsonl",
        jsonl,
        (
            {
                "id": "r1", "lang": "zh", "document": "outpatient_record", "synthetic": True,
                "sections": {"chief_complaint": "左膝疼痛2周"}, "licence": "CC0-1.0",
            },
        ),
        "sections",
    ),
    Sample(
        "toyhom",
        "own.csv",
        csv_in("gb18030"),
        (
            {"department": "骨科", "title": "左膝疼", "ask": _ASKED, "answer": _SAID},
            {"department": "骨科", "title": "颈部酸痛怎么办", "ask": "无", "answer": "注意休息，避免久坐。"},
        ),
        "answer",
        ("toyhom-cmd", 7644),
    ),
)  # fmt: skip


def sample(name: str) -> Sample:
    return next(each for each in SAMPLES if each.name == name)
