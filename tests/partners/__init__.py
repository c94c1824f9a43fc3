"""Partners, their keys, and who may do what with which credential."""
