"""What would best confirm or exclude each common disease, and what a case often leaves out, in both languages; by us.

Knows no case. Keyed by the ICD-10-CM code of the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping

_TEXT = """
E11.9|repeat fasting glucose or an oral glucose tolerance test|复查空腹血糖或行口服葡萄糖耐量试验
E10.9|islet autoantibodies, ketones and C-peptide|查胰岛自身抗体、血酮和C肽
I10|repeated or ambulatory blood pressure measurement|多次测量血压或动态血压监测
E78.5|fasting lipid profile|空腹血脂检查
I25.10|stress test or coronary CT angiography|负荷试验或冠状动脉CT血管成像
J44.9|spirometry before and after a bronchodilator|支气管舒张试验前后的肺功能检查
J45.909|spirometry with reversibility testing|肺功能及支气管舒张试验
N18.9|urine albumin and repeat renal function after three months|尿白蛋白检测，三个月后复查肾功能
M17.9|weight-bearing knee radiograph|负重位膝关节X线片
M06.9|rheumatoid factor, anti-CCP antibodies and hand radiographs|类风湿因子、抗CCP抗体及双手X线片
F32.9|structured interview with a depression scale and assessment of suicide risk|抑郁量表结构化访谈并评估自杀风险
F41.9|structured interview after thyroid and cardiac causes have been looked at|排查甲状腺和心脏原因后行结构化访谈
K21.9|trial of acid suppression, endoscopy where alarm features exist|抑酸试验性治疗，有报警征象时行内镜
E66.9|body mass index and waist circumference|测体重指数和腰围
E03.9|thyroid antibodies and repeat thyroid function|复查甲状腺功能并查甲状腺抗体
E05.90|TSH receptor antibodies and thyroid ultrasound|查促甲状腺素受体抗体和甲状腺超声
I48.91|12-lead ECG or rhythm monitoring|十二导联心电图或动态心电图
I50.9|natriuretic peptide and echocardiography|利钠肽和超声心动图
J18.9|chest radiograph|胸部X线片
N39.0|urinalysis and urine culture before treatment|治疗前尿常规和尿培养
J20.9|chest auscultation; radiograph only where consolidation is suspected|肺部听诊，怀疑实变时再拍胸片
D64.9|full blood count with reticulocytes, ferritin and vitamin B12|血常规、网织红细胞、铁蛋白和维生素B12
G43.909|headache diary and neurological examination|头痛日记和神经系统查体
I63.9|immediate brain CT or MRI with vessel imaging|立即行头颅CT或磁共振及血管成像
G30.9|cognitive testing and brain MRI|认知量表和头颅磁共振
C50.919|breast imaging and core biopsy|乳腺影像和空芯针活检
C61|PSA, prostate MRI and biopsy|查PSA、前列腺磁共振和穿刺活检
C34.90|contrast CT of the chest and tissue biopsy|胸部增强CT和组织活检
U07.1|nucleic acid or antigen test|核酸或抗原检测
J11.1|rapid antigen or nucleic acid test|快速抗原或核酸检测
M81.0|bone density measurement (DXA)|骨密度检查（DXA）
I73.9|ankle-brachial index|踝肱指数
I20.9|ECG, troponin and stress imaging|心电图、肌钙蛋白和负荷显像
M10.9|joint aspiration with crystal microscopy and serum urate|关节液结晶镜检和血尿酸
G35|MRI of brain and spinal cord, oligoclonal bands|头颅及脊髓磁共振，寡克隆带
G20|neurological examination and response to levodopa|神经科查体和左旋多巴反应
G40.909|EEG and brain MRI|脑电图和头颅磁共振
F31.9|psychiatric interview with informant history|精神科访谈并向知情者了解病史
F20.9|psychiatric interview; look for substance and organic causes|精神科访谈，排查物质和器质性原因
F90.9|rating scales from home and school|家庭和学校评定量表
F84.0|developmental assessment with a structured instrument|结构化发育评估
K50.90|ileocolonoscopy with biopsies, faecal calprotectin|回结肠镜加活检，粪便钙卫蛋白
K51.90|colonoscopy with biopsies, stool cultures|结肠镜加活检，粪便培养
K58.9|symptom criteria, and tests only for alarm features|按症状标准判断，有报警征象时再检查
K90.0|tissue transglutaminase antibodies and duodenal biopsy|组织转谷氨酰胺酶抗体和十二指肠活检
K74.60|elastography and abdominal ultrasound|肝弹性成像和腹部超声
B18.2|hepatitis C antibody and RNA|丙肝抗体和核酸
B20|fourth-generation screening test with confirmation, CD4 count|第四代筛查试剂及确证试验，CD4计数
A15.0|chest radiograph and sputum for smear, culture and molecular test|胸片，痰涂片、培养和分子检测
A41.9|blood cultures and lactate at once|立即抽血培养并查乳酸
I82.409|compression ultrasound of the leg veins|下肢静脉加压超声
I26.99|CT pulmonary angiography|CT肺动脉造影
I71.9|bedside ultrasound and CT angiography at once|立即床旁超声和CT血管成像
I38|echocardiography|超声心动图
I42.9|echocardiography and cardiac MRI|超声心动图和心脏磁共振
I33.0|three sets of blood cultures and echocardiography|三套血培养和超声心动图
I30.9|ECG, troponin and echocardiography|心电图、肌钙蛋白和超声心动图
I21.9|12-lead ECG now and serial troponin|立即十二导联心电图，动态查肌钙蛋白
Q24.9|echocardiography|超声心动图
G62.9|nerve conduction studies|神经传导检查
G47.30|overnight sleep study|整夜睡眠监测
G47.419|sleep study with multiple sleep latency test|睡眠监测和多次睡眠潜伏期试验
G25.81|clinical criteria and iron stores|按临床标准判断并查铁储备
M79.7|clinical criteria after inflammatory disease has been looked for|排查炎症性疾病后按临床标准判断
M32.9|antinuclear and anti-dsDNA antibodies, complement, urinalysis|抗核抗体、抗dsDNA抗体、补体和尿常规
M34.9|antinuclear antibodies by pattern and nailfold capillaroscopy|抗核抗体谱和甲襞毛细血管镜
M35.00|anti-Ro/La antibodies and salivary gland biopsy|抗Ro/La抗体和唇腺活检
L40.9|examination of scalp, nails and flexures; biopsy where unclear|查头皮、指甲和皱褶部位，不典型时活检
L30.9|skin examination and patch testing where contact is suspected|皮肤查体，怀疑接触因素时斑贴试验
L71.9|skin examination for triggers and eye involvement|皮肤查体，了解诱因和眼部受累
L70.0|skin examination|皮肤查体
C43.9|dermoscopy and excision biopsy|皮肤镜和切除活检
C44.91|dermoscopy and biopsy|皮肤镜和活检
C44.92|biopsy and palpation of regional nodes|活检并触诊区域淋巴结
C95.90|blood film and bone marrow examination|外周血涂片和骨髓检查
C85.90|lymph node excision biopsy|淋巴结切除活检
C90.00|protein electrophoresis, free light chains and bone marrow|蛋白电泳、游离轻链和骨髓检查
C18.9|colonoscopy with biopsy|结肠镜加活检
C25.9|pancreatic-protocol CT|胰腺增强CT
C64.9|contrast CT of the kidneys|肾脏增强CT
C67.9|cystoscopy|膀胱镜
C56.9|transvaginal ultrasound and CA-125|经阴道超声和CA-125
C54.1|transvaginal ultrasound and endometrial biopsy|经阴道超声和内膜活检
C73|thyroid ultrasound and fine-needle aspiration|甲状腺超声和细针穿刺
C71.9|contrast MRI of the brain|头颅增强磁共振
H40.9|tonometry, optic disc examination and visual fields|眼压、视盘检查和视野
H35.30|fundus examination and optical coherence tomography|眼底检查和光学相干断层扫描
H26.9|slit-lamp examination|裂隙灯检查
E11.319|dilated fundus examination|散瞳眼底检查
H91.90|audiometry|纯音测听
H81.09|audiometry during and between attacks|发作期与间歇期测听
N40.0|symptom score, urine flow and residual volume|症状评分、尿流率和残余尿
N52.9|morning testosterone and vascular risk assessment|晨间睾酮和血管危险因素评估
E28.2|androgens and pelvic ultrasound|雄激素和盆腔超声
N80.9|pelvic ultrasound, laparoscopy where needed|盆腔超声，必要时腹腔镜
D25.9|pelvic ultrasound|盆腔超声
O14.90|repeat blood pressure, urine protein, platelets and liver enzymes today|当日复测血压，查尿蛋白、血小板和肝酶
O24.419|oral glucose tolerance test|口服葡萄糖耐量试验
E55.9|25-hydroxyvitamin D, calcium and phosphate|25-羟维生素D、血钙和血磷
D50.9|ferritin, transferrin saturation and a search for blood loss|铁蛋白、转铁蛋白饱和度，寻找失血原因
D51.0|vitamin B12 and intrinsic factor antibodies|维生素B12和内因子抗体
D57.1|haemoglobin electrophoresis|血红蛋白电泳
D66|factor VIII activity|凝血因子Ⅷ活性
D69.6|blood film and repeat count in citrate|血涂片，枸橼酸抗凝管复查计数
D72.819|differential count, blood film and drug history|白细胞分类、血涂片和用药史
K57.92|contrast CT of the abdomen|腹部增强CT
K35.80|ultrasound or CT of the abdomen and surgical review|腹部超声或CT，请外科会诊
K81.0|right upper quadrant ultrasound|右上腹超声
K85.90|lipase, then imaging for stones|查脂肪酶，再行影像寻找结石
K27.9|endoscopy with Helicobacter pylori test|胃镜加幽门螺杆菌检测
K29.70|endoscopy with Helicobacter pylori test|胃镜加幽门螺杆菌检测
K20.90|endoscopy with biopsies|胃镜加活检
K22.70|endoscopy with biopsies|胃镜加活检
K44.9|barium swallow or endoscopy|钡餐或胃镜
K64.9|anoscopy; colonoscopy by age and alarm features|肛门镜，按年龄和报警征象行结肠镜
K60.2|inspection of the anus|肛门视诊
R15.9|rectal examination and anorectal manometry|直肠指检和肛管直肠测压
N17.9|urinalysis, fluid status and renal ultrasound|尿常规、容量评估和肾脏超声
N04.9|urine protein quantification and renal biopsy|尿蛋白定量和肾活检
Q61.3|renal ultrasound and family history|肾脏超声和家族史
N20.0|low-dose CT without contrast|低剂量平扫CT
N30.10|urine culture and cystoscopy|尿培养和膀胱镜
N32.81|bladder diary and urinalysis|排尿日记和尿常规
N39.3|cough stress test|咳嗽压力试验
N39.41|bladder diary and urodynamics|排尿日记和尿动力学
N10|urine and blood cultures, renal ultrasound|尿培养、血培养和肾脏超声
N05.9|urine microscopy, complement and renal biopsy|尿沉渣镜检、补体和肾活检
J01.90|nasal examination; imaging only for complications|鼻腔检查，怀疑并发症时影像
J32.9|nasal endoscopy and sinus CT|鼻内镜和鼻窦CT
J30.9|skin prick test or specific IgE|皮肤点刺试验或特异性IgE
H66.90|otoscopy|耳镜检查
H60.90|otoscopy|耳镜检查
J02.9|throat examination and streptococcal antigen test|咽部检查和链球菌抗原检测
J03.90|throat examination and streptococcal antigen test|咽部检查和链球菌抗原检测
J04.0|laryngoscopy where it lasts over three weeks|超过三周时行喉镜
J05.0|clinical severity score; keep the child calm|按临床评分判断轻重，保持患儿安静
J21.9|pulse oximetry and clinical assessment of feeding|脉搏血氧监测，评估进食情况
J43.9|spirometry with diffusing capacity and chest CT|肺功能加弥散量，胸部CT
E84.9|sweat chloride test and CFTR analysis|汗液氯离子试验和CFTR检测
J84.9|high-resolution CT and lung function|高分辨率CT和肺功能
D86.9|chest CT and biopsy|胸部CT和活检
J90|chest ultrasound and diagnostic thoracentesis|胸腔超声和诊断性穿刺
J93.9|upright chest radiograph or lung ultrasound|立位胸片或肺部超声
I27.20|echocardiography and right heart catheterisation|超声心动图和右心导管
K76.9|liver ultrasound, viral serology and iron studies|肝脏超声、病毒血清学和铁代谢
I11.9|echocardiography|超声心动图
F43.1|structured trauma interview and assessment of suicide risk|创伤结构化访谈并评估自杀风险
F19.9|substance history and toxicology screen|物质使用史和毒物筛查
G89.4|pain assessment and search for a treatable cause|疼痛评估并寻找可治的原因
B02.9|examination of the dermatome; PCR from a vesicle where unclear|查受累皮节，不典型时疱液PCR
L03.90|mark the margin and compare both legs; cultures where severe|标记边界并与对侧比较，重者培养
A69.20|exposure history and two-step serology|暴露史和两步法血清学
A90|NS1 antigen or PCR|NS1抗原或PCR
B27.90|heterophile antibody test and blood film|嗜异性抗体试验和血涂片
A08.4|assessment of hydration; stool tests only where severe|评估脱水，重者查粪便
K76.0|liver ultrasound and fibrosis score|肝脏超声和纤维化评分
G56.00|nerve conduction studies and Phalen test|神经传导检查和Phalen试验
"""


def _read() -> dict[str, tuple[str, str]]:
    rows = [line.split("|") for line in _TEXT.strip().splitlines()]
    return {code: (english, chinese) for code, english, chinese in rows}


# Code → what to do, in English and in Chinese.
TESTS: Mapping[str, tuple[str, str]] = _read()

# What a case does not say and a physician would ask, in English and in Chinese.
QUESTIONS: Mapping[str, tuple[str, str]] = {
    "family": ("Family history, including consanguinity of the parents", "家族史（包括父母是否近亲）"),
    "exposure": ("Drugs and other exposures, also before birth", "用药和接触史（包括孕期）"),
    "course": ("Order in which the features appeared", "各表现出现的先后顺序"),
    "allergy": ("Drug allergies", "药物过敏史"),
    "drugs": ("Drugs taken now, including over-the-counter ones", "目前用药情况（包括非处方药）"),
    "pregnancy": ("Whether she could be pregnant", "是否可能妊娠"),
}
