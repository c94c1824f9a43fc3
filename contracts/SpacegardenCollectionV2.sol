// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Burnable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Burnable.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

/// @dev ERC-5192, soulbound tokens.
interface IERC5192 {
    event Locked(uint256 tokenId);
    event Unlocked(uint256 tokenId);

    function locked(uint256 tokenId) external view returns (bool);
}

/// @dev ERC-7572, contract-level metadata.
interface IERC7572 {
    event ContractURIUpdated();

    function contractURI() external view returns (string memory);
}

/// @dev What of {ERC721Burnable} is not ERC-721's.
interface IBurnable {
    function burn(uint256 tokenId) external;
}

/**
 * @title A partner's collection of evolving NFTs, version 2.
 * @dev All functions of version 1 are here and do the same. Added are metadata of the collection (ERC-7572), royalties (ERC-2981),
 * locks (ERC-5192) and burning. Token, royalty and role logic is OpenZeppelin's. A burned id is never minted again, so a batch
 * that is sent again brings no token back. A lock stops transfers; the holder may still burn the token.
 */
contract SpacegardenCollectionV2 is ERC721URIStorage, ERC721Burnable, ERC2981, AccessControl, IERC5192, IERC7572 {
    using BitMaps for BitMaps.BitMap;

    /// @dev Which tokens can be locked. Chosen at deployment for good, so that a holder knows what can happen to a token.
    enum LockPolicy {
        None, // no token is ever locked
        Token, // the admin role locks and unlocks single tokens
        Collection // every token is locked for ever
    }

    struct Settings {
        string contractURI;
        address royaltyReceiver; // nobody: there are no royalties
        uint96 royaltyBasisPoints; // of 10,000
        LockPolicy lockPolicy;
    }

    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");
    uint256 public constant VERSION = 2;
    LockPolicy public immutable lockPolicy;

    string private _contractURI;
    BitMaps.BitMap private _burnedIds;
    BitMaps.BitMap private _lockedIds;

    error BatchLengthMismatch();
    error TokenBurned(uint256 tokenId);
    error TokenLocked(uint256 tokenId);
    error LockPolicyForbids();

    /// @param minter Receives both the admin and the minter role.
    constructor(string memory name_, string memory symbol_, address minter, Settings memory settings)
        ERC721(name_, symbol_)
    {
        _grantRole(DEFAULT_ADMIN_ROLE, minter);
        _grantRole(MINTER_ROLE, minter);
        _contractURI = settings.contractURI;
        lockPolicy = settings.lockPolicy;
        _setRoyalty(settings.royaltyReceiver, settings.royaltyBasisPoints);
    }

    /// @notice Mints one token; reverts where the id exists or was burned.
    function mint(address to, uint256 tokenId, string calldata uri) external onlyRole(MINTER_ROLE) {
        if (_burnedIds.get(tokenId)) revert TokenBurned(tokenId);
        _mintWithURI(to, tokenId, uri);
    }

    /// @notice Mints each id that neither exists nor was burned and leaves the others as they are: sending it again is harmless.
    function mintBatch(address[] calldata to, uint256[] calldata ids, string[] calldata uris)
        external
        onlyRole(MINTER_ROLE)
    {
        if (to.length != ids.length || ids.length != uris.length) revert BatchLengthMismatch();
        for (uint256 i = 0; i < ids.length; ++i) {
            if (_ownerOf(ids[i]) != address(0) || _burnedIds.get(ids[i])) continue;
            _mintWithURI(to[i], ids[i], uris[i]);
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

    /// @notice Where the metadata of the collection is.
    function contractURI() external view returns (string memory) {
        return _contractURI;
    }

    /// @notice Replaces the address of the collection's metadata.
    function setContractURI(string calldata uri) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _contractURI = uri;
        emit ContractURIUpdated();
    }

    /// @notice Sets who receives how many basis points of a sale, for every token; no receiver ends the royalties.
    function setRoyalty(address receiver, uint96 basisPoints) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setRoyalty(receiver, basisPoints);
    }

    /// @notice Whether a token cannot be transferred; reverts where the id does not exist.
    function locked(uint256 tokenId) external view returns (bool) {
        _requireOwned(tokenId);
        return _isLocked(tokenId);
    }

    /// @notice Locks or unlocks a token, where the collection's lock policy is by token.
    function setLocked(uint256 tokenId, bool isLocked) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (lockPolicy != LockPolicy.Token) revert LockPolicyForbids();
        _requireOwned(tokenId);
        _lockedIds.setTo(tokenId, isLocked);
        if (isLocked) emit Locked(tokenId);
        else emit Unlocked(tokenId);
    }

    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(ERC721, ERC721URIStorage, ERC2981, AccessControl)
        returns (bool)
    {
        return interfaceId == type(IERC5192).interfaceId || interfaceId == type(IERC7572).interfaceId
            || interfaceId == type(IBurnable).interfaceId || super.supportsInterface(interfaceId);
    }

    function tokenURI(uint256 tokenId) public view override(ERC721, ERC721URIStorage) returns (string memory) {
        return super.tokenURI(tokenId);
    }

    /// @dev Every mint, transfer and burn passes here.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        if (to == address(0)) _burnedIds.set(tokenId);
        else if (from != address(0) && _isLocked(tokenId)) revert TokenLocked(tokenId);
    }

    function _mintWithURI(address to, uint256 tokenId, string calldata uri) private {
        _mint(to, tokenId);
        _setTokenURI(tokenId, uri);
        if (lockPolicy == LockPolicy.Collection) emit Locked(tokenId);
    }

    function _setRoyalty(address receiver, uint96 basisPoints) private {
        if (receiver == address(0)) _deleteDefaultRoyalty();
        else _setDefaultRoyalty(receiver, basisPoints);
    }

    function _isLocked(uint256 tokenId) private view returns (bool) {
        return lockPolicy == LockPolicy.Collection || _lockedIds.get(tokenId);
    }
}
