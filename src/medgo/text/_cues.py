"""The words by which a sentence denies, doubts, supposes or remembers, and how far each reaches. Knows no finding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from medgo.schema import Lang
from medgo.text.folding import latin_words

CueKind = Literal["none", "absent", "uncertain", "family", "past", "conditional"]
# either: forward where something follows in the clause, else backward (未触及包块; 肝脾未触及).
Direction = Literal["forward", "backward", "either", "sentence"]


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue in a folded sentence. ``none`` is a look-alike (无明显诱因) that keeps its words from being read as a cue."""  # noqa: E501

    start: int
    end: int
    kind: CueKind
    direction: Direction


# Name of a group: kind, then direction. Order matters: look-alikes come first, longer phrases before shorter ones.
_ZH_SOURCE = r"""
(?P<none_forward0>
  无(?:明显|明确|特殊|任何|显著|确切|其他|其它)?的?(?:诱因|原因|缓解|好转|改善|加重|减轻|放射|变化|规律|论|法|需|菌|创|痛性|害|效|意(?!识))
  | 无力 | 没有?力气 | 没劲 | 无尿 | 无脉 | 无泪 | 有无力
  | (?:未|没有?)(?:见|能|有|获|得到)?(?:明显|显著|完全|再)?(?:缓解|好转|改善|减轻|加重|控制|治疗|诊治|就诊|就医|重视|在意|处理|用药|服药|愈|吸收|正规|规律|系统|予|行|做|进一步|遵|婚|成年|成熟|分化|来|知|必|按|怎么|注意|诱因|原因)
  | 无关(?!节) | 若干 | 如上 | 如下 | 否则 | 家族性 | 母乳 | 母斑 | 母细胞 | 母体 | 疑难 | 无症状性
  | (?:父母|父亲|母亲|家属|家人|妈妈|爸爸|其父|其母|丈夫|妻子|女儿|儿子)(?:代?诉|述|发现|带|告|称|说|提供|陪|观察|补充|送|急送|转述)
)
|(?P<conditional_forward>
  如果 | 如(?=出现|有|发生|伴|再|仍|遇|需|症状|发现|合并|存在|不|无|为) | 若 | 一旦 | 倘若 | 假如 | 万一 | 要是 | 当出现 | 出现以下 | 警惕
  | 注意(?:有无|是否|观察) | 观察有无 | 有无 | 是否 | 有没有 | 以防 | 预防 | 防止 | 避免 | 谨防 | 筛查 | 询问 | 追问 | 排查
  | 以(?:排除|除外) | 需(?:排除|除外) | 应(?:排除|除外) | 进一步(?:排除|除外) | 禁用 | 不宜 | 慎用 | 不推荐 | 不建议
)
|(?P<uncertain_either> (?:不能|无法|尚不能|难以|未能|未|不|尚未)(?:完全)?(?:除外|排除) | 待(?:排除?|除外|查) )
|(?P<uncertain_backward> 可能性[大小] | 可能(?=[,;。?]|$) )
|(?P<uncertain_forward> 可能(?:为|是)? | 疑似 | 疑诊 | 怀疑 | 可疑 | 疑为? | 倾向于? | 或许 | 也许 | 拟诊 | 考虑 | [需应须]要?(?:注意)?与 )
|(?P<absent_backward> (?:试验|检查|检测|征)?(?:均为?|为|呈|均呈)?阴性 | \(-\) | 消失 | 均?否认(?=[,;。]|$) | (?<=:)(?:无|否|未见)(?=[,;。]|$) | 均?不明显 | 均?无(?=[,;。]|$) )
|(?P<absent_either> 均?未(?:明确|明显)?(?:见|触及|触到|闻及|及|扪及|引出|发现|检出|探及|查见)(?:明显|明确|异常)? | 已?可?(?:予以?)?(?:排除|除外)了? )
|(?P<absent_forward>
  否认(?:有|存在|曾有|其他|既往)? | 未(?:诉|出现|发生|伴有?|有|再|提示|服用?|使用|应用|患过?|述|显示|合并|用) | 没有? | 无(?!明显诱因)(?:明显|明确|任何|其他)?
  | 不伴有? | 不存在 | 不支持 | 不符合 | 不考虑 | 不是 | 并非 | 而非 | 不再 | 缺乏 | 从无 | 从未 | 不含 | 呒
)
|(?P<family_forward>
  家族史?中? | 父母 | 父亲 | 母亲 | 哥哥 | 弟弟 | 姐姐 | 妹妹 | 兄弟 | 姐妹 | 祖父 | 祖母 | 外公 | 外婆 | 爷爷 | 奶奶 | 姥姥 | 儿子 | 女儿 | 丈夫 | 妻子
  | 叔叔 | 舅舅 | 姑姑 | 姨妈 | 其[父母兄弟姐妹] | 一级亲属 | 亲属 | 妈妈 | 爸爸
)
|(?P<past_forward> 既往 | 曾(?:经|有|患|因|于|行|诊断)? | 以前 | 过去 | 幼时 | 儿时 | 年前 )
|(?P<past_backward> 病史 | 史 )
|(?P<conditional_sentence> 吗[?]?$ | 呢[?]$ | (?:什么|哪|多久|多少|几|怎么|何)[^?]*[?]$ )
|(?P<uncertain_backward2> [?]$ )
|(?P<conditional_forward2> □\s* | \[\s?\]\s? | ○\s* )
"""  # noqa: E501
_VERB = (
    "has|had|have|having|is|was|are|were|can|could|may|might|will|would|should|does|did|do|reports?|reported|complains?|complained"
    "|presents?|presented|developed|develops|experienced|experiences|notes|noted|describes?|admits?|endorses?|states?|shows?|showed"
    "|reveals?|revealed|takes?|took|started|came|comes|positive|improved"
)
_RELATIVE = (
    "mother|father|brothers?|sisters?|aunts?|uncles?|grandmother|grandfather|grandparents?|parents?|sons?|daughters?|cousins?"
    "|husband|wife|siblings?|relatives|mom|dad|mum"
)
# "Relative bradycardia", "relative to" speak of no relative.
_KIN = (
    rf"{_RELATIVE}|relative(?=[.,;:?!')]|$|\ (?:{_VERB}|with|who|whose|of|on|in|and|or|from|aged|having|died|dies"
    r"|suffers?|suffered|affected|diagnosed)\b)"
)
_DONE = (
    "relieved|improved?|improving|resolved?|resolving|controlled|respond|responding|responded|only|certain|necessarily|worse|better"
    "|settled|help|helped|changed?|radiate|radiates|radiating|relieve|eased?|subsided?|stopped?|known|clear|specific|related|limited"
    "|uncommon|rare|sure|enough|gone|go away|going away|to be confused"
)
_AFTER_NOT = (
    "have|had|has|been|be|being|currently|report|reported|experience|experienced|show|reveal|demonstrate|take|taken|taking|complain of"  # noqa: E501
    "|describe|develop|developed|any|a|an|the|appear to have|seem to have|suffer from|suffered from|use|meet|support|suggest|indicate|due to|caused by|feel|get|got"  # noqa: E501
)
_EN_SOURCE = rf"""
(?P<none_forward0>
  \bno\ (?:obvious\ |clear\ |apparent\ |identifiable\ |significant\ |further\ |real\ |definite\ |specific\ )?
    (?:triggers?|causes?|precipitants?|reason|relief|improvement|changes?|increase|decrease|difference|response|effect|benefit|doubt|radiation|worse|better|more\ than|less\ than|later\ than|one|matter|need)\b
  | \bwithout\ (?:any\ |obvious\ |clear\ |apparent\ |an?\ |an\ obvious\ )?(?:triggers?|cause|relief|improvement|effect|precipitants?|precipitating|warning|change|radiation|delay|prescription|response|success)\b
  | (?:\bnot|n't)\ (?:(?:been|fully|completely|yet|well|adequately|significantly|really|be)\ )*(?:{_DONE})\b
  | \bwithout\ (?:treatment|medication|therapy)\b | \bgram[-\ ]negative | \bnon-
  | \b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|several|few|short|long|longstanding|recent|acute|brief)[-\ ](?:(?:second|minute|hour|day|week|month|year)s?[-\ ])?(?:long\ )?history\ of
  | \bhistory\ of\ (?:the\ )?(?:present|presenting)\b
  | \b(?:{_KIN})\ (?:reports?|reported|says?|said|noticed|notes|noted|brought|states?|stated|describes?|gave|called|thinks|of)\b
)
|(?P<uncertain_backward> \b(?:cannot|can\ not|could\ not|couldn't|can't|has\ not|have\ not|not)\ (?:yet\ )?(?:be|been)\ (?:completely\ |fully\ |entirely\ |yet\ )?(?:excluded|ruled\ out)
  | \b(?:is|are|was|were|seems?|appears?|makes?\ [\w\ ]{{1,20}}|remains?|considered)\ (?:less\ |more\ |very\ |highly\ |also\ )?(?:unlikely|likely|possible|probable|suspected)\b | \bless\ likely\b | \bunlikely\b | \bto\ be\ ruled\ out )
|(?P<uncertain_forward> \b(?:cannot|can\ not|could\ not|couldn't|can't|unable\ to|not|does\ not|do\ not)\ (?:completely\ |fully\ |entirely\ )?(?:exclude|rule\ out)
  | \b(?:possible|possibly|probable|probably|likely|suspected|suspicious\ for|suspicion\ of|suspect|suspects|may|might|could\ be|questionable|concern\ for|concerning\ for|presumed|differential|consider|considered|considering|versus|vs|must\ be\ distinguished\ from)\b )
|(?P<conditional_forward> \b(?:if|should\ you|in\ case|when\ you|unless|watch\ (?:out\ )?for|look\ (?:out\ )?for|whether|in\ the\ event\ of|monitor(?:ing)?\ for|screen(?:ing)?\ for|check(?:ing)?\ for
  |at\ risk|risk\ of|prevent|prevents|preventing|prevention\ of|avoid|avoids|avoiding|prophylaxis|ask\ about|asked\ about|assess\ for|evaluate\ for|to\ rule\ out|to\ exclude|rule\ out|return\ for|contraindicated)\b )
|(?P<absent_backward> (?:\b(?:is|are|was|were|has\ been|have\ been|been|being|also|both|now)\ )+(?:ruled\ out|excluded|absent|negative|denied|resolved)\b | :\ ?(?:absent|negative|denied|none|no)\b(?=\s*[.,;]|$)
  | \b(?:is|are|was|were)\ no\ longer\ (?:present|seen|felt|there|visible|palpable)\b | \bnot\ (?:present|seen|detected|found|identified|reported|noted|palpable|observed|evident)\b | \(-\) | \(negative\) | \b(?:has|have)\ (?:now\ |completely\ )?resolved\b | \bdenied$ | \bnegative[.]?$ )
|(?P<absent_forward>
  \bno\ (?:longer\ has|longer|evidence\ (?:of|for)|signs?\ (?:of|or\ symptoms\ of)|symptoms\ of|(?:known\ |previous\ |prior\ |past\ |personal\ |family\ )?history\ of|complaints?\ of)\b | \bno(?!\.?\ ?\d)\b
  | \b(?:denies|denied|deny|denying)(?:\ (?:having|experiencing|any|a\ history\ of))*\b | \bwithout(?:\ (?:any|evidence\ of|signs\ of))?\b | \bnegative\ for\b
  | \bfree\ (?:of|from)\b | \babsence\ of\b | \b(?:rules|ruled|ruling)\ out\b | \bexclud(?:es|ed|ing)\b | \blacks?(?:\ of)?\b | \blacking\b | \bnever(?:\ (?:{_AFTER_NOT}))*\b | \bneither\b | \bnor\b | \bnone\ of\b
  | (?:\bnot|n't)(?:\ (?:{_AFTER_NOT}))*\b | \bfail(?:s|ed)\ to\ (?:show|reveal)\b | \brather\ than\b | \binstead\ of\b | \bargu(?:es?|ing)\ against\b | \bagainst\ a\ diagnosis\ of\b
)
|(?P<family_backward> \bin\ (?:his|her|the|my|a|both|their)\ (?:first-degree\ )?(?:{_KIN})\b )
|(?P<family_forward> \b(?:family|maternal|paternal)\ history\b | \b(?:{_KIN})\b )
|(?P<past_forward> \bhistory\ of\b | \bpreviously\b | \bprevious\b | \bprior\b(?!\ to) | \bpast\ (?:medical\ )?history\b:? | \bpmh\b:? | \bh/o\b | \bstatus\ post\b | \bs/p\b | \bformerly\b )
|(?P<past_backward> \byears\ ago\b | \bin\ the\ past\b(?!\ (?:\d|few|several|couple|two|three|four|five|six|day|week|month|year)) | \bin\ childhood\b | \bas\ a\ child\b )
|(?P<conditional_sentence> \b(?:do|does|did|have|has|are|is|was|were|can|could|would|will|what|when|where|which|who|how|why|any)\b[^?]*[?]$ )
|(?P<uncertain_backward2> [?]$ )
|(?P<conditional_forward2> □\s* | \[\s?\]\s? )
"""  # noqa: E501


def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source, re.VERBOSE)


CUES: dict[Lang, re.Pattern[str]] = {"zh": _compiled(_ZH_SOURCE), "en": _compiled(_EN_SOURCE)}
# Where a cue can begin; the long pattern is tried at these places only.
_BEGINS_ZH = re.compile(
    r"[无未没不否呒非如若一倘假万要当出警注观有是以预防避谨筛询追排需应须进禁慎待可疑怀倾或也拟考阴(消已予除缺从家父母哥弟姐妹兄祖外爷奶姥儿女丈妻叔舅姑姨亲妈爸其既曾过幼年病史吗呢?□\[○均试检征为呈难尚什哪多几怎何]|(?<=:)[无否未]"
)
_BEGINS_EN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[?□:(\[]")
_FIRST_WORDS = frozenset(
    f"""no without not gram non one two three four five six seven eight nine ten several few short long longstanding recent acute
    brief history cannot can could couldn't can't has have is are was were seems seem appears appear makes make remains remain considered
    less unlikely to unable does do possible possibly probable probably likely suspected suspicious suspicion suspect suspects may might
    questionable concern concerning presumed differential consider considering versus vs must if should in when unless watch look whether
    monitor monitoring screen screening check checking at risk prevent prevents preventing prevention avoid avoids avoiding
    prophylaxis ask asked assess evaluate rule return contraindicated been being also both now denied negative denies deny denying free
    absence rules ruled ruling excludes excluded excluding lack lacks lacking never neither nor none fail fails failed rather instead
    argues argue arguing against family maternal paternal previously previous prior past pmh h status s formerly years as did are would
    will what which who how why any where {_RELATIVE.replace("|", " ").replace("?", "")} brother sister aunt uncle grandparent parent son
    daughter cousin sibling relative""".split()  # noqa: E501
)
_SIGNS = re.compile(r"[?□\[]|n't|\(-\)|: ?(?:no|absent|negative|denied)")
_ZH_STOP = re.compile(
    r"[。;!?\n]|,|但|却|仅|只[有是]|(?<![不无未])伴(?!随)|而(?!非|且)|(?<![没未无所具含])有(?!关|无|明显)|出现|可[见及闻触]|☑|√"
)
_ZH_NOT_LIST = re.compile(r"[有为后予行查示见出入现伴诉感因于未无曾已可\d]")
_ZH_LIST = re.compile(r"(?:[\u4e00-\u9fff、/]{1,14},)*[\u4e00-\u9fff、/]{1,18}(?:史|等)")
_ZH_BACK = re.compile(r"[。;!?\n,:]|但|却|而(?!非|且)|阳性|\(\+\)")
_ZH_OWN = re.compile(r"患者|患儿|本人|自己|[。;\n]")
_ZH_NOW = re.compile(r"本次|此次|入院|今[日天晨]|现[在因]|近[日来期]|[天日周月]前|小时前|[。;\n]")
_EN_STOP = re.compile(
    rf"[.;!?\n:](?=\s|$)|,|\b(?:but|however|although|though|except|apart\ from|aside\ from|other\ than|yet|still|which|who|because"  # noqa: E501
    rf"|due\ to|since|there|then|now|also|some|he|she|patient|secondary|on\ examination|after|{_VERB})\b"
)
_EN_CLAUSE = re.compile(r"[.;!?\n:](?=\s|$)|,|\b(?:but|however|although|though|except|who|which|because)\b")
_EN_SEGMENT = re.compile(r"[.;!?\n,]|$")
_EN_NOT_LIST = re.compile(
    rf"\d|\b(?:{_VERB}|he|she|his|her|it|there|but|however|patient|who|which|then|now|for|after|since|the)\b"
)
_EN_OWN = re.compile(r"[.;\n](?=\s|$)|\b(?:but|patient|he|she|himself|herself)\b")
_EN_REST = re.compile(r"[;\n]")


def find_cues(sentence: str, lang: Lang) -> list[Cue]:
    """Cues of a folded sentence, in order, look-alikes included."""
    found: list[Cue] = []
    reached = 0
    pattern = CUES[lang]
    for place in _beginnings(sentence, lang):
        match = pattern.match(sentence, place) if place >= reached else None
        if match is not None and match.lastgroup is not None:
            kind, direction = match.lastgroup.rstrip("0123456789").split("_")
            found.append(Cue(match.start(), match.end(), kind, direction))  # type: ignore[arg-type]
            reached = match.end()
    return found


def _beginnings(sentence: str, lang: Lang) -> Iterator[int]:
    if lang == "zh":
        for match in _BEGINS_ZH.finditer(sentence):
            yield match.start()
        return
    if not (latin_words(sentence) & _FIRST_WORDS or _SIGNS.search(sentence)):
        return
    for match in _BEGINS_EN.finditer(sentence):
        word = match[0]
        if word in _FIRST_WORDS or not word[0].isalpha():
            yield match.start()
        if word.endswith("n't"):
            yield match.end() - 3


def scope_end(sentence: str, cue: Cue, cues: list[Cue], lang: Lang) -> int:
    """Where the reach of a cue that looks forward ends."""
    if sentence[cue.start : cue.end].startswith(("□", "[", "○")):
        return _first(re.compile(r"[□☑√\[○]|\s{2,}|\n"), sentence, cue.end)
    if cue.kind == "conditional":
        return len(sentence) if lang == "zh" else _first(_EN_REST, sentence, cue.end)
    if cue.kind == "family":
        return _first(_ZH_OWN if lang == "zh" else _EN_OWN, sentence, cue.end)
    if cue.kind == "past" and lang == "zh" and sentence.startswith("既往", cue.start):
        return _first(_ZH_NOW, sentence, cue.end)
    if cue.kind in ("absent", "past"):
        end = _list_end_zh(sentence, cue) if lang == "zh" else _list_end_en(sentence, cue)
        # Doubt inside a denial starts a statement of its own; a relative or the past does not.
        own = [
            other.start for other in cues if cue.end <= other.start < end and other.kind in ("uncertain", "conditional")
        ]
        return min([end, *own])
    return _first(_ZH_STOP if lang == "zh" else _EN_CLAUSE, sentence, cue.end)


def scope_start(sentence: str, cue: Cue, cues: list[Cue], lang: Lang) -> int:
    """Where the reach of a cue that looks backward starts."""
    pattern = _ZH_BACK if lang == "zh" else _EN_CLAUSE
    stops = [match.end() for match in pattern.finditer(sentence, 0, cue.start) if match.end() < cue.start]
    others = [other.end for other in cues if other.end <= cue.start and other.kind == "none"]
    if lang == "en" and cue.kind == "absent":
        # "Fever, chills and cough were denied" is a list; "fever, and cough was absent" is not told apart from it.
        stops = [stop for stop in stops if sentence[stop - 1] != "," or _EN_NOT_LIST.search(sentence[:stop])]
    return max([0, *stops, *others])


def _first(pattern: re.Pattern[str], sentence: str, start: int) -> int:
    match = pattern.search(sentence, start)
    return match.start() if match else len(sentence)


def _list_end_zh(sentence: str, cue: Cue) -> int:
    """A comma ends a negation unless a list of nouns goes on to 史 or 等."""
    for match in _ZH_STOP.finditer(sentence, cue.end):
        if match[0] == ",":
            rest = _ZH_LIST.match(sentence, match.end())
            if rest and not _ZH_NOT_LIST.search(rest[0]):
                continue
        return match.start()
    return len(sentence)


def _list_end_en(sentence: str, cue: Cue) -> int:
    """A comma goes on with a list unless what follows it holds a verb, a number, or is another statement."""
    for match in _EN_STOP.finditer(sentence, cue.end):
        if match[0] == ",":
            segment = sentence[match.end() : _first(_EN_SEGMENT, sentence, match.end())]
            if not _EN_NOT_LIST.search(segment) and len(segment.split()) <= 6:
                continue
        return match.start()
    return len(sentence)
