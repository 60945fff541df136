"""Alembic's folder: forward only. A revision is never edited after release."""
