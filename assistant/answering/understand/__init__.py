"""Understand a question: language, intents, concepts, period, subject and premises, without any model."""

from assistant.answering.understand.patterns import Patterns, as_meant, cues, load_patterns
from assistant.answering.understand.question import understand

__all__ = ["Patterns", "as_meant", "cues", "load_patterns", "understand"]
