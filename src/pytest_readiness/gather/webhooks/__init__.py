"""Sends webhooks what senders, and others, may send, and looks at the effect."""
