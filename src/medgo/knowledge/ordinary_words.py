"""Words that some vocabulary lists as a name and that running text uses for something else. Knows no vocabulary.

Left out of the lexicon: a mention of them would say nothing. Acronyms are not concerned, they count in capitals only.
"""

from __future__ import annotations

_ORDINARY_EN = """
    a able about above absent action active activity acute adult advance advanced after aged agent aid aim air
    alert all allergy almost alone already also an and answer any arm arms art as asleep assure at attack awake
    back bad balance base basic be beat because bed before begin behaviour behavior best better blood body bone
    born both bottom brain break breast breath bright bring but buy by calm can care case cause cell central
    chance change charge chest child children chronic clear clinical close cold colour color come common complete
    condition consider constant contact continuous control correct cost could cover cramp crisis cure current cut
    daily date day days death decreased deep defect degree delayed design diagnosis diet difficult diffuse
    dilated disease disorder distal do does done dose double down dream drink drop drug dry due duration during
    dust early ear ears easy eat effect elevated else emerge emergency end energy enough equal event every exam
    excess exercise extra eye eyes face factor fall family fast fat father feel feet female fetal few field final
    find finding fine finger fire first fit focal follow food foot for form found frequency frequent fresh from
    full function gain gas gender general generalized get give go gold good grade gradual group growth hair half
    hand hands hard has have he head health healthy heart heat heavy height help her high hip his history hold
    home hope hormone hour how ice if ill illness image immune impact in increased infant infection injury
    intermittent into iron is isolated it joint just keep kind knee large last late laser lateral lead left leg
    legs less level life light limb line link lip liver local long loss lot low lower lung make male man mark
    mass match matter may medicine member men mild minimal mind mine mixed moderate month more morning most
    mother mouth move much muscle must nail neck need neonatal nerve new next nice night no node non none normal
    nose not now null number occasional of off oil old on once one only onset open oral or other our out over
    pain pair part past patient pattern peak people period permanent person place plan plant plus point poor
    positive present pressure prevent primary prime probable problem product progressive proximal pulse pure
    rapid rare rate rays ready recurrent red reduced rest rapid result right rise risk role safe salt same
    save scale score sea second secondary see self sensation serum set severe sex shape she shock short shot side
    sign signs simple single site size skin sleep slow small smart smell so soft some son soon sore sound speech
    spine sporadic stable stage stand start state status stay step still stomach stone stop stress strong study
    sub such sudden sugar sun support sure surface symptom symptoms syndrome system tea test tests than that the
    their then therapy there they thin this three time tip tired to today toe tone tongue tooth top total touch
    tract transient treatment trial tube twice two type unit up upper urine use usual very view vision visit
    vital voice wait walk warm was water weak week weight well what when which white who will wind with woman
    women word work wound x-ray year yes yet you young zone abnormality abnormal finding findings unspecified
    variable complication complications contrast procedure operation surgery imaging ultrasound examination
    evaluation oxygen alcohol glucose calcium protein vitamin mineral antibiotic vaccine insulin-like hydrogen
    nitrogen carbon acid base buffer solution tablet capsule cream gel spray patch drops syrup injection powder
    ointment lotion shampoo suspension inhaler relief relieve comfort formula advantage control essential
    complete ultra max active balance focus nature natural pure sense senses clarity confidence prompt target
    promise vision perform
"""
ORDINARY_EN = frozenset(_ORDINARY_EN.split()) | {"drug allergy", "drug allergies", "family history", "medical history"}

_ORDINARY_ZH = """
    疾病 症状 体征 异常 正常 其他 急性 慢性 轻度 中度 重度 轻微 严重 发作 进展 稳定 左侧 右侧 双侧 局部 全身 原发
    继发 家族 遗传 先天 后天 儿童 成人 新生儿 青年 老年 男性 女性 死亡 出生 年龄 性别 身高 体重 频率 药物 手术
    治疗 诊断 检查 感染 损伤 创伤 综合征 综合症 病变 障碍 缺陷 畸形 皮肤 肌肉 骨骼 心脏 肝脏 肾脏 大脑 眼睛 耳朵
    鼻子 口腔 四肢 手指 脚趾 头部 颈部 胸部 腹部 背部 血液 尿液 粪便 功能 行为 精神 语言 智力 运动 感觉 呼吸 消化
    循环 神经 免疫 内分泌 代谢 氧气 水 糖 盐 酒精 空气 蛋白 维生素 钙 铁 锌 常见 罕见 偶见 早期 晚期 间歇 持续
    过敏 反复 突发 缓慢 迅速 单侧 近端 远端 弥漫 局灶 不详 未特指 并发症 后遗症
"""
ORDINARY_ZH = frozenset(_ORDINARY_ZH.split())
