"""Words that show that a name before them belongs to a disease, a device, a firm or a place. Knows no lexicon."""

from __future__ import annotations

import re

from medgo.deid.names_en.vocabulary import vocabulary

MEDICINE = vocabulary(
    """
    disease diseases syndrome syndromes disorder sign signs symptom test tests score scores scale index criteria
    classification class stage grade staging fracture fractures dislocation deformity contracture catheter catheters
    drain tube procedure operation repair technique maneuver manoeuvre method position incision approach palsy
    paralysis chorea ataxia dystrophy atrophy neuropathy myopathy encephalopathy cardiomyopathy anemia anaemia
    thalassemia leukemia lymphoma sarcoma carcinoma tumor tumour tumors cyst cysts nodule nodules node nodes body
    bodies cell cells tetralogy anomaly malformation phenomenon reflex reflexes law triad pentad line lines sinus
    duct gland glands ligament muscle nerve artery vein ganglion canal pouch fossa space fascia tubercle triangle
    angle membrane layer corpuscle plexus valve shunt graft flap stent pump clamp forceps retractor needle wire
    knife pin pins rod rods nail screw plate splint brace collar cast bandage boot frame bed mask airway blade scope
    lamp lens chart table diet protocol regimen formula equation rule stain staining agar medium culture bacillus
    virus fever gangrene ulcer ulcers hernia aneurysm thyroiditis vasculitis arteritis arthritis nephritis hepatitis
    encephalitis meningitis dementia epilepsy seizure seizures migraine psychosis delusion cirrhosis sclerosis
    stenosis spots rash lines nevus naevus melanosis retinopathy optic iris ring rings crohn esophagus oesophagus
    diverticulum lesion tear defect block rhythm wave waves murmur pulse respiration respirations breathing facies
    gait posture pupil tremor tendon jaundice purpura lymphohistiocytosis histiocytosis granulomatosis amyloidosis
    glycogenosis porphyria hypoplasia dysplasia osteodystrophy chondrodysplasia hyperplasia keratosis ichthyosis
    pemphigus lupus type variant mutation gene protein antigen antibody factor receptor receptors pathway inhibitor
    unit units effect reaction assay analysis monitor monitoring ultrasound imaging suture sutures arthroplasty
    bypass resection anastomosis osteotomy fundoplication hepatectomy pancreatectomy spectrum complex association
    sequence thyrotoxicosis exercises coma outcome clamps forceps allergy toxin titer titers titre maculopathy
    effect esophagus therapy treatment cream spray tablets tablet capsule capsules inhaler insulin vaccine mg mcg ml
    units dose mechanical bioprosthetic bileaflet
    """
)
_NAMED = vocabulary("disease syndrome sign anomaly malformation phenomenon dystrophy palsy chorea ataxia tetralogy")
FIRMS = vocabulary(
    """
    hospital clinic center centre university college school institute foundation medical inc llc ltd corp
    corporation company group pharmacy pharmacist pharmaceuticals laboratories street avenue road drive lane
    boulevard court county township building tower hall ward wing unit church bank hotel park river lake island
    mountain airport station memorial rehabilitation hospice manor house
    """
)
_NEXT = re.compile(
    r"(?:'[sS]?|[-/])?[ ]([A-Za-z][A-Za-z\-]*)(?:[ ]([A-Za-z][A-Za-z\-]*))?(?:[ ]([A-Za-z][A-Za-z\-]*))?"
)
_ENDINGS = re.compile(
    r"(?:itis|osis|oses|oma|omas|omata|pathy|pathies|ectomy|otomy|ostomy|plasty|emia|aemia|uria|plegia|paresis|trophy|"
    r"plasia|algia|rrhea|sclerosis|megaly|cele|lysis|scopy|graphy|gram|desis|pexy|philia|penia|dystonia|ataxia)$"
)
# Diseases that are called by their owner's name alone: "for Parkinson's".
_DISEASES = vocabulary(
    """
    parkinson alzheimer crohn hodgkin huntington raynaud cushing tourette hashimoto asperger meniere sjogren peyronie
    dupuytren kawasaki wegener behcet ebstein
    """
)
# What somebody has and a disease has not.
_OWNED = re.compile(
    r"'s (?:notes?|office|clinic|recommendations?|patients?|team|plan|advice|care|service|opinion|letter|appointment|"
    r"nurse|pager|report|message|request|orders?|suggestion|question|phone|schedule|assistant|wife|husband|son|daughter|"
    r"mother|father|brother|sister|family|chart|room)\b"
)
_SUFFERED = re.compile(
    r"'[sS](?=[.,;:?!)\n/]|$| (?:is|was|has|had|and|or|with|since|but|for|at|on|in|from|that|which|who|diagnosed|"
    r"treated|progressing|now|vs|versus)\b)"
)
_SUFFERER = re.compile(r"\b(?i:his|her|their|my|your|known|advanced|early|possible|suspected|no) $")
# What ends in this is a drug, a substance or an adjective rather than somebody's name.
CHEMICAL = re.compile(
    r"(?:azole|cillin|mycin|micin|oxacin|cycline|sartan|statin|prazole|olol|pril|dipine|tidine|setron|triptan|gliptin|"
    r"gliflozin|glitazone|parin|xaban|gatran|platin|taxel|rubicin|mab|nib|zumab|ximab|tinib|ciclib|vir|afil|profen|"
    r"codone|morphone|caine|barbital|azepam|zolam|zepine|oxetine|traline|triptyline|idone|apine|phylline|terol|sone|"
    r"solone|onide|thiazide|semide|actone|nitrate|sulfate|phosphate|chloride|oxide|acetate|citrate|sodium|amide|"
    r"tion|sion|ment|ness|ity|ing|ical|ous|itis|osis|oma|emia|uria|pathy|ectomy|otomy|ostomy|oscopy|graphy|gram|plasty|"
    r"ology|ologist|atric|atrics|therapy|vascular|cardial|ated|ized|ised|ally|ably|ively|ator|tory|ular|genic|toxic|"
    r"philic|phobic|plegia|algia|trophy|lysis|cyte|cytes|globin|blast|coccus|bacter|virus|oid|ectasia|spasm|stasis|"
    r"ases?|psin|eal|thral|onal|ntal|static|"
    r"itic|etic|otic|emic|ropic|trophic|cidal|rrhagic|rrheal|renal|tinal)$"
)


def belongs_to_medicine(text: str, end: int, *, given: bool = False) -> bool:
    """Whether a name that ends here is part of a term: a head follows it, at most two words on after a possessive.

    Args:
        text: The text.
        end: After the name.
        given: Whether it is a given name: people have scores and regimens too, but give their names to few diseases.
    """
    match = _NEXT.match(text, end)
    if match is None:
        return False
    following = [word.lower() for word in match.groups() if word]
    reach = 3 if text.startswith("'", end) else 1
    if given and text.startswith("'", end):
        return following[0] in _NAMED
    return any(
        word in MEDICINE or word.removesuffix("s") in MEDICINE or _ENDINGS.search(word) for word in following[:reach]
    )


def is_disease(text: str, start: int, end: int) -> bool:
    """Whether a name with 's is what a disease is called: "his Parkinson's", but not "Parkinson's note"."""
    if not text.startswith(("'s", "'S"), end) or text[start:end].lower() not in _DISEASES or _OWNED.match(text, end):
        return False
    return _SUFFERED.match(text, end) is not None or _SUFFERER.search(text, max(0, start - 12), start) is not None


def belongs_to_firm(text: str, end: int) -> bool:
    """Whether a capitalised head of a firm, a hospital or a street follows directly."""
    match = _NEXT.match(text, end)
    return match is not None and match.group(1).lower() in FIRMS and match.group(1)[0].isupper()
