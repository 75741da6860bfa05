"""The whole loop on a sample service: a repository with pull requests to gate, and what each of them does."""
