"""Clinical sources: FHIR, C-CDA, HL7 v2 and tables as records, which go to de-identification before anything else."""
