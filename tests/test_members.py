"""docs/members.md: a row for each member, in each row tests that exist."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from members import MEMBERS, page
from pywebrtc import RTCPeerConnection
from pywebrtc.eventtarget import EventHandler

TESTS = Path(__file__).parent
ROWS = [(section, name, tests) for section, members in MEMBERS.items() for name, tests in members.items()]

# Ours, and what MDN's page has on pages of its own: the other obsolete members, and identity's attributes.
NOT_ON_THE_PAGE = {
    "getLocalStreams",
    "getRemoteStreams",
    "getStreamById",
    "idpErrorInfo",
    "idpLoginUrl",
    "wait_closed",
}


def functions(module: str) -> set[str]:
    tree = ast.parse((TESTS / f"{module}.py").read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("section", "name", "tests"), ROWS, ids=[name for _, name, _ in ROWS])
def test_the_member_works_and_its_tests_exist(section, name, tests):
    assert tests
    for test in tests:
        module, _, function = test.partition("::")
        assert function in functions(module)
    if "vents" in section:
        assert isinstance(getattr(RTCPeerConnection, f"on{name}"), EventHandler)
    else:
        assert hasattr(RTCPeerConnection, "__init__" if section == "Constructor" else name.removesuffix("()"))


def test_no_member_is_left_out():
    public = {name for cls in RTCPeerConnection.__mro__[:2] for name in vars(cls) if not name.startswith("_")}
    rows = {f"on{name}" if "vents" in section else name.removesuffix("()") for section, name, _ in ROWS}
    assert public - {"addEventListener"} - rows <= NOT_ON_THE_PAGE


def test_the_page_is_made_anew():
    assert (TESTS.parent / "docs" / "members.md").read_text() == page(), (
        "python tests/members.py > docs/members.md"
    )
