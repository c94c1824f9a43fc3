"""The head of an answer: status line and headers as h11 takes them, made from what peers really send. Pure.

Only the status line must be valid. A header line that is not is left out, and where the headers contradict each other
about the body's length, the body ends with the connection.
"""

import re
from typing import Final

HTTP: Final = b"HTTP/"
_END = re.compile(rb"\r?\n\r?\n")
_LONGEST_END = 4
_LONGEST_SHOWN: Final = 60
_LINE_END = re.compile(rb"\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.(?P<minor>[01])[ \t]+(?P<status>[1-9][0-9]{2})(?:[ \t].*)?", re.DOTALL)
_NAME = re.compile(rb"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})

Header = tuple[bytes, bytes]


def split_head(received: bytes, *, new: int) -> tuple[bytes, bytes] | None:
    """The head, without the empty line that ends it, and what follows; None while it is not complete.

    `new` is how many bytes came last, so that a peer that sends one at a time does not make us search all each time.
    """
    end = _END.search(received, max(0, len(received) - new - _LONGEST_END))
    return None if end is None else (received[: end.start()], received[end.end() :])


def tidied(head: bytes) -> bytes | None:
    """The head in strict form, its empty line included; None for one without a status line of HTTP/1."""
    first, *lines = _LINE_END.split(head)
    status_line = _STATUS_LINE.fullmatch(first)
    if status_line is None:
        return None
    received = _headers(lines)
    headers = [header for header in received if header[0].lower() not in _FRAMING] + _framing(received)
    text = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return b"HTTP/1.%b %b \r\n%b\r\n" % (status_line["minor"], status_line["status"], text)


def first_line(head: bytes) -> str:
    """The beginning of the head's first line, in ASCII, at most 60 characters before escapes."""
    return repr(_LINE_END.split(head, maxsplit=1)[0][:_LONGEST_SHOWN])[2:-1]


def _headers(lines: list[bytes]) -> list[Header]:
    """Every header whose name is a token and whose value is text, folded lines joined."""
    folded: list[bytes] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and folded:
            folded[-1] += b" " + line.strip()
        else:
            folded.append(line)
    split = [line.partition(b":") for line in folded]
    headers = [(name.rstrip(b" \t"), value.strip(b" \t")) for name, colon, value in split if colon]
    return [(name, value) for name, value in headers if _NAME.fullmatch(name) and _VALUE.fullmatch(value)]


def _framing(headers: list[Header]) -> list[Header]:
    """The one header that says where the body ends; where none does, or several do, the connection's end."""
    codings = [coding.lower() for coding in _listed(headers, b"transfer-encoding")]
    codings = [coding for coding in codings if coding != b"identity"]
    if codings == [b"chunked"]:
        return [(b"Transfer-Encoding", b"chunked")]
    lengths = set(_listed(headers, b"content-length"))
    if not codings and not lengths:
        return []
    if not codings and len(lengths) == 1 and _LENGTH.fullmatch(length := lengths.pop()):
        return [(b"Content-Length", length)]
    return [(b"Connection", b"close")]


def _listed(headers: list[Header], wanted: bytes) -> list[bytes]:
    """The elements of a header that is a list, over all of its lines."""
    return [part.strip() for name, value in headers if name.lower() == wanted for part in value.split(b",")]
