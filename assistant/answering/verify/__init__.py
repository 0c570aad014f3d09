"""The ten checks that every sentence passes before it leaves the service."""

from assistant.answering.verify.verdict import Verdict
from assistant.answering.verify.verify import verify

__all__ = ["Verdict", "verify"]
