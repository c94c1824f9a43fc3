"""What the API reference says of the Dreamspace API."""

from chalicelib.core.errors import Forbidden
from chalicelib.core.reference import TEXT, Section, variable
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.reference.hooks import HOOKS
from chalicelib.dreamspace.reference.paths import paths
from chalicelib.dreamspace.routes import addresses

__all__ = ["HOOKS", "SECTIONS"]

SECTIONS = (
    Section(
        name="Dreamspace",
        slug="dreamspace",
        description=(
            f"The models stand at the root: {', '.join(Model)}. Each shows only "
            "what belongs to the key's partner. Objects are answered bare, lists as bare arrays, ascending by id. A "
            "list is no snapshot: of what one call changes while it is read, it may show a part.\n\n"
            f"A path may go on from any object along its relations, up to {addresses.DEPTH} segments: "
            "`/events/1/user/specimens/3/owner/transactions/5` is served as `/transactions/5` of that owner. A longer "
            "path does what its last relation does here, with the parent set: a filter on reads, the foreign key on "
            "writes. Each relation is described once, below the model that it starts from.\n\n"
            "Errors are one sentence of plain text. A method that an address does not answer is 405. A trailing slash "
            "means the same path."
        ),
        surface=addresses.surface,
        error=str,
        error_as=TEXT,
        security=({"apiKeyHeader": (addresses.SCOPE,)}, {"secureToken": ()}),
        refusals=(Forbidden("The API key is missing: send it as X-API-KEY."),),
        variables=tuple(variable(model.id_field, f"The {model.noun}'s id.", 1, int) for model in Model),
        paths=paths(),
        stands_for=addresses.__name__,
    ),
)
