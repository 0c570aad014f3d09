"""The format `cda`: HL7 v3 ClinicalDocument (CDA R2), as the French framework CI-SIS profiles it."""
