"""What foreign payloads assert, read tolerantly into claims: EU DCC, FHIR, ICAO, ISO 18013."""
