"""Python code for every system: none of it asks of Windows or macOS what only POSIX or Linux has."""

from __future__ import annotations

import ast
import subprocess

import pytest
from cpp_builds import REPOSITORY, find_tool

PACKAGE = REPOSITORY / "python" / "dslite"
#: Paths that only some systems have, and the module that looks at them only there.
SYSTEM_PATHS = {
    "/dev/stdout": "util/atomic.py",
    "/dev/stderr": "util/atomic.py",
    "/proc/self/fd/": "training/bundle/convert.py",
}
ROOTS = ("/dev/", "/proc/", "/sys/", "/tmp/", "/etc/", "/usr/", "/bin/")


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_the_standard_library_has_there_what_is_called(system, tmp_path):
    """The type checker knows of every function and signal which systems have it."""
    mypy = find_tool("mypy")
    if not mypy:
        pytest.skip("mypy not found: pip install 'dslite[lint]'")
    command = [mypy, "--platform", system, "--cache-dir", tmp_path]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def system_paths(tree: ast.AST) -> set[str]:
    """String constants, docstrings aside, that name a place in a POSIX system."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docs]
    return {text for text in texts if isinstance(text, str) and text.startswith(ROOTS)}


def test_no_path_of_one_system_is_taken_for_granted():
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for text in system_paths(ast.parse(path.read_text(encoding="utf-8"))):
            found[text] = path.relative_to(PACKAGE).as_posix()
    assert found == SYSTEM_PATHS


def unnamed_encodings(tree: ast.AST) -> list[int]:
    """Lines that open text in the encoding of whoever runs them, which on Windows is not UTF-8."""
    lines = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or any(word.arg == "encoding" for word in node.keywords):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        modes = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        modes += [word.value.value for word in node.keywords if isinstance(word.value, ast.Constant)]
        is_open = isinstance(node.func, ast.Name) and name == "open"
        if name in ("read_text", "write_text") or (is_open and not any("b" in str(mode) for mode in modes)):
            lines.append(node.lineno)
    return lines


def test_text_is_utf8_whatever_the_locale():
    found = {
        path.relative_to(PACKAGE).as_posix(): lines
        for path in sorted(PACKAGE.rglob("*.py"))
        if (lines := unnamed_encodings(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_the_checks_find_what_they_look_for():
    assert system_paths(ast.parse('"""/dev/null in a docstring"""\nx = "/dev/null"')) == {"/dev/null"}
    assert unnamed_encodings(
        ast.parse("open(p)\nopen(p, 'rb')\np.read_text()\nopen(p, encoding='utf-8')")
    ) == [1, 3]
