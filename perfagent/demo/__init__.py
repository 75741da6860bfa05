"""The whole loop on the bundled sample service, in a temporary git repository."""
