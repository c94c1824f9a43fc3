"""What the API reference says of Gardenlab: the partners' API, collections, and the webhooks."""

from chalicelib.gardenlab.reference.admin import COLLECTIONS
from chalicelib.gardenlab.reference.hooks import HOOKS
from chalicelib.gardenlab.reference.partners_api import PARTNERS_API
from chalicelib.gardenlab.reference.words import WORDS

__all__ = ["HOOKS", "SECTIONS", "WORDS"]

SECTIONS = (PARTNERS_API, COLLECTIONS)
