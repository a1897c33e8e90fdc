"""The unprivileged process: HTTP in, operations, HTTP out."""
