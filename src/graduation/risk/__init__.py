"""Calibrated risk, one model per pathway."""
