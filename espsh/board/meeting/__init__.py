"""Ports, and who is behind them: found, met, restarted, followed."""
