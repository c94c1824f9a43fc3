"""What every feature stands on: settings, time, ids, HTTP, tables, queues, egress."""
