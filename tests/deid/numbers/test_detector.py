"""Numbers that belong to people are found in every layout; numbers that belong to medicine stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.deid.numbers.support import GROUPINGS, LAYOUTS, cards, covered, digits, found, mobiles, resident_ids

_layouts = st.sampled_from(LAYOUTS)


@given(mobiles, st.sampled_from(GROUPINGS), _layouts)
def test_mobiles_in_every_layout(number: str, grouped: object, layout: str) -> None:
    written = grouped(number)  # type: ignore[operator]
    assert covered(layout.format(written), written)


@given(resident_ids(), _layouts, st.sampled_from(["", " ", "-", "\u200b", "  "]))
def test_resident_numbers_in_every_layout(number: str, layout: str, joint: str) -> None:
    written = joint.join((number[:6], number[6:14], number[14:])) if joint != "  " else " ".join(number)
    text = layout.format(written)
    assert covered(text, written)


@given(resident_ids(), st.integers(0, 9))
def test_a_wrong_check_digit_hides_nobody(number: str, digit: int) -> None:
    written = number[:17] + str(digit)
    assert covered(f"身份证号{written}。", written)
    assert covered(f"患者，{written}，男", written)


@given(cards(), _layouts, st.booleans())
def test_bank_cards(number: str, layout: str, grouped: bool) -> None:
    written = " ".join(number[at : at + 4] for at in range(0, len(number), 4)) if grouped else number
    assert covered(layout.format(written), written)


@given(
    st.sampled_from(
        [
            "住院号",
            "病案号",
            "门诊号",
            "检查号",
            "标本号",
            "登记号",
            "影像号",
            "病理号",
            "医保卡号",
            "MRN",
            "Acct #",
            "Accession",
        ]
    ),
    st.sampled_from(["：", ":", " ", "", "： ", " : ", "为", "是", "\n", "\t", "(", " | "]),
    st.sampled_from(["", "ZY", "H", "CT-", "S23-", "A"]),
    digits(5, 12),
)
def test_labelled_codes(label: str, glue: str, prefix: str, number: str) -> None:
    value = prefix + number
    joint = " " if glue == "" and label.isascii() else glue
    assert covered(f"王某某，{label}{joint}{value}，女。", value)


@pytest.mark.parametrize(
    ("text", "value", "label"),
    [
        ("患者住院号：ZY010000123456，女", "ZY010000123456", "medical_record_number"),
        ("病 案 号 ： 0 0 1 2 3 4 5", "0 0 1 2 3 4 5", "medical_record_number"),
        ("住院號：００１２３４５", "００１２３４５", "medical_record_number"),
        ("今日12床请会诊", "12床", "medical_record_number"),
        ("+5床 夜间发热", "+5床", "medical_record_number"),
        ("床号：12", "12", "medical_record_number"),
        ("联系电话（家属）：0571-87654321转8012", "0571-87654321转8012", "phone"),
        ("电话(0571)87654321", "(0571)87654321", "phone"),
        ("传真：010-62345678", "010-62345678", "fax"),
        ("客服400-820-1234", "400-820-1234", "phone"),
        ("护照号E12345678", "护照号E12345678", "passport"),
        ("港澳通行证：C12345678", "C12345678", "passport"),
        ("军官证：军字第1234567号", "军字第1234567号", "passport"),
        ("车辆苏E·8K9Z2停放", "苏E·8K9Z2", "vehicle"),
        ("沪AD12345", "沪AD12345", "vehicle"),
        ("粤B1234学", "粤B1234学", "vehicle"),
        ("统一社会信用代码：91350100M000100Y43", "91350100M000100Y43", "organisation_code"),
        ("医保号：330106A12345", "330106A12345", "insurance_number"),
        ("微信号：qiao_wenyu", "qiao_wenyu", "social_account"),
        ("QQ 28471936", "28471936", "social_account"),
        ("邮编：310009", "310009", "zip_code"),
        ("邮箱qiaowenyu@example.com或手机", "qiaowenyu@example.com", "email"),
        ("qiao艾特example点com", "qiao艾特example点com", "email"),
        ("身份证330106********9416", "330106********9416", "id_card"),
        ("起搏器序列号：PJN4412093", "PJN4412093", "device"),
        ("执业证书编号：110330000012345", "110330000012345", "licence"),
        ("联系方式幺三八零零幺三八零零零", "幺三八零零幺三八零零零", "phone"),
        ("住院号0012345次日出院", "0012345", "medical_record_number"),
        ("病例#448291随访", "448291", "other_id"),
        ("手机号后四位：4471", "4471", "phone"),
        ("银行卡尾号****4471", "****4471", "bank_account"),
        ("微信id为tangwx_09", "tangwx_09", "social_account"),
        ("1.13900001234\n2.高血压", "13900001234", "phone"),
        ("一三九，零零零零，一二三四", "一三九，零零零零，一二三四", "phone"),
        ("病理S23-12345提示", "S23-12345", "medical_record_number"),
        ("定位30.27412, 120.15510", "30.27412, 120.15510", "address"),
    ],
)
def test_chinese_classes(text: str, value: str, label: str) -> None:
    assert (value, label) in found(text)


@pytest.mark.parametrize(
    ("text", "value", "label"),
    [
        ("MRN: 12-34-567, seen today", "12-34-567", "medical_record_number"),
        ("Can she restart it? (MRN 55512)", "55512", "medical_record_number"),
        ("Accession #S23-12345", "S23-12345", "medical_record_number"),
        ("Moved to Room 412-B today", "412-B", "medical_record_number"),
        ("SSN 078-05-1120", "078-05-1120", "ssn"),
        ("SSN: 078 05 1120", "078 05 1120", "ssn"),
        ("last four of SSN 1120", "1120", "ssn"),
        ("xxx-xx-1120", "xxx-xx-1120", "ssn"),
        ("Call (555) 123-4567 x123.", "(555) 123-4567 x123", "phone"),
        ("Fax: 555.123.4567", "555.123.4567", "fax"),
        ("not answering at 99 668472", "99 668472", "phone"),
        ("28-64-66-98 office", "28-64-66-98", "phone"),
        ("reached on 0475 4429797 today", "0475 4429797", "phone"),
        ("or (95) 94215-7906 later", "(95) 94215-7906", "phone"),
        ("+61 2 9374 4000", "+61 2 9374 4000", "phone"),
        ("+44 (0)20 7946 0958", "+44 (0)20 7946 0958", "phone"),
        ("NPI 1234567893", "1234567893", "licence"),
        ("DEA AB1234563", "AB1234563", "licence"),
        ("driver's license D1234567", "D1234567", "licence"),
        ("Policy no. 123 456 789, active", "123 456 789", "insurance_number"),
        ("Medicare 1EG4-TE5-MK73", "1EG4-TE5-MK73", "insurance_number"),
        ("GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 32", "bank_account"),
        ("card 4111 1111 1111 1111", "4111 1111 1111 1111", "bank_account"),
        ("VIN 1HGCM82633A004352", "1HGCM82633A004352", "vehicle"),
        ("Worcester, MA 01605", "01605", "zip_code"),
        ("mail o.tamsin@example.org.", "o.tamsin@example.org", "email"),
        ("tamsin dot o at example dot com", "tamsin dot o at example dot com", "email"),
        ("see https://example.org/a?b=1.", "https://example.org/a?b=1", "url"),
        ("from 192.0.2.17 at", "192.0.2.17", "ip_address"),
        ("from 2001:db8::8a2e:370:7334", "2001:db8::8a2e:370:7334", "ip_address"),
        ("MAC 00:1A:2B:3C:4D:5E", "00:1A:2B:3C:4D:5E", "device"),
        ("UDI: (01)00844588003288(17)141120(21)10987", "(01)00844588003288(17)141120(21)10987", "device"),
        ("lives at LS6 3QT now", "LS6 3QT", "zip_code"),
        ("Truro NS B2N 5E3", "B2N 5E3", "zip_code"),
        ("the clinic 84482913 given", "84482913", "other_id"),
        ("case #448291", "448291", "medical_record_number"),
        ("file IMG_20240305.jpg", "IMG_20240305.jpg", "photo"),
        ("username: tamsin_o", "tamsin_o", "social_account"),
        (
            "five five five, one two three four five six seven",
            "five five five, one two three four five six seven",
            "phone",
        ),
    ],
)
def test_english_classes(text: str, value: str, label: str) -> None:
    assert (value, label) in found(text, "en")


def test_columns_have_the_labels_of_their_header() -> None:
    text = "姓名\t住院号\t床号\n甲\t0012\t7\n乙\t0013\t加8\n"
    assert [value for value, _ in found(text)] == ["0012", "7", "0013", "加8"]
    assert covered("| MRN | Age |\n|-----|-----|\n| 417 | 45 |\n", "417", "en")
    assert not covered("| MRN | Age |\n|-----|-----|\n| 417 | 45 |\n", "45", "en")


def test_letters_that_grow_in_lower_case_do_not_move_what_follows() -> None:
    assert found("İ, MRN: 55512", "en") == [("55512", "medical_record_number")]


@pytest.mark.parametrize(
    "text",
    [
        "血压120/80mmHg，心率80次/分，体温36.5℃，呼吸18次/分，SpO2 98%。",
        "WBC 12.5×10^9/L，N 85.2%，Hb 120g/L，PLT 250×10⁹/L，CRP 12.3mg/L，HBV-DNA 1.2×10^7 IU/mL，CK 1234567 U/L",
        "阿司匹林100mg qd，左氧氟沙星0.5g ivgtt q12h×7天，胰岛素 8-6-8 IU",
        "国药准字H20013092，批号：20230501，ICD-10编码：I10.x00，NCT01234567，PMID: 12345678",
        "L4-5椎间盘突出，S1/A1，T12椎体，C3-4",
        "HLA-B27(+)，CA19-9 37U/mL，CYP2C19*2，BRCA1 c.5266dupC，IL-6 5.2",
        "于1号切口、2号切口置入引流管，第3次化疗，4级，1-2天",
        "开放床位500张，共20张床，床旁B超，卧床3天，1床旁",
        "孕39+2周，G2P1，BPD 9.2cm，Apgar评分9-10-10分，NIHSS 0 0 0 1 0 0 2 0 0 1 0",
        "2023年患者2000余例，随访24-48个月，OR 1.25(1.10-1.42)，P<0.001",
        "每日给予10460一11715千焦",
        "OGTT 4.059.098.43，编码2400~2533个氨基酸，编码2400个氨基酸",
        "TP80.4 ALB45.1/G128ALT129AST81S/LDH145，1HBsAg2HBsAb3HBeAg4HBeAb5HBcAb",
    ],
)
def test_chinese_medicine_stays(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "BP 120/80, HR 80, RR 18, T 98.6, SpO2 98% on 2L, wt 70.5kg, GCS 15, EF 55-60%.",
        "WBC 12,000, platelets 150000, CD4 350, HIV RNA 1250000 copies/mL, ferritin 1,234,567 ng/mL",
        "L4-5 disc, S1/A1, T12, C3-4, 3-0 Vicryl, 14 Fr Foley, #15 blade",
        "tooth #14, No. 10 blade, 5/5 strength, 10/10 pain",
        "head of bed 30 degrees, room air, bed rest x 2 days, order 5 mg, ID 5 mm, case 2, visit 3 in 2 weeks",
        "LOINC 2160-0, SNOMED 22298006, lot 12345678, rs113488022, chr7:140453136",
        "PMID 31234567, NCT01234567, C0011849",
        "DNR/DNI, PID 10 years ago, in 2019 she had 2000 mL, Take 1-2 tabs q4-6h, INR 2.0-3.0, pO2 80 60 40",
        "T P R BP in out: 36.5 130 1500 1200, 120 80 1500, 250 300 1500, 2000 1800 2200, urine protein +2 120 80 98",
        "vitamin B12 5MG, T1 N0 M0, T2N1M0, CIN 2, S1 2 mm",
        "pH 7.35-7.45, contact 12.5-13.5, serial CEA 12.5, policy 2021, phone visit 20 min, pt 45 yo, contact 10 days",
        "2024-03-05 12:30:45, 03/05/2024, 05.03.2024, 20240305123000, 2024-03-05~2024-03-12, 1990-2000",
        "Continue.in the morning she walked. e.g.in bed; see section 1.2.3.4 below",
        "T 36.5 P 80 R 18 BP 120 80 98 72 120 80 36.6 78 18 118 76",
        "Height 178.88023499217553 cm, creatinine 1.0606523555763823 mg/dL; pneumonia (233604007 SNOMED CT)",
        "Went to bed at 10 and rose at 6; DICOM class 1.2.840.10008.5.1.4.1.1.2",
        "Her handle. Definitely try to reach out on 2 occasions; text 3 times.",
    ],
)
def test_english_medicine_stays(text: str) -> None:
    assert found(text, "en") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("He is in room 413.", "413"),
        ("MRN/Acct: 350-69-63 / 768380920", "350-69-63"),
        ("Room/Bed: 413B", "413B"),
        ("Seen again (350-69-63) today", "350-69-63"),
        ("Licence D4471-22890", "D4471-22890"),
        ("Building 10, Room 1N113", "1N113"),
        ("DICOM Study 1.2.840.317.5947431.51", "1.2.840.317.5947431.51"),
        ("1.6222021234567890128 is his card", "6222021234567890128"),
    ],
)
def test_english_records_and_rooms(text: str, value: str) -> None:
    assert covered(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("术后病理（BL2024-00250）：涂片", "BL2024-00250"),
        ("型号A3DR01，编码见卡片，植入起搏器KRT2203817", "KRT2203817"),
        ("除颤器序列：DN220381", "DN220381"),
        ("起搏器（鼎纳 DN220381）", "DN220381"),
        ("我电话1586770，后四位3321", "3321"),
        ("联系电话158 9743\n4609", "158 9743\n4609"),
    ],
)
def test_numbers_of_pathology_implants_and_messages(text: str, value: str) -> None:
    assert covered(text, value)
