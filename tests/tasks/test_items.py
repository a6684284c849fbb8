import json

import pytest

from medgo.schema import Lang
from medgo.tasks.definition import Form
from medgo.tasks.items import eval_item
from medgo.tasks.registry import all_tasks


@pytest.mark.parametrize("task", all_tasks(), ids=lambda task: task.name)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_an_item_asks_what_a_row_asks_and_its_reference_reads_back(task, lang: Lang, form: Form) -> None:  # type: ignore[no-untyped-def]
    example = task.examples[lang]
    item = eval_item(task, example.input, example.output, lang, item_id="1", form=form)
    assert item.conversation == task.messages(example.input, lang, form)
    assert task.read(item.reference, lang, form) == example.output
    assert item.key != eval_item(task, example.input, example.output, lang, item_id="2", form=form).key
    assert ("json_schema" in item.meta) == (form == "json")
    json.dumps(item.meta)
