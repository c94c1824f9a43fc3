"""The API reference of Gardenlab: the partners' API, collections, and the webhooks."""

from chalicelib.gardenlab.reference.admin import COLLECTIONS
from chalicelib.gardenlab.reference.hooks import HOOKS
from chalicelib.gardenlab.reference.partners_api import PARTNERS_API

__all__ = ["HOOKS", "SECTIONS"]

SECTIONS = (PARTNERS_API, COLLECTIONS)
