"""What happened at a partner's by day, for the partner itself and for the operator."""

from chalicelib.core.errors import Forbidden
from chalicelib.core.reference import CodedError, Operation, Section, api_key
from chalicelib.gardenlab.routes import usage as routes
from chalicelib.gardenlab.routes.partners_api import SCOPE

USAGE = Operation(
    description=(
        "The cost of a mint, an update or a change is its share of what its transaction cost: the gas used at the "
        "price paid, and on a chain above another one the fee paid there. What failed is in no sum. Days before costs "
        "were kept have none: those of updates began later than those of mints."
    ),
    example={
        "days": [
            {
                "date": "2025-06-08",
                "announced": 40,
                "scanned": 112,
                "minted": 31,
                "updated": 87,
                "changed": 1,
                "costs": [
                    {
                        "chain": "polygon",
                        "coins": "0.1217",
                        "value": "0.027991",
                        "currency": "EUR",
                        "mints": "0.0837",
                        "updates": "0.0372",
                        "changes": "0.0008",
                    }
                ],
            }
        ],
        "is_complete": True,
    },
)

OWN_USAGE = Section(
    name="Usage",
    slug="usage",
    description="Your last 30 days (UTC).",
    surface=routes.surface,
    error=CodedError,
    security=api_key(SCOPE),
    refusals=(Forbidden("The API key lacks the scope gardenlab."),),
    operations={routes.get_usage: USAGE},
)
