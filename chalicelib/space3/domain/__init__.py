"""The rules of missions: pure, without I/O."""
