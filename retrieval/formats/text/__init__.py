"""Readers of letters and notes as files: plain text, PDF and scanned pages, DOCX, RTF."""
