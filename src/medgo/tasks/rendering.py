"""An output in either form, the words that ask for that form, and its JSON Schema. Knows no task.

The text form is written in :mod:`medgo.tasks.writing` and read in :mod:`medgo.tasks.reading`.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import ValidationError

from medgo.errors import InputError
from medgo.schema import Lang
from medgo.tasks.definition import Form, TaskModel
from medgo.tasks.layout import layout_of
from medgo.tasks.reading import build, read_text
from medgo.tasks.writing import write_outline, write_text

M = TypeVar("M", bound=TaskModel)

_TEXT_FORM = {
    "zh": "按下面的标题和顺序书写，标题不变，每个标题另起一行；列表逐条编号，尖括号处直接写内容。"
    "除此之外不要输出其他内容。",
    "en": "Write these headings in this order and wording, each on a line of its own; number the items of a "
    "list, which open with what stands in angle brackets. Write nothing else.",
}
_JSON_FORM = {
    "zh": "只输出一个 JSON 对象，键名和顺序如下，值用中文书写；没有内容的文本写空字符串，没有内容的列表写空列表。",
    "en": "Reply with one JSON object and nothing else, with these keys in this order and values in English; "
    "write an empty string or an empty list where there is nothing to say.",
}
# pydantic's messages in Chinese, by its type of error.
_WRONG = {
    "extra_forbidden": "没有这个字段",
    "string_type": "应为字符串",
    "string_too_short": "不能为空",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "list_type": "应为列表",
    "tuple_type": "应为列表",
    "model_type": "应为 JSON 对象",
    "literal_error": "不是允许的取值",
}


def form_instruction(model: type[TaskModel], lang: Lang, form: Form) -> str:
    """What a prompt says about the form of the reply."""
    if form == "text":
        return f"{_TEXT_FORM[lang]}\n\n{write_outline(model, lang)}"
    return f"{_JSON_FORM[lang]}\n\n{json.dumps(_shape(model, lang), ensure_ascii=False, indent=1)}"


def schema_of(model: type[TaskModel]) -> dict[str, Any]:
    """JSON Schema of an output for constrained decoding.

    Every property is required, in the order in which it is written, and nothing else is allowed: a model that may leave
    out a section will. Each property keeps its titles (``title`` in English, ``description`` in Chinese).
    """
    layout_of(model)  # says what of the model the text form could not hold
    schema: dict[str, Any] = _strict(model.model_json_schema())
    return schema


def render_output(output: TaskModel, lang: Lang, form: Form) -> str:
    """The output as a model should write it; JSON is compact, as constrained decoding writes it."""
    if form == "json":
        return json.dumps(output.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
    return write_text(output, lang)


def read_output(model: type[M], reply: str, lang: Lang, form: Form) -> M:
    """Read a reply.

    Raises:
        InputError: It does not fit; names what is missing or wrong.
    """
    return read_text(model, reply, lang) if form == "text" else build(model, _json_object(reply), lang)


def read_input(model: type[M], text: str, lang: Lang, where: str = "the input") -> M:
    """Read a task's input from JSON text, as a user wrote it.

    Args:
        model: The task's input.
        text: The JSON.
        lang: Language of the messages.
        where: What holds the text, for the messages: a file's name.

    Raises:
        InputError: It is no JSON object, or a field is missing, unknown or wrong; names its key.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        said = f"{where} 不是 JSON：{error}" if lang == "zh" else f"{where} is no JSON: {error}"
        raise InputError(said) from error
    if not isinstance(value, dict):
        raise InputError(f"{where} 不是 JSON 对象" if lang == "zh" else f"{where} is no JSON object")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        said = f"{where} 不符合要求：" if lang == "zh" else f"{where} does not fit: "
        raise InputError(said + _explain_keys(error, lang)) from error


def _explain_keys(error: ValidationError, lang: Lang) -> str:
    """What is missing or wrong, by the keys of the JSON that a user has before him."""
    missing = [_key(found["loc"]) for found in error.errors() if found["type"] == "missing"]
    wrong = [
        f"{_key(found['loc'])}: {_WRONG.get(found['type'], found['msg']) if lang == 'zh' else found['msg']}"
        for found in error.errors()
        if found["type"] != "missing"
    ]
    lacks = f"{'缺少' if lang == 'zh' else 'missing'}: {', '.join(missing)}"
    return ("；" if lang == "zh" else "; ").join(([lacks] if missing else []) + wrong)


def _key(loc: tuple[int | str, ...]) -> str:
    """A place in JSON: ``drugs[0].dose``."""
    parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc)
    return "".join(parts).removeprefix(".")


def _json_object(reply: str) -> dict[str, Any]:
    """The JSON object of a reply: alone, in a code fence, or behind a remark."""
    start = reply.find("{")
    if start < 0:
        raise InputError(f"the reply holds no JSON object: {reply[:80]!r}")
    try:
        value, end = json.JSONDecoder().raw_decode(reply, start)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the reply's JSON is broken or cut off: {error}") from error
    if "{" in reply[end:]:
        raise InputError("the reply holds more than one JSON object")
    return dict(value)


def _shape(model: type[TaskModel], lang: Lang) -> dict[str, Any]:
    """The keys of an output with their titles as values: what the prompt shows."""
    shape: dict[str, Any] = {}
    for field in layout_of(model):
        if field.kind in ("model", "models"):
            inner: Any = _shape(field.model, lang)
        else:
            values = (
                " | ".join(str(value) for value in field.choices[lang]) if field.type is not bool else "true | false"
            )
            words = " / ".join(field.choices[lang].values())
            inner = f"{field.titles[lang]}: {values} ({words})" if field.choices[lang] else field.titles[lang]
        shape[field.name] = [inner] if field.kind in ("models", "scalars") else inner
    return shape


def _strict(node: Any) -> Any:
    """A pydantic schema with every property required, nothing else allowed, and no keyword but JSON Schema's own."""
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    out: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs"):
            out[key] = {name: _strict(inner) for name, inner in value.items()}
        elif key == "zh":
            out["description"] = value
        elif key not in ("en", "loinc", "de", "also", "choices", "default", "required", "description"):
            out[key] = _strict(value)
    if "properties" in out:
        out["required"] = list(out["properties"])
        out["additionalProperties"] = False
    return out
