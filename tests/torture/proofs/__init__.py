"""The proofs, one module each with its `PROOF`; `tests.torture.proof` finds them by themselves."""
