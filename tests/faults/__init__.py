"""Do the proofs bite? Plants faults one by one in a copy of Vigie; a test must turn red for each."""
