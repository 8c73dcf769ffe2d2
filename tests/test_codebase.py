"""What the code base has agreed on with itself: the rules of cpp/, versions, names and docstrings."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest
import pywebrtc
from pywebrtc import _native

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "python" / "pywebrtc"
CORE = sorted((ROOT / "cpp" / "core").glob("*.*"))
BIND = sorted((ROOT / "cpp" / "bind").glob("*.*"))
MODULES = sorted(
    ".".join(("pywebrtc", *path.relative_to(PACKAGE).with_suffix("").parts))
    for path in PACKAGE.rglob("*.py")
    if not any(part.startswith("_") for part in path.relative_to(PACKAGE).parts)
)

# Here and not in a test: numpy starts threads.
IMPORTED = {module: importlib.import_module(module) for module in MODULES}


def code(path: Path) -> str:
    """A C++ file without its comments and strings."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    return re.sub(r'"(?:\\.|[^"\\\n])*"(?!>)', '""', text) if path in BIND else text


def test_there_is_something_to_look_at():
    assert len(CORE) > 20
    assert len(BIND) > 10
    assert len(MODULES) > 10


@pytest.mark.parametrize(
    "forbidden",
    [
        # Rule 1: no native thread touches Python.
        r"\bgil_scoped_acquire\b",
        r"\bPyGILState\w*",
        r"\bpy(?:bind11)?::function\b",
        # Rule 5: references point down only.
        r"\bkeep_alive\b",
        r"^\s+(?:const )?py(?:bind11)?::(?:object|handle|dict|list|tuple|function) \w+_;",
        # Rule 8: no what() is parsed.
        r"\bwhat\(\)",
    ],
)
def test_forbidden_in_cpp(forbidden):
    found = [p.name for p in CORE + BIND if re.search(forbidden, code(p), re.MULTILINE)]
    assert found == []


def test_the_core_knows_no_python():
    found = [p.name for p in CORE if re.search(r"Python\.h|pybind11|\bpy::|\bPy[A-Z_]\w*\(", code(p))]
    assert found == []


def test_the_binding_has_no_threads_locks_or_observers():
    forbidden = r"\bMutex\b|std::thread|std::mutex|PostTask|BlockingCall|Observer\b|SinkInterface"
    assert [p.name for p in BIND if re.search(forbidden, code(p))] == []


def test_threads_are_joined_in_one_place():
    """Rule 7."""
    joins = r"\.join\(\)|\b(?:signaling|worker|network|thread)\w*(?:\(\))?->(?:Stop|Join)\("
    assert [p.name for p in CORE if re.search(joins, code(p))] == ["engine.cc"]


def test_what_no_verb_may_call():
    """Those that abort under unified plan, and the observers' racy overloads."""
    forbidden = r"\b(?:AddStream|RemoveStream|SetSessionDescriptionObserver)\b"
    assert [p.name for p in CORE if re.search(forbidden, code(p))] == []


def test_versions_agree():
    version = re.search(r'__version__ = "([^"]+)"', (PACKAGE / "_version.py").read_text())
    assert version
    assert pywebrtc.__version__ == version[1] == _native.__version__


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_a_docstring(module):
    imported = IMPORTED[module]
    assert imported.__doc__, module
    missing = []
    for name, value in vars(imported).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module:
            continue
        if (inspect.isclass(value) or inspect.isfunction(value)) and not inspect.getdoc(value):
            missing.append(name)
        if inspect.isclass(value):
            missing += [
                f"{name}.{member}"
                for member, attribute in vars(value).items()
                if not member.startswith("_")
                and (
                    isinstance(attribute, property | classmethod | staticmethod)
                    or inspect.isfunction(attribute)
                )
                and not inspect.getdoc(attribute)
            ]
    assert missing == []


def test_what_the_root_exports_is_there():
    assert len(set(pywebrtc.__all__)) == len(pywebrtc.__all__)
    for name in pywebrtc.__all__:
        assert getattr(pywebrtc, name) is not None
    assert set(pywebrtc.__all__) <= set(dir(pywebrtc))


def test_what_w3c_interfaces_exist_are_at_the_root():
    for module in IMPORTED.values():
        if module.__name__.startswith("pywebrtc.contrib"):  # MediaRecorder there writes files
            continue
        for name, value in vars(module).items():
            if inspect.isclass(value) and re.match(r"RTC|Media", name) and not name.endswith("Init"):
                assert getattr(pywebrtc, name, None) is value, name


def test_the_stub_names_what_the_module_has():
    """CI compares the stub with a new one; this says it at once and without tools."""
    stub = ast.parse((PACKAGE / "_native.pyi").read_text())
    declared = {node.name: node for node in stub.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    public = {name for name in dir(_native) if not name.startswith("_")}
    assert set(declared) == public
    for name, node in declared.items():
        if isinstance(node, ast.ClassDef):
            methods = {n.name for n in node.body if isinstance(n, ast.FunctionDef)}
            real = {n for n in vars(getattr(_native, name)) if not n.startswith("_")}
            assert {m for m in methods if not m.startswith("_")} == real, name


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_no_test_or_tool_in_the_package(path):
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    assert not imported & {"pytest", "hypothesis", "unittest", "pybind11", "tests"}
