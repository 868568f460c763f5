"""The edge: what turns requests, messages and schedules into calls of use cases, written once for every domain."""
