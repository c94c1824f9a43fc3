"""The embedded chain as a process, for what has no other node: `python -m local.chain.process --port 8545`."""

import argparse
import signal

from local.chain.evm import EvmNode
from local.chain.evm_ledger import CHAIN_ID


def main() -> None:
    """Serves a fresh chain until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m local.chain.process", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="on the loopback interface; 0 takes a free one")
    parser.add_argument("--chain-id", type=int, default=CHAIN_ID)
    parser.add_argument(
        "--block-time", type=float, help="seconds after which there is a new block, transactions or not"
    )
    given = parser.parse_args()
    node = EvmNode.start(given.port, chain_id=given.chain_id, block_seconds=given.block_time)
    print(f"ready {node.url}", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
