"""A task's cases as evaluation items: the same words, schema and answer that training and service see. Knows no run."""

from __future__ import annotations

from medgo.schema import EvalItem, Lang
from medgo.tasks.definition import Form, InputT, OutputT, Task


def eval_item(
    task: Task[InputT, OutputT],
    value: InputT,
    good: OutputT,
    lang: Lang,
    *,
    item_id: str,
    form: Form = "text",
) -> EvalItem:
    """One case of a task to be answered and judged.

    Args:
        task: What is asked.
        value: The case.
        good: A good answer: the reference that a judge compares with.
        lang: Language of the case.
        item_id: Unique among the items of the task.
        form: Whether text or JSON is asked for; JSON items carry the schema in ``meta["json_schema"]``.

    Returns:
        An item of the benchmark ``task_<name>``, whose conversation is the task's own prompt.
    """
    messages = task.messages(value, lang, form)
    meta = {"form": form, "task": task.name} | ({"json_schema": task.json_schema} if form == "json" else {})
    return EvalItem(
        id=item_id,
        benchmark=f"task_{task.name}",
        lang=lang,
        question=messages[-1].content,
        reference=task.render(good, lang, form),
        conversation=messages,
        category=task.name,
        meta=meta,
    )
