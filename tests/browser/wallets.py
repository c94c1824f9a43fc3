"""A wallet in the browser: an EIP-1193 provider whose key lies in the test, and which really signs."""

import json
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from playwright.sync_api import BrowserContext

_PROVIDER = """
window.ethereum = {
  request: async ({ method, params }) => {
    const answer = await window.askWallet(method, JSON.stringify(params ?? []));
    if (answer.error) throw Object.assign(new Error(answer.error), { code: answer.code });
    return answer.result;
  },
};
"""


class Wallet:
    """One account. `asked` are the methods that pages called; `declines` makes the holder say no."""

    def __init__(self, context: BrowserContext) -> None:
        self._account = Account.create()
        self.asked: list[str] = []
        self.texts: list[str] = []
        self.declines = False
        context.expose_function("askWallet", self._answer)
        context.add_init_script(_PROVIDER)

    @property
    def address(self) -> str:
        """In EIP-55 form."""
        return str(self._account.address)

    def _answer(self, method: str, params: str) -> dict[str, Any]:
        self.asked.append(method)
        if self.declines:
            return {"error": "User rejected the request.", "code": 4001}
        if method == "eth_requestAccounts":
            return {"result": [self.address.lower()]}
        if method == "personal_sign":
            text = bytes.fromhex(json.loads(params)[0][2:])
            self.texts.append(text.decode())
            return {"result": "0x" + bytes(self._account.sign_message(encode_defunct(text)).signature).hex()}
        return {"error": f"{method} is not supported", "code": -32601}
