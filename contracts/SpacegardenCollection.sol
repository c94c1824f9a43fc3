// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/**
 * @title A partner's collection of evolving NFTs.
 * @dev Token logic is OpenZeppelin's; this contract adds who may mint and update, and the batches. Every URI is stored as given,
 * so a token answers the very URI that its mint promised, and each change emits ERC-4906's {MetadataUpdate}. The transfer hook
 * of receiving contracts is not called: a receiver that reverts must not hold up the other tokens of a batch.
 */
contract SpacegardenCollection is ERC721URIStorage, AccessControl {
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");

    error BatchLengthMismatch();

    /// @param minter Receives both the admin and the minter role.
    constructor(string memory name_, string memory symbol_, address minter) ERC721(name_, symbol_) {
        _grantRole(DEFAULT_ADMIN_ROLE, minter);
        _grantRole(MINTER_ROLE, minter);
    }

    /// @notice Mints one token; reverts where the id exists.
    function mint(address to, uint256 tokenId, string calldata uri) external onlyRole(MINTER_ROLE) {
        _mint(to, tokenId);
        _setTokenURI(tokenId, uri);
    }

    /// @notice Mints each id that does not exist and leaves the others, with their owner and URI, as they are: sending it again is harmless.
    function mintBatch(address[] calldata to, uint256[] calldata ids, string[] calldata uris)
        external
        onlyRole(MINTER_ROLE)
    {
        if (to.length != ids.length || ids.length != uris.length) revert BatchLengthMismatch();
        for (uint256 i = 0; i < ids.length; ++i) {
            if (_ownerOf(ids[i]) != address(0)) continue;
            _mint(to[i], ids[i]);
            _setTokenURI(ids[i], uris[i]);
        }
    }

    /// @notice Replaces the URI of a token; reverts where the id does not exist.
    function setTokenURI(uint256 tokenId, string calldata uri) external onlyRole(MINTER_ROLE) {
        _requireOwned(tokenId);
        _setTokenURI(tokenId, uri);
    }

    /// @notice Replaces the URIs of those ids that exist and passes over the others.
    function setTokenURIBatch(uint256[] calldata ids, string[] calldata uris) external onlyRole(MINTER_ROLE) {
        if (ids.length != uris.length) revert BatchLengthMismatch();
        for (uint256 i = 0; i < ids.length; ++i) {
            if (_ownerOf(ids[i]) == address(0)) continue;
            _setTokenURI(ids[i], uris[i]);
        }
    }

    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(ERC721URIStorage, AccessControl)
        returns (bool)
    {
        return super.supportsInterface(interfaceId);
    }
}
