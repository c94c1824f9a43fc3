"""Rules without I/O: the models and how paths join them, filters, times."""
