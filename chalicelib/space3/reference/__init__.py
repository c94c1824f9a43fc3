"""What the API reference says of missions: those that we answer for, and those that we verify."""

from chalicelib.space3.reference.answered import ANSWERED, ENDPOINT
from chalicelib.space3.reference.hooks import HOOKS
from chalicelib.space3.reference.mission_system import MISSION_SYSTEM
from chalicelib.space3.reference.words import WORDS

__all__ = ["HOOKS", "SECTIONS", "WORDS"]

SECTIONS = (ENDPOINT, MISSION_SYSTEM, ANSWERED)
