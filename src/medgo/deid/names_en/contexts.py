"""What stands around a name and makes it one: titles, labels, relations, credentials, ages. Knows no lexicon."""

from __future__ import annotations

import re
from dataclasses import dataclass

from medgo.deid.classes import IdentifierClass
from medgo.deid.names_en.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class Context:
    """What the surroundings say.

    Args:
        label: Whose name it would be.
        score: How sure they make it.
        unknown: Whether they make a name of a word that no list has.
    """

    label: IdentifierClass
    score: float
    unknown: bool = True


_CERTAIN, _STRONG, _FAIR = 0.97, 0.9, 0.7
_ROLES = vocabulary(
    """
    dr doctor drs prof professor rev reverend fr capt captain sgt lt col maj hon judge nurse sister rn np pa dds dvm
    lcsw msw midwife therapist pharmacist surgeon attending resident intern fellow hospitalist cardiologist
    neurologist oncologist radiologist pathologist psychiatrist psychologist pediatrician urologist nephrologist
    dermatologist dentist gynecologist obstetrician anesthesiologist pulmonologist gastroenterologist endocrinologist
    rheumatologist hematologist ophthalmologist physician internist provider clinician consultant technician
    technologist sonographer chaplain interpreter counselor social-worker case-manager caseworker dietitian registrar
    gp pcp
    """
)
_PERSONAL = vocabulary(
    """
    mr mrs ms miss mx mister mme madame monsieur sir senator congressman congresswoman mayor governor officer detective
    deputy sheriff pastor rabbi imam ambassador
    """
)
_RELATIVES = vocabulary(
    """
    wife husband mother father son daughter brother sister spouse partner friend niece nephew aunt uncle grandmother
    grandfather grandson granddaughter grandma grandpa cousin fiance fiancee kid caregiver neighbor neighbour guardian
    roommate girlfriend boyfriend mom mum dad stepmother stepfather stepson stepdaughter twin sibling son-in-law
    daughter-in-law mother-in-law father-in-law brother-in-law sister-in-law ex-wife ex-husband carer kin nok widow
    coworker boss landlord godmother godfather sitter nanny parent parents proxy poa contact children kids sons
    daughters sisters brothers fob mob
    """
)
_PATIENTS = vocabulary(
    """
    client resident name names called i'm hey regards sincerely thanks cheers baby infant boy girl inmate veteran
    victim donor recipient student applicant proband subject goes lady gentleman man woman male female
    """
)
_NAMED = vocabulary("named nickname alias aka a.k.a. maiden dear patient pt surname hi hello says")
_BY = vocabulary(
    """
    signed dictated performed reviewed referred evaluated ordered verified witnessed interpreted reported attested
    authored assisted supervised cosigned co-signed prescribed seen examined treated consulted admitted discharged
    written entered transcribed read documented electronically prepared approved electronic authenticated delivered
    administered collected drawn obtained provided followed managed requested recommended sent taken given done
    completed counseled interviewed accompanied brought cared called told informed notified advised
    """
)
_BY_RELATIVES = vocabulary("accompanied brought called told")
_BY_MEDICINE = vocabulary("treated followed done")
_WITH = vocabulary(
    """
    with w/ d/w to from per contact contacted paged notified notify called calling ask asked tell told cc attn via for
    and by thank saw sees see under
    """
)
_MEETING = vocabulary(
    """
    spoke spoken speak discussed discuss reviewed met meet consulted follow followup follow-up f/u up d/w appointment
    visit seen case lives living stays resides married talked care service referral referred sent
    """
)
_CALLED = vocabulary("call calls called named name naming address")
_PRONOUNS = vocabulary("me him her us them it")
_SAID_OF = vocabulary("name this i he she here contact physician doctor surgeon")
_LEFT: dict[str, Context] = {
    **dict.fromkeys(_PATIENTS, Context("name", _FAIR, unknown=False)),
    **dict.fromkeys(_NAMED, Context("name", _STRONG)),
    **dict.fromkeys(_RELATIVES, Context("name_relative", _STRONG)),
    **dict.fromkeys(_ROLES, Context("name_clinician", _STRONG)),
}
_LABELS = re.compile(
    r"(?i)(?:^|[\s,;|(]|(?<=[\u2e80-\uffff]))(?:(?P<patient>(?:patient|pt|client|full|legal|first|last|given|family|"
    r"middle|maiden|member|"
    r"subscriber|insured|guarantor|policy ?holder|preferred|resident|subject|alias|user|your|my|his|her|baby)?"
    r"(?:'?s)?[ /]{0,2}name(?:\(s\)|s)?(?: is| was)?(?: on the account)?|patient|pt|surname|forename|patient id|re|"
    r"dear|name of patient)"
    r"|(?P<relative>next of kin|nok|emergency contact(?: name)?|contact(?: person)?|guardian|informant|caregiver|carer|"
    r"spouse|mother|father|wife|husband|son|daughter|brother|sister|partner|hcp|health ?care proxy|poa|"
    r"power of attorney|accompanied by|historian|employer contact|guarantor|witness|surrogate|parents?)"
    r"|(?P<clinician>(?:(?:attending|primary|referring|admitting|ordering|consulting|treating|family|supervising|"
    r"assistant|1st|first|second|co-?|responsible|performing|resident|requesting|following|discharging|reporting|"
    r"dictating|rendering|authorizing|signing|prescribing|on-?call|circulating|scrub|charge|discharge)[ -]{0,2})?"
    r"(?:care |attending )?(?:physicians?|doctors?|dr|surgeons?|provider|clinician|nurses?|attending|resident|pcp|gp|"
    r"md|rn|np|pa|assistants?|consultant|practitioner|radiologist|pathologist|anesthesiologist|anaesthetist|crna|"
    r"technologist|technician|sonographer|therapist|midwife|pharmacist|cardiologist|fellow|intern|registrar|"
    r"social worker|case manager|coordinator|manager|hospitalist|oncologist|dietitian|interpreter|staff)"
    r"|author|cc|attn|signed|signature|signed by|electronically signed(?: by)?|e-?signed(?: by)?|dictated by|"
    r"transcribed by|reviewed by|performed by|seen by|ordered by|verified by|reported by|requested by|prepared by|"
    r"interpreted by|read by|entered by|documented by|authenticated by|approved by|collected by|referred by|"
    r"prescribed by|cosigned by|attested by|completed by|recorded by|written by|taken by|from|to|by))"
    r"[ ]?(?:\([^)\n]{0,20}\))?[ ]?(?:[:=#>|\-]|(?<=name|ount)\?(?: [A-Za-z]{1,12}:)?)[ \"*_]{0,4}$"
)
# Short ones are words and findings in capitals too ("DO NOT", "PA VIEW") and need their comma.
_CREDENTIAL = re.compile(
    r"(?:,? ?\(?(?:MD|M\.D\.|D\.O\.|RN|R\.N\.|BSN|MSN|N\.P\.|FNP|ARNP|APRN|CRNP|DNP|PA-C|P\.A\.|PhD|Ph\.D\.|PharmD|RPh|"
    r"DDS|DMD|DPM|DVM|LCSW|MSW|LPN|LVN|CRNA|CNM|OTR|RRT|MBBS|MBChB|FRCS|FRCP|MRCP|FACS|FACC|FACP|MPH|PsyD|DPT|RDN|RDMS|"
    r"CCC-SLP|PGY-?\d|md|rn|phd|dds|np)|, (?:DO|NP|PA|RD|CNA|MS[34]))(?![A-Za-z])"
)
_SUFFIX = re.compile(r",? (?:Jr|Sr|JR|SR|Esq|Junior|Senior)\b")
_ORDINAL = re.compile(r" (?:II|III|IV)\b")
_FOLLOWED = re.compile(
    r"(?i)(?:,? ?| - )(?:is |was )?(?:an? |the )?\(?(?:age[ds]? |aet\.? )?\d{1,3}(?: ?- ?|[ ])?(?:(?:years?|yrs?|"
    r"months?|"
    r"mo|weeks?|wks?|days?)[ -]?(?:old|of age)|y/?o\b|y\.o|[MFmf]\b|yo[MFmf]\b)"
    r"|,? ?[\(\[]?(?:DOB|D\.O\.B|d\.o\.b|dob|MRN|mrn|SSN|born (?:on |in )?\d|date of birth|NHS|"
    r"medical record (?:number|no|#)|he/him|she/her|"
    r"they/them)\b"
    r"|(?:, ?| ?[\(\[])(?:Patient|patient|pt|Pt)\b"
    r"|,? ?[\(\[]?(?:age[ds]?|ID|[Rr]oom|[Pp]hone|[Tt]el|[Cc]ell|[Mm]obile)[ :.#]{1,3}[+(]{0,2}\d"
    r"|,? \(?(?:[MF]|male|female)[,/ )]{1,2}\d{1,3}\b|,? ?\(?\d{1,3}[,/ ]{1,2}(?:[MF]\b|male|female)"
    r"| - \d{1,3} - (?:fe)?male"
    r"|'s (?:wife|husband|mother|father|son|daughter|brother|sister|family|spouse|partner|chart|room|appointment|"
    r"insurance|phone|address|email|employer|date of birth|DOB|MRN|birthday|medical record)"
)
RELATED = re.compile(
    r" \((?:(?:his|her|their|pt's|patient's|the) )?(?:older |younger |twin |step-?)?(?:wife|husband|mother|father|son|"
    r"daughter|brother|sister|spouse|partner|friend|niece|nephew|aunt|uncle|grandmother|grandfather|grandson|"
    r"granddaughter|cousin|fianc[e\u00e9]e?|girlfriend|boyfriend|mom|mum|dad|caregiver|neighbou?r|guardian|roommate|"
    r"(?:son|daughter|mother|father|brother|sister)-in-law)\b"
)
# Only people do these.
_HUMAN = re.compile(
    r"(?i), (?:can|could|would|will|may) (?:I|you|we)\b|:[ ]?\\{0,2}[\"\u201c]"
    r"|,? (?:shouted|yelled|replied|spent|denie[sd]|states|stated|says|said|complains|complained|lives|lived|works as|"
    r"worked as|works (?:at|for)|"
    r"resides|resided|told|asked|asks|wants|wanted|agreed|agrees|was born|began|wrote|verbalized|understands|smokes|"
    r"drinks|drives|called|is (?:very|my|his|her|our|their|married|retired|widowed|divorced|single)|is from|"
    r"who (?:is|was|has|lives))\b"
)
# What people have and diseases do not; less sure than a relative or a chart.
_OWNED = re.compile(
    r"'s (?:left |right )?(?:arm|leg|hand|foot|back|knee|chest|face|labs?|INR|A1c|potassium|sodium|creatinine|TSH|BMI|"
    r"BP|blood|weight|height|results?|visit|rash|discharge|hemoglobin|glucose|ECG|EKG|CT|MRI|X-ray|care team|"
    r"questions?|first|last|latest|recent|current|new)\b"
)
_SUBJECT = re.compile(
    r"'s\b| (?:flew|went|fell|got|gets|lost|gained|left|started|stopped|developed|missed|refuses|refused|declined|"
    r"delivers|delivered|drinks|smokes|drives|moved|ran|fainted|collapsed|vomited|has|had|was|is|can|should|could|"
    r"would|will|who|whose|needs?|takes|and (?:his|her|their))\b"
    r"|, \d{1,3}(?:,|[ -]?[MFmfyY])| with (?:an?|the|his|her|no|known|new|recurrent|acute|chronic|suspected)\b"
)
_VERB = re.compile(
    r" (?:reports?|reported|presents?|presented|worked|called|has been|had been|will be seen|was (?:seen|born|admitted|"
    r"discharged|brought|referred|diagnosed|transferred|evaluated|prescribed|started|accompanied|told|given)|came|"
    r"arrived|"
    r"returned|returns|had given|took|takes|tolerated|underwent|recommended|recommends|will see|will follow|sees|saw|"
    r"signed|"
    r"examined|noticed|feels|felt|listed|has a|is an?|holds|recently|(?:can|may) be (?:contacted|reached)|is currently|"
    r"currently|gave|explained|spoke|suffers|experienced)\b"
)
_HAN_BEFORE = re.compile(
    r"(?:(?P<clinician>医生|医师|主任|教授|护士|签名|签字|术者|麻醉师|记录者)"
    r"|(?P<relative>家属|家长|联系人|监护人|配偶|妻子|丈夫|儿子|女儿|父亲|母亲)"
    r"|患者|病人|姓名|名字|名叫|叫做|我叫|病员|患儿)[是为:\s]{0,3}$"
)
_HAN_AFTER = re.compile(
    r"\s?(?:(?P<clinician>医生|医师|教授|主任|护士|大夫|博士)|先生|女士|小姐|太太|同学|老师|[,(]\s?(?:男|女))"
)
# Characters from here on are East Asian.
_HAN = "\u2e80"
_MARKS = frozenset(':=#>|-*"_?')
_CLAUSE = frozenset(",(")
_EDGE = " \t,:;(\"'*[-"
_WINDOW = 60
TITLE = re.compile(
    r"\b(?:D(?:[rR]|RS|rs)\b\.?|M(?:[rRsSx]|rs|RS)\b\.?|Miss\b|MISS\b|M(?:iste|ISTE)[rR]\b|P(?:rof|ROF)\b\.?|"
    r"Professor\b|"
    r"Senator\b|Congress(?:wo)?man\b|Mayor\b|Governor\b|Officer\b|Detective\b|Deputy\b|Sheriff\b|Pastor\b|Rabbi\b|"
    r"Imam\b|Ambassador\b|"
    r"Doctor\b|Nurse\b|Sister\b|Rev\b\.?|Sir\b|Sgt\b\.?|Capt\b\.?|Mme\b\.?|dr\b\.?|mrs?\b\.?|ms\.|prof\b\.?)"
    r"[ ]{0,2}(?=[A-Za-z\u00c0-\u024f])"
)

_TITLE_BEFORE = re.compile(r"(?i)(?<![A-Za-z])(?:dr|drs|mr|mrs|ms|miss|mx|prof|professor|mme)\b\.?[ ]{1,2}$")
_LONGEST_TITLE = 12


def title_label(title: str) -> IdentifierClass:
    """Whose name follows a title."""
    return "name" if title.rstrip(". ").lower() in _PERSONAL else "name_clinician"


def titled_from(text: str, start: int) -> int:
    """Where a name begins with the title before it."""
    match = _TITLE_BEFORE.search(text, max(0, start - _LONGEST_TITLE), start)
    return match.start() if match else start


def suffixed(text: str, end: int) -> int:
    """Where a name ends with the credentials and the Jr. behind it."""
    for _ in range(3):
        match = _CREDENTIAL.match(text, end) or _SUFFIX.match(text, end) or _ORDINAL.match(text, end)
        if match is None:
            break
        end = match.end()
    return end


def before(text: str, start: int) -> Context | None:
    """What the text before a name says of it."""
    earlier, _, line = text[max(0, start - _WINDOW) : start].rpartition("\n")
    if not line.strip() and earlier.endswith((":", ": ")):
        # A label has a line of its own.
        line = earlier.rpartition("\n")[2]
    if any(letter > _HAN for letter in line[-2:]):
        match = _HAN_BEFORE.search(line)
        if match:
            return Context(_role(match), _CERTAIN)
    if line.rstrip()[-1:] in _MARKS:
        match = _LABELS.search(line)
        if match:
            return Context(_role(match), _CERTAIN)
    words = line.lower().split()
    return _words_before(words, line) if words else None


def _words_before(words: list[str], line: str) -> Context | None:
    last = words[-1].strip(_EDGE)
    previous = words[-2].strip(_EDGE) if len(words) > 1 else ""
    if words[-1].endswith((".", ";")) and last.rstrip(".") not in ("dr", "mr", "mrs", "ms", "prof", "aka", "a.k.a"):
        return None
    if last in ("is", "was", "are"):
        if previous in _SAID_OF:
            return Context("name", _STRONG, unknown=previous == "name")
        relative = previous.removesuffix("'s")
        return _LEFT[relative] if relative in _RELATIVES else None
    if last in _PRONOUNS and previous in _CALLED:
        return Context("name", _STRONG)
    if last == "by" and previous in _BY:
        label: IdentifierClass = "name_relative" if previous in _BY_RELATIVES else "name_clinician"
        return Context(label, _STRONG, unknown=previous not in _BY_MEDICINE)
    if last == "by" and previous == "goes":
        return Context("name", _STRONG)
    if last in _WITH and not line.rstrip().endswith(","):
        return Context("name_clinician" if previous in _MEETING else "name", _FAIR, unknown=False)
    return _LEFT.get(last.removesuffix("'s"))


def after(text: str, end: int) -> Context | None:
    """What the text behind a name says of it."""
    if _CREDENTIAL.match(text, end):
        return Context("name_clinician", _CERTAIN)
    if _SUFFIX.match(text, end):
        return Context("name", _CERTAIN)
    if text.startswith(" (", end) and RELATED.match(text, end):
        return Context("name_relative", _CERTAIN)
    if _FOLLOWED.match(text, end):
        return Context("name", _CERTAIN)
    if text[end : end + 1] in _CLAUSE or any(letter > _HAN for letter in text[end : end + 2]):
        han = _HAN_AFTER.match(text, end)
        if han:
            return Context("name_clinician" if han.group("clinician") else "name", _CERTAIN)
    if _HUMAN.match(text, end) or _OWNED.match(text, end):
        return Context("name", _STRONG)
    if _VERB.match(text, end):
        return Context("name", _FAIR, unknown=False)
    return None


def is_subject(text: str, end: int) -> bool:
    """Whether what ends here does or has something, as people do."""
    return _SUBJECT.match(text, end) is not None


def _role(match: re.Match[str]) -> IdentifierClass:
    if match.group("clinician"):
        return "name_clinician"
    return "name_relative" if match.group("relative") else "name"
