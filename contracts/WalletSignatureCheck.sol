// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/**
 * @title Whether a contract wallet accepts a signature, also before the wallet is deployed (ERC-6492).
 * @dev Never deployed: a node runs the constructor in an `eth_call` without `to`, and what it returns is the answer, one word, 1 or 0.
 * What it changes on the way, the wallet's deployment, is gone with the call.
 */
contract WalletSignatureCheck {
    /// @param factory Deploys or prepares the wallet when it is called with `preparation`; asked only where the wallet does not accept the signature as it is.
    constructor(address wallet, bytes32 digest, bytes memory signature, address factory, bytes memory preparation) {
        bool accepted = _accepts(wallet, digest, signature);
        if (!accepted) {
            (bool prepared,) = factory.call(preparation);
            accepted = prepared && _accepts(wallet, digest, signature);
        }
        assembly {
            mstore(0, accepted)
            return(0, 32)
        }
    }

    function _accepts(address wallet, bytes32 digest, bytes memory signature) private view returns (bool) {
        (bool answered, bytes memory answer) = wallet.staticcall(abi.encodeCall(IERC1271.isValidSignature, (digest, signature)));
        return answered && answer.length >= 32 && bytes32(answer) == bytes32(IERC1271.isValidSignature.selector);
    }
}
