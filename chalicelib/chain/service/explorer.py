"""A page for a transaction of the local run's chain."""

from html import escape

from chalicelib.chain.service.nodes import node_of
from chalicelib.core.settings import LOCAL_CHAIN

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Transaction {hash}</title>
<style>body{{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem;overflow-wrap:anywhere}}
dt{{font-weight:600}}dd{{margin:0 0 .75rem}}</style></head>
<body><h1>Transaction</h1><dl>{rows}</dl></body></html>
"""


def page_of(transaction_hash: str) -> str | None:
    """The page as HTML; None where the chain does not know the transaction."""
    rpc = node_of(LOCAL_CHAIN).rpc
    transaction = rpc.transaction(transaction_hash)
    if transaction is None:
        return None
    receipt = rpc.receipt(transaction_hash)
    facts = {
        "Hash": transaction.hash,
        "Status": "waits to be mined" if receipt is None else "succeeded" if receipt.succeeded else "reverted",
        "From": transaction.sender,
        "To": transaction.to or "a new contract",
        "Nonce": str(transaction.nonce),
    }
    if receipt is not None:
        facts |= {"Block": str(receipt.block_number), "Gas used": f"{receipt.gas_used:,}"}
        facts |= {"Contract": receipt.contract_address} if receipt.contract_address else {}
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(fact)}</dd>" for name, fact in facts.items())
    return _PAGE.format(hash=escape(transaction.hash), rows=rows)
