"""The API reference of health and of the reference itself."""

from typing import Any, Literal

from pydantic import BaseModel

from chalicelib.core.errors import Forbidden
from chalicelib.core.http import egress_addresses, health
from chalicelib.core.http.surfaces import PLAIN
from chalicelib.core.reference import (
    WRONG_PATH,
    CodedError,
    Operation,
    PlainError,
    Reply,
    Section,
    api_key,
    variable,
)
from chalicelib.reference import event_type_routes, event_types, routes
from chalicelib.version import VERSION
from chalicelib.webhooks import routes as webhook_routes

State = Literal["ok", "unavailable"]


class HealthRead(BaseModel):
    """The function runs."""

    status: Literal["ok"]
    """`ok`, or `unavailable` where one of the rest is."""
    stage: str
    """The stage's name."""


class DeepHealthRead(BaseModel):
    """What the function stands on."""

    status: State
    tables: State
    """Whether DynamoDB answers."""
    queues: State
    """Whether SQS answers."""
    storage: State
    """Whether S3 answers."""


class EgressRead(BaseModel):
    """From where partners are called."""

    fixed: bool
    """Whether the addresses stay as they are."""
    addresses: list[str]
    """Each address as a network of one."""


_TAGGED = {"ETag": "Changes with the document; `If-None-Match` with it is answered by 304."}

_EVENT_TYPE = {
    "type": "nft.burned",
    "version": 1,
    "surface": "gardenlab",
    "summary": "A minted NFT was burned",
    "description": "Sent once the end of the token is final.",
    "by_name_only": True,
    "schema": {"type": "object", "properties": {"tokenId": {"type": "string"}}},
    "example": {"tokenId": "7"},
}

SECTIONS = (
    Section(
        name="Event types",
        slug="event_types",
        description="The catalogue of webhooks: what each event tells, the schema of its bodies, an example.",
        surface=webhook_routes.surface,
        error=CodedError,
        security=api_key(webhook_routes.SCOPE),
        refusals=(Forbidden("The API key lacks the scope webhooks."),),
        refusals_of_addresses=(WRONG_PATH,),
        operations={
            event_type_routes.list_event_types: Operation(example=_EVENT_TYPE),
            event_type_routes.get_event_type: Operation(
                parameters=(variable("type", "The event type.", "nft.burned"),),
                example=_EVENT_TYPE,
                refusals=(event_types.NoSuchEventType("parcel"),),
            ),
        },
    ),
    Section(
        name="Platform",
        slug="platform",
        description="Whether the platform is well, and this reference; for everybody.",
        surface=PLAIN,
        error=PlainError,
        operations={
            health.health: Operation(answer=HealthRead, example={"status": "ok", "stage": "prod"}),
            health.deep_health: Operation(
                answer=DeepHealthRead,
                example={"status": "ok", "tables": "ok", "queues": "ok", "storage": "ok"},
                replies={
                    503: Reply(
                        DeepHealthRead,
                        {"status": "unavailable", "tables": "ok", "queues": "unavailable", "storage": "ok"},
                        "Something that the platform stands on does not answer.",
                    )
                },
            ),
            egress_addresses.get_egress_addresses: Operation(
                description=(
                    "Webhooks and verifications of missions come from these, for the firewall of a server that admits "
                    "known callers alone. Where `fixed` is false, this stage calls from addresses that change; "
                    "signatures tell what comes from us. A trial of a mission's address, which the API itself makes, "
                    "never comes from a fixed one."
                ),
                answer=EgressRead,
                example={"fixed": True, "addresses": ["198.51.100.7/32", "198.51.100.8/32"]},
            ),
            routes.get_document: Operation(
                answer=dict[str, Any],
                example={"openapi": "3.1.0", "info": {"title": "Spacegarden", "version": VERSION}},
                answer_headers=_TAGGED,
            ),
            routes.get_postman_collection: Operation(
                answer=dict[str, Any],
                example={"info": {"name": "Spacegarden", "version": VERSION}, "item": []},
                answer_headers=_TAGGED,
            ),
            routes.get_llms_text: Operation(
                answer=str,
                example="# Spacegarden",
                answered_as="text/plain",
                answer_headers=_TAGGED,
            ),
        },
    ),
)
