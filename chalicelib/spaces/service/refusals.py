"""Errors that all use cases raise."""

from chalicelib.core.errors import BadRequest, NotFound


def unknown_in_path(what: str) -> NotFound:
    """The error for an unknown object in the path."""
    return NotFound(f"You have no such {what}.")


def unknown_in_body(param: str, what: str) -> BadRequest:
    """The error for an unknown object in the body."""
    return BadRequest(f"{param}: you have no such {what}", code="unknown_reference", param=param)
