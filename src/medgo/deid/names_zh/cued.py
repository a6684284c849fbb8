"""Names that are words as well, or that have no surname, where what stands beside them says who it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from medgo.deid.names_zh.contexts import Contexts
from medgo.deid.names_zh.form import Form
from medgo.deid.names_zh.lexicon import NEVER, Lexicon

_RELATIONS = (
    "丈夫|妻子|爱人|配偶|老伴|老公|老婆|父亲|母亲|爸爸|妈妈|儿子|女儿|长子|次子|三子|长女|次女|三女|之子|之女|之妻|之夫|"
    "哥哥|弟弟|姐姐|妹妹|兄长|孙子|孙女|外孙女|外孙|外甥女|外甥|侄女|侄子|侄儿|儿媳|女婿|岳父|岳母|公公|婆婆|"
    "叔叔|舅舅|姑姑|姨妈|伯父|伯母|男友|女友|未婚夫|未婚妻|家属|监护人|护工|同事|邻居|朋友|子|女|妻|夫|父|母|兄|弟|姐|妹"
)
# 高兴(患者丈夫)
_BRACKETED = re.compile(
    r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{2,3}) ?"
    rf"\((?:系|为|是)?(?:患者|病人|患儿|产妇|其)(?:的|之)?(?:{_RELATIONS})\)"
)
_ROLES = (
    "术者|主刀|一助|二助|三助|助手|麻醉师|麻醉医师|麻醉医生|主管医师|主管医生|管床医师|管床医生|经治医师|主治医师|主治医生|"
    "值班医师|值班医生|住院医师|带教老师|器械护士|巡回护士|洗手护士|责任护士|护士长|手术医师|手术医生"
)
# 术者方便主任: both say that somebody's name stands between.
_BETWEEN = re.compile(
    rf"(?:{_ROLES})([\u4e00-\u9fff]{{2}})(?=(?:副?主任|副?主任医师|主治医师|主治|医师|医生|大夫|护师|护士长|教授)(?![\u4e00-\u9fff]{{0,3}}意见))"
)
_DO_NOT_NAME = frozenset("于向由从应和经同与及请随任查时")
_NO_NAMES = frozenset(("安排", "许可", "谈话", "强调", "计划", "明确"))
# 护士小昭, 阿姨阿珍
_FAMILIAR = re.compile(
    "(?:护士|医生|医师|护师|护工|护理员|保姆|阿姨|同事|邻居|室友|工友|朋友|助产士|实习生|规培生|导医|社工|月嫂)"
    "([小阿][\u4e00-\u9fff])"
)
# 铁柱媳妇
_OF_SOMEBODY = re.compile(
    r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{2})(?=媳妇|他[妈爸爹娘]|她[妈爸爹娘]|家的(?![\u4e00-\u9fff]))"
)
# 长子建新签字: a given name that is a word.
_OF_RELATIVE = re.compile(
    "(?:丈夫|妻子|爱人|配偶|老伴|老公|老婆|父亲|母亲|爸爸|妈妈|[其之长次三][子女]|儿子|女儿|哥哥|弟弟|姐姐|妹妹|孙子|孙女|外孙|"
    "儿媳|女婿|护工|保姆)([\u4e00-\u9fff]{2})(?=签[字名]|陪[同护伴]|代[诉述]|护送|[诉述]|转述|来电|表示|同意|拒绝|要求|联系|知情)"
)
# 患者高兴入院, 家属时光要求转院: a word that could be a surname and a given name, between somebody and what they do.
_PEOPLE = (
    "患者|病人|患儿|产妇|孕妇|伤者|老人|家属|联系人|监护人|陪护|护工|保姆|丈夫|妻子|爱人|配偶|老伴|父亲|母亲|儿子|女儿|[其之长次三][子女]|"
    "哥哥|弟弟|姐姐|妹妹|儿媳|女婿|孙子|孙女|男友|女友|护士|医生|医师|护师"
)
_ACTS = (
    "入院|出院|来院|来诊|就诊|转科|转院|住院|因|于|[诉述]|自诉|主诉|代诉|签[字名]|来电|要求|拒绝|同意|表示|理解|在[旁场]|陪[同护伴]|"
    "护送|术[前后中]|今[日天晨早]|昨[日天晚夜]|为(?:患|其|他|她)|执行|记录|巡视|查看|查房|接班|交班"
)
_ABOUT = r"[,(] ?(?:[男女](?:性)?[,，)、]|[男女]性?$|\d{1,3}岁)"
_ACTING = re.compile(rf"(?:{_PEOPLE})([\u4e00-\u9fff]{{2}})(?:(?={_ACTS})|(?={_ABOUT}))")
_OF_PERSON = re.compile(_ABOUT)
# 给高兴打电话, 联系高兴，告知病危; 高兴来电 at the start of a clause.
_CALLED = re.compile(
    "给([\u4e00-\u9fff]{2})(?=打(?:了)?(?:个)?电话|去电|致电|发(?:短信|微信))"
    "|(?:联系|通知|致电)([\u4e00-\u9fff]{2})(?=[,，] ?(?:告知|请|嘱|其|对方|未接|无人)|来院|到院|前来|办理|签字)"
    "|(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{2})(?=来电|打来电话)"
)
# How somebody comes, goes or signs; what is said of people and drawn from the same characters.
_MANNERS = frozenset(
    re.findall(
        r"\S+",
        "成功 安全 满意 安心 冷静 公开 郑重 慎重 安稳 乐观 平安 安静 平静 平和 步行 强烈 明显 充分 "
        "严重 温和 烦躁 安详 坚决 全程 全部 自愿 当面 明白 高热 高烧 白天 平时 平素 时常 常年 成人 关心 "
        "干净 丰富 强大 高大 严谨 封闭",
    )
)
# 满仓他爹: what else somebody's parents are called by.
_NO_CHILDREN = frozenset(
    ("孩子", "小孩", "娃娃", "娃儿", "宝宝", "患者", "病人", "患儿", "儿子", "女儿", "老大", "老二", "老三", "家属")
)
_PARENT = re.compile(
    "(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{2})(?=[他她](?:爹|娘|爸|妈|奶奶|爷爷|姥姥|姥爷|媳妇|婶|叔|舅|姨|姑|哥|姐|嫂))"
)
_WORDS_OF_TALK = -11.0
_SOME_SURNAME, _SOME_GIVEN = -9.0, -9.0
_SURNAME, _LIKELY_GIVEN, _WORD, _COMMON_WORD = -8.5, -9.5, -14.5, -12.0


@dataclass(frozen=True)
class CuedNames:
    """Finds names between cues.

    Args:
        lexicon: Words and parts of names.
        contexts: Roles, labels and titles, which are no names.
    """

    lexicon: Lexicon
    contexts: Contexts

    def find(self, text: str) -> Iterator[Form]:
        """All of them, kind by kind; linear in the length of the text."""
        for match in _BRACKETED.finditer(text):
            if self._whole(match[1]):
                yield Form(*match.span(1), "name_relative", 0.96)
        for match in _BETWEEN.finditer(text):
            if match[1][0] not in _DO_NOT_NAME and match[1] not in _NO_NAMES and self._begins(match[1]):
                yield Form(*match.span(1), "name_clinician", 0.96)
        for match in _FAMILIAR.finditer(text):
            if self._familiar(text, match.start(1)):
                yield Form(*match.span(1), "name", 0.85)
        for pattern in (_OF_SOMEBODY, _OF_RELATIVE):
            for match in pattern.finditer(text):
                if self._given(match[1]):
                    yield Form(*match.span(1), "name_relative", 0.85)

        yield from self._acting(text)
        for match in _PARENT.finditer(text):
            name = match[1]
            common = self.lexicon.words.get(name, NEVER) > _WORDS_OF_TALK
            if not common and name not in _NO_CHILDREN and name not in self.contexts.before:
                yield Form(*match.span(1), "name_relative", 0.85)

    def _acting(self, text: str) -> Iterator[Form]:
        """Words that are names where somebody does something, is described, or is called."""
        for match in _ACTING.finditer(text):
            described = _OF_PERSON.match(text, match.end(1)) is not None
            if self._reads_as_name(match[1], described=described):
                label = self.contexts.left(text, match.start(1)).label or "name"
                yield Form(*match.span(1), label, 0.96 if described else 0.85)
        for match in _CALLED.finditer(text):
            group = match.lastindex or 1
            if self._reads_as_name(match[group], described=False):
                yield Form(*match.span(group), "name", 0.85)

    def _reads_as_name(self, name: str, *, described: bool) -> bool:
        """Whether it can be a surname and a given name, and is no word for how or when somebody does something."""
        lexicon, contexts = self.lexicon, self.contexts
        if name in contexts.before or name in contexts.labels or name in contexts.titles or name in contexts.after:
            return False
        if not described and (name in _MANNERS or name in lexicon.adverbial or name in lexicon.of_records):
            return name in lexicon.name_words and name not in _MANNERS
        surname, given = lexicon.surnames.get(name[0], NEVER), lexicon.given.get(name[1], NEVER)
        return surname > _SOME_SURNAME and given > _SOME_GIVEN

    def _begins(self, name: str) -> bool:
        """Whether it begins with a surname, and is no role."""
        surname = self.lexicon.surnames.get(name[0], NEVER)
        return surname > _SURNAME and name not in self.contexts.before and name not in self.contexts.labels

    def _whole(self, name: str) -> bool:
        """Whether it can be a surname and a given name, and is no role."""
        return self._begins(name) and all(self.lexicon.given.get(one) != NEVER for one in name[1:])

    def _familiar(self, text: str, at: int) -> bool:
        """Whether 小 and the letter after it are a form of address: 小昭, but not 小心, 小结, 小夜|班."""
        words, letter = self.lexicon.words, text[at + 1]
        near = (text[at : at + 2], text[at + 1 : at + 3], text[at : at + 3])
        worded = any(len(word) > 1 and words.get(word, NEVER) > _WORD for word in near)
        known = letter in self.lexicon.surnames or self.lexicon.given.get(letter, NEVER) > _LIKELY_GIVEN
        return known and not worded

    def _given(self, name: str) -> bool:
        """Whether it is a given name: its last letter is common in them, and it is no common word or role."""
        if name in self.contexts.before or name in self.contexts.titles or name in self.contexts.labels:
            return False
        given = self.lexicon.given
        first = name[0] in "一二三四大小老阿" or given.get(name[0], NEVER) > _LIKELY_GIVEN
        return (
            first and given.get(name[1], NEVER) > _LIKELY_GIVEN and self.lexicon.words.get(name, NEVER) < _COMMON_WORD
        )
