"""The formats `fhir-json` and `fhir-xml`: HL7 FHIR R4 and R4B resources and Bundles."""
