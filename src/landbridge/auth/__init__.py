"""Who asks, and may they: signatures of requests, and (later) policies."""
