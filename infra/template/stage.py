"""A stage as the template sees it: names of resources, and what its settings and features ask for."""

import json
from dataclasses import dataclass
from typing import Any

from chalicelib import inventory
from chalicelib.core.queues import Queue
from chalicelib.core.settings import read_settings, settings
from chalicelib.core.table_definitions import expiry_attributes, table_definitions

Resource = dict[str, Any]
Resources = dict[str, Resource]
# What holds data outlives the stack, unless its creation fails: then it would be in the way of the next one.
KEEP = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}


@dataclass(frozen=True)
class Stage:
    """`variables` are the stage's own environment variables, of `.chalice/config.json`."""

    name: str
    variables: dict[str, str]

    @property
    def prefix(self) -> str:
        """What names of resources begin with; the same as `Settings.prefix` of the deployed functions."""
        return f"spacegarden-{self.name}-"

    @property
    def has_fixed_addresses(self) -> bool:
        """Whether its workers call partners from fixed addresses."""
        return read_settings(self.variables).static_egress

    @property
    def chains(self) -> dict[str, Resource]:
        """The settings of the chains that the stage's functions sign for, by name."""
        chains: dict[str, Resource] = json.loads(self.variables.get("SPACEGARDEN_CHAINS", "{}"))
        return dict(sorted(chains.items()))


def tables() -> dict[str, Resource]:
    """Table definitions by the table's own name, such as `webhooks`; `TableName` and TTL are left to the caller."""
    rows = inventory.rows()
    return {own_name(definition["TableName"]): definition for definition in table_definitions(rows)}


def expiries() -> dict[str, str]:
    """The attribute by which rows expire, by the table's own name."""
    return {own_name(table): attribute for table, attribute in expiry_attributes(inventory.rows()).items()}


def queues() -> tuple[Queue, ...]:
    """The queues of all features."""
    return inventory.queues()


def own_name(full_name: str) -> str:
    """A name without the prefix of this process's stage, which the models' tables have."""
    return full_name.removeprefix(settings().prefix)


def logical(*parts: str) -> str:
    """A logical id: `webhooks-fast`, `queue` → `WebhooksFastQueue`."""
    words = "-".join(parts).replace("_", "-").split("-")
    return "".join(word[:1].upper() + word[1:] for word in words)


def arn(logical_id: str) -> Resource:
    """A reference to the ARN of a resource of the template."""
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def sub(text: str) -> Resource:
    """Text with `${…}` filled in by CloudFormation."""
    return {"Fn::Sub": text}
