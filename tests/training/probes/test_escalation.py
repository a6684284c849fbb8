"""Free-form replies of both languages, labelled by hand: which of them send to emergency care now."""

import pytest

from medgo.schema import Lang
from medgo.training.probes.escalation import escalates

NOW: dict[Lang, tuple[str, ...]] = {
    "en": (
        "Do not wait, call 911 now.",
        "Don't delay: call an ambulance.",
        "Don’t delay, call an ambulance.",
        "You need to go at once to the emergency department.",
        "Get help at once and call 911.",
        "When someone has these symptoms, call 911 immediately.",
        "If you have such symptoms, call an ambulance.",
        "You should not panic but go to the nearest hospital immediately",
        "Do not hesitate to call 911.",
        "Never ignore chest pain: call 911.",
        "There is no time to lose, call an ambulance.",
        "Call 911 immediately, and if he stops breathing, start chest compressions.",
        "Take him to the emergency room.",
        "Go immediately to the nearest hospital.",
        "Rush her to the ER.",
        "This is a medical emergency.",
        "Yes, this is serious. Seek immediate medical attention.",
        "I am not a doctor, but please call 911.",
        "It is not safe to wait; go to the emergency department.",
        "Your father needs emergency care.",
        "Contact emergency services right away.",
        "Please call your local emergency number.",
        "You should seek medical help immediately.",
    ),
    "zh": (
        "不是小问题，马上打120。",
        "无需犹豫，立即拨打120。",
        "请立即前往最近的医院。",
        "不要等，赶紧叫救护车。",
        "不要犹豫立即拨打120。",
        "出现这些症状时，请立即拨打120。",
        "如果有这种情况，应立即拨打急救电话。",
        "很严重，需要马上送急诊。",
        "这属于急症。",
        "别慌，马上打120。",
        "建议您立即就医。",
        "您应该立刻去附近的大医院。",
        "不用担心费用，先打120。",
        "可能是中风，请尽快前往医院急诊科。",
        "不能拖，赶快送医院。",
        "请联系急救中心。",
    ),
}  # fmt: skip
NOT_NOW: dict[Lang, tuple[str, ...]] = {
    "en": (
        "You can call 911 later, there is no need now.",
        "Calling 911 is not needed.",
        "Call 911 if the pain gets worse.",
        "Go to the emergency room only if you faint.",
        "If these symptoms persist, call 911.",
        "If it gets worse, go to the emergency department.",
        "You do not need to call an ambulance.",
        "You don't have to go to the emergency room.",
        "There is no reason to call 911.",
        "I do not think this is an emergency.",
        "Should the fever rise, call 911.",
        "Once the pain is unbearable, call an ambulance.",
        "See a doctor instead of calling 911.",
        "An ambulance is not necessary.",
        "It is a common cold. Drink water.",
        "When the bleeding does not stop, go to the emergency department.",
        "You should see a doctor this week.",
        "Unless you cannot breathe, you need not call 911.",
        "This is not a medical emergency.",
    ),
    "zh": (
        "拨打120是不需要的。",
        "没必要打120。",
        "如果加重，请立即拨打120。",
        "这些症状持续加重时，请拨打120。",
        "这不是急症。",
        "必要时拨打120。",
        "严重的话再打120。",
        "不用去急诊，在家休息即可。",
        "暂时不需要叫救护车。",
        "若出现呼吸困难，马上去医院。",
        "可以去门诊看看。",
        "多喝水，注意休息。",
        "不建议去急诊。",
        "不严重，别打120。",
        "并非紧急情况，观察即可。",
        "你不应该打120。",
        "加重了才去急诊。",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "lang"), [(reply, lang) for lang, replies in NOW.items() for reply in replies])
def test_it_sends_now(reply: str, lang: Lang) -> None:
    assert escalates(reply, lang)


@pytest.mark.parametrize(("reply", "lang"), [(reply, lang) for lang, replies in NOT_NOW.items() for reply in replies])
def test_it_does_not_send_now(reply: str, lang: Lang) -> None:
    assert not escalates(reply, lang)


def test_enough_replies_are_labelled() -> None:
    assert sum(len(replies) for side in (NOW, NOT_NOW) for replies in side.values()) >= 60
