"""What gets signed about a product: attestation, label credential, status lists, DID document and QR payload."""
