"""Remembers what moto computes again for each request of the embedded engine.

moto converts names of attributes and actions letter by letter, tries the addresses of two hundred services in
alphabetical order, and converts a whole item into plain Python for each field that is read.
"""

from functools import lru_cache
from typing import Any

import botocore.loaders
import moto.core.responses
import moto.core.utils
import moto.sqs.models
from moto.backend_index import backend_url_patterns
from moto.dynamodb.models import dynamo_type
from moto.dynamodb.models.dynamo_type import Item

_OURS = ("dynamodb", "sqs", "kms", "ses", "secretsmanager")


def make_lookups_cheap() -> None:
    """Makes moto remember these results. Called once a process."""
    for module in (moto.core.responses, moto.sqs.models):
        module.camelcase_to_underscores = lru_cache(maxsize=None)(module.camelcase_to_underscores)
    backend_url_patterns.sort(key=lambda each: each[0] not in _OURS)
    # moto makes a loader for each service's model, and each looks through botocore's two thousand folders.
    moto.core.utils.create_loader = lru_cache(maxsize=1)(botocore.loaders.create_loader)
    Item.project = _project


def _project(self: Item, projection_expressions: list[list[str]]) -> Item:
    plain = self.to_regular_json()
    result: dict[str, Any] = {}
    for expression in projection_expressions:
        dynamo_type.merge_dicts(result, dynamo_type.find_nested_key(expression, plain))
    return Item(self.hash_key, self.range_key, attrs=dynamo_type.serializer.serialize(result)["M"])
