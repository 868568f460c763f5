"""The proofs: the product's own code on a simulated cloud, under a seeded scheduler with faults.

`expressions` and `table` answer DynamoDB's calls, `cloud` the other services, `world` is the scheduler with its clock,
chance, faults and trace, `pipeline` the stream, queues and schedules, `shops` the shops on the other side of the HTTP
function, `proof` the frame, `proofs/` the proofs. docs/reliability.md says what they show.
"""
