"""`make deploy`: the packaged stacks into an account, by change sets that are shown first and that refuse to lose anything.

`changes` judges, `stacks` proposes and executes, `artifacts` keeps what was deployed under its digest, `portal` serves the
portal's files, `preflight` names what an account lacks, `deploying` does it all in order. `infra.deploy_local` deploys into the
engine of a laptop by the same functions.
"""
