"""The stages of the pipeline: each takes frozen values and the tool client, leaves its document behind, and returns a frozen value."""
