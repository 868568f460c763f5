"""From the outbox to the queues: routing, relay, sweep. Nothing is published that did not commit, and all that did is."""
