"""One file per verb: read, call the pipeline, report. No command knows another."""
