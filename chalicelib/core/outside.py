"""Text that others wrote: a node's error, a contract's reason, a mail service's refusal."""

from typing import Final

MOST_CHARACTERS: Final = 1_000


def outside_text(text: object, *, most: int = MOST_CHARACTERS) -> str:
    """The text as it may be stored, logged and sent on: at most `most` characters, all of which UTF-8 can encode.

    Used where the text comes in, so that no other code has to limit it.
    """
    cut = str(text)[:most]
    return cut.encode("utf-8", "replace").decode("utf-8")
