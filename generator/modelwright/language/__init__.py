"""The blueprint language as authored schemas, a file per kind."""
