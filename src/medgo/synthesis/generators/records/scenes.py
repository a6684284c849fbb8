"""What a stay or a visit for a disease looks like: department, drug, local finding, first test, care, when to return.

Written by us, in both languages; knows no patient. ``{side}`` is filled with left or right. A drug has its ladder's
dose, or the scene's own behind a sign of equality where the ladder is of other indications.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_SOURCE = """
J18.9|in|呼吸内科|Respiratory medicine|ceftriaxone levofloxacin azithromycin
exam|{side}下肺可闻及湿啰音|Crackles at the {side} lung base
test|胸片：{side}下肺斑片影|Chest X-ray: patchy opacity at the {side} base
care|监测体温和血氧饱和度|Monitor temperature and oxygen saturation
care|送痰培养|Send sputum for culture
warn|再次发热或气促加重|the fever returns or breathing gets worse
J44.9|in|呼吸内科|Respiratory medicine|prednisone tiotropium albuterol
exam|{side}肺可闻及散在哮鸣音|Scattered wheezes over the {side} lung
test|胸片：双肺透亮度增高，未见实变|Chest X-ray: hyperinflated lungs, no consolidation
care|低流量吸氧，监测血氧饱和度|Low-flow oxygen with saturation monitoring
care|复查血气分析|Repeat blood gases
warn|气促加重或痰量增多、变脓|breathing gets worse or the sputum turns purulent
J45.909|in|呼吸内科|Respiratory medicine|prednisone budesonide albuterol
exam|{side}肺呼气相哮鸣音|Expiratory wheeze over the {side} lung
test|胸片：双肺未见实变|Chest X-ray: no consolidation
care|监测峰流速和血氧饱和度|Monitor peak flow and oxygen saturation
care|指导吸入技术|Teach inhaler technique
warn|夜间憋醒或急救药物无效|you wake at night short of breath or the reliever stops working
J90|in|呼吸内科|Respiratory medicine|-
exam|{side}下肺叩诊浊音，呼吸音减低|Dullness and reduced breath sounds at the {side} base
test|胸部超声：{side}侧胸腔中等量积液|Ultrasound: moderate {side} pleural effusion
care|请评估诊断性胸腔穿刺|Assess for diagnostic thoracentesis
care|复查胸部超声|Repeat the chest ultrasound
done|行胸腔穿刺引流|Thoracentesis with drainage was performed
warn|气促或胸痛加重|breathlessness or chest pain gets worse
J93.9|in|胸外科|Thoracic surgery|-
exam|{side}肺叩诊鼓音，呼吸音减低|Hyperresonance and reduced breath sounds on the {side}
test|胸片：{side}侧气胸|Chest X-ray: {side} pneumothorax
care|吸氧，卧床休息|Oxygen and rest
care|请评估胸腔闭式引流|Assess for chest drainage
done|行胸腔闭式引流，肺复张良好|A chest drain was placed and the lung re-expanded
warn|突发胸痛或气促|sudden chest pain or breathlessness occurs
I26.99|in|呼吸内科|Respiratory medicine|rivaroxaban=15:twice_daily apixaban=10:twice_daily
exam|{side}小腿轻压痛|Mild tenderness of the {side} calf
test|CT肺动脉造影：{side}肺动脉分支充盈缺损|CT angiography: filling defects in the {side} pulmonary artery
care|监测血压和血氧饱和度|Monitor blood pressure and oxygen saturation
care|观察出血情况|Watch for bleeding
warn|出现出血或气促加重|there is bleeding or breathing gets worse
I82.409|in|血管外科|Vascular surgery|apixaban=10:twice_daily rivaroxaban=15:twice_daily
exam|{side}小腿周径增大，有压痛|The {side} calf is larger in girth and tender
test|下肢静脉超声：{side}股静脉不能压闭|Leg vein ultrasound: the {side} femoral vein does not compress
care|抬高患肢|Elevate the limb
care|观察出血情况|Watch for bleeding
warn|突发气促、胸痛或出血|sudden breathlessness, chest pain or bleeding occurs
I50.9|in|心内科|Cardiology|furosemide spironolactone
exam|{side}下肺可闻及细湿啰音|Fine crackles at the {side} base
test|胸片：心影增大，{side}侧少量胸腔积液|Chest X-ray: enlarged heart, small {side} pleural effusion
care|限盐，记出入量，每日称体重|Salt restriction, fluid balance and daily weight
care|完善超声心动图|Arrange echocardiography
warn|体重3日内增加2 kg或夜间不能平卧|weight rises by 2 kg in 3 days or lying flat becomes impossible
I48.91|in|心内科|Cardiology|apixaban metoprolol rivaroxaban
exam|{side}侧桡动脉搏动短绌|Pulse deficit at the {side} radial artery
test|心电图：心房颤动，快速心室率|ECG: atrial fibrillation with a fast ventricular rate
care|心电监护|Cardiac monitoring
care|完善超声心动图|Arrange echocardiography
warn|心悸加重、晕厥或出血|palpitations get worse, or there is syncope or bleeding
I63.9|in|神经内科|Neurology|aspirin clopidogrel
exam|{side}侧肢体肌力4级|Power 4/5 in the {side} limbs
test|头颅磁共振：基底节区急性梗死灶|Brain MRI: acute infarct in the basal ganglia
care|吞咽功能评估|Swallowing assessment
care|早期康复|Early rehabilitation
warn|肢体无力或言语障碍加重|weakness or speech gets worse
K35.80|in|普外科|General surgery|-
exam|右下腹麦氏点压痛、反跳痛|Tenderness and rebound at the McBurney point in the right lower abdomen
test|腹部超声：右下腹阑尾增粗|Ultrasound: thickened appendix in the right lower abdomen
care|禁食、补液|Nil by mouth and intravenous fluids
care|请评估手术指征|Assess for operation
done|行腹腔镜阑尾切除术，术后恢复顺利|Laparoscopic appendectomy was performed without complications
warn|腹痛加重或发热|abdominal pain gets worse or fever occurs
K81.0|in|普外科|General surgery|-
exam|右上腹压痛，墨菲征阳性|Right upper quadrant tenderness, Murphy sign positive
test|腹部超声：右上腹胆囊壁增厚，胆囊结石|Ultrasound, right upper quadrant: thick gallbladder wall with stones
care|禁食、补液|Nil by mouth and intravenous fluids
care|请评估手术指征|Assess for operation
done|行腹腔镜胆囊切除术，术后恢复顺利|Laparoscopic cholecystectomy was performed without complications
warn|腹痛加重、发热或皮肤发黄|pain gets worse, or fever or jaundice occurs
K85.90|in|消化内科|Gastroenterology|-
exam|上腹及{side}季肋部压痛|Tenderness of the epigastrium and the {side} subcostal area
test|腹部CT：胰腺肿胀，{side}侧胰周渗出|Abdominal CT: swollen pancreas with {side} peripancreatic stranding
care|禁食、补液|Nil by mouth and intravenous fluids
care|监测尿量和腹部体征|Monitor urine output and abdominal signs
done|予禁食、补液及镇痛治疗|Treated with bowel rest, fluids and analgesia
warn|腹痛复发或呕吐|abdominal pain or vomiting returns
K57.92|in|消化内科|Gastroenterology|ciprofloxacin metronidazole
exam|左下腹压痛，无反跳痛|Tenderness in the left lower abdomen without rebound
test|腹部CT：左半结肠憩室，周围渗出|Abdominal CT: left colonic diverticula with surrounding stranding
care|流质饮食，补液|Liquid diet and fluids
care|复查炎症指标|Repeat inflammatory markers
warn|腹痛加重或便血|pain gets worse or there is rectal bleeding
K74.60|in|消化内科|Gastroenterology|lactulose propranolol
exam|{side}侧胸壁可见蜘蛛痣|Spider angiomas on the {side} chest wall
test|腹部超声：肝表面不光滑，少量腹水|Abdominal ultrasound: nodular liver surface, small ascites
care|低盐饮食，每日称体重|Low-salt diet and daily weight
care|复查肝功能和凝血功能|Repeat liver function and coagulation
warn|呕血、黑便或神志改变|there is hematemesis, melena or confusion
K50.90|in|消化内科|Gastroenterology|prednisone mesalamine
exam|右下腹压痛，未及包块|Tenderness in the right lower abdomen, no mass
test|结肠镜：右半结肠节段性溃疡|Colonoscopy: segmental ulcers of the right colon
care|营养评估|Nutritional assessment
care|复查炎症指标|Repeat inflammatory markers
warn|腹痛加重、发热或便血|pain gets worse, or fever or rectal bleeding occurs
K51.90|in|消化内科|Gastroenterology|mesalamine prednisone
exam|左下腹轻压痛|Mild tenderness in the left lower abdomen
test|结肠镜：左半结肠弥漫充血、糜烂|Colonoscopy: diffuse erythema and erosions of the left colon
care|记录大便次数|Record stool frequency
care|复查炎症指标|Repeat inflammatory markers
warn|便血增多、发热或腹痛加重|bleeding increases, or fever or worse pain occurs
N10|in|肾内科|Nephrology|ceftriaxone ciprofloxacin
exam|{side}肾区叩击痛|{Side} costovertebral angle tenderness
test|泌尿系超声：{side}肾稍增大，未见积水|Renal ultrasound: {side} kidney slightly enlarged, no hydronephrosis
care|送尿培养和血培养|Send urine and blood cultures
care|监测体温|Monitor temperature
warn|再次发热或腰痛加重|fever returns or flank pain gets worse
N20.0|in|泌尿外科|Urology|-
exam|{side}肾区叩击痛|{Side} costovertebral angle tenderness
test|泌尿系CT：{side}侧输尿管结石|Urinary tract CT: {side} ureteral stone
care|多饮水，过滤尿液|High fluid intake and straining of the urine
care|请评估碎石指征|Assess for stone treatment
done|行输尿管镜碎石取石|Ureteroscopic stone removal was performed
warn|发热、疼痛不缓解或无尿|there is fever, unrelieved pain or no urine
L03.90|in|皮肤科|Dermatology|cephalexin clindamycin
exam|{side}小腿红肿，边界不清，有压痛|Ill-defined redness and swelling of the {side} lower leg, tender
test|下肢静脉超声：{side}下肢深静脉通畅|Leg vein ultrasound: patent deep veins of the {side} leg
care|标记红肿边界，抬高患肢|Mark the margin and elevate the limb
care|监测体温|Monitor temperature
warn|红肿扩大或发热|the redness spreads or fever occurs
B02.9|in|皮肤科|Dermatology|valacyclovir=1000:three_times_daily
exam|{side}侧胸背部簇集水疱，呈带状分布|Grouped vesicles in a band on the {side} side of the trunk
test|{side}侧疱液核酸检测阳性|Vesicle fluid from the {side} side: nucleic acid positive
care|疼痛评分|Pain score
care|保持皮损清洁|Keep the lesions clean
warn|皮损扩大或眼部受累|the lesions spread or the eye is involved
E11.9|in|内分泌科|Endocrinology|metformin insulin_glargine empagliflozin
exam|{side}足背动脉搏动减弱|Weak {side} dorsalis pedis pulse
test|下肢动脉超声：{side}下肢动脉斑块形成|Leg artery ultrasound: plaques in the {side} leg
care|监测七点血糖|Seven-point glucose profile
care|糖尿病饮食和教育|Diabetic diet and education
warn|低血糖或血糖持续升高|hypoglycemia or persistently high glucose occurs
E05.90|in|内分泌科|Endocrinology|methimazole propranolol
exam|甲状腺Ⅱ度肿大，{side}叶为著|Diffuse goiter, larger on the {side}
test|甲状腺超声：{side}叶为著的弥漫性肿大，血流丰富|Ultrasound: diffuse goiter, larger on the {side}, hypervascular
care|监测心率|Monitor heart rate
care|复查血常规和肝功能|Repeat blood count and liver function
warn|发热、咽痛或心悸加重|fever, sore throat or worse palpitations occur
M06.9|in|风湿免疫科|Rheumatology|prednisone naproxen
exam|{side}腕关节肿胀、压痛|Swelling and tenderness of the {side} wrist
test|手部X线片：{side}腕关节骨质侵蚀|Hand radiograph: erosions of the {side} wrist
care|关节功能锻炼|Joint exercises
care|复查炎症指标|Repeat inflammatory markers
warn|关节肿痛加重或发热|joint swelling gets worse or fever occurs
M10.9|in|风湿免疫科|Rheumatology|colchicine
exam|{side}足第一跖趾关节红肿、压痛|Red, swollen, tender {side} first metatarsophalangeal joint
test|关节超声：{side}足第一跖趾关节双轨征|Ultrasound: double contour sign at the {side} first metatarsophalangeal joint
care|抬高患肢，局部冷敷|Elevation and local cooling
care|低嘌呤饮食|Low-purine diet
warn|关节红肿加重或发热|the joint gets worse or fever occurs
I30.9|in|心内科|Cardiology|colchicine ibuprofen
exam|胸骨{side}缘可闻及心包摩擦音|Pericardial rub at the {side} sternal border
test|心电图：广泛导联ST段弓背向下抬高|ECG: widespread concave ST elevation
care|心电监护|Cardiac monitoring
care|完善超声心动图|Arrange echocardiography
warn|胸痛加重、气促或晕厥|chest pain gets worse, or breathlessness or syncope occurs
J20.9|out|呼吸内科|Respiratory medicine|acetaminophen
exam|{side}肺可闻及散在干啰音|Scattered rhonchi over the {side} lung
care|多饮水，注意休息|Fluids and rest
warn|高热不退或气促|high fever persists or breathlessness occurs
N39.0|out|泌尿外科|Urology|trimethoprim=200:twice_daily ciprofloxacin=500:twice_daily
exam|耻骨上区轻压痛，{side}肾区无叩击痛|Mild suprapubic tenderness, no {side} costovertebral angle tenderness
care|送尿常规和尿培养|Send urinalysis and urine culture
care|多饮水|Drink plenty of fluids
warn|发热或腰痛|fever or flank pain occurs
M17.9|out|骨科|Orthopedics|acetaminophen naproxen
exam|{side}膝关节轻度肿胀，内侧间隙压痛|Mild swelling and medial joint line tenderness of the {side} knee
test|膝关节X线片：{side}膝内侧间隙变窄|Knee radiograph: narrowed medial joint space of the {side} knee
care|股四头肌锻炼，控制体重|Quadriceps exercises and weight control
care|减少爬楼和蹲起|Avoid stairs and squatting
warn|关节突然红肿热痛|the joint suddenly becomes hot, red and swollen
H66.90|out|耳鼻咽喉科|Ear, nose and throat|acetaminophen amoxicillin
exam|{side}侧鼓膜充血、膨隆|{Side} eardrum red and bulging
care|保持耳道干燥|Keep the ear dry
warn|耳后红肿、持续高热或眩晕|redness behind the ear, persistent high fever or vertigo occurs
J02.9|out|耳鼻咽喉科|Ear, nose and throat|acetaminophen
exam|咽充血，{side}侧咽后壁淋巴滤泡增生|Injected pharynx, lymphoid follicles on the {side} posterior wall
care|行链球菌抗原检测|Streptococcal antigen test
care|多饮水，注意休息|Fluids and rest
warn|吞咽或呼吸困难|swallowing or breathing becomes difficult
K29.70|out|消化内科|Gastroenterology|omeprazole
exam|剑突下偏{side}轻压痛|Mild epigastric tenderness, more on the {side}
care|行13C呼气试验|13C urea breath test
care|规律饮食，避免刺激性食物|Regular meals without irritants
warn|呕血、黑便或体重下降|there is hematemesis, melena or weight loss
I10|out|心内科|Cardiology|amlodipine losartan lisinopril
exam|{side}上肢血压与对侧相差小于10 mmHg|Blood pressure of the {side} arm within 10 mmHg of the other
care|家庭自测血压并记录|Home blood pressure diary
care|低盐饮食|Low-salt diet
warn|剧烈头痛、胸痛或肢体无力|severe headache, chest pain or weakness occurs
G43.909|out|神经内科|Neurology|ibuprofen sumatriptan
exam|{side}侧颞部轻压痛，颈软|Mild {side} temporal tenderness, neck supple
care|记录头痛日记|Keep a headache diary
warn|头痛突然加剧或肢体无力|headache suddenly becomes severe or weakness occurs
E03.9|out|内分泌科|Endocrinology|levothyroxine
exam|甲状腺{side}叶质韧，无压痛|Firm {side} thyroid lobe, not tender
care|查甲状腺抗体|Thyroid antibodies
care|6周后复查甲状腺功能|Repeat thyroid function in 6 weeks
warn|胸痛、心悸或嗜睡|chest pain, palpitations or drowsiness occurs
"""
# How long a scene's own dose is given, counted from the first day, and what follows: English, Chinese.
_COURSES: Mapping[str, tuple[str, str]] = {
    "DRUG:rivaroxaban": (
        "Rivaroxaban at this dose for 21 days in all, then 20 mg once daily",
        "利伐沙班此剂量共服21日，之后改为20 mg每日一次",
    ),
    "DRUG:apixaban": (
        "Apixaban at this dose for 7 days in all, then 5 mg twice daily",
        "阿哌沙班此剂量共服7日，之后改为5 mg每日两次",
    ),
    "DRUG:valacyclovir": ("Valacyclovir for 7 days in all", "伐昔洛韦疗程共7日"),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """How a disease is met in hospital.

    Args:
        code: ICD-10-CM code of the catalogue.
        inpatient: Whether patients are admitted for it.
        department: English and Chinese.
        drugs: What it is treated with, best first; empty for no drug.
        doses: Drug → dose in its ladder's unit and frequency, where the ladder's are those of other indications. They
            are of patients with healthy kidneys.
        then: Drug → how its course goes on, in English and Chinese.
        exam: Local finding.
        test: First test; empty texts for none.
        care: What else is done.
        done: What was done in hospital where no drug is the treatment; empty texts elsewhere.
        warn: When to come back at once.
    """

    code: str
    inpatient: bool
    department: tuple[str, str]
    drugs: tuple[str, ...]
    doses: Mapping[str, tuple[str, str]]
    then: Mapping[str, tuple[str, str]]
    exam: tuple[str, str]
    test: tuple[str, str]
    care: tuple[tuple[str, str], ...]
    done: tuple[str, str]
    warn: tuple[str, str]


def _dose(text: str) -> tuple[str, str]:
    dose, _, frequency = text.partition(":")
    return dose, frequency


def _read() -> dict[str, Scene]:
    found: dict[str, Scene] = {}
    for block in re.split(r"\n(?=[A-Z]\d)", _SOURCE.strip()):
        head, *lines = block.split("\n")
        code, kind, chinese, english, drugs = head.split("|")
        texts: dict[str, list[tuple[str, str]]] = {"exam": [], "test": [], "care": [], "done": [], "warn": []}
        for line in lines:
            name, zh, en = line.split("|")
            texts[name].append((en, zh))
        given = [drug.partition("=") for drug in drugs.split() if drug != "-"]
        doses = {f"DRUG:{drug}": _dose(own) for drug, _, own in given if own}
        found[code] = Scene(
            code,
            kind == "in",
            (english, chinese),
            tuple(f"DRUG:{drug}" for drug, _, _ in given),
            doses,
            {drug: _COURSES[drug] for drug in doses if drug in _COURSES},
            texts["exam"][0],
            (*texts["test"], ("", ""))[0],
            tuple(texts["care"]),
            (*texts["done"], ("", ""))[0],
            texts["warn"][0],
        )
    return found


# ICD-10-CM code → scene. A disease that is not here is not written up as a record.
SCENES: Mapping[str, Scene] = _read()

# Chapter or block of ICD-10 → systems of the examination that may not be called normal, as the disease shows there.
AFFECTED: Mapping[str, tuple[str, ...]] = {
    "J": ("lungs", "chest", "throat", "nose", "ears", "head", "mouth"),
    "H": ("ears", "eyes", "head", "throat"),
    "I": ("heart", "lungs", "vessels", "neck", "extremities", "mouth"),
    "I6": ("nervous_system", "general", "muscles"),
    "K": ("abdomen", "eyes", "skin", "rectum", "extremities"),
    "N": ("abdomen", "kidneys", "extremities"),
    "L": ("skin", "extremities", "lymph_nodes"),
    "B": ("skin", "extremities"),
    "E": ("neck", "vessels", "skin", "extremities", "nervous_system", "heart"),
    "M": ("joints", "extremities", "muscles", "spine"),
    "G": ("nervous_system", "head", "eyes"),
}
# Known diseases (blocks of ICD-10) → systems that may not be called normal in a patient who has them.
KNOWN_TO_AFFECT: Mapping[str, tuple[str, ...]] = {
    "J4": ("lungs",),
    "I48": ("heart",),
    "I50": ("heart", "lungs", "extremities", "neck"),
    "I11": ("heart",),
    "I27": ("heart", "extremities"),
    "K74": ("eyes", "skin", "abdomen", "extremities"),
    "M": ("joints",),
    "G": ("nervous_system",),
    "I63": ("nervous_system",),
    "E0": ("neck",),
    "L": ("skin",),
    "N18": ("extremities", "skin"),
    "D5": ("eyes", "skin"),
    "B18": ("eyes", "skin"),
}
# Signs → normal findings that they contradict in other words.
CONTRADICTED: Mapping[str, tuple[str, ...]] = {
    "HP:0001289": ("general_1", "nervous_system_2"),
    "HP:0007185": ("general_1", "nervous_system_2"),
    "HP:0000952": ("eyes_1", "skin_1"),
    "HP:0000980": ("eyes_1", "skin_1"),
    "HP:0000988": ("skin_1",),
    "HP:0010783": ("skin_1",),
    "HP:0000978": ("skin_1",),
    "HP:0000969": ("extremities_1",),
    "HP:0002829": ("joints_1",),
    "HP:0001386": ("joints_1",),
    "HP:0002094": ("lungs_1",),
    "HP:0030828": ("lungs_1",),
    "HP:0002027": ("abdomen_1",),
    "HP:0003270": ("abdomen_1", "abdomen_2"),
    "HP:0002716": ("neck_1",),
    "LAB:bilirubin_total/high": ("eyes_1", "skin_1"),
    "LAB:haemoglobin/low": ("eyes_1",),
}
CONFUSED = ("Confused, responds to voice, limited cooperation.", "意识模糊，呼之能应，查体欠合作。")
# Anticoagulants, and what is not given beside them without need.
ANTICOAGULANTS = frozenset({"DRUG:apixaban", "DRUG:rivaroxaban", "DRUG:warfarin", "DRUG:enoxaparin"})
BLEEDING = frozenset(
    {"DRUG:aspirin", "DRUG:clopidogrel", "DRUG:ibuprofen", "DRUG:naproxen", "DRUG:diclofenac"} | ANTICOAGULANTS
)
# What makes the full doses of a scene too high.
WEAK_KIDNEYS = frozenset({"STATE:egfr_below_30", "STATE:egfr_below_60", "DISEASE:chronic_kidney_disease"})
# Signs that do not change within days, so that no note says they did.
SLOW = frozenset({"HP:0001824", "HP:0004324", "HP:0001596", "SIGN:tophi", "HP:0000958", "HP:0000978"})
# Where the local finding is told in an admission record, by the longest block; elsewhere as a specialty examination.
PLACES: Mapping[str, str] = {
    "J": "chest",
    "I": "chest",
    "I26": "limbs",
    "I48": "limbs",
    "I82": "limbs",
    "I63": "neurological",
    "K": "abdomen",
    "K74": "special",
    "N": "abdomen",
    "M": "limbs",
    "L": "limbs",
    "E11": "limbs",
    "E05": "head_neck",
}
# Operations of the past: English, Chinese; blocks of ICD-10 after which they are not told; the only sex.
OPERATIONS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("appendectomy", "阑尾切除术", ("K",), ""),
    ("inguinal hernia repair", "腹股沟疝修补术", ("K",), ""),
    ("tonsillectomy", "扁桃体切除术", ("J", "H"), ""),
    ("laparoscopic cholecystectomy", "腹腔镜胆囊切除术", ("K",), ""),
    ("cesarean section", "剖宫产术", ("N",), "female"),
    ("knee arthroscopy", "膝关节镜手术", ("M",), ""),
)
# Allergies: state of the index, English, Chinese.
ALLERGIES: tuple[tuple[str, str, str], ...] = (
    ("STATE:allergy_penicillin", "penicillin", "青霉素"),
    ("STATE:allergy_cephalosporin", "cephalosporins", "头孢菌素"),
    ("STATE:allergy_sulfonamide", "sulfonamides", "磺胺类药物"),
)
FAMILIES: tuple[tuple[str, str], ...] = (
    ("Father has hypertension; mother is well.", "父亲患高血压，母亲健在。"),
    ("Parents in good health; no similar illness in the family.", "父母体健，家族中无类似疾病。"),
    ("Mother has type 2 diabetes; father is well.", "母亲患2型糖尿病，父亲健在。"),
    ("Father died of a stroke; mother is well.", "父亲因脑卒中去世，母亲健在。"),
    ("No hereditary disease in the family.", "否认家族遗传病史。"),
)
JOBS: tuple[tuple[str, str], ...] = (
    ("teacher", "教师"),
    ("farmer", "农民"),
    ("office worker", "职员"),
    ("driver", "司机"),
    ("shop assistant", "售货员"),
    ("factory worker", "工人"),
)
