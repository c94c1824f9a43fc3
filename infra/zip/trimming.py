"""Files of libraries, without the parts that no call of ours reads.

What botocore knows of a service is three quarters documentation, and most operations are never called; its table of
endpoints has every service of AWS. Both are parsed while a function starts. Endpoints themselves come from each
service's rules, which stay whole. eth-utils and eth-typing have the names of 1,500 chains, but the settings name the
chains here. The comments beside the certificates of authorities are left out.
"""

import gzip
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pynamodb
from botocore import xform_name
from botocore.loaders import Loader

from infra import ROOT

Operations = Mapping[str, Collection[str]]
"""The operations of AWS's services that are called, by service."""

_CALLING = (ROOT / "chalicelib", Path(pynamodb.__file__).parent)
_DESCRIPTION = "/service-2.json.gz"
_ENDPOINTS = "botocore/data/endpoints.json"
_CHAINS = "eth_utils/__json/eth_networks.json"
_CHAIN_IDS = "eth_typing/networks.py"
_CHAIN_ID = re.compile(rb"^    [A-Z_][A-Z0-9_]* = [0-9]+\n", re.MULTILINE)
_AUTHORITIES = "botocore/cacert.pem"
# Packages that import all of their modules. Our code imports those that it uses; most others are not packed.
_EMPTIED = frozenset({"oauthlib/oauth2/__init__.py", "oauthlib/oauth2/rfc6749/endpoints/__init__.py"})
# Services whose folder in botocore is not what their addresses begin with.
_ADDRESSED_AS = {"cloudwatch": "monitoring", "ses": "email"}


@cache
def called_operations(services: frozenset[str]) -> Operations:
    """The operations whose names, as botocore or as AWS writes them, stand anywhere in the code that calls AWS."""
    words = {
        word for root in _CALLING for path in root.rglob("*.py") for word in re.findall(r"\w+", path.read_text("utf-8"))
    }
    known = {service: Loader().load_service_model(service, "service-2")["operations"] for service in sorted(services)}
    return {
        service: frozenset(name for name in operations if not words.isdisjoint((name, xform_name(name))))
        for service, operations in known.items()
    }


def trimmed(path: str, content: bytes, *, operations: Operations) -> tuple[str, bytes]:
    """A file as it is packed: its path and content."""
    if path in _EMPTIED:
        return path, b""
    if path == _CHAINS:
        return path, _packed([])
    if path == _CHAIN_IDS:
        return path, _CHAIN_ID.sub(b"", content) + b"    ETH = 1\n"
    if path == _ENDPOINTS:
        return path, _packed(_endpoints(json.loads(content), operations))
    if path.startswith("botocore/data/") and path.endswith(_DESCRIPTION):
        whole = json.loads(gzip.decompress(content))
        return path.removesuffix(".gz"), _packed(_undocumented(_only(operations[path.split("/")[2]], whole)))
    if path == _AUTHORITIES:
        return path, b"".join(line for line in content.splitlines(keepends=True) if line.strip() and line[:1] != b"#")
    return path, content


def _only(operations: Collection[str], description: dict[str, Any]) -> dict[str, Any]:
    """The description with these operations, the shapes that they lead to, and every error."""
    kept = {name: each for name, each in description["operations"].items() if name in operations}
    shapes = description["shapes"]
    waiting = [*_shapes_of(kept), *(name for name, shape in shapes.items() if shape.get("exception"))]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _shapes_of(shapes[name])
    return {
        **description,
        "operations": kept,
        "shapes": {name: shape for name, shape in shapes.items() if name in reached},
    }


def _shapes_of(description: Any) -> Iterator[str]:
    """Every shape that a part of a description refers to."""
    parts: Iterable[Any] = ()
    if isinstance(description, dict):
        if isinstance(description.get("shape"), str):
            yield description["shape"]
        parts = description.values()
    elif isinstance(description, list):
        parts = description
    for part in parts:
        yield from _shapes_of(part)


def _endpoints(table: dict[str, Any], services: Iterable[str]) -> dict[str, Any]:
    wanted = {_ADDRESSED_AS.get(service, service) for service in services}
    for partition in table["partitions"]:
        partition["services"] = {name: entry for name, entry in partition["services"].items() if name in wanted}
    return table


def _undocumented(description: Any) -> Any:
    """The description with every `documentation` text empty. A member of that name is an object, and stays."""
    if isinstance(description, dict):
        return {
            name: "" if name == "documentation" and isinstance(value, str) else _undocumented(value)
            for name, value in description.items()
        }
    if isinstance(description, list):
        return [_undocumented(each) for each in description]
    return description


def _packed(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
