"""k6 output in, runs out: streaming readers in bounded memory."""
