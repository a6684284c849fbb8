"""Codes of letters and digits with a form of their own: plates, passports, IBAN, credit codes, wallets, ZIP codes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.deid.classes import IdentifierClass
from medgo.deid.numbers.checks import credit_code, dea, iban, vin
from medgo.deid.numbers.hits import Hit, Reading
from medgo.deid.searching import places_of_any

_REGION = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{_REGION}][A-Za-z][·. -]?(?=[A-Za-z]{{0,5}}\d)"
    r"(?:[A-Za-z0-9]{4,5}[挂学警港澳领试超]|[A-Za-z0-9]{5,6})(?![A-Za-z0-9])"
    r"|使\d{3}[·. -]?\d{3}(?!\d)"
    rf"|WJ[ ·-]?[{_REGION}]?[ ·-]?\d{{4}}[A-Z0-9](?![A-Z0-9])"
)
# Without a digit, only where a car is spoken of.
_LETTER_PLATE = re.compile(
    r"(?:车[牌辆号主]?[号码]?|牌照|名下|驾驶)[^A-Za-z0-9\n]{0,6}"
    rf"([{_REGION}][A-Z][·. -]?[A-Z]{{5,6}})(?![A-Za-z0-9])"
)
# Letters in front of seven digits or more: card, visit and specimen numbers, passports. The digits are sought first.
_SEVEN_DIGITS = re.compile(r"\d(?<=[A-Za-z_-].)\d{6}")
_PREFIX = re.compile(r"(?<![A-Za-z0-9_-])(?<![A-Za-z][./])(?<!\d\d[./])(?<!\d/)[A-Za-z]{1,6}[-_]?\Z")
_PREFIXED = re.compile(r"\d{7,20}+(?:[-_]?[A-Za-z0-9]{1,6})?(?![A-Za-z0-9])")
_SERIAL = re.compile(r"[A-Z]{2,4}-?\d{6,12}")
# Pathology and imaging: S23-12345, BL2024-00250.
_YEARED = re.compile(r"[A-Z](?<![A-Za-z0-9-].)[A-Z]{0,3}(?:19|20)?\d\d-\d{4,7}(?![A-Za-z0-9-])")
# Those with a part behind, and short ones of the laboratory: where it is named before.
_SPECIMEN = re.compile(
    r"(?i:\b(?:patholog[a-z]{1,6}|cytolog[a-z]{1,4}|specimens?|surg(?:ical)? path|biops[a-z]{1,3}|accession|accn?|case|"
    r"slides?|block|histology|autopsy|path))\.?(?: ?(?i:report|no\.?|number|id|#))?[ :#]{1,3}(?:is |was )?"
    r"((?=[A-Z\d-]{0,12}\d{3})[A-Z]{0,4}\d{2,6}(?:-\d{2,7}){1,2}(?:-[A-Z\d]{1,3})?)(?![A-Za-z0-9-]|\.\d)"
)
_SPECIMEN_STEMS = ("cytolog", "specimen", "surg", "path", "autop", "biops", "acc", "case", "slide", "block", "histol")
# Plates of cars abroad, behind what says so: "plate MA 7XZ 221".
_CAR_PLATE = re.compile(
    r"(?i:\b(?:licen[cs]e plates?|number plates?|plates?|tags?|registration|reg))"
    r"(?i: (?:no\.?|number|is|was|#)){0,2}[ :#]{1,3}"
    r"((?=[A-Z\d -]{0,10}\d)(?=[A-Z\d -]{0,10}[A-Z])[A-Z\d]{1,4}(?:[ -][A-Z\d]{1,4}){1,3})(?![A-Za-z0-9%./-])"
)
_PLATE_STEMS = ("licen", "number", "plate", "tag", "reg")
# What was implanted, and its number, whatever it is called there. Models and 国械注准 have other forms.
_IMPLANT = re.compile(
    r"(?:(?:起搏|除颤|ICD(?!-)|CRT|支架|假体|人工[\u4e00-\u9fff]{1,3}|瓣膜|封堵器|耳蜗|胰岛素泵|输液港|记录仪|发生器|植入|置入"
    r"|钢板|髓内钉|补片|滤器|弹簧圈|电极|导线|晶[体状])[^\n。;]{0,30}?|序号[ :]{0,2})"
    r"(?<![A-Za-z0-9准进])([A-Z]{2,4}-?\d{6,12}(?:-?[A-Z0-9]{1,6})?)(?![A-Za-z0-9])"
)
_SHORTEST_PLATE = 5
_DATED = re.compile(r"(?:19|20)\d\d-\d\d(?:-\d\d)?|\d\d-\d\d-(?:19|20)?\d\d")
_PASSPORT = re.compile(r"[EGDSPHMCeghm][A-Za-z]?\d{7,8}|[HMhm]\d{10}")
_MILITARY = re.compile(r"[军兵士文参政后装海空北南沈兰济广成京][字士官]?字?第\s?\d{5,9}\s?号?")
# A record number of three parts, which neither a date nor a telephone number has.
_PARTED = re.compile(r"\d(?<![\w.,/-].)\d{2}-\d{2}-\d{2}(?![\w/-]|[.,]\d)")
# Numbers of publications, trials, drugs, genes and terminologies: the same for everybody.
_PUBLIC = re.compile(
    r"(?:nct|pmid|pmc|doi|chictr|isrctn|eudract|isbn|issn|gse|ensg|enst|ensp|nm|np|nr|rs|grch|hg|hp|mondo|orpha|omim|doid|fma|go|ec"
    r"|mesh|icd|snomed|sctid|umls|chembl|db|cid)[-_:]?\d",
    re.IGNORECASE,
)
_APPROVED = re.compile(
    r"(?:准字|注准|注进|健字|械备|批准文号[:]?|文号[:]?|批号[:]?|lot|batch|umls|cui|mesh|nct)[^\w]{0,2}$"
)
_EIGHTEEN = re.compile(
    r"(?<![A-Za-z0-9])(?=[0-9]{0,17}[A-Za-z])[0-9A-HJ-NP-RTUW-Y]{2}\d{6}[0-9A-HJ-NP-RTUW-Y]{10}(?![A-Za-z0-9])"
)
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ ]?[A-Za-z0-9]{4}){2,7}+(?:[ ]?[A-Za-z0-9]{1,3})?(?![A-Za-z0-9])"
)
_VIN = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-HJ-NPR-Z0-9]{0,11}[A-HJ-NPR-Z])(?=\D{0,12}\d)[A-HJ-NPR-Z0-9]{12}[0-9]{5}(?![A-Za-z0-9])"
)
_DEA = re.compile(r"(?<![A-Za-z0-9])[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}(?![A-Za-z0-9])")
_WALLET = re.compile(
    r"(?:bc1[a-z0-9]{25,59}|0x[0-9a-fA-F]{40}|[13](?=[A-Za-z]*\d)(?=\d*[A-Za-z])[a-km-zA-HJ-NP-Z1-9]{25,34})(?![A-Za-z0-9])"
)
_COIN = re.compile(r"bitcoin|btc|wallet|crypto|coin|eth|usdt|address|钱包|币|地址")
# Names and values of laboratory tests run together (ALT129AST81) have shorter runs.
_FIVE_DIGITS = re.compile(r"\d{5}")
_MBI = re.compile(r"[1-9](?<![A-Za-z0-9].)[A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d\d(?![A-Za-z0-9])")
_UUID_MIDDLE = re.compile(r"-(?:[0-9a-fA-F]{4}-){3}")
_UUID = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9a-fA-F])")
# Hong Kong: the check digit in brackets. India: three groups of four.
_HKID_END = re.compile(r"\d(?<=[A-Za-z].)\d{5}\(")
_HKID = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,2}\d{6}\([0-9Aa]\)")
_AADHAAR = re.compile(r"[2-9](?<![\d.].)(?<!\d .)(?!\d{2}0 \d{3}0|\d{3} \d{3}0 \d{3}0)\d{3} \d{4} \d{4}(?! ?\d)")
_NINO = re.compile(r"[A-CEGHJ-PR-TW-Z](?<![A-Za-z0-9].)[A-CEGHJ-PR-TW-Z] \d\d \d\d \d\d [A-D](?![A-Za-z0-9])")
# Letters and digits mixed, nine characters at least: read once, then asked which of the above it is. Sought from the
# first digit, of which there are fewer than of letters.
_FROM_DIGIT = re.compile(r"\d(?<!\d.)[A-Za-z0-9]*+")
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_SHORTEST_TOKEN, _LONGEST_TOKEN = 9, 64
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|PR"
    "|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY"
)
_STATE_NAMES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana"
    "|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska"
    "|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania"
    "|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin"
    "|Wyoming"
)
# A place on the map, to ten metres or closer; a DICOM identifier (HL7's, and those of DICOM itself, are the same for
# everybody), which may be short below the root of American bodies.
_DECIMALS = re.compile(r"\.\d{4}")
_COORDINATES = re.compile(
    r"(?<!\d)(?<!\d\d\.)-?\d{1,3}\.\d{4,10}°?[NSns]?\s?[,/; ]\s?-?\d{1,3}\.\d{4,10}°?[EWew]?(?![\d.])"
)
_UID = re.compile(
    r"[12](?<![\d.].)(?!(?<=2)\.16\.840\.1\.113883|(?<=1)\.2\.840\.10008\.)"
    r"(?:\.\d{1,3}(?:\.\d{1,39}){6,30}+|\.2\.840\.\d{1,6}(?:\.\d{1,39}){2,30}+)"
)
_EXTENSION = re.compile(r"\.(?:jpe?g|png|heic|gif|bmp|tiff?|dcm)(?![A-Za-z0-9])")
_PICTURE = re.compile(
    r"(?<![A-Za-z0-9_./-])(?=[A-Za-z_-]{0,30}\d)[A-Za-z0-9_-]{4,80}"
    r"\.(?:jpe?g|png|heic|gif|bmp|tiff?|dcm)(?![A-Za-z0-9])"
)
_SHARP = re.compile(r"(?<=#)(?<![A-Za-z0-9#]#)\d[\d-]{3,20}\d(?![\d-])")
# Areas of British postcodes; with the letters that the second half never has, "B12 5MG" is a dose.
_AREAS = (
    "AB|AL|B|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|E|EC|EH|EN|EX|FK|FY|G|GL"
    "|GU|HA|HD|HG|HP|HR|HS|HU|HX|IG|IP|IV|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|LS|LU|M|ME|MK|ML|N|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE|PH"
    "|PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|W|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE"
)
_INWARD = re.compile(r" \d[A-Z][A-Z\d](?![A-Za-z0-9])")
_POSTCODE = re.compile(
    r"(?<![A-Za-z0-9-])(?=[A-Z]{1,2}\d)"
    rf"(?:(?:{_AREAS})\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{{2}}|[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d)(?![A-Za-z0-9])"
)
_ZIP = re.compile(r"\d(?<!\d.)\d{4}(?:-\d{4})?(?![,.%-]{0,2}\d)")
# "Patient ID 55512" is not in Idaho.
_STATE = re.compile(rf"(?:(?<!\w)(?:{_STATES})|(?<=[a-z], )ID|{_STATE_NAMES})\.?,?\s{{1,3}}$")
_COUNTED = re.compile(r"\s?(?:mg|g|ml|u|iu|cells|copies|/|%|patients|people|steps)(?![A-Za-z])", re.IGNORECASE)


# With a part without which none of them is there, and which a search finds faster.
_ELSEWHERE: tuple[tuple[re.Pattern[str], IdentifierClass, float, re.Pattern[str]], ...] = (
    (_YEARED, "medical_record_number", 0.6, re.compile("-")),
    (_PARTED, "medical_record_number", 0.6, re.compile("-")),
    (_UUID, "other_id", 0.9, _UUID_MIDDLE),
    (_MBI, "insurance_number", 0.9, re.compile("-")),
    (_POSTCODE, "zip_code", 0.8, _INWARD),
    (_NINO, "id_card", 0.9, re.compile(" ")),
    (_AADHAAR, "id_card", 0.7, re.compile(" ")),
    (_HKID, "id_card", 0.9, _HKID_END),
    (_COORDINATES, "address", 0.95, _DECIMALS),
    (_UID, "other_id", 0.9, re.compile(r"\.")),
    (_PICTURE, "photo", 0.9, _EXTENSION),
    (_SHARP, "other_id", 0.8, re.compile("#")),
)


def codes(reading: Reading) -> Iterator[Hit]:
    """Codes that need no label."""
    text = reading.text
    if reading.has_han:
        for match in _PLATE.finditer(text):
            yield Hit(match.start(), match.end(), "vehicle", 0.93)
        if "车" in text or "驾驶" in text or "牌照" in text:
            for match in _LETTER_PLATE.finditer(text):
                yield Hit(match.start(1), match.end(1), "vehicle", 0.9)
        for match in _IMPLANT.finditer(text):
            if not _PUBLIC.match(match[1]):
                yield Hit(match.start(1), match.end(1), "device", 0.8)
        for match in _MILITARY.finditer(text):
            yield Hit(match.start(), match.end(), "passport", 0.9)
    yield from _prefixed(reading)
    for start, end in _tokens(text):
        found = _token(reading, start, end)
        if found:
            yield found
    for match in _IBAN.finditer(text):
        code = match[0].replace(" ", "")
        if 15 <= len(code) <= 34 and sum(map(str.isdigit, code)) >= 8 and iban(code):
            yield Hit(match.start(), match.end(), "bank_account", 0.97)
    for pattern, label, score, part in _ELSEWHERE:
        if part.search(text):
            for match in pattern.finditer(text):
                yield Hit(match.start(), match.end(), label, score)
    yield from _zips(reading)
    yield from _named(reading)


def _named(reading: Reading) -> Iterator[Hit]:
    """Codes of a looser form, behind the word that says what they are."""
    for at in places_of_any(reading.lowered, _SPECIMEN_STEMS):
        match = _SPECIMEN.match(reading.text, at)
        if match and not _DATED.fullmatch(match[1]):
            yield Hit(match.start(1), match.end(1), "medical_record_number", 0.8)
    for at in places_of_any(reading.lowered, _PLATE_STEMS):
        match = _CAR_PLATE.match(reading.text, at)
        if match and sum(map(str.isalnum, match[1])) >= _SHORTEST_PLATE:
            yield Hit(match.start(1), match.end(1), "vehicle", 0.8)


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    """Runs of letters and digits that have both."""
    for match in _FROM_DIGIT.finditer(text):
        start, end = match.span()
        if text[start - 1 : start].isalpha():
            front = text[max(0, start - _LONGEST_TOKEN) : start]
            start = start - len(front) + len(front.rstrip(_LETTERS))
        if _SHORTEST_TOKEN <= end - start <= _LONGEST_TOKEN and not text[start:end].isdigit():
            yield start, end


def _prefixed(reading: Reading) -> Iterator[Hit]:
    text = reading.text
    for digits in _SEVEN_DIGITS.finditer(text):
        letters = _PREFIX.search(text, max(0, digits.start() - 12), digits.start())
        match = _PREFIXED.match(text, digits.start()) if letters else None
        if not letters or not match:
            continue
        start, end = letters.start(), match.end()
        code = text[start:end]
        if _PUBLIC.match(code) or _APPROVED.search(reading.before(start, 10)):
            continue
        label: IdentifierClass = "passport" if _PASSPORT.fullmatch(code) else "other_id"
        # A label such as 型号 or 规格 further left does not speak of it.
        own = reading.has_han and _SERIAL.fullmatch(code) is not None
        yield Hit(start, end, label, 0.8 if own else 0.75)


def _token(reading: Reading, start: int, end: int) -> Hit | None:
    """What letters and digits without a blank are, from nine characters on."""
    code = reading.text[start:end]
    upper = code.upper()
    if len(code) == 18 and _EIGHTEEN.match(upper):
        return Hit(start, end, "organisation_code", 0.96 if credit_code(upper) else 0.8)
    if len(code) == 17 and _VIN.match(upper):
        return Hit(start, end, "vehicle", 0.95 if vin(upper) else 0.7)
    if len(code) == 9 and _DEA.match(code) and dea(code):
        return Hit(start, end, "licence", 0.9)
    if len(code) == 11 and _MBI.match(code):
        return Hit(start, end, "insurance_number", 0.9)
    if len(code) >= 26 and _WALLET.match(code) and (code[0] in "b0" or _COIN.search(reading.before(start, 40))):
        return Hit(start, end, "bank_account", 0.9)
    # An IBAN with a slip in it, or another country's number.
    if len(code) >= 15 and sum(map(str.isdigit, code)) >= 8 and _FIVE_DIGITS.search(code):
        return Hit(start, end, "bank_account" if _IBAN.match(code) else "other_id", 0.7)
    return None


def _zips(reading: Reading) -> Iterator[Hit]:
    """US ZIP codes behind a state."""
    for match in _ZIP.finditer(reading.text):
        front = reading.text[max(0, match.start() - 18) : match.start()]
        if _STATE.search(front) and not _COUNTED.match(reading.text, match.end()):
            yield Hit(match.start(), match.end(), "zip_code", 0.95)
