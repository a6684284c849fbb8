"""Words before and after a number that make it a date, a score, a dose or a duration; each looks a few letters far."""

from __future__ import annotations

import re

LABEL = re.compile(
    r"(?:日期|时间|出生|生日|入院|出院|手术|检查|采样|报告|记录|签名|签字|就诊|住院|发病|起病|月经|预产期|截止|复诊|复查|随访"
    r"|D\.?O\.?B\.?|birth\w{0,4}|born|dated?|LMP|EDD|EDC|D/C|DOS|DOA|admi\w{1,8}|discharged?|effective|expir\w{1,5}|signed)"
    r"\s?[:=]?\s?(?:于|为|是|is|was|on|in)?\s?$",
    re.IGNORECASE,
)
PREPOSITION_ZH = re.compile(r"(?:于|自|从|在|至|到|截至|直到)\s?$")
STRONG = re.compile(
    r"(?:^|[^A-Za-z])(?:on|since|until|till|dated?|due|visit|appt|appointment|f/?u|labs?|cxr|ct|mri|mra|echo|eeg|ekg|ecg|us|"
    r"xr|x-?ray|scan|surgery|d/c'?d?|seen|lmp|edd|edc|dob|dos|effective|as of|week of|w/e|today|tomorrow|"
    r"yesterday|tonight|last dose|started|stopped|starting|"
    r"mon|tues?|wed|thu|thurs?|fri|sat|sun|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\.?[:,]?\s(?:of\s|on\s|the\s)?$",
    re.IGNORECASE,
)
WEAK = re.compile(
    r"(?:^|[^A-Za-z])(?:from|to|by|between|before|after|through|thru|admitted|discharged|presented|and)\s$",
    re.IGNORECASE,
)
SCORE_AFTER = re.compile(
    r"\s?(?:级|分|strength|power|motor|pain|tender|bilat|pulses?|murmur|SEM|systolic|dorsal|grip|of\b|片|支|量|剂量|张|程|"
    r"occasions?|bottles?|cultures?|cases?|patients?|tries|beats|leads|stools|sets?|limbs?|sepsis)",
    re.IGNORECASE,
)
SCORE_BEFORE = re.compile(
    r"(?:strength|power|motor|pain|score|scale|gcs|mmse|moca|apgar|nrs|vas|grade|reflex\w{0,2}|murmur|肌力|评分|疼痛|血压|bp|视力|"
    r"acuity|v/?a|ratio|rated?|level|severity|intensity|beck|phq-?9|gad-?7|worst|rates?)[^.;。；\n]{0,14}$",
    re.IGNORECASE,
)
EVENT_AFTER = re.compile(r"\s?(?:日|号|入院|出院|转院|转科|复查|查|行|手术|术|化疗|予|起|发|CT|MR|血)")
# What was done has its day behind it: "s/p CABG 3-4-12".
DONE_BEFORE = re.compile(
    r"(?:s/p|status post|h/o|hx|last|prior|previous|updated|reviewed|dictated|done|performed|repaired|removed|placed|"
    r"ectomy|plasty|scopy)[^.;\n]{0,16}$",
    re.IGNORECASE,
)
CLOCK_AFTER = re.compile(r"\s{1,3}(?:[01]?\d|2[0-3]):[0-5]\d")
BIRTH_LABEL = re.compile(r"(?:出生|生日|日期)\s?[:为是]?\s?$")
UNIT_AFTER = re.compile(
    r"\s?(?:mg|mcg|μg|ug|g|kg|ml|l|cc|iu|u|mmol|mm|cm|m|%|days?|d|weeks?|wks?|months?|mos?|years?|yrs?|hours?|hrs?|h|tabs?|"
    r"mmHg|bpm|units?|次|天|周|个|岁|年|月|小时|分|片|粒|级|型|例|单位|毫)(?![a-z])",
    re.IGNORECASE,
)
RELATIVE_YEAR = re.compile(r"(?:去年|今年|前年|明年|当年|同年|次年|上年|本年|翌年|来年)\s?$")
DURATION_BEFORE = re.compile(
    r"(?:病史|约|余|已|近|共|了|达|满|服药|吸烟|饮酒|史|反复|持续|间断|孕|龄|岁|年|术后|产后|[\d一二三四五六七八九十])"
    r"[^\d。，]{0,1}$"
)
DURATION_AFTER = re.compile(r"\s?[余个前后龄大内来多以之间儿]")
OF_MONTH_AFTER = re.compile(r"\s?(?:初|底|末|中旬|上旬|下旬)")
EVENT_OF_MONTH = re.compile(r"\s?(?:发现|行|因|起|诊断|确诊|出现|开始|在|于|入院|手术|住院|做|曾|[,，)）。、]|$)")
THIS_MONTH = re.compile(r"(?:本月|上月|当月|同月|次月|下月|该月|上个月|这个月|下个月)\s?的?\s?$")
THING_AFTER = re.compile(
    r"\s?(?:[床楼房室门线针管孔钢刀切染导位方机肠柜诊院瓶液样袋药点台组椅站车肋牙颈腰胸椎片码字丸汤胶膜球缝患电]|病[床房室]|标本|公寓)"
)
CLAUSE_BEGINS = re.compile(r"(?:^|[,，。;；:：、(（\s从自到至于在是月])$")
HAPPENS_AFTER = re.compile(r"\s?(?:开始|起(?!病)|又|再次|因|突然|入院|出院|复查|行|查|予)")
IN_MONTH = re.compile(
    r"(?:^|[^A-Za-z])(?:in|since|until|till|by|during|of|from|early|late|mid|last|this|next|through|thru|before|after|around|was|is|"
    r"end of|beginning of|on|for|between|to|and)(?:\s|-)(?:early\s|late\s|mid-?\s?)?$",
    re.IGNORECASE,
)
IN_TIME = re.compile(r"(?:^|[^A-Za-z])(?:in|since|until|till|early|late|mid|circa)[\s-]$", re.IGNORECASE)
YEAR_WORDS_AFTER = re.compile(r"\s(?:of\s)?(?:two\sthousand|nineteen|twenty|this\syear|last\syear|'\d)", re.IGNORECASE)
# What ends a date before a dash, so that what follows it is the end of a range.
RANGE_BEFORE = re.compile(r"(?<![\d/.])(?:(?:\d{1,4}[/.])?\d{1,2}[/.]\d{1,4}|\d{4}[/.]\d{1,2}|(?:19|20)\d{6})\s?-\s?$")
RANGE_AFTER = re.compile(r"\s?(?:-|~|to|至|到)\s?(?:\d{1,2}/\d{1,2}/\d{2}|(?:19|20)\d\d\.\d)")
MONTHS_AFTER = re.compile(r"\s?[-~至到]\s?(?:1[0-2]|[1-9])\s?月")
NAMED_MONTH_AFTER = re.compile(
    r"\s?(?:-|/|to|and|through|thru|or)\s?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE
)
DAY_ENDS = re.compile(
    r"\s?(?:$|[.,;)\n]|\sof\s(?:this|last|next|the)|\s(?:and|at|for|she|he|pt|with|but|due|when|then)\b)", re.I
)
POD = re.compile(r"POD\s?#?\d{1,2}\s?[(,]\s?$")
EVENT_NEXT = re.compile(
    r"(?:入院|出院|复查|手术|化疗|住院|发病|起病|转院|确诊|就诊|来诊|来院|来我院|复诊|门诊|急诊|术后第|出现|夜间|晨起|再发|突发|上午|下午|晚)"
)
# 患者3.18就诊, 余3-5复诊; 自3.18起, but not 低于3.18.
WHO_BEFORE = re.compile(r"(?:患者|病人|患儿|诉|遂|曾|已|即|约|余|预约|定|(?<![低高大小等位介多少])于|自|从)\s?$")
TURN_BEFORE = re.compile(r"(?:首|末|上|下|最近一|前一|第[一二三四五])次[\u4e00-\u9fff]{0,4}\s?[:为]?\s?$")
DAY_NEXT = re.compile(r"\s?(?:[日号](?![内间后左余])|起|开始)")
SINCE_BEFORE = re.compile(r"(?:前|后|术|时|日|天)\s?[(]$")
MONTH_DAY_LABEL = re.compile(
    r"(?:日期|date|D\.?O\.?B\.?|生日|末次月经|月经|预产期|LMP|EDC|EDD|时间)\s?[:为]?\s?$", re.IGNORECASE
)
RANGE_OF_DAYS = re.compile(r"\s?[至到~]\s?(?:1[0-2]|0?[1-9])-(?:3[01]|[12]\d|0?[1-9])(?![\d-])")
# What is only said of days that are written with two digits each: 10-11在外院, 医院10-18的检查.
VISIT_NEXT = re.compile(
    r"\s?(?![次分天日周个月岁年小时秒枚粒片支只例级度倍根条滴口肋椎床号型期项种人名元米厘毫公升克斤单位层间左右以之的和或]|例如)[\u4e00-\u9fff]"
    r"|\s?(?:CT|MRI?|B超|DR|PET|X线|ECG|ICU)|\s?[:(]"
)
RESULT_NEXT = re.compile(r"\s?的?(?:检查|结果|报告|CT|MR|B超|化验|病理|血|影像|彩超|心电图)")
# The number of an item of a list, right before what it says.
ITEM_BEFORE = re.compile(r"(?:^|[\s;；。,，:：(（])\d{1,2}[.、]\s?$")
ITEM_MAY_BEGIN = re.compile(r"(?:^|[\s;；。:：])$")
ITEM_WITH_DAY = re.compile(r"\d{1,2}\.(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\d.-])")
MAY_IS_VERB = re.compile(
    r"\s(?:have|be|not|need|require|also|represent|indicate|or|cause|benefit|still|occur|help|show|suggest|\w{1,8}ly)\b",
    re.IGNORECASE,
)
MARKER_AFTER = re.compile(r"\s?(?:[+(]|positiv|negativ|expression|stain|gene|mutation|methyl)", re.IGNORECASE)
NUMBER_LABEL = re.compile(r"(?:号码?|编号|ID|MRN|No\.?|#|acct|account|代码|条码)\s?[:#]?\s?$", re.IGNORECASE)
TITRE_BEFORE = re.compile(r"(?:titre|titer|滴度|稀释|dilut\w{0,4}|ANA|抗体)[^。.;；\n]{0,12}$", re.IGNORECASE)
