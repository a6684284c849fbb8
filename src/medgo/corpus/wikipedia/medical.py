"""Which articles are on medicine: by the templates and categories that their editors gave them. Reads raw wikitext."""

from __future__ import annotations

import re

_TEMPLATES = (
    r"infobox (?:medical (?:condition|intervention|person)|disease|drug|anatomy|symptom|diagnostic|interventions?|"
    r"vaccine|"
    r"medical \w+|virus|bacteria|pathogen|enzyme|medical|nutrition|pandemic|outbreak|bone|muscle|nerve|artery|vein|"
    r"brain|ligament|embryology|hormone|pregnancy|surgery|medication|herb)"
    r"|drugbox|diseasedisorder infobox|medical resources|medicine|medical condition|symptom infobox|"
    r"pharma|medref|reliable sources for medical|medical cases chart|anatomy-terms|mesh name|icd10|icd9|"
    r"疾病信息框|疾病資訊框|药物信息框|藥物資訊框|醫學資源|医学资源|医学|醫學|解剖学信息框|中药|中藥|中醫|中医|医学声明|醫學聲明"
)
_CATEGORIES_EN = (
    r"disease|disorder|syndrome|medicin|medical|symptom|infection|cancer|tumou?r|neoplas|carcinoma|pathology|pathogen|"
    r"pharmac|drug|antibiotic|vaccin|surg|anatomy|physiolog|immunolog|cardiolog|neurolog|psychiatr|oncolog|"
    r"pediatric|obstetric|gyn[ae]ecolog|dermatolog|ophthalmolog|dentist|nursing|epidemiolog|public health|"
    r"medication|inhibitors\b|agonist|antagonist|hormone|injur|poison|toxicolog|radiolog|diagnos|therap|vitamin|"
    r"nutrition|blood test|health care|healthcare|hematolog|nephrolog|urolog|rheumatolog|h[ae]patolog|endocrin"
)
_CATEGORIES_ZH = (
    r"疾病|医学|醫學|症状|症狀|综合征|綜合症|综合症|候群|癌|肿瘤|腫瘤|感染|药物|藥物|药学|藥學|药剂|抗生素|疫苗|手术|手術|外科|"
    r"内科|內科|儿科|兒科|妇科|婦科|产科|產科|眼科|牙科|皮肤病|皮膚病|精神病|精神障碍|解剖|生理学|生理學|病理|免疫|诊断|診斷|"
    r"治疗|治療|中医|中醫|中药|中藥|护理|護理|公共卫生|公共衛生|流行病|传染病|傳染病|毒理|中毒|营养|營養|维生素|維生素|激素|"
    r"[一-鿿]病$|[一-鿿]炎$"
)
_TEMPLATE = re.compile(rf"\{{\{{\s*(?:{_TEMPLATES})(?:\s*\([^()\n]{{0,20}}\))?\s*[|}}\n]", re.IGNORECASE)
_CATEGORY = re.compile(r"\[\[\s*(?:category|分类|分類)\s*:([^\[\]|\n]{1,120})", re.IGNORECASE)
_MEDICAL = re.compile(f"{_CATEGORIES_EN}|{_CATEGORIES_ZH}", re.IGNORECASE)
# Words of the categories above in a name of something that is no medicine.
_NOT = re.compile(
    r"films?\b|albums?\b|songs?\b|novels?\b|footballers|电影|電影|小说|小說|专辑|歌曲|游戏|動畫|动画", re.IGNORECASE
)


def is_medical(wikitext: str) -> bool:
    """Whether an article's templates or categories are of medicine, and none says that it is a film or an album.

    Args:
        wikitext: The whole page: categories stand at its end.
    """
    categories = [name.strip() for name in _CATEGORY.findall(wikitext)]
    if any(_NOT.search(name) for name in categories):
        return False
    return any(_MEDICAL.search(name) for name in categories) or _TEMPLATE.search(wikitext) is not None
