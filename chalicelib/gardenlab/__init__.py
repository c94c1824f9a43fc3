"""The Gardenlab Partners API: loyalty NFTs that partners announce, grow and mint."""
