"""What every use case refuses with, in the words of this surface."""

from chalicelib.core.errors import BadRequest, NotFound


def unknown(what: str) -> NotFound:
    """The path names something that the account does not have."""
    return NotFound(f"You have no such {what}.")


def unknown_reference(param: str, what: str) -> BadRequest:
    """The body names something that the account does not have."""
    return BadRequest(f"{param}: you have no such {what}", code="unknown_reference", param=param)
