"""`spacegarden faucet`."""

from chalicelib.chain.service.nodes import node_of
from chalicelib.core.ids import random_token
from tests.chain.holders import Wallet
from tests.cli.shell import Shell
from tests.platform import OTHER_HOLDER, Partner, Platform

_COIN = 10**18


def test_a_holder_with_coins_of_the_faucet_can_give_a_token_away(shell: Shell, platform: Platform) -> None:
    partner: Partner = platform.new_partner()
    uid, rpc = random_token(8), node_of("local").rpc
    wallet = Wallet(rpc)
    token_id = partner.announce(uid).json["tokenId"]
    partner.mint(uid, user_addr=wallet.address)
    platform.drain()
    given = shell.json("faucet", wallet.address, "--coins", "3")
    assert (given["address"], given["balance"]) == (wallet.address, "3")
    assert shell.json("faucet", wallet.address)["balance"] == "4"
    assert rpc.balance(wallet.address) == 4 * _COIN
    wallet.give(partner.nft(token_id)["contract"], int(token_id), OTHER_HOLDER)
    platform.pump.tick("read_chains")
    assert partner.nft(token_id)["owner"] == OTHER_HOLDER


def test_an_address_that_is_none_is_refused_in_words(shell: Shell) -> None:
    result = shell.run("faucet", "0x12")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
