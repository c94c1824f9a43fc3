"""The API reference of Gardenlab: the partners' API, usage, collections, and the webhooks."""

from chalicelib.gardenlab.reference.admin import COLLECTIONS
from chalicelib.gardenlab.reference.hooks import HOOKS
from chalicelib.gardenlab.reference.partners_api import PARTNERS_API
from chalicelib.gardenlab.reference.usage import OWN_USAGE

__all__ = ["HOOKS", "SECTIONS"]

SECTIONS = (PARTNERS_API, OWN_USAGE, COLLECTIONS)
