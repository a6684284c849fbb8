"""What templates say in a text: quantities, chemistry, words of other languages. All others say nothing there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from medgo.corpus.typesetting import lowered, raised

Builder = Callable[[Sequence[str], Mapping[str, str]], str]

_DIGITS = re.compile(r"(?<=[A-Za-z)\]])(\d+)")
_CHARGE = re.compile(r"(\d*[+\-−])$")
_RANGE_WORDS = {
    "to": " to ",
    "-": "–",
    "–": "–",
    "and": " and ",
    "or": " or ",
    "x": " × ",
    "by": " by ",
    "+/-": " ± ",
    "±": " ± ",
    "to(-)": " to ",
}


def said_by(name: str, arguments: Sequence[str], named: Mapping[str, str]) -> str:
    """What a template puts into the text.

    Args:
        name: The template's name in small letters, underscores as spaces.
        arguments: Its arguments without a name, in order.
        named: Those with one.

    Returns:
        Empty for every template that is not known to carry words of the sentence.
    """
    if name.startswith("lang-"):
        return _first(arguments, named)
    build = _BUILDERS.get(name)
    return build(arguments, named) if build is not None else ""


def _argument(arguments: Sequence[str], place: int) -> str:
    return arguments[place].strip() if place < len(arguments) else ""


def _first(arguments: Sequence[str], named: Mapping[str, str]) -> str:
    return _argument(arguments, 0) or named.get("1", "").strip()


def _second(arguments: Sequence[str], named: Mapping[str, str]) -> str:
    return _argument(arguments, 1) or named.get("2", "").strip()


def _third(arguments: Sequence[str], named: Mapping[str, str]) -> str:
    return _argument(arguments, 2) or named.get("3", "").strip()


def _last(arguments: Sequence[str], named: Mapping[str, str]) -> str:
    return next((one.strip() for one in reversed(arguments) if one.strip()), _first(arguments, named))


def _convert(arguments: Sequence[str], named: Mapping[str, str]) -> str:
    """``{{convert|5|to|10|mg|gr}}``: the quantity as its author gave it, without what it is converted to."""
    del named
    if len(arguments) >= 4 and arguments[1].strip().lower() in _RANGE_WORDS:
        between = _RANGE_WORDS[arguments[1].strip().lower()]
        return f"{_argument(arguments, 0)}{between}{_argument(arguments, 2)} {_argument(arguments, 3)}"
    return f"{_argument(arguments, 0)} {_argument(arguments, 1)}".strip()


def _value(arguments: Sequence[str], named: Mapping[str, str]) -> str:
    """``{{val|1.5|0.2|e=9|u=mg}}``."""
    text = _argument(arguments, 0)
    if doubt := _argument(arguments, 1):
        text += f" ± {doubt}"
    if exponent := named.get("e", "").strip():
        text += f"×10{raised(exponent, '10')}"
    unit = named.get("u", named.get("ul", "")).strip()
    per = named.get("up", named.get("upl", "")).strip()
    return text + (f" {unit}" if unit else "") + (f"/{per}" if per else "")


def _chemistry(arguments: Sequence[str], named: Mapping[str, str]) -> str:
    """``{{chem|H|2|O}}`` and ``{{chem2|SO4(2−)}}``: digits after letters are lowered, a charge is raised."""
    del named
    formula = "".join(one.strip() for one in arguments)
    charge = _CHARGE.search(formula) if len(arguments) > 1 else None
    body = formula[: charge.start()] if charge else formula
    return _DIGITS.sub(lambda match: lowered(match[1]), body) + (raised(charge[1], "C") if charge else "")


def _isotope(arguments: Sequence[str], named: Mapping[str, str]) -> str:
    del named
    return (
        f"{_argument(arguments, 1) or _argument(arguments, 0)}-{_argument(arguments, 0)}" if len(arguments) > 1 else ""
    )


def _fraction(arguments: Sequence[str], named: Mapping[str, str]) -> str:
    del named
    parts = [one.strip() for one in arguments[:3]]
    if len(parts) == 3:
        return f"{parts[0]} {parts[1]}/{parts[2]}"
    return "/".join(parts) if len(parts) == 2 else f"1/{parts[0]}" if parts else ""


def _items(arguments: Sequence[str], named: Mapping[str, str]) -> str:
    del named
    return "\n" + "\n".join(f"* {one.strip()}" for one in arguments if one.strip()) + "\n"


def _quoted(arguments: Sequence[str], named: Mapping[str, str]) -> str:
    return f"\n{named.get('text', '').strip() or _first(arguments, named)}\n"


def _always(text: str) -> Builder:
    return lambda *_: text


def _table(groups: Mapping[str, Builder]) -> dict[str, Builder]:
    return {name.strip(): build for names, build in groups.items() for name in names.split(",")}


_BUILDERS: dict[str, Builder] = _table({
    "convert,cvt,convinfobox": _convert,
    "val": _value,
    "chem,chem2,ce,chemf,化學式,化学式": _chemistry,
    "nuclide,isotope": _isotope,
    "frac,sfrac,fraction,分數,分数": _fraction,
    "e": lambda arguments, named: f"×10{raised(_first(arguments, named), '10')}",
    "sup,上標,上标": lambda arguments, named: raised(_first(arguments, named), "0"),
    "sub,下標,下标": lambda arguments, named: lowered(_first(arguments, named)),
    "nowrap,nobr,nobreak,abbr,small,big,em,strong,mvar,math,tooltip,smallcaps,sc,notatypo,sic,nobold,noitalic,okina,"
    "as of,term,dfn,code,kbd,var,nihongo,center,link-en,internal link helper,en-link,le,ill,illm,interlanguage link,"
    "le/en,link-ja,link-de,link-fr,yl,zhlink,kai,楷體,bd,le1,samp,gaps,formatnum,number,overline,underline": _first,
    "lang,lang-x,transl,transliteration,lang-la,langwithname2,font,color,script,bo-textonly,rtl-lang": _second,
    "langwithname": _third,
    "tsl,translink,internal link": lambda arguments, named: _third(arguments, named) or _second(arguments, named),
    "annotated link,visible anchor,anchored,vanchor,anchor text": _first,
    "blockquote,quote,cquote,quotation,引用": _quoted,
    "bulleted list,ubl,unbulleted list,plainlist,flatlist,hlist,blist": _items,
    "mdash,emdash,—,破折號,破折号": _always("—"),
    "ndash,endash,–": _always("–"),
    "snd,spnd,spaced ndash,dash": _always(" – "),
    "nbsp,space,thinsp,thin space,hairsp,·,•,dot,middot": _always(" "),
    "=": _always("="),
    "!": _always("|"),
    "clear,-": _always("\n"),
    "br,crlf": _always("\n"),
    "yes,ya,tick,aye": _always("yes"),
    "no,na2,cross,nay": _always("no"),
    "alpha,α": _always("α"),
    "beta,β": _always("β"),
    "gamma,γ": _always("γ"),
    "degree,deg": _always("°"),
    "celsius,°c": _always("°C"),
})  # fmt: skip
