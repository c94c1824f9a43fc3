"""What the API reference says of the platform itself: health, and the reference."""

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
    stage: str


class DeepHealthRead(BaseModel):
    """What the function stands on."""

    status: State
    tables: State
    queues: State
    storage: State


WORDS = {
    "status": "`ok`, or `unavailable` where one of the rest is.",
    "stage": "The stage's name.",
    "tables": "Whether DynamoDB answers.",
    "queues": "Whether SQS answers.",
    "storage": "Whether S3 answers.",
}
CORE_WORDS = {
    "error": "What went wrong.",
    "status": "The HTTP status, here again.",
    "code": "The reason as a word that programs can rely on.",
    "message": "The reason as a sentence for people.",
    "type": "The reason as Stripe's clients know it.",
}

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
                answer_headers={"ETag": "Changes with the document; `If-None-Match` with it is answered by 304."},
            ),
        },
    ),
)
