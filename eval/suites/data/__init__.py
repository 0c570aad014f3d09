"""Case material written for this project: over-refusal questions, injection payloads, ordinary texts."""
