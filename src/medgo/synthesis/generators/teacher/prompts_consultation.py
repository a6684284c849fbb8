"""What doctor, patient and critic of a simulated consultation are told, in both languages. Words only."""

# ruff: noqa: E501  sentences of prompts

from __future__ import annotations

from collections.abc import Mapping

from medgo.schema import Lang

PERSONALITIES: Mapping[Lang, tuple[str, ...]] = {
    "zh": (
        "性格平和，配合问诊",
        "焦虑，担心得了重病，会反问医生严不严重",
        "话少，能一个字答完绝不说两个字",
        "健谈，爱扯家常，但不会说出没被问到的病情",
        "有些不耐烦，觉得问得太多",
        "记性不好，说时间和次数时会犹豫一下",
    ),
    "en": (
        "calm and cooperative",
        "anxious, afraid of something serious, asks whether it is bad",
        "a person of few words who never says two where one will do",
        "chatty and given to talk about the family, but not about symptoms nobody asked for",
        "rather impatient with so many questions",
        "forgetful, hesitates over times and numbers",
    ),
}
REGISTERS: Mapping[Lang, tuple[str, ...]] = {
    "zh": (
        "普通话，口语",
        "东北口音的口语（如“老难受了”“咋整”）",
        "四川口音的口语（如“恼火得很”“咋个办”）",
        "农村老人的口语，不懂医学词",
        "受过高等教育，用词准确但不用医学术语",
    ),
    "en": (
        "plain everyday American English",
        "everyday British English",
        "the speech of an elderly farmer who knows no medical words",
        "simple English of somebody who learnt it late, in short sentences",
        "educated and precise, without medical terms",
    ),
}
DOCTOR_ROLE: Mapping[Lang, str] = {
    "zh": "你是一名门诊医师，正在接诊。{who}每次只问一个方面的问题，问清楚后给出诊断和下一步处理。",
    "en": "You are a physician seeing a patient in clinic.{who} Ask about one thing at a time; once you know enough, give "
    "the diagnosis and the next step.",
}
DOCTOR_FORM: Mapping[Lang, str] = {
    "zh": "输出 JSON：say 是对患者说的话，口语、得体、不超过三句；还要问诊时 action 写 ask，diagnosis 写空字符串；"
    "资料足够时 action 写 conclude，diagnosis 写一个最可能的诊断名称，say 中说出这个诊断、依据和下一步。不重复问过的问题。",
    "en": 'Reply in JSON. "say" is what you tell the patient: courteous, plain, three sentences at most. While you are asking, '
    '"action" is "ask" and "diagnosis" is empty. When you know enough, "action" is "conclude", "diagnosis" is the one most '
    'likely diagnosis, and "say" tells the patient what it is, what it rests on and what comes next. Never ask the same thing '
    "twice.",
}
LAST_TURN: Mapping[Lang, str] = {
    "zh": "（这是最后一次机会，请给出诊断。）",
    "en": "(This is your last turn: give the diagnosis.)",
}
PATIENT: Mapping[Lang, str] = {
    "zh": "你扮演来看病的患者。性格：{personality}。说话方式：{register}。用第一人称说一小段话，不超过三句。"
    "只说下面给你的内容，意思和数字不变；没有给你的症状、检查和病名一个字也不要提，不猜自己得了什么病。",
    "en": "You play a patient. Character: {personality}. Way of speaking: {register}. Speak in the first person, three short "
    "sentences at most. Say only what is given to you below, with its meaning and numbers unchanged. Do not mention any "
    "symptom, test or disease that is not given to you, and do not guess what you have.",
}
PATIENT_OPENS: Mapping[Lang, str] = {
    "zh": "你刚坐下，告诉医生你为什么来：{known}",
    "en": "You have just sat down. Tell the doctor why you came: {known}",
}
PATIENT_ANSWERS: Mapping[Lang, str] = {
    "zh": "医生说：“{question}”\n关于这个问题，你知道的是：{known}\n请回答医生。",
    "en": 'The doctor says: "{question}"\nWhat you know about this: {known}\nAnswer the doctor.',
}
PATIENT_KNOWS_NOTHING: Mapping[Lang, str] = {
    "zh": "什么也没有。请说没有这种情况或没有注意过，不要提任何症状的名称。",
    "en": "nothing. Say that you have not had that or have not noticed it, and name no symptom.",
}
CRITIC: Mapping[Lang, tuple[str, str]] = {
    "zh": (
        "你是带教老师，给下面这次问诊打分，各 1–5 分：history 问诊是否有条理、问到关键；communication 是否尊重、听得懂；"
        "safety 是否先排除危险情况，处理是否安全。why 用一句话写理由。",
        "{talk}",
    ),
    "en": (
        "You teach consultation skills. Mark this consultation from 1 to 5: history (orderly, reaches what matters), "
        "communication (respectful, understandable), safety (dangerous causes excluded, next step safe). Give the reason in "
        'one sentence ("why").',
        "{talk}",
    ),
}
SPEAKERS: Mapping[Lang, Mapping[str, str]] = {
    "zh": {"user": "患者：", "assistant": "医生："},
    "en": {"user": "Patient: ", "assistant": "Doctor: "},
}
WHO: Mapping[Lang, Mapping[str, str]] = {
    "zh": {"male": "患者为男性，{age}。", "female": "患者为女性，{age}。", "": ""},
    "en": {"male": " The patient is a man, age {age}.", "female": " The patient is a woman, age {age}.", "": ""},
}
