"""The steps of the pipeline that touch this machine: targets, k6, rounds, git, evidence, baselines."""
