"""Registries that are larger than memory: read, checked and encoded chunk by chunk."""
