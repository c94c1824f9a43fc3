"""What of an installed package a function needs. Everything else stays out of the zip.

Of botocore's data only the services that some role allows: a service that is not in `permissions.json` cannot be
called, and a test that calls it with the packed zip fails.
"""

from collections.abc import Collection
from pathlib import PurePosixPath

# Headers, sources of compiled modules, type stubs, and what only a checkout or an installer reads.
_SUFFIXES = frozenset({".c", ".cc", ".cpp", ".h", ".pxd", ".pyi", ".pyx", ".pyc", ".rst", ".in", ".exe"})
_FOLDERS = frozenset({"__pycache__", "SelfTest", "test", "tests", "examples"})
_DIST_INFO = frozenset({"METADATA"})
# These read their METADATA by `importlib.metadata.version` when they are imported.
_ASK_FOR_THEIR_VERSION = ("eth_", "rlp-")
_LICENCE = ("LICEN", "COPYING", "NOTICE", "AUTHORS")

# Packages of which one part is used, and that part; the functions ask for nothing else of them.
_ONLY = {
    # keccak-256, AES-GCM, and ES256 with what it imports. Without cffi this package loads by ctypes, which is three
    # times as quick; without GMP nothing looks for a library that Lambda does not have.
    "Crypto": (
        "__init__.py",
        *(f"Cipher/{name}." for name in ("__init__", "AES", "DES", "DES3", "_raw_aes", "_raw_aesni")),
        *(f"Cipher/{name}." for name in ("_mode_ctr", "_mode_ecb", "_mode_gcm", "_raw_ctr", "_raw_ecb")),
        *(f"Cipher/{name}." for name in ("_raw_des", "_raw_des3", "_Salsa20")),
        *(f"Hash/{name}." for name in ("__init__", "BLAKE2s", "CMAC", "HMAC", "MD5", "SHA1", "SHA256", "SHA512")),
        *(f"Hash/{name}." for name in ("SHAKE256", "keccak", "_BLAKE2s", "_MD5", "_SHA1", "_SHA256", "_SHA512")),
        *(f"Hash/{name}." for name in ("_keccak", "_ghash_clmul", "_ghash_portable")),
        "IO/",
        *(f"Math/{name}." for name in ("__init__", "Numbers", "Primality", "_modexp")),
        *(f"Math/{name}." for name in ("_IntegerBase", "_IntegerCustom", "_IntegerNative")),
        *(f"Protocol/{name}." for name in ("__init__", "KDF", "_scrypt")),
        *(f"PublicKey/{name}." for name in ("__init__", "DSA", "ECC", "_curve", "_ec_ws", "_nist_ecc", "_point")),
        "Random/",
        *(f"Signature/{name}." for name in ("__init__", "DSS")),
        "Util/",
    ),
}
_UNUSED = (
    "docs/",  # that a package installs beside itself
    "dns/",  # email-validator asks DNS where it is told to check deliverability; it is told not to
    "dnspython-",
    "dateutil/zoneinfo/",  # a copy of the time zones; the clock here is UTC
    "dateutil/rrule.py",  # calendars' rules of repetition
    "dateutil/easter.py",
    "dateutil/utils.py",
    "dateutil/tz/win.py",  # time zones as Windows keeps them; elsewhere its import fails, which is expected
    "dateutil/tzwin.py",
    # The sources of the time zones and tables about them; Python reads the compiled zones.
    *(f"tzdata/zoneinfo/{name}" for name in ("tzdata.zi", "leapseconds", "iso3166.tab")),
    *(f"tzdata/zoneinfo/{name}" for name in ("zone.tab", "zone1970.tab", "zonenow.tab")),
    "Crypto/Util/RFC1751.py",  # keys as English words
    "annotated_types/test_cases.py",
    "botocore/stub.py",  # made-up answers, for tests
    "email_validator/deliverability.py",  # asks DNS
    "email_validator/__main__.py",
    "jwt/help.py",
    "idna/__main__.py",
    "idna/cli.py",
    "idna/codec.py",  # a codec, only for programs that import it
    "oauthlib/openid/",
    "oauthlib/oauth2/rfc8628/",  # devices without a browser
    "oauthlib/oauth2/rfc6749/clients/",
    *(f"oauthlib/oauth2/rfc6749/endpoints/{name}.py" for name in ("introspect", "metadata", "pre_configured")),
    "oauthlib/oauth2/rfc6749/endpoints/resource.py",
    "oauthlib/oauth1/",  # the older protocol; here only OAuth 2 is spoken
    "jinja2/ext.py",  # templates here use no extension, no sandbox
    "jinja2/sandbox.py",
    "jinja2/meta.py",  # looks into templates, for other tools
    "jinja2/nativetypes.py",  # templates that give values instead of text
    "jinja2/constants.py",  # words of Latin to fill pages with
    "tlz/",  # either of toolz and cytoolz, under one name
    "eth_utils/curried/",
    "segno/cli.py",
    "segno/helpers.py",  # codes for business cards, wireless networks, payments
    "pydantic/experimental/",
    "pydantic/color.py",
    "urllib3/contrib/pyopenssl.py",
    "urllib3/contrib/socks.py",  # a kind of proxy, which asks for a package that is not here
    "pydantic/v1/",  # the first version's interface
    "pydantic/deprecated/",  # the first version's methods of present classes, loaded by a call of them
    "pydantic/mypy.py",
    # Names of the first version that only say where they went.
    *(f"pydantic/{name}.py" for name in ("class_validators", "datetime_parse", "decorator", "env_settings")),
    *(f"pydantic/{name}.py" for name in ("error_wrappers", "generics", "json", "parse", "schema", "tools")),
    *(f"pydantic/{name}.py" for name in ("typing", "utils", "validators")),
    # Functions that check their arguments, validators of the first version, and a look at the commit of a checkout.
    "pydantic/validate_call_decorator.py",
    *(f"pydantic/_internal/{name}.py" for name in ("_validate_call", "_decorators_v1", "_git")),
    "pydantic/_hypothesis_plugin.py",
    "cytoolz/",  # toolz does the same, and eth-utils takes it where this is absent
    "cytoolz-",
    "eth_abi/tools/",
    "urllib3/contrib/emscripten/",
    "urllib3/http2/connection.py",  # HTTP/2, which needs a package that is not here
    "bin/",
)
# Tables and declarations of which only the compiled form is read. Tracebacks would read the source, but no error
# happens in these, so it is packed empty.
COMPILED_ALONE = frozenset({"idna/uts46data.py", "idna/idnadata.py", "pydantic_core/core_schema.py"})
_BOTOCORE_DATA = "botocore/data/"
_FOR_EVERY_SERVICE = frozenset({"endpoints.json", "partitions.json", "sdk-default-configuration.json", "_retry.json"})
_OF_A_SERVICE = ("service-2.", "endpoint-rule-set-1.")


def is_wanted(path: str, *, services: Collection[str]) -> bool:
    """Whether a file, named by its path in site-packages, goes into the zip."""
    parts = PurePosixPath(path).parts
    if path.startswith(_BOTOCORE_DATA):
        return _is_wanted_data(parts[2:], services)
    if parts[0].endswith(".dist-info") and not path.startswith(_UNUSED):
        asks = path.startswith(_ASK_FOR_THEIR_VERSION)
        return (asks and parts[-1] in _DIST_INFO) or parts[-1].startswith(_LICENCE)
    if PurePosixPath(path).suffix in _SUFFIXES or _FOLDERS.intersection(parts[:-1]) or path.startswith(_UNUSED):
        return False
    only = _ONLY.get(parts[0])
    return only is None or path.removeprefix(f"{parts[0]}/").startswith(only)


def _is_wanted_data(parts: tuple[str, ...], services: Collection[str]) -> bool:
    name = parts[-1].removesuffix(".gz")
    if len(parts) == 1:
        return name in _FOR_EVERY_SERVICE
    return parts[0] in services and name.startswith(_OF_A_SERVICE)
