"""`spacegarden faucet`."""

import click

from cli.api import Api
from cli.session import Command, Session

_COIN = 10**18


@click.command(cls=Command)
@click.argument("address")
@click.option("--coins", type=click.IntRange(1, 1_000_000), default=1, show_default=True, help="How many to give.")
@click.pass_obj
def faucet(session: Session, /, *, address: str, coins: int) -> None:
    """Give an address coins on the local run's chain, so that a holder there can send transactions."""
    url = session.api.local_node()
    node = Api(url, admin_key="")
    before = int(node.json_rpc("eth_getBalance", address, "latest"), 16)
    node.json_rpc("anvil_setBalance", address, hex(before + coins * _COIN))
    balance = f"{int(node.json_rpc('eth_getBalance', address, 'latest'), 16) / _COIN:g}"
    answer = {"address": address, "balance": balance, "node": url}
    session.show(
        answer, summary=f"{address} has {balance} {'coin' if balance == '1' else 'coins'} on the chain at {url}."
    )
