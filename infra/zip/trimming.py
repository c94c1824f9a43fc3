"""Files of libraries, without the parts that no call of ours reads.

botocore's descriptions of operations are three quarters documentation, and its table of endpoints has every service of
AWS; both are parsed while a function starts. Endpoints themselves come from each service's rules, which stay whole.
eth-utils names 1,500 chains, and the settings name those that count here. Certificates of authorities have comments.
"""

import gzip
import json
from collections.abc import Collection
from typing import Any

_DESCRIPTION = "/service-2.json.gz"
_ENDPOINTS = "botocore/data/endpoints.json"
_CHAINS = "eth_utils/__json/eth_networks.json"
_AUTHORITIES = "botocore/cacert.pem"
# Services whose folder in botocore is not what their addresses begin with.
_ADDRESSED_AS = {"cloudwatch": "monitoring", "ses": "email"}


def trimmed(path: str, content: bytes, *, services: Collection[str]) -> tuple[str, bytes]:
    """A file as it is packed: its path and content."""
    if path == _CHAINS:
        return path, _packed([])
    if path == _ENDPOINTS:
        return path, _packed(_endpoints(json.loads(content), services))
    if path.startswith("botocore/data/") and path.endswith(_DESCRIPTION):
        return path.removesuffix(".gz"), _packed(_undocumented(json.loads(gzip.decompress(content))))
    if path == _AUTHORITIES:
        return path, b"".join(line for line in content.splitlines(keepends=True) if line.strip() and line[:1] != b"#")
    return path, content


def _endpoints(table: dict[str, Any], services: Collection[str]) -> dict[str, Any]:
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
