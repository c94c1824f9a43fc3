"""What of an installed package a function needs. Everything else stays out of the zip.

Of botocore's data only the services that some role allows: a service that is not in `permissions.json` cannot be
called, and a call to it ends in the tests, which run the packed zip alone.
"""

from collections.abc import Collection
from pathlib import PurePosixPath

# Headers, sources of compiled modules, type stubs, and what only a checkout or an installer reads.
_SUFFIXES = frozenset({".c", ".cc", ".cpp", ".h", ".pxd", ".pyi", ".pyx", ".pyc", ".rst", ".in", ".exe"})
_FOLDERS = frozenset({"__pycache__", "SelfTest", "test", "tests", "examples"})
_DIST_INFO = frozenset({"METADATA"})  # `importlib.metadata.version` reads it at import, in the eth packages
_LICENCE = ("LICEN", "COPYING", "NOTICE", "AUTHORS")

# Packages of which one part is used, and that part; the functions ask for nothing else of them.
_ONLY = {
    # keccak-256, behind eth-hash.
    "Crypto": ("__init__.py", "Hash/__init__.py", "Hash/keccak.py", "Hash/_keccak.", "Util/"),
}
_UNUSED = (
    "dns/",  # email-validator asks DNS where it is told to check deliverability; it is told not to
    "dnspython-",
    "dateutil/zoneinfo/",  # a copy of the time zones; the clock here is UTC
    "pydantic/v1/",  # the first version's interface
    "pydantic/mypy.py",
    "pydantic/_hypothesis_plugin.py",
    "cytoolz/",  # toolz does the same, and eth-utils takes it where this is absent
    "cytoolz-",
    "eth_abi/tools/",
    "urllib3/contrib/emscripten/",
    "bin/",
)
_BOTOCORE_DATA = "botocore/data/"
_FOR_EVERY_SERVICE = frozenset({"endpoints.json", "partitions.json", "sdk-default-configuration.json", "_retry.json"})
_OF_A_SERVICE = ("service-2.", "endpoint-rule-set-1.")


def is_wanted(path: str, *, services: Collection[str]) -> bool:
    """Whether a file, named by its path in site-packages, goes into the zip."""
    parts = PurePosixPath(path).parts
    if path.startswith(_BOTOCORE_DATA):
        return _is_wanted_data(parts[2:], services)
    if parts[0].endswith(".dist-info") and not path.startswith(_UNUSED):
        return parts[-1] in _DIST_INFO or parts[-1].startswith(_LICENCE)
    if PurePosixPath(path).suffix in _SUFFIXES or _FOLDERS.intersection(parts[:-1]) or path.startswith(_UNUSED):
        return False
    only = _ONLY.get(parts[0])
    return only is None or path.removeprefix(f"{parts[0]}/").startswith(only)


def _is_wanted_data(parts: tuple[str, ...], services: Collection[str]) -> bool:
    name = parts[-1].removesuffix(".gz")
    if len(parts) == 1:
        return name in _FOR_EVERY_SERVICE
    return parts[0] in services and name.startswith(_OF_A_SERVICE)
