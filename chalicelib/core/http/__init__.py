"""HTTP as every surface sees it: the application, requests parsed and refused, answers and errors rendered."""
