"""Which headers a partner may add to our requests, and how ours and theirs are joined. Pure."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from chalicelib.core.egress.refusals import HeaderRefused

MAX_NAME_LENGTH: Final = 128
MAX_VALUE_LENGTH: Final = 4096

# These decide where a message ends, whom it is for and how the connection goes on: only the client sets them.
FRAMING: Final = frozenset(
    {
        "accept-encoding", "connection", "content-length", "expect", "host", "http2-settings", "keep-alive",
        "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
SIGNATURE_PREFIX: Final = "webhook-"

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")
_VALUE = re.compile(r"[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?|")


def check_headers(headers: Mapping[str, str], *, ours: Collection[str] = ()) -> None:
    """Checks each header, and that no two have one name, whatever its case. Raises `HeaderRefused`."""
    if len({name.lower() for name in headers}) < len(headers):
        raise HeaderRefused("two of them have one name")
    for name, value in headers.items():
        check_header(name, value, ours=ours)


def check_header(name: str, value: str, *, ours: Collection[str] = ()) -> None:
    """Raises `HeaderRefused` unless a partner may have us send this header; called when it is registered.

    `ours` are other headers that the caller sets itself, in lower case.
    """
    _check_text(name, value)
    lowered = name.lower()
    if lowered in FRAMING or lowered in ours or lowered.startswith(SIGNATURE_PREFIX):
        raise HeaderRefused(f"The header {name} is set by this service.")


def join_headers(*, own: Mapping[str, str], partner: Mapping[str, str]) -> dict[str, str]:
    """One set with lower-case names: ours, and those of the partner's that are allowed and that we do not set.

    Raises `HeaderRefused` for one of ours that names a framing header or holds a line end: that is a fault of
    our caller. A partner's is left out instead, since it was refused when it was registered.
    """
    joined: dict[str, str] = {}
    for name, value in partner.items():
        try:
            check_header(name, value)
        except HeaderRefused:
            continue
        joined[name.lower()] = value
    for name, value in own.items():
        _check_text(name, value)
        if name.lower() in FRAMING:
            raise HeaderRefused(f"The header {name} is set by the egress client.")
        joined[name.lower()] = value
    return joined


def _check_text(name: str, value: str) -> None:
    if len(name) > MAX_NAME_LENGTH or not _TOKEN.fullmatch(name):
        raise HeaderRefused("The header's name must be a token of letters, digits and hyphens.")
    if len(value) > MAX_VALUE_LENGTH:
        raise HeaderRefused(f"The header {name} is longer than {MAX_VALUE_LENGTH} characters.")
    if not _VALUE.fullmatch(value):
        raise HeaderRefused(
            f"The header {name} holds a control character or one outside Latin-1, or a space at its end."
        )
