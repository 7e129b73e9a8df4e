"""Use cases of the scheme: submit, attest, issue, change a state, publish. Owns transaction, clock and signers."""
