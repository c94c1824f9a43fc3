"""The API reference of health and of the reference itself."""

from typing import Any, Literal

from pydantic import BaseModel

from chalicelib.core.http import health
from chalicelib.core.http.surfaces import PLAIN
from chalicelib.core.reference import Operation, PlainError, Reply, Section
from chalicelib.reference import routes
from chalicelib.version import VERSION

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


_TAGGED = {"ETag": "Changes with the document; `If-None-Match` with it is answered by 304."}

SECTIONS = (
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
