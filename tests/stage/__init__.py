"""The parts of a stage that need no stage to be tested; what a stage shows is in `stage/checks`."""
