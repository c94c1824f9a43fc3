"""Signers, partners' budgets, and the local chain's address, for the operator."""

from chalicelib.chain.errors import require_chain
from chalicelib.chain.schemas import BudgetRead, BudgetUpdate, SignerRead
from chalicelib.chain.service import budget_limits
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page
from chalicelib.core.settings import LOCAL_CHAIN, settings
from chalicelib.partners.routes import BASE, AdminViews

SIGNERS = "/admin/chain/signers"
BUDGETS = BASE + "/{origin}/gas_budgets"

routes = AdminViews(__name__)


@routes.get(SIGNERS)
def list_signers() -> Page[SignerRead]:
    """Lists the signer of every chain: its address, balance and nonces."""
    # Signing is heavy; these rare routes load it when they are called.
    from chalicelib.chain.service import signers

    return Page(signers.list_signers(), has_more=False)


@routes.get(SIGNERS + "/{chain}")
def get_signer(chain: str) -> SignerRead:
    """Shows a chain's signer."""
    from chalicelib.chain.service import signers

    require_chain(chain)
    return signers.signer_of(chain)


@routes.get("/admin/chain/rpc")
def get_chain_rpc() -> dict[str, str]:
    """Tells where the local run's chain answers JSON-RPC; there is nothing here on a deployed stage."""
    chain = settings().chain_named(LOCAL_CHAIN)
    if not settings().is_local or chain is None:
        raise NotFound("There is no local chain here.")
    return {"url": chain.urls[0]}


@routes.get(BUDGETS)
def list_budgets(origin: str) -> Page[BudgetRead]:
    """Lists what a partner may spend a day, chain by chain, and what of today it has."""
    return Page(budget_limits.list_budgets(origin), has_more=False)


@routes.patch(BUDGETS + "/{chain}")
def set_budget(origin: str, chain: str, body: BudgetUpdate) -> BudgetRead:
    """Sets what a partner may spend on a chain a day."""
    return budget_limits.set_budget(origin, chain, body)


@routes.delete(BUDGETS + "/{chain}")
def remove_budget(origin: str, chain: str) -> BudgetRead:
    """Lets a partner spend on a chain without limit."""
    return budget_limits.remove_budget(origin, chain)
