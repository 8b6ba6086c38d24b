"""Whether limits, health and webhooks are what they say."""
