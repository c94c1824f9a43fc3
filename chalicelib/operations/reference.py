"""The API reference of the queues."""

from chalicelib.core.errors import NotFound
from chalicelib.core.reference import ADMIN_KEY, WRONG_PATH, CodedError, Listed, Operation, Section, variable
from chalicelib.operations import routes
from chalicelib.operations.schemas import QueueRead, Redrive, RedriveRead
from chalicelib.operations.service import REDRIVE_SECONDS
from chalicelib.partners.reference import ADMIN_INPUT, ADMIN_REFUSALS
from chalicelib.partners.routes import surface

SECTIONS = (
    Section(
        name="Queues",
        slug="queues",
        description="What waits in the platform's queues, and sending dead letters back. For the operator.",
        surface=surface,
        error=CodedError,
        security=ADMIN_KEY,
        refusals=ADMIN_REFUSALS,
        refusals_of_addresses=(WRONG_PATH, NotFound("There is no queue parcels.")),
        refusals_of_input=ADMIN_INPUT,
        variables=(variable("name", "The queue's name.", "webhooks-fast"),),
        operations={
            routes.list_queues: Operation(
                answer=Listed(QueueRead),
                example={
                    "name": "webhooks-fast",
                    "depth": 12,
                    "in_flight": 10,
                    "delayed": 0,
                    "dead_letters": 3,
                    "oldest_age_seconds": 2,
                },
            ),
            routes.redrive: Operation(
                description=f"Ends by itself after {REDRIVE_SECONDS:g} seconds. Ask again until nothing is moved.",
                body=Redrive,
                sends={"limit": 100},
                body_is_optional=True,
                answer=RedriveRead,
                example={"moved": 3, "failed": 0},
            ),
        },
    ),
)
