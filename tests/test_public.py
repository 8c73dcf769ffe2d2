"""What `import pywebrtc` gives, and what it costs."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest
import pywebrtc

# Helpers of the package's own modules, and what would shadow builtins.
NOT_AT_THE_ROOT = {"EventHandler", "EventListener", "SyntaxError", "TimeoutError"}


def public_classes():
    for info in pkgutil.iter_modules(pywebrtc.__path__, "pywebrtc."):
        name = info.name.rpartition(".")[2]
        if name.startswith("_") or info.ispkg:
            continue
        module = importlib.import_module(info.name)
        for cls in vars(module).values():
            if isinstance(cls, type) and cls.__module__ == info.name and not cls.__name__.startswith("_"):
                yield cls.__name__


def test_all_names_are_there_once():
    assert len(pywebrtc.__all__) == len(set(pywebrtc.__all__))
    assert all(hasattr(pywebrtc, name) for name in pywebrtc.__all__)


def test_type_checkers_are_told_the_same_names_of_the_same_modules():
    tree = ast.parse(Path(pywebrtc.__file__).with_suffix(".pyi").read_text())
    told = {
        alias.name: f"pywebrtc.{statement.module}" if statement.module else None
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    listed = next(ast.literal_eval(s.value) for s in tree.body if isinstance(s, ast.Assign))
    assert sorted(listed) == sorted(pywebrtc.__all__) == sorted(told)
    for name, module in told.items():
        value = getattr(pywebrtc, name)
        assert value is (getattr(sys.modules[module], name) if module else sys.modules[f"pywebrtc.{name}"])


def test_names_are_imported_when_they_are_used():
    code = (
        "import sys, pywebrtc; "
        "assert set(pywebrtc.__all__) <= set(dir(pywebrtc)); "
        "assert not {'asyncio', 'pywebrtc._native', 'pywebrtc.engine'} & set(sys.modules); "
        "assert pywebrtc.engine is sys.modules['pywebrtc.engine']; "
        "pywebrtc.RTCPeerConnection; "
        "assert 'RTCPeerConnection' in vars(pywebrtc); "
        "assert 'pywebrtc.stats' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="module 'pywebrtc' has no attribute 'RTCPeerConection'"):
        _ = pywebrtc.RTCPeerConection


def test_threads_are_joined_at_exit_whichever_name_was_used():
    code = (
        "import os, sys\n"
        "from pywebrtc import VideoSource\n"
        "source, before = VideoSource(), len(os.listdir('/proc/self/task'))\n"
        "class Late:\n"
        "    def __del__(self, write=os.write, list=os.listdir):\n"
        "        write(1, b'%d, %d' % (before, len(list('/proc/self/task'))))\n"
        "sys.late = Late()\n"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    before, late = map(int, run.stdout.split(", "))
    assert before > 3
    assert late == 1


def test_every_public_class_is_at_the_root():
    assert set(public_classes()) - set(pywebrtc.__all__) == NOT_AT_THE_ROOT


def test_import_starts_no_thread_and_needs_no_numpy():
    code = (
        "import sys, os, pywebrtc; "
        "assert len(os.listdir('/proc/self/task')) == 1; "
        "assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_documentation_has_a_line_for_each_name():
    text = (Path(__file__).parent.parent / "docs" / "api.md").read_text()
    lines = set(re.findall(r"^\* `(?:pywebrtc\.)?(\w+)", text, re.MULTILINE))
    assert lines == set(pywebrtc.__all__) - {"__version__"}
