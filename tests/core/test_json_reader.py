"""The one reader of JSON: nesting is bounded before a parser sees it, and no other reads what is from outside."""

import ast
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chalicelib
from chalicelib.core import json_reader
from chalicelib.core.json_reader import MAX_DEPTH, NotJson, nests_deeper, read_json

ROOT = Path(chalicelib.__file__).parent
# What these read is written by the platform itself: rows, its own files and documents, and answers of AWS.
_READERS_OF_OUR_OWN = {
    "chain/abi.py",
    "core/envelopes.py",
    "core/items.py",
    "core/json_reader.py",
    "core/sealing.py",
    "core/tables.py",
    "pages/routes/console/deliveries.py",
    "pages/routes/console/dreamspace.py",
    "pages/service/samples.py",
    "reference/document.py",
    "webhooks/schemas.py",
    "webhooks/service/events.py",
}
_PARSERS = {"loads", "from_json", "model_validate_json", "validate_json", "JSONDecoder"}
_DEEP = [b"[" * 100_000, b'{"a":' * 100_000, b'[{"a":' * 50_000, b'["' + b"]" * 9 + b'",' + b"[" * 100_000]
# With the limit of recursion raised, as an embedded chain does, the parser of Python 3.11 ends the process.
_PROGRAM = """
import importlib.util, sys
sys.setrecursionlimit(1_000_000)
spec = importlib.util.spec_from_file_location("json_reader", sys.argv[1])
reader = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reader)
for raw in (b"[" * 100_000, b'{"a":' * 100_000, b'"' + b'\\\\"' * 9 + b'",' + b"[" * 100_000):
    try:
        reader.read_json(raw)
    except reader.NotJson as error:
        print(error)
"""


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


nested = st.recursive(
    st.text('[]{}"\\aé', max_size=6) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[{"\\', max_size=3), inner, max_size=3),
    max_leaves=30,
)


@given(nested, st.integers(1, 8), st.booleans())
def test_depth_is_counted_as_the_parsed_value_has_it(value: Any, limit: int, escaped: bool) -> None:
    raw = json.dumps(value, ensure_ascii=escaped).encode()
    assert nests_deeper(raw, limit) is (_depth(value) > limit)


@given(st.binary(max_size=40) | st.text('[]{}"\\,: a', max_size=40).map(str.encode))
def test_whatever_is_read_is_read_as_python_reads_it(raw: bytes) -> None:
    try:
        value = read_json(raw)
    except NotJson:
        return
    assert value == json.loads(raw)


@pytest.mark.parametrize("raw", _DEEP, ids=range(len(_DEEP)))
def test_deep_nesting_is_refused_before_a_parser_recurses(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", lambda *_, **__: pytest.fail("a parser was asked"))
    with pytest.raises(NotJson, match=f"deeper than {MAX_DEPTH} levels"):
        read_json(raw)


@pytest.mark.parametrize("raw", [b'"' + b'\\"' * 2_000_000, b'"' * 4_000_000, b"[" * 4_000_000, b"\\" * 4_000_000])
def test_no_text_makes_the_count_slow(raw: bytes) -> None:
    started = time.thread_time()
    nests_deeper(b"[" * 40 + raw, 40)
    assert time.thread_time() - started < 10


def _pythons() -> list[str]:
    """This Python, and any 3.11 and 3.12 of pyenv's."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return [sys.executable, *(str(found) for found in sorted(versions.glob("3.1[12].*/bin/python")))]


@pytest.mark.parametrize("python", _pythons())
def test_hundred_thousand_brackets_end_no_process(python: str) -> None:
    done = subprocess.run(
        [python, "-c", _PROGRAM, str(json_reader.__file__)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(f"nests deeper than {MAX_DEPTH} levels") == 3


def test_no_other_module_parses_json_from_outside() -> None:
    parsing = {
        str(source.relative_to(ROOT))
        for source in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in _PARSERS
    }
    assert parsing == _READERS_OF_OUR_OWN
