"""The API reference of the queues."""

from chalicelib.core.reference import WRONG_PATH, Operation, variable
from chalicelib.operations import routes
from chalicelib.operations.service import REDRIVE_SECONDS, QueueUnknown
from chalicelib.partners.reference import operators_section

SECTIONS = (
    operators_section(
        name="Queues",
        slug="queues",
        description="What waits in the platform's queues, and sending dead letters back. For the operator.",
        refusals_of_addresses=(WRONG_PATH, QueueUnknown("parcels")),
        variables=(variable("name", "The queue's name.", "webhooks-fast"),),
        operations={
            routes.list_queues: Operation(
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
                sends={"limit": 100},
                example={"moved": 3, "failed": 0},
            ),
        },
    ),
)
